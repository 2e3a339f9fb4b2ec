#include "engine/sending/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <future>

#include "base/log.h"
#include "base/thread.h"
#include "engine/backup.h"
#include "engine/consents.h"

namespace throughline::engine {

using journey::SendReason;
using journey::SendState;
using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kTakenMost = 2'000;
constexpr Micros kWaitMax = 2 * kSecond;     // In a lane's queue.
constexpr Micros kOpenAgain = 10 * kSecond;  // After a sender that could not be opened.
constexpr size_t kBegunPerRecord = 500;
constexpr size_t kReportsPerRecord = 500;
constexpr Micros kPause = 50'000;  // After something that failed.
constexpr Micros kHoldLook = kSecond;

std::string record_of(const std::function<void(DocWriter&)>& fields) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    fields(out);
    out.close(mark);
    return model::make_record(model::RecordKind::Decision, doc);
}

void write_keys(const std::vector<DueMessage>& due, DocWriter& out) {
    out.key("keys");
    const size_t list = out.open_array();
    for (const DueMessage& one : due) out.string(hex_of_key(one.key));
    out.close(list);
}

std::string begin_record(const std::vector<DueMessage>& due, uint64_t provider, bool repeats,
                         SendReason refuse) {
    return record_of([&](DocWriter& out) {
        out.field("action", "send_begin");
        out.field("provider", static_cast<int64_t>(provider));
        out.key("repeats");
        out.boolean(repeats);
        if (refuse != SendReason::None) out.field("refuse", journey::reason_name(refuse));
        write_keys(due, out);
    });
}

std::string reason_of_jump(Micros ahead) {
    return "the clock jumped " + std::to_string(ahead / kSecond) +
           " seconds ahead: set it right, or resume sending if it is right now";
}

}  // namespace

/// What is known of one attempt.
struct Dispatcher::Report {
    Key128 key;
    uint16_t attempt = 0;
    channel::Outcome outcome;
    SendReason unfit = SendReason::None;
};

/// How many messages a carrier brings to an end in a second: in the last whole one, or in this one.
struct Pace {
    int64_t second = 0;
    size_t before = 0;
    size_t now = 0;

    void count(Micros monotonic) {
        const int64_t at = monotonic / kSecond;
        if (at != second) before = at == second + 1 ? std::exchange(now, 0) : now = 0;
        second = at;
        ++now;
    }
    size_t per_second(Micros monotonic) const {
        const int64_t at = monotonic / kSecond;
        if (at == second) return std::max(before, now);
        return at == second + 1 ? now : 0;
    }
};

/// Who carries a channel. Without a lane nobody does.
struct Dispatcher::Carrier {
    std::string channel;
    std::optional<SenderSettings> settings;
    std::string written;       // The settings as they are stored.
    std::string from;          // Nothing waits before this row. Of the dispatcher's thread, as are
    std::deque<Key128> begun;  // these: not offered yet,
    Micros open_again_at = 0;  // and when it is tried again to open its sender; monotonic.
    size_t out = 0;            // Under mutex_, as all below.
    Pace pace;
    std::string last_error;
    Micros last_error_at = kNoTime;
    std::unique_ptr<channel::Lane> lane;  // Last: its threads use the rest.
};

std::string_view sending_state_name(SendingReport::State state) {
    static constexpr std::string_view kNames[] = {"on", "held", "off"};
    return kNames[static_cast<size_t>(state)];
}

Dispatcher::Dispatcher(Engine& engine, store::Files& files, const Clock& clock,
                       DispatcherOptions options)
    : engine_(engine), files_(files), clock_(clock), options_(std::move(options)) {}

Dispatcher::~Dispatcher() {
    stop();
}

Result<std::unique_ptr<Dispatcher>> Dispatcher::start(Engine& engine, store::Files& files,
                                                      const Clock& clock,
                                                      DispatcherOptions options) {
    std::unique_ptr<Dispatcher> dispatcher(
        new Dispatcher(engine, files, clock, std::move(options)));
    dispatcher->look_at_mark();
    TL_TRY(dispatcher->settle_what_was_out());
    engine.listen_to_outbox([raw = dispatcher.get()] { raw->nudge(); });
    if (dispatcher->options_.has_thread) {
        dispatcher->thread_ = std::thread([raw = dispatcher.get()] { raw->run(); });
    }
    return dispatcher;
}

Status Dispatcher::settle_what_was_out() {
    TL_TRY_ASSIGN(const auto out,
                  engine_.view().tables.outbox.scan(store::KeyRange::prefix("s"), 1));
    if (out.empty()) return Status::ok();
    return log(record_of([](DocWriter& fields) { fields.field("action", "send_recover"); })).status;
}

Outcome Dispatcher::log(const std::string& record) {
    return engine_.submit_and_wait(record);
}

void Dispatcher::run() {
    name_thread("tl-sending");
    while (true) {
        {
            const std::lock_guard lock(mutex_);
            if (is_stopping_) return;
            has_news_ = false;
        }
        if (step() > 0) continue;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::microseconds(idle_),
                          [&] { return is_stopping_ || has_news_; });
    }
}

void Dispatcher::nudge() {
    {
        const std::lock_guard lock(mutex_);
        has_news_ = true;
    }
    changed_.notify_all();
}

void Dispatcher::stop() {
    if (is_stopped_) return;
    is_stopped_ = true;
    engine_.listen_to_outbox({});
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    stop_lanes();
    while (log_reports()) continue;
    const std::lock_guard lock(mutex_);
    if (!reports_.empty()) log_warn("engine.outcomes_not_logged", {{"messages", reports_.size()}});
}

// --- one round

size_t Dispatcher::step() {
    idle_ = kHoldLook;
    look_at_hold();
    look_at_settings();
    open_again();
    size_t moved = 0;
    {
        const std::lock_guard lock(mutex_);
        moved = reports_.size();
    }
    while (log_reports()) continue;
    {
        const std::lock_guard lock(mutex_);
        moved -= std::min(moved, reports_.size());
        if (!reports_.empty()) idle_ = kPause;  // What cannot be logged now waits for a while.
    }
    if (!may_begin()) return moved;
    const auto channels = count_messages(engine_.view().tables);
    if (!channels) {
        idle_ = kPause;
        log_warn("engine.outbox_not_read", {{"code", code_name(channels.error().code)}});
        return moved;
    }
    for (const ChannelTotals& one : *channels) {
        const auto carrier = carrier_of(one.channel);
        if (one.counts.of(SendState::Waiting) > 0) moved += begin_due(*carrier);
        if (const Status offered = offer_begun(*carrier); !offered) {
            idle_ = kPause;
            log_warn("engine.messages_not_offered", {{"code", code_name(offered.error().code)}});
        }
    }
    return moved;
}

bool Dispatcher::may_begin() const {
    if (state() != SendingReport::State::On) return false;
    const std::lock_guard lock(mutex_);
    return !is_stopping_ && reports_.empty();
}

// What was checked before a hold is checked again after it.
void Dispatcher::look_at_hold() {
    look_at_mark();
    if (state() == SendingReport::State::On) return;
    for (const auto& [channel, carrier] : carriers_) give_back(*carrier);
}

// Also while it runs: whoever has the shell may take the hold off.
void Dispatcher::look_at_mark() {
    if (clock_.monotonic() < next_look_) return;
    next_look_ = clock_.monotonic() + kHoldLook;
    const std::string mark = store::join_path(options_.directory, kSendingHeldMark);
    auto reason = store::read_file(files_, mark);
    {
        const std::lock_guard lock(mutex_);
        // A mark that cannot be read holds: it would be wrong to send.
        is_marked_ = reason.is_ok() || reason.error().code != Code::NotFound;
        mark_ = reason ? *reason : std::string();
        while (mark_.ends_with('\n')) mark_.pop_back();
    }
    if (!options_.sends || !reason || *reason != kResumeWish) return;
    if (const auto resumed = resume("cli", false); !resumed) {
        log_warn("engine.sending_not_resumed", {{"code", code_name(resumed.error().code)}});
    }
}

// A lane whose settings are no more hands back what waits in it, and is replaced; the others go on.
// What was begun for a provider goes to no other: first it is offered.
void Dispatcher::look_at_settings() {
    const auto settings = engine_.settings();
    const Definition* const definition = settings->find("settings", "senders");
    const uint64_t version = definition != nullptr ? definition->version : 0;
    if (version == settings_version_) return;
    const auto is_offering = [](const auto& one) { return !one.second->begun.empty(); };
    if (std::ranges::any_of(carriers_, is_offering)) return;
    settings_version_ = version;
    const DocView value = definition != nullptr ? DocView(definition->value) : DocView();
    auto senders = definition != nullptr ? read_senders(value) : SendersByChannel();
    {
        const std::lock_guard lock(mutex_);
        settings_error_ = senders ? std::string() : senders.error().message;
    }
    if (!senders) return log_warn("engine.senders_not_read", {{"version", version}});
    decltype(carriers_) before;
    {
        const std::lock_guard lock(mutex_);
        before.swap(carriers_);
    }
    for (const auto& [channel, one] : *senders) {
        const auto known = before.find(channel);
        const bool stays = known != before.end() && known->second->lane &&
                           known->second->written == value.find(channel).bytes();
        auto carrier = stays ? before.extract(known).mapped() : make_carrier(channel, one);
        carrier->written = value.find(channel).bytes();
        const std::lock_guard lock(mutex_);
        carriers_.insert_or_assign(channel, std::move(carrier));
    }
    for (auto& [channel, carrier] : before) retire(std::move(carrier));
}

void Dispatcher::open_again() {
    for (auto& [channel, carrier] : carriers_) {
        const bool is_due =
            !carrier->lane && carrier->settings && clock_.monotonic() >= carrier->open_again_at;
        if (!is_due) continue;
        auto again = make_carrier(channel, *carrier->settings);
        again->written = carrier->written;
        const std::lock_guard lock(mutex_);
        carrier = std::move(again);
    }
}

// On a thread of its own: what is under way at a slow provider may take minutes.
void Dispatcher::retire(std::shared_ptr<Carrier> carrier) {
    if (!carrier->lane) return;
    channel::Lane& lane = *carrier->lane;
    retiring_.push_back({std::move(carrier), std::thread([&lane] { lane.stop(); })});
}

// A provider that does not answer must not keep the process, and with it all who send events.
void Dispatcher::stop_lanes() {
    std::vector<std::shared_ptr<Carrier>> all;
    for (const auto& [channel, carrier] : carriers_) all.push_back(carrier);
    for (const Retiring& one : retiring_) all.push_back(one.carrier);
    std::promise<void> ended;
    std::thread impatient([&, end = ended.get_future()] {
        const auto patience = std::chrono::microseconds(options_.patience);
        if (end.wait_for(patience) == std::future_status::ready) return;
        for (const auto& carrier : all) {
            if (carrier->lane) carrier->lane->cut_off();
        }
    });
    for (const auto& [channel, carrier] : carriers_) {
        if (carrier->lane) carrier->lane->stop();  // What was not begun comes back as not made.
    }
    for (Retiring& one : retiring_) one.thread.join();
    ended.set_value();
    impatient.join();
}

// A sender that cannot be opened (its file is damaged) carries nothing, and says why.
std::shared_ptr<Dispatcher::Carrier> Dispatcher::make_carrier(const std::string& channel,
                                                              const SenderSettings& settings) {
    auto carrier = std::make_shared<Carrier>();
    carrier->channel = channel;
    carrier->settings = settings;
    const auto open = [&]() -> Result<std::vector<std::unique_ptr<channel::Sender>>> {
        if (options_.open) return options_.open(channel, settings);
        const std::string file =
            store::join_path(store::join_path(options_.directory, "outbox"), channel + ".jsonl");
        return make_senders(settings, files_, file, clock_);
    };
    auto senders = open();
    if (!senders) {
        carrier->last_error = senders.error().message;
        carrier->last_error_at = clock_.now();
        carrier->open_again_at = clock_.monotonic() + kOpenAgain;
        log_warn("engine.sender_not_opened",
                 {{"channel", channel}, {"code", code_name(senders.error().code)}});
        return carrier;
    }
    channel::LaneOptions lane = settings.lane;
    lane.queue_max = kTakenMost;
    lane.wait_max = kWaitMax;
    carrier->lane = std::make_unique<channel::Lane>(
        lane, std::move(*senders),
        [this, channel](const channel::Message& message, const channel::Outcome& outcome) {
            take_report(channel, {.key = message.key, .outcome = outcome});
        },
        clock_);
    return carrier;
}

// A channel that nobody is set up for has a carrier too, by which its messages are refused.
std::shared_ptr<Dispatcher::Carrier> Dispatcher::carrier_of(const std::string& channel) {
    const std::lock_guard lock(mutex_);
    auto& carrier = carriers_[channel];
    if (!carrier) {
        carrier = std::make_shared<Carrier>();
        carrier->channel = channel;
    }
    return carrier;
}

// --- outcomes

void Dispatcher::take_report(const std::string& channel, Report report) {
    {
        const std::lock_guard lock(mutex_);
        const auto out = out_.find(report.key);
        if (out == out_.end()) return;  // Nothing of the outbox's: a test.
        report.attempt = out->second;
        out_.erase(out);
        if (const auto found = carriers_.find(channel); found != carriers_.end()) {
            Carrier& carrier = *found->second;
            if (carrier.out > 0) --carrier.out;
            carrier.pace.count(clock_.monotonic());
            if (report.outcome.verdict != channel::Verdict::Delivered) {
                carrier.last_error = report.outcome.detail;
                carrier.last_error_at = clock_.now();
            }
        }
        reports_.push_back(std::move(report));
        has_news_ = true;
    }
    changed_.notify_one();
}

/// Logs some of what was reported. Returns whether there may be more to log.
bool Dispatcher::log_reports() {
    std::vector<Report> some;
    {
        const std::lock_guard lock(mutex_);
        const size_t count = std::min(reports_.size(), kReportsPerRecord);
        some.assign(reports_.begin(), reports_.begin() + static_cast<ptrdiff_t>(count));
    }
    if (some.empty()) return false;
    const Outcome logged = log(record_of([&](DocWriter& out) {
        out.field("action", "send_outcome");
        out.key("items");
        const size_t list = out.open_array();
        for (const Report& one : some) {
            const size_t item = out.open_object();
            out.field("key", hex_of_key(one.key));
            out.field("attempt", int64_t{one.attempt});
            out.field("verdict", channel::verdict_name(one.outcome.verdict));
            out.field("stage", channel::stage_name(one.outcome.stage));
            out.field("code", int64_t{one.outcome.code});
            out.field("detail", one.outcome.detail);
            if (one.unfit != SendReason::None) {
                out.field("unfit", journey::reason_name(one.unfit));
            }
            out.close(item);
        }
        out.close(list);
    }));
    if (!logged.status) return false;  // They stay, and nothing begins before they are logged.
    const std::lock_guard lock(mutex_);
    reports_.erase(reports_.begin(), reports_.begin() + static_cast<ptrdiff_t>(some.size()));
    return !reports_.empty();
}

// --- beginning

/// How many more messages a carrier is to be given now. What is under way is bounded by the lane's
/// connections; bounded here is what waits before them.
size_t Dispatcher::room_of(const Carrier& carrier) const {
    if (!carrier.lane) return kTakenMost;
    const size_t waiting = carrier.lane->waiting();
    const std::lock_guard lock(mutex_);
    size_t most = carrier.settings->connections;
    most += carrier.pace.per_second(clock_.monotonic()) / 4;
    const double per_second = carrier.settings->lane.messages_per_second;
    if (per_second > 0) most = std::min(most, 1 + static_cast<size_t>(per_second / 4));
    most = std::min(most, kTakenMost);
    return most - std::min(most, waiting);
}

/// Why nothing of a channel can be begun though somebody may be set up for it. Empty: it can.
std::string Dispatcher::block_of(const Carrier& carrier) const {
    if (carrier.lane) return {};
    if (carrier.settings) return carrier.last_error;
    return settings_error_;
}

size_t Dispatcher::begin_due(Carrier& carrier) {
    const size_t room = std::min(room_of(carrier), kBegunPerRecord);
    if (room == 0 || !carrier.begun.empty()) return 0;
    {
        const std::lock_guard lock(mutex_);
        if (!block_of(carrier).empty()) return 0;
    }
    // Before the rows are read: what comes later is due at this stamp or after it.
    const Micros stamp = engine_.view().state.stamp;
    const Micros until = std::max(stamp, engine_.clock().now());
    const std::string at_stamp = waiting_from(carrier.channel, stamp);
    const Tables& tables = engine_.view().tables;
    auto due = due_messages(tables, carrier.channel, carrier.from, kNever - 1, room);
    if (!due) {
        idle_ = kPause;
        log_warn("engine.due_not_read", {{"code", code_name(due.error().code)}});
        return 0;
    }
    const auto later = std::ranges::upper_bound(*due, until, {}, &DueMessage::due);
    if (later != due->end()) idle_ = std::clamp<Micros>(later->due - until, 1'000, idle_);
    due->erase(later, due->end());
    if (due->empty()) {
        carrier.from = at_stamp;
        return 0;
    }
    const bool has_sender = carrier.lane != nullptr;
    const uint64_t provider = has_sender ? carrier.settings->provider() : 0;
    const bool repeats = has_sender && carrier.settings->repeats_by_key();
    const Outcome begun = log(begin_record(*due, provider, repeats,
                                           has_sender ? SendReason::None : SendReason::NoSender));
    if (!begun.status) {
        idle_ = kPause;
        return 0;
    }
    // What comes from now on is due at the stamp or later, whatever else was due after it.
    carrier.from = std::min(at_stamp, due->back().row);
    if (!has_sender) return due->size();
    for (const DueMessage& one : *due) carrier.begun.push_back(one.key);
    return due->size();
}

// What the fold has begun of them is sending now; the rest it has refused, or put off. A read that
// fails leaves the rest for the next round.
Status Dispatcher::offer_begun(Carrier& carrier) {
    for (; !carrier.begun.empty(); carrier.begun.pop_front()) {
        // A view for each: writing takes a while, and a view must not be held for long.
        const View view = engine_.view();
        TL_TRY_ASSIGN(const auto message, find_message(view, carrier.begun.front()));
        if (!message || message->entry.state != SendState::Sending) continue;
        auto prepared = prepare(view, *message, carrier.settings->url, options_.write);
        // Nothing of one person may stand in the way of the others: she is tried again later.
        if (!prepared) prepared = Prepared{.detail = std::string(code_name(prepared.error().code))};
        hand_over(carrier, *message, *std::move(prepared));
    }
    return Status::ok();
}

void Dispatcher::hand_over(Carrier& carrier, const Message& message, Prepared prepared) {
    const Key128 key = message.entry.key;
    const uint16_t attempt = message.entry.attempts;
    if (prepared.message) {
        const std::lock_guard lock(mutex_);
        out_.insert_or_assign(key, attempt);
        ++carrier.out;
    }
    if (prepared.message && carrier.lane->offer(std::move(*prepared.message))) return;
    const bool is_unfit = prepared.unfit != SendReason::None;
    Report report{.key = key, .attempt = attempt, .outcome = {}, .unfit = prepared.unfit};
    report.outcome = {is_unfit ? channel::Verdict::Refused : channel::Verdict::Retryable,
                      prepared.message ? channel::Stage::Queue : channel::Stage::Compose, 0,
                      prepared.detail, 0};
    report_unsent(carrier, std::move(report));
}

void Dispatcher::report_unsent(Carrier& carrier, Report report) {
    const std::lock_guard lock(mutex_);
    if (out_.erase(report.key) > 0 && carrier.out > 0) --carrier.out;
    reports_.push_back(std::move(report));
}

// Nobody has been called for what is begun and not under way: it is as if it had not been begun.
void Dispatcher::give_back(Carrier& carrier) {
    const std::string why = "sending was held";
    for (; !carrier.begun.empty(); carrier.begun.pop_front()) {
        const Key128 key = carrier.begun.front();
        const auto message = find_message(engine_.view(), key);
        if (!message) return;  // The next round reads it again.
        if (!*message || (*message)->entry.state != SendState::Sending) continue;
        report_unsent(carrier,
                      {.key = key,
                       .attempt = (*message)->entry.attempts,
                       .outcome = {channel::Verdict::Retryable, channel::Stage::Queue, 0, why, 0}});
    }
    if (carrier.lane) carrier.lane->hand_back(why);
}

// --- for people

SendingReport::State Dispatcher::state() const {
    if (!options_.sends) return SendingReport::State::Off;
    if (engine_.clock_ahead() > 0) return SendingReport::State::Held;
    const std::lock_guard lock(mutex_);
    return is_marked_ ? SendingReport::State::Held : SendingReport::State::On;
}

Result<SendingReport> Dispatcher::report() const {
    SendingReport report;
    report.state = state();
    if (report.state == SendingReport::State::Held) report.clock_ahead = engine_.clock_ahead();
    TL_TRY_ASSIGN(const auto totals, count_messages(engine_.view().tables));
    const std::lock_guard lock(mutex_);
    if (report.state == SendingReport::State::Held) {
        report.reason = report.clock_ahead > 0 ? reason_of_jump(report.clock_ahead) : mark_;
    }
    std::map<std::string, SendingReport::Channel, std::less<>> channels;
    for (const ChannelTotals& one : totals) {
        channels[one.channel].counts = one.counts;
        channels[one.channel].blocked = settings_error_;
    }
    for (const auto& [key, carrier] : carriers_) {
        SendingReport::Channel& channel = channels[key];
        channel.out = carrier->out;
        channel.blocked = block_of(*carrier);
        channel.last_error = carrier->last_error;
        channel.last_error_at = carrier->last_error_at;
        if (!carrier->settings) continue;
        channel.sender = carrier->settings->type;
        channel.messages_per_second = carrier->settings->lane.messages_per_second;
    }
    for (auto& [key, channel] : channels) {
        channel.channel = key;
        report.channels.push_back(std::move(channel));
    }
    return report;
}

// The record comes first: it must not be that something leaves and nobody knows who let it. A clock
// that jumped has let nobody else send.
Result<bool> Dispatcher::resume(std::string_view actor, bool sends_overdue) {
    const bool has_jumped = engine_.clock_ahead() > 0;
    bool is_marked = false;
    {
        const std::lock_guard lock(mutex_);
        is_marked = is_marked_;
    }
    if (!is_marked && !has_jumped) return false;
    const Outcome logged = log(record_of([&](DocWriter& out) {
        out.field("action", "send_resume");
        out.field("actor", actor);
        out.field("subject", has_jumped ? "clock" : "sending");
        out.field("overdue", sends_overdue || !is_marked ? "send" : "ask");
    }));
    TL_TRY(logged.status);
    if (is_marked && !sends_overdue) TL_TRY(doubt_overdue());
    const Status removed = files_.remove(store::join_path(options_.directory, kSendingHeldMark));
    if (!removed && removed.error().code != Code::NotFound) return removed.error();
    TL_TRY(files_.sync_directory(options_.directory));
    if (has_jumped) engine_.trust_clock();
    {
        const std::lock_guard lock(mutex_);
        is_marked_ = false;
        mark_.clear();
    }
    nudge();
    return true;
}

// Step by step, so that no record takes longer for a million being due. Should it stop in between,
// sending is still held.
Status Dispatcher::doubt_overdue() {
    const Micros until = engine_.view().state.stamp;
    TL_TRY_ASSIGN(const auto channels, count_messages(engine_.view().tables));
    for (const ChannelTotals& one : channels) {
        std::string from;
        while (true) {
            TL_TRY_ASSIGN(const auto due, due_messages(engine_.view().tables, one.channel, from,
                                                       until, kBegunPerRecord));
            if (due.empty()) break;
            TL_TRY(log(record_of([&](DocWriter& out) {
                       out.field("action", "send_doubt");
                       write_keys(due, out);
                   })).status);
            from = due.back().row + '\0';
        }
    }
    return Status::ok();
}

Result<channel::Outcome> Dispatcher::send_test(const std::string& channel,
                                               channel::Message message) {
    const auto settings = engine_.settings();
    const Definition* const definition = settings->find("settings", "senders");
    const DocView value = definition != nullptr ? DocView(definition->value) : DocView();
    if (!value.find(channel).is_object()) {
        return Error::not_found("senders: nobody carries the channel " + channel);
    }
    TL_TRY_ASSIGN(const SendersByChannel all, read_senders(value));
    const SenderSettings& one = all.find(channel)->second;
    if (!one.url.empty()) message.to = one.url;
    const std::string file =
        store::join_path(store::join_path(options_.directory, "outbox"), channel + "-test.jsonl");
    TL_TRY_ASSIGN(auto senders, options_.open ? options_.open(channel, one)
                                              : make_senders(one, files_, file, clock_));
    return senders.front()->send(message);
}

}  // namespace throughline::engine
