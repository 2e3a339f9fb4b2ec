#include "engine/forwarding/forward_lane.h"

#include <algorithm>
#include <chrono>

#include "base/base64.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/forwarding/segment_form.h"

namespace throughline::engine {

namespace {

constexpr Micros kIdle = kSecond / 10;
constexpr Micros kHeldLook = kSecond / 2;
constexpr Micros kBehindLook = 5 * kSecond;
constexpr Micros kPauseMax = 5 * kMinute;

// Whether an answer speaks of the events, and not of the address, the key or the moment.
bool is_of_events(int status) {
    return status == 400 || status == 413 || status == 422;
}

std::string failure_text(const net::HttpCallResult& answer) {
    if (answer.is_forbidden) return "the address is not public";
    if (answer.status == 0) return answer.failure;
    const bool leads_on = answer.status >= 300 && answer.status < 400;
    return "HTTP " + std::to_string(answer.status) +
           (leads_on ? ": redirects are not followed" : "");
}

}  // namespace

std::string_view forward_state_name(ForwardState state) {
    static constexpr std::string_view kNames[] = {"off",     "held",    "current",
                                                  "sending", "failing", "behind"};
    return kNames[static_cast<size_t>(state)];
}

ForwardLane::ForwardLane(const ForwardParts& parts, std::string key, Forward forward,
                         ForwardRow row)
    : parts_(parts),
      key_(std::move(key)),
      forward_(std::move(forward)),
      reader_(parts_.engine),
      noted_(row) {
    report_.row = row;
}

Result<std::unique_ptr<ForwardLane>> ForwardLane::make(const ForwardParts& parts, std::string key,
                                                       Forward forward) {
    TL_TRY_ASSIGN(const auto row, find_forward(parts.engine.view().tables.forwarding, key));
    std::unique_ptr<ForwardLane> lane(
        new ForwardLane(parts, std::move(key), std::move(forward), row.value_or(ForwardRow())));
    TL_TRY_ASSIGN(lane->caller_,
                  net::HttpCaller::make({.allows_private = lane->forward_.allows_private(),
                                         .keeps_connection = true,
                                         .is_cancelled = &lane->is_stopping_}));
    return lane;
}

ForwardLane::~ForwardLane() {
    stop();
}

void ForwardLane::start() {
    thread_ = std::thread([this] { run(); });
}

void ForwardLane::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    stopped_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (has_news_) note();
}

void ForwardLane::run() {
    name_thread("tl-forward");
    yield_to_others();  // Who sends us events comes first.
    while (!is_stopping_) {
        const Micros pause = step();
        std::unique_lock lock(mutex_);
        stopped_.wait_for(lock, std::chrono::microseconds(pause),
                          [&] { return is_stopping_.load(); });
    }
}

ForwardReport ForwardLane::report() const {
    const std::lock_guard lock(mutex_);
    return report_;
}

// --- one round

Micros ForwardLane::step() {
    if (!forward_.is_enabled()) return kHeldLook;
    note_if_due();
    const Micros wait = next_try_ - parts_.clock.monotonic();
    if (pause_ > 0 && wait > 0) return std::min(wait, kHeldLook);
    if (open_.empty()) {
        const Micros pause = look();
        if (open_.empty()) return pause;
    }
    if (!parts_.may_send()) {
        set_state(ForwardState::Held);
        return kHeldLook;
    }
    return send();
}

// Looks for the next events.
Micros ForwardLane::look() {
    auto batch = reader_.gather(forward_, report_.row.position);
    if (!batch && batch.error().code == Code::NotFound) {
        set_state(ForwardState::Behind);
        return kBehindLook;
    }
    if (!batch) {
        fail(batch.error().message, 0);
        return 0;
    }
    batch_ = std::move(*batch);
    has_news_ |= batch_.has_seen_events;
    if (!batch_.events.empty()) {
        open_.push_back({.begin = 0, .end = batch_.events.size()});
        move_to(report_.row.position, batch_.since);
        return 0;
    }
    move_to(batch_.next, kNoTime);
    pause_ = 0;
    if (!parts_.may_send()) {
        set_state(ForwardState::Held);
    } else if (batch_.is_at_end) {
        set_state(ForwardState::Current);
    }
    return batch_.is_at_end ? kIdle : 0;
}

// Those of a part that are still somebody's: she may have been erased while they waited.
Result<std::vector<std::string_view>> ForwardLane::bodies_of(const Part& part) const {
    const View view = parts_.engine.view();
    std::vector<std::string_view> bodies;
    for (size_t i = part.begin; i < part.end; ++i) {
        const ForwardedEvent& event = batch_.events[i];
        TL_TRY_ASSIGN(const bool is_erased, is_of_erased(view, model::EventView(event.payload)));
        if (!is_erased) bodies.emplace_back(event.json);
    }
    return bodies;
}

Micros ForwardLane::send() {
    if (pause_ == 0) set_state(ForwardState::Sending);
    Part& part = open_.back();
    const auto bodies = bodies_of(part);
    if (!bodies) {
        fail(bodies.error().message, 0);
        return 0;
    }
    if (bodies->empty()) {
        finish_part(0, 0);
        return 0;
    }
    if (part.is_in_doubt) {
        const std::lock_guard lock(mutex_);
        report_.row.repeated += bodies->size();
    }
    part.is_in_doubt = false;
    const auto answer =
        caller_->post(forward_.url(),
                      {{"Content-Type", "application/json"},
                       {"Authorization", "Basic " + encode_base64(forward_.write_key() + ":")}},
                      segment_batch(*bodies, parts_.clock.now()));
    take_answer(answer, bodies->size());
    return 0;
}

void ForwardLane::take_answer(const net::HttpCallResult& answer, size_t events) {
    if (answer.status >= 200 && answer.status < 300) {
        refused_in_row_ = 0;
        return finish_part(events, 0);
    }
    Part& part = open_.back();
    if (!is_of_events(answer.status)) {
        part.is_in_doubt = answer.was_begun && (answer.status == 0 || answer.status >= 500);
        if (!is_stopping_) fail(failure_text(answer), answer.retry_after);
        return;
    }
    if (part.end - part.begin > 1) return split_part();
    if (refused_in_row_ >= kRefusedInRowMax) {
        return fail(failure_text(answer) + ": 100 events in a row were refused", 0);
    }
    ++refused_in_row_;
    const model::Position position = batch_.events[part.begin].position;
    log_warn("engine.forwarded_event_refused",
             {{"forward", key_}, {"position", position}, {"status", answer.status}});
    {
        const std::lock_guard lock(mutex_);
        report_.last_error = failure_text(answer) + ": the event at " +
                             model::format_position(position) + " was refused and passed over";
        report_.last_error_at = parts_.clock.now();
    }
    finish_part(0, 1);
}

void ForwardLane::finish_part(size_t sent, size_t refused) {
    {
        const std::lock_guard lock(mutex_);
        report_.row.sent += sent;
        report_.row.refused += refused;
    }
    pause_ = 0;
    has_news_ = true;
    open_.pop_back();
    if (open_.empty()) return move_to(batch_.next, kNoTime);
    move_to(batch_.events[open_.back().begin].position, batch_.since);
}

// The earlier half goes first.
void ForwardLane::split_part() {
    const Part part = open_.back();
    const size_t middle = part.begin + (part.end - part.begin) / 2;
    open_.back() = {.begin = middle, .end = part.end};
    open_.push_back({.begin = part.begin, .end = middle});
}

void ForwardLane::fail(std::string what, Micros retry_after) {
    pause_ = std::clamp(2 * pause_, kSecond, kPauseMax);
    const Micros wait = std::max(pause_, std::min(retry_after, kPauseMax));
    next_try_ = parts_.clock.monotonic() + wait;
    const std::lock_guard lock(mutex_);
    if (report_.state != ForwardState::Failing) {
        log_warn("engine.forward_failed", {{"forward", key_}, {"message", what}});
    }
    report_.state = ForwardState::Failing;
    ++report_.failures;
    report_.last_error = std::move(what);
    report_.last_error_at = parts_.clock.now();
    report_.next_try = report_.last_error_at + wait;
}

void ForwardLane::set_state(ForwardState state) {
    const std::lock_guard lock(mutex_);
    report_.state = state;
    report_.next_try = kNoTime;
}

void ForwardLane::move_to(model::Position position, Micros since) {
    const std::lock_guard lock(mutex_);
    report_.row.position = position;
    report_.since = since;
}

// --- what outlives the process

// Only events are news: else the notes of two forwards would be news to each other for ever.
void ForwardLane::note_if_due() {
    const Micros now = parts_.clock.monotonic();
    if (!has_news_ || now < next_note_) return;
    note();
    next_note_ = now + kNoteEvery;
}

void ForwardLane::note() {
    const ForwardRow row = report().row;
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("action", "forwarded");
    out.field("key", key_);
    const auto number = [&](std::string_view field, uint64_t value) {
        out.field(field, static_cast<int64_t>(value));
    };
    number("began", row.began);
    number("position", row.position);
    number("sent", row.sent - noted_.sent);
    number("refused", row.refused - noted_.refused);
    number("repeated", row.repeated - noted_.repeated);
    out.close(mark);
    const Outcome outcome =
        parts_.engine.submit_and_wait(model::make_record(model::RecordKind::Decision, doc));
    if (!outcome.status) {
        log_warn("engine.forward_not_noted",
                 {{"forward", key_}, {"code", code_name(outcome.status.error().code)}});
        return;
    }
    noted_ = row;
    has_news_ = false;
}

}  // namespace throughline::engine
