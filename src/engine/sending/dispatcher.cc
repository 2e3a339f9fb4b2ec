#include "engine/sending/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <deque>

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

constexpr size_t kTakenPerConnection =
    4;  // Messages that a lane is given ahead, whatever its pace.
constexpr size_t kTakenMost = 2'000;
constexpr size_t kBegunPerRecord = 500;
constexpr size_t kReportsPerRecord = 500;
constexpr auto kPause = std::chrono::milliseconds(50);
constexpr Micros kHoldLook = kSecond;

std::string record_of(const std::function<void(DocWriter&)>& fields) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    fields(out);
    out.close(mark);
    return model::make_record(model::RecordKind::Decision, doc);
}

std::string begin_record(const std::vector<DueMessage>& due, uint64_t provider, bool repeats,
                         SendReason refuse) {
    return record_of([&](DocWriter& out) {
        out.field("action", "send_begin");
        out.field("provider", static_cast<int64_t>(provider));
        out.key("repeats");
        out.boolean(repeats);
        if (refuse != SendReason::None) out.field("refuse", journey::reason_name(refuse));
        out.key("keys");
        const size_t list = out.open_array();
        for (const DueMessage& one : due) out.string(hex_of_key(one.key));
        out.close(list);
    });
}

}  // namespace

/// What is known of one attempt.
struct Dispatcher::Report {
    Key128 key;
    uint16_t attempt = 0;
    channel::Outcome outcome;
    SendReason unfit = SendReason::None;
};

/// How many messages a carrier has brought to an end in the last second and this one.
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
};

/// Who carries a channel. Without a lane nobody does.
struct Dispatcher::Carrier {
    std::string channel;
    std::optional<SenderSettings> settings;
    std::string written;       // The settings as they are stored.
    Micros from = kNoTime;     // Nothing that waits is due before. Of the dispatcher's thread, as
    std::deque<Key128> begun;  // are these: not offered yet.
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
    dispatcher->look_at_hold();
    TL_TRY(dispatcher->settle_what_was_out());
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
        const size_t moved = step();
        std::unique_lock lock(mutex_);
        if (is_stopping_) return;
        if (moved == 0) changed_.wait_for(lock, kPause);
        if (is_stopping_) return;
    }
}

void Dispatcher::stop() {
    if (is_stopped_) return;
    is_stopped_ = true;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    for (const auto& [channel, carrier] : carriers_) {
        if (carrier->lane) carrier->lane->stop();  // What was not begun comes back as not made.
    }
    for (std::thread& retiring : retiring_) retiring.join();
    while (log_reports()) continue;
    const std::lock_guard lock(mutex_);
    if (!reports_.empty()) log_warn("engine.outcomes_not_logged", {{"messages", reports_.size()}});
}

// --- one round

size_t Dispatcher::step() {
    look_at_hold();
    look_at_settings();
    size_t moved = 0;
    {
        const std::lock_guard lock(mutex_);
        moved = reports_.size();
    }
    while (log_reports()) continue;
    {
        const std::lock_guard lock(mutex_);
        moved -= std::min(moved, reports_.size());  // What cannot be logged now waits for a while.
        const bool may_begin = options_.sends && !is_held_ && !is_stopping_ && reports_.empty();
        if (!may_begin) return moved;
    }
    const auto channels = count_messages(engine_.view().tables);
    if (!channels) {
        log_warn("engine.outbox_not_read", {{"code", code_name(channels.error().code)}});
        return moved;
    }
    for (const ChannelTotals& one : *channels) {
        const auto carrier = carrier_of(one.channel);
        if (one.counts.of(SendState::Waiting) > 0) moved += begin_due(*carrier);
        if (const Status offered = offer_begun(*carrier); !offered) {
            log_warn("engine.messages_not_offered", {{"code", code_name(offered.error().code)}});
        }
    }
    return moved;
}

// Also while it runs: whoever has the shell may take the hold off.
void Dispatcher::look_at_hold() {
    {
        const std::lock_guard lock(mutex_);
        if (clock_.monotonic() < next_look_) return;
        next_look_ = clock_.monotonic() + kHoldLook;
    }
    const std::string mark = store::join_path(options_.directory, kSendingHeldMark);
    auto reason = store::read_file(files_, mark);
    {
        const std::lock_guard lock(mutex_);
        // A mark that cannot be read holds: it would be wrong to send.
        is_held_ = reason.is_ok() || reason.error().code != Code::NotFound;
        held_reason_ = reason ? *reason : std::string();
        while (held_reason_.ends_with('\n')) held_reason_.pop_back();
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

// On a thread of its own: what is under way at a slow provider may take minutes.
void Dispatcher::retire(std::shared_ptr<Carrier> carrier) {
    if (!carrier->lane) return;
    retiring_.emplace_back([gone = std::move(carrier)] { gone->lane->stop(); });
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
        log_warn("engine.sender_not_opened",
                 {{"channel", channel}, {"code", code_name(senders.error().code)}});
        return carrier;
    }
    channel::LaneOptions lane = settings.lane;
    lane.queue_max = kTakenMost;
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

/// How many more messages a carrier is to be given now.
size_t Dispatcher::room_of(const Carrier& carrier) const {
    if (!carrier.lane) return kTakenMost;
    const std::lock_guard lock(mutex_);
    size_t taken = carrier.settings->connections * kTakenPerConnection;
    taken += std::max(carrier.pace.before, carrier.pace.now) / 2;
    const double per_second = carrier.settings->lane.messages_per_second;
    if (per_second > 0) {
        taken =
            std::min(taken, carrier.settings->connections + static_cast<size_t>(per_second / 2));
    }
    taken = std::min(taken, kTakenMost);
    return taken - std::min(taken, carrier.out);
}

size_t Dispatcher::begin_due(Carrier& carrier) {
    const size_t room = std::min(room_of(carrier), kBegunPerRecord);
    if (room == 0 || !carrier.begun.empty()) return 0;
    // Before the rows are read: what comes later is due at this stamp or after it.
    const Micros stamp = engine_.view().state.stamp;
    const Micros until = std::max(stamp, clock_.now());
    const auto due =
        due_messages(engine_.view().tables, carrier.channel, carrier.from, until, room);
    if (!due) {
        log_warn("engine.due_not_read", {{"code", code_name(due.error().code)}});
        return 0;
    }
    if (due->empty()) {
        carrier.from = stamp;
        return 0;
    }
    const bool has_sender = carrier.lane != nullptr;
    const uint64_t provider = has_sender ? carrier.settings->provider() : 0;
    const bool repeats = has_sender && carrier.settings->repeats_by_key();
    const Outcome begun = log(begin_record(*due, provider, repeats,
                                           has_sender ? SendReason::None : SendReason::NoSender));
    if (!begun.status) return 0;
    // What comes from now on is due at the stamp or later, whatever else was due after it.
    carrier.from = std::min(stamp, due->back().due);
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
    Report report{.key = key, .attempt = attempt, .unfit = prepared.unfit};
    report.outcome = {is_unfit ? channel::Verdict::Refused : channel::Verdict::Retryable,
                      prepared.message ? channel::Stage::Queue : channel::Stage::Compose, 0,
                      prepared.detail, 0};
    const std::lock_guard lock(mutex_);
    if (out_.erase(key) > 0 && carrier.out > 0) --carrier.out;
    reports_.push_back(std::move(report));
}

// --- for people

SendingReport::State Dispatcher::state() const {
    if (!options_.sends) return SendingReport::State::Off;
    const std::lock_guard lock(mutex_);
    return is_held_ ? SendingReport::State::Held : SendingReport::State::On;
}

Result<SendingReport> Dispatcher::report() const {
    SendingReport report;
    report.state = state();
    TL_TRY_ASSIGN(const auto totals, count_messages(engine_.view().tables));
    const std::lock_guard lock(mutex_);
    if (report.state == SendingReport::State::Held) report.reason = held_reason_;
    std::map<std::string, SendingReport::Channel, std::less<>> channels;
    for (const ChannelTotals& one : totals) channels[one.channel].counts = one.counts;
    for (const auto& [key, carrier] : carriers_) {
        SendingReport::Channel& channel = channels[key];
        channel.out = carrier->out;
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

// The record comes first: it must not be that something leaves and nobody knows who let it.
Result<bool> Dispatcher::resume(std::string_view actor, bool sends_overdue) {
    {
        const std::lock_guard lock(mutex_);
        if (!is_held_) return false;
    }
    const Outcome logged = log(record_of([&](DocWriter& out) {
        out.field("action", "send_resume");
        out.field("actor", actor);
        out.field("subject", "sending");
        out.field("overdue", sends_overdue ? "send" : "ask");
    }));
    TL_TRY(logged.status);
    const Status removed = files_.remove(store::join_path(options_.directory, kSendingHeldMark));
    if (!removed && removed.error().code != Code::NotFound) return removed.error();
    TL_TRY(files_.sync_directory(options_.directory));
    {
        const std::lock_guard lock(mutex_);
        is_held_ = false;
        held_reason_.clear();
    }
    changed_.notify_all();
    return true;
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
