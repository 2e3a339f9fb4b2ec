#include "engine/outbox/outbox.h"

#include <algorithm>

#include "channel/rules.h"
#include "engine/consents.h"
#include "engine/provider_reports.h"

namespace throughline::engine {

using identity::identity_key;
using identity::IdentityId;
using journey::Begun;
using journey::Entry;
using journey::SendOutcome;
using journey::SendReason;
using journey::SendState;
using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kDetailMax = 500;  // Bytes of what a provider said.
constexpr size_t kStep = 500;       // Rows read at a time.

std::string_view row_name(SendState state) {
    switch (state) {
        case SendState::Sent:
            return "Message Sent";
        case SendState::Refused:
            return "Message Refused";
        case SendState::Expired:
            return "Message Expired";
        case SendState::Failed:
            return "Message Failed";
        case SendState::Uncertain:
            return "Message Uncertain";
        case SendState::Waiting:
        case SendState::Sending:
            break;
    }
    return "";
}

SendReason reason_named(std::string_view name) {
    for (int number = 1; number <= 0xff; ++number) {
        const auto reason = static_cast<SendReason>(number);
        if (!name.empty() && journey::reason_name(reason) == name) return reason;
    }
    return SendReason::None;
}

template <typename Enum, typename Name>
std::optional<Enum> named(std::string_view text, Enum last, Name&& name_of) {
    for (int number = 0; number <= static_cast<int>(last); ++number) {
        if (name_of(static_cast<Enum>(number)) == text) return static_cast<Enum>(number);
    }
    return std::nullopt;
}

std::optional<channel::Outcome> read_outcome(DocView item) {
    const auto verdict =
        named(item.find("verdict").as_string(), channel::Verdict::Uncertain, channel::verdict_name);
    const auto stage =
        named(item.find("stage").as_string(), channel::Stage::Content, channel::stage_name);
    if (!verdict || !stage) return std::nullopt;
    return channel::Outcome{
        .verdict = *verdict,
        .stage = *stage,
        .code = static_cast<int>(item.find("code").as_integer().value_or(0)),
        .detail = std::string(item.find("detail").as_string().substr(0, kDetailMax))};
}

SendOutcome outcome_of(const channel::Outcome& outcome) {
    switch (outcome.verdict) {
        case channel::Verdict::Delivered:
            return SendOutcome::Sent;
        case channel::Verdict::Refused:
            return SendOutcome::Rejected;
        case channel::Verdict::Retryable:
            return outcome.stage == channel::Stage::Queue ? SendOutcome::NotMade
                                                          : SendOutcome::Retryable;
        case channel::Verdict::Uncertain:
            return SendOutcome::Unknown;
    }
    return SendOutcome::Unknown;
}

std::vector<Key128> keys_in(DocView record) {
    std::vector<Key128> keys;
    for (const DocView item : record.find("keys").items()) {
        if (const auto key = key_of_hex(item.as_string())) keys.push_back(*key);
    }
    return keys;
}

void take_step_of(const journey::Step& step, Message& message) {
    message.step = step.id;
    if (const auto* one = std::get_if<journey::MessageStep>(&step.what)) {
        message.channel = one->channel;
        message.template_key = one->template_key;
        message.purpose = one->purpose;
        message.topic = one->topic;
    } else if (const auto* hook = std::get_if<journey::WebhookStep>(&step.what)) {
        message.channel = kWebhookChannel;
        message.url = hook->url;
    }
}

}  // namespace

// --- being asked for

Status Outbox::accept(const Happening& now, const journey::Intent& intent,
                      const journey::Definition& definition) {
    TL_ASSERT(intent.kind != journey::IntentKind::Task);
    TL_ASSERT(intent.step < definition.steps().size());
    TL_TRY_ASSIGN(const auto known, parts_.tables.messages.get(intent.key));
    if (known) return Status::ok();
    Message message;
    message.entry.key = intent.key;
    // A timer's time may lie before records that were seen already; see the head of outbox.h.
    message.entry.due = std::max(intent.at, parts_.state.stamp);
    message.entry.not_after = intent.not_after;
    message.owner = intent.owner;
    message.journey = intent.journey;
    message.version = intent.version;
    message.run = intent.run;
    message.cause = now.cause;
    message.asked_at = intent.at;
    message.journey_key = definition.key();
    message.context = intent.context;
    take_step_of(definition.steps()[intent.step], message);

    TL_TRY_ASSIGN(SendBook book, load_book(message.owner));
    if (book.open.size() < kOpenMessagesMax) {
        book.open.push_back({intent.key, intent.run, kNoTime, message.topic});
        store_book(message.owner, book);
    } else {
        message.entry.state = SendState::Refused;
        message.entry.reason = SendReason::TooMany;
        message.context.clear();
        follow(now, message);
    }
    store::OrderedTable& rows = parts_.tables.outbox;
    rows.put(order_row('n', message), "");
    rows.put(owner_row(message), "");
    put_rows(message);
    parts_.tables.messages.put(intent.key, message.encode());
    return count(message.channel, std::nullopt, message.entry.state);
}

Status Outbox::accept(const Happening& now, const journey::Intent& intent) {
    if (intent.kind == journey::IntentKind::Task) return Status::ok();
    const journey::Definition* const definition =
        settings_->journeys().find(intent.journey, intent.version);
    TL_ASSERT(definition != nullptr);
    return accept(now, intent, *definition);
}

Status Outbox::withdraw(const Happening& now, IdentityId owner, const Key128& run) {
    TL_TRY_ASSIGN(const SendBook book, load_book(owner));
    for (const OpenMessage& open : book.open) {
        if (open.run != run) continue;
        TL_TRY_ASSIGN(auto message, load(open.key));
        if (!message) continue;
        const Entry before = message->entry;
        if (journey::withdraw(message->entry)) TL_TRY(take_step(now, *message, before));
    }
    return Status::ok();
}

Status Outbox::forget(IdentityId identity) {
    store::KeyRange range = store::KeyRange::prefix(owner_prefix(identity));
    store::OrderedTable& outbox = parts_.tables.outbox;
    while (true) {
        TL_TRY_ASSIGN(const auto rows, outbox.scan(range, kStep));
        for (const auto& [row, value] : rows) {
            TL_TRY_ASSIGN(const auto message, load(message_key_of_row(row)));
            if (!message) return Error::corrupt("engine: outbox: a message is missing");
            erase_rows(*message, message->entry);
            outbox.erase(order_row('n', *message));
            outbox.erase(row);
            TL_TRY(count(message->channel, message->entry.state, std::nullopt));
            parts_.tables.messages.erase(message->entry.key);
        }
        if (rows.size() < kStep) break;
        range.from = rows.back().first + '\0';
    }
    TL_TRY_ASSIGN(const auto book, parts_.tables.sendings.get(identity_key(identity)));
    if (book) parts_.tables.sendings.erase(identity_key(identity));
    return Status::ok();
}

// --- records

Status Outbox::begin(const Happening& now, DocView record) {
    const std::vector<Key128> keys = keys_in(record);
    TL_TRY(parts_.tables.messages.prefetch(keys));
    for (const Key128& key : keys) {
        TL_TRY_ASSIGN(auto message, load(key));
        if (message) TL_TRY(begin_one(now, *message, record));
    }
    return Status::ok();
}

Status Outbox::begin_one(const Happening& now, Message& message, DocView record) {
    const Entry before = message.entry;
    if (before.state != SendState::Waiting || now.at < before.due) return Status::ok();
    const auto provider = static_cast<uint64_t>(record.find("provider").as_integer().value_or(0));
    TL_TRY_ASSIGN(Checked checked, check(now, message));
    if (checked.checks.refusal == SendReason::None) {
        checked.checks.refusal = reason_named(record.find("refuse").as_string());
    }
    const bool repeats = record.find("repeats").as_bool();
    checked.checks.is_same_provider =
        repeats && !message.attempts.empty() && message.attempts.back().provider == provider;
    const SendReason waited_for = checked.checks.quiet_until != kNoTime
                                      ? journey::reason_of(privacy::Refusal::QuietHours)
                                      : SendReason::None;
    switch (journey::begin(message.entry, checked.checks, now.at, false)) {
        case Begun::Attempt:
            message.waits_for = SendReason::None;
            message.entry.repeats_by_key = repeats;
            message.attempts.push_back(
                {.begun_at = now.at, .provider = provider, .to = checked.to});
            if (message.attempts.size() > kAttemptsKept) {
                message.attempts.erase(message.attempts.begin());
            }
            break;
        case Begun::Later:
            message.waits_for = waited_for;
            break;
        case Begun::Closed:
            message.waits_for = SendReason::None;
            break;
        case Begun::Busy:
        case Begun::OnHold:
            return Status::ok();
    }
    return take_step(now, message, before);
}

Result<Outbox::Checked> Outbox::check(const Happening& now, Message& message) {
    Checked checked;
    if (message.is_webhook()) return checked;
    PersonReader person(parts_.tables, *settings_);
    TL_TRY(person.load(message.owner));
    checked.to = person.latest_address(message.channel);
    TL_TRY_ASSIGN(checked.checks, check_gate(now, message, person, checked.to));
    return checked;
}

// The gate has its order, in which the address comes first: without one nothing else matters.
Result<journey::Checks> Outbox::check_gate(const Happening& now, Message& message,
                                           PersonReader& person, IdentityId to) {
    journey::Checks checks;
    if (to == 0) {
        checks.refusal = SendReason::NoAddress;
        return checks;
    }
    const privacy::Rules& rules = settings_->privacy();
    const privacy::Purpose* const purpose = rules.purpose(message.purpose);
    const privacy::Topic* const topic = rules.topic(message.topic);
    message.counts = is_capped(message);
    TL_TRY_ASSIGN(const auto suppressed, person.suppressions(parts_.secret, to));
    TL_TRY_ASSIGN(const auto held, person.held());
    std::vector<Micros> sent;
    if (message.counts && !rules.messaging.caps.empty()) {
        TL_TRY_ASSIGN(sent, person.sent("", message.entry.key));
    }
    std::vector<Micros> on_topic;
    if (message.counts && topic != nullptr && !topic->caps.empty()) {
        TL_TRY_ASSIGN(on_topic, person.sent(message.topic, message.entry.key));
    }
    TimeZone zone;
    const QuietHours& quiet = rules.messaging.quiet;
    if (purpose != nullptr && purpose->is_quiet && quiet.from != quiet.to) {
        TL_TRY_ASSIGN(zone, person.zone());
    }
    const privacy::Verdict verdict = privacy::decide(rules,
                                                     {.held = held,
                                                      .suppressed = suppressed,
                                                      .sent = sent,
                                                      .sent_on_topic = on_topic,
                                                      .zone = zone},
                                                     {.purpose = message.purpose,
                                                      .topic = message.topic,
                                                      .channel = message.channel,
                                                      .at = now.at});
    if (verdict.refusal == privacy::Refusal::QuietHours) {
        checks.quiet_until = verdict.next.value_or(kNoTime);
    } else {
        checks.refusal = journey::reason_of(verdict.refusal);
    }
    return checks;
}

Status Outbox::settle(const Happening& now, DocView record) {
    for (const DocView item : record.find("items").items()) TL_TRY(settle_one(now, item));
    return Status::ok();
}

// What is not known here any more was erased.
Status Outbox::settle_one(const Happening& now, DocView item) {
    const auto key = key_of_hex(item.find("key").as_string());
    const auto outcome = read_outcome(item);
    const auto number = static_cast<uint16_t>(item.find("attempt").as_integer().value_or(0));
    if (!key || !outcome) return Status::ok();
    TL_TRY_ASSIGN(auto message, load(*key));
    if (!message) return Status::ok();
    Attempt* const attempt = message->attempt(number);
    if (attempt != nullptr && attempt->ended_at == kNoTime) {
        attempt->ended_at = now.at;
        attempt->outcome = *outcome;
    }
    const Entry before = message->entry;
    const SendReason unfit = reason_named(item.find("unfit").as_string());
    const bool has_changed =
        unfit != SendReason::None
            ? journey::refuse(message->entry, number, unfit)
            : journey::settle(message->entry, number, outcome_of(*outcome), now.at);
    if (!has_changed) {
        parts_.tables.messages.put(*key, message->encode());
        return Status::ok();
    }
    const IdentityId to = message->attempts.back().to;
    TL_TRY(take_step(now, *message, before));
    const bool has_bounced = unfit == SendReason::None && message->channel == "email" &&
                             channel::is_hard_bounce(*outcome);
    return has_bounced ? bounce(now, *message, to) : Status::ok();
}

// As if the provider had reported it later: the same row, and the address is written to no more.
Status Outbox::bounce(const Happening& now, const Message& message, IdentityId to) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("type", "hard");
    out.field("message", hex_of_key(message.entry.key));
    out.close(mark);
    parts_.consequences.follow(now, message.owner, "Email Bounced", doc);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.identities.get(identity_key(to)));
    if (!bytes) return Status::ok();
    const identity::NodeView address(*bytes);
    if (address.has(identity::kNodeErased)) return Status::ok();
    const Key128 key = privacy::suppression_key(parts_.secret, address.space(), address.value());
    TL_TRY(suppress_address(parts_.tables, key, address.space(),
                            {.reason = privacy::SuppressionReason::HardBounce,
                             .at = now.at,
                             .position = now.cause,
                             .actor = {}}));
    return Status::ok();
}

Status Outbox::recover(const Happening& now) {
    store::KeyRange range = store::KeyRange::prefix("s");
    while (true) {
        TL_TRY_ASSIGN(const auto rows, parts_.tables.outbox.scan(range, kStep));
        for (const auto& [row, value] : rows) {
            TL_TRY_ASSIGN(auto message, load(message_key_of_row(row)));
            if (!message) return Error::corrupt("engine: outbox: a message is missing");
            const Entry before = message->entry;
            journey::recover(message->entry, now.at);
            TL_TRY(take_step(now, *message, before));
        }
        if (rows.size() < kStep) return Status::ok();
        range.from = rows.back().first + '\0';
    }
}

Status Outbox::decide(const Happening& now, DocView record) {
    const auto key = key_of_hex(record.find("key").as_string());
    const auto decision = named(record.find("decision").as_string(), journey::SendDecision::GiveUp,
                                journey::decision_name);
    if (!decision) {
        return Error::invalid("message: decision: need again, was_sent or give_up");
    }
    if (record.find("keys").is_array()) return decide_all(now, keys_in(record), *decision);
    if (!key) return Error::not_found("message: there is none of this id");
    TL_TRY_ASSIGN(auto message, load(*key));
    if (!message) return Error::not_found("message: there is none of this id");
    const Entry before = message->entry;
    TL_TRY(journey::decide(message->entry, *decision, now.at));
    return take_step(now, *message, before);
}

Status Outbox::decide_all(const Happening& now, const std::vector<Key128>& keys,
                          journey::SendDecision decision) {
    TL_TRY(parts_.tables.messages.prefetch(keys));
    for (const Key128& key : keys) {
        TL_TRY_ASSIGN(auto message, load(key));
        if (!message || message->entry.state != SendState::Uncertain) continue;
        const Entry before = message->entry;
        TL_TRY(journey::decide(message->entry, decision, now.at));
        TL_TRY(take_step(now, *message, before));
    }
    return Status::ok();
}

Status Outbox::doubt(const Happening& now, DocView record) {
    const std::vector<Key128> keys = keys_in(record);
    TL_TRY(parts_.tables.messages.prefetch(keys));
    for (const Key128& key : keys) {
        TL_TRY_ASSIGN(auto message, load(key));
        if (!message || message->entry.due > now.at) continue;
        const Entry before = message->entry;
        if (!journey::doubt(message->entry)) continue;
        message->waits_for = SendReason::None;
        message->doubted_at = now.at;
        message->counts = is_capped(*message);
        TL_TRY(take_step(now, *message, before));
    }
    return Status::ok();
}

bool Outbox::is_capped(const Message& message) const {
    const privacy::Purpose* const purpose = settings_->privacy().purpose(message.purpose);
    return purpose != nullptr && purpose->is_capped;
}

// --- what is kept

Result<std::optional<Message>> Outbox::load(const Key128& key) {
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.messages.get(key));
    if (!bytes) return std::optional<Message>();
    TL_TRY_ASSIGN(Message message, Message::decode(*bytes));
    return std::optional<Message>(std::move(message));
}

Result<SendBook> Outbox::load_book(IdentityId owner) {
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.sendings.get(identity_key(owner)));
    return SendBook::decode(bytes.value_or(std::string_view{}));
}

void Outbox::store_book(IdentityId owner, const SendBook& book) {
    if (book.is_empty()) return parts_.tables.sendings.erase(identity_key(owner));
    parts_.tables.sendings.put(identity_key(owner), book.encode());
}

/// Writes a message whose entry was `before`, with all that names it, and says what became of it.
Status Outbox::take_step(const Happening& now, Message& message, const Entry& before) {
    if (!message.entry.is_open()) message.context.clear();
    erase_rows(message, before);
    put_rows(message);
    TL_TRY(note_in_book(now, message, before));
    parts_.tables.messages.put(message.entry.key, message.encode());
    if (message.entry.state == before.state) return Status::ok();
    TL_TRY(count(message.channel, before.state, message.entry.state));
    if (!row_name(message.entry.state).empty()) follow(now, message);
    return Status::ok();
}

void Outbox::put_rows(const Message& message) {
    store::OrderedTable& rows = parts_.tables.outbox;
    if (message.entry.state == SendState::Waiting) {
        rows.put(waiting_row(message), "");
        ++changes_;
    }
    if (message.entry.state == SendState::Sending) rows.put(sending_row(message.entry.key), "");
    if (message.entry.state == SendState::Uncertain) rows.put(order_row('u', message), "");
}

void Outbox::erase_rows(const Message& message, const Entry& before) {
    store::OrderedTable& rows = parts_.tables.outbox;
    if (before.state == SendState::Waiting) {
        Message was;
        was.entry = before;
        was.channel = message.channel;
        rows.erase(waiting_row(was));
    }
    if (before.state == SendState::Sending) rows.erase(sending_row(before.key));
    if (before.state == SendState::Uncertain) rows.erase(order_row('u', message));
}

Status Outbox::count(const std::string& channel, std::optional<SendState> from,
                     std::optional<SendState> to) {
    auto known = counts_.find(channel);
    if (known == counts_.end()) {
        TL_TRY_ASSIGN(const auto bytes, parts_.tables.outbox.get(counts_row(channel)));
        ChannelCounts counts;
        if (bytes) {
            TL_TRY_ASSIGN(counts, ChannelCounts::decode(*bytes));
        }
        known = counts_.emplace(channel, counts).first;
    }
    if (from) --known->second.of(*from);
    if (to) ++known->second.of(*to);
    return Status::ok();
}

void Outbox::flush() {
    for (const auto& [channel, counts] : counts_) {
        parts_.tables.outbox.put(counts_row(channel), counts.encode());
    }
    counts_.clear();
}

// Open messages count as of their attempt while it may have been taken; what was sent, or was given
// up though it may have been, counts from then on by itself.
Status Outbox::note_in_book(const Happening& now, const Message& message, const Entry& before) {
    TL_TRY_ASSIGN(SendBook book, load_book(message.owner));
    const Entry& entry = message.entry;
    if (OpenMessage* const open = book.find(entry.key); entry.is_open()) {
        if (open == nullptr) return Error::corrupt("engine: outbox: an open message is not noted");
        open->counted_at = message.counted_at();
        store_book(message.owner, book);
        return Status::ok();
    }
    const auto is_given_up = [](const Entry& one) { return one.reason == SendReason::GivenUp; };
    const bool was_noted =
        before.state == SendState::Failed && is_given_up(before) && !message.attempts.empty();
    const bool may_be_taken =
        entry.state == SendState::Sent ||
        (is_given_up(entry) && (before.state == SendState::Uncertain || before.is_unsettled));
    book.close(entry.key);
    if (message.counts && may_be_taken && !was_noted) {
        const Micros at = message.tried_at();
        book.add_sent({at == kNoTime ? now.at : at, message.topic}, now.at);
    }
    store_book(message.owner, book);
    return Status::ok();
}

void Outbox::follow(const Happening& now, const Message& message) {
    const Entry& entry = message.entry;
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("message", hex_of_key(entry.key));
    if (entry.reason != SendReason::None) out.field("reason", journey::reason_name(entry.reason));
    out.field("channel", message.channel);
    out.field("journey", message.journey_key);
    out.field("version", int64_t{message.version});
    out.field("step", message.step);
    out.field("run", hex_of_key(message.run));
    if (!message.template_key.empty()) out.field("template", message.template_key);
    if (!message.purpose.empty()) out.field("purpose", message.purpose);
    if (!message.topic.empty()) out.field("topic", message.topic);
    if (entry.attempts > 0) out.field("attempt", int64_t{entry.attempts});
    out.close(mark);
    parts_.consequences.follow(now, message.owner, row_name(entry.state), doc);
}

}  // namespace throughline::engine
