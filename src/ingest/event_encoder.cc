#include "ingest/event_encoder.h"

#include <cstring>

#include "base/random.h"
#include "ingest/address.h"
#include "ingest/clock_rule.h"
#include "ingest/doc_patch.h"
#include "ingest/event_fields.h"
#include "ingest/identifiers.h"
#include "ingest/reject.h"
#include "ingest/sent_text.h"
#include "model/json.h"
#include "privacy/reading.h"

namespace throughline::ingest {

using model::DocView;
using model::EventType;

namespace {

constexpr size_t kNameBytesMax = 512;
constexpr size_t kMessageIdBytesMax = 128;
constexpr size_t kJsonGrowthMax = 6;  // One packed byte is at most six in JSON (\u0001).

struct Problem {
    std::string_view code;
    std::string message;
};

std::optional<EventType> type_named(std::string_view name) {
    for (const EventType type : {EventType::Track, EventType::Identify, EventType::Page,
                                 EventType::Screen, EventType::Group, EventType::Alias}) {
        if (name == event_type_name(type)) return type;
    }
    return {};
}

std::string packed_text(std::string_view text) {
    std::string packed;
    model::DocWriter writer(packed);
    text.empty() ? writer.null() : writer.string(text);
    return packed;
}

}  // namespace

Key128 message_key(const SecretKey& secret, model::SourceId source, std::string_view id) {
    char room[256];  // Nearly every id: nothing is allocated.
    std::memcpy(room, &source, sizeof source);
    if (id.size() <= sizeof room - sizeof source) {
        std::memcpy(room + sizeof source, id.data(), id.size());
        return keyed_hash(secret, {room, sizeof source + id.size()});
    }
    std::string bytes(room, sizeof source);
    bytes += id;
    return keyed_hash(secret, bytes);
}

// What one event needs on its way; reused for the next.
struct EventEncoder::Work {
    const EncodeContext* context = nullptr;
    const EventFacts* facts = nullptr;
    DocView item;
    KnownFields fields;
    KnownFields in_context;
    DocPatch patch;
    IdentifierList identifiers;
    model::Event event;
    std::string rewritten;  // The item after repeats went, or with what the batch says.
    std::string merged;
    std::string room_user, room_anonymous, room_other, room_name, room_message_id;
    std::string_view user_id, anonymous_id;
    std::string json;
    SeededRandom random{load<uint64_t>(random_bytes(8).data())};

    void prepare();
    void cut_addresses();
    std::optional<Problem> check_size();
    std::optional<Problem> decide_type();
    std::optional<Problem> read_ids();
    std::optional<Problem> read_id(FieldName field, std::string& room, std::string_view& id);
    std::optional<Problem> read_name();
    std::optional<Problem> read_group_or_alias();
    std::optional<Problem> read_times();
    std::optional<Problem> read_identifiers();
    void assign_message_id();
    void read_message_id();
    std::optional<Problem> read();
};

// Repeated keys and the batch's own fields are rare: then the item is written anew and read again.
void EventEncoder::Work::prepare() {
    read_known_fields(item, fields);
    if (!facts->batch_context.is_missing() || !facts->batch_integrations.is_missing()) {
        merged.clear();
        append_with_batch_fields(item, facts->batch_context, facts->batch_integrations, merged);
        item = DocView(merged);
        read_known_fields(item, fields);
    }
    const auto read_context = [&] {
        const DocView in = fields[FieldName::Context];
        if (in.is_object()) {
            read_known_fields(in, in_context);
        } else {
            in_context = {};
        }
    };
    read_context();
    if (fields.has_repeats || in_context.has_repeats) {
        rewritten.clear();
        append_without_repeats(item, rewritten);
        item = DocView(rewritten);
        read_known_fields(item, fields);
        read_context();
    }
    patch.begin(item, fields[FieldName::Context]);
    if (!fields.write_key_field.empty()) patch.replace(fields.write_key_field, {});
    cut_addresses();
}

// `context.direct` asks for the connection's address; every address is shortened unless the source
// keeps it. What is no address at all goes: it may still name somebody.
void EventEncoder::Work::cut_addresses() {
    const bool keeps = facts->source->keep_ip;
    const auto cut = [&](std::string_view text) {
        return packed_text(keeps ? std::string(text) : shortened_address(text));
    };
    const DocView ip = in_context[FieldName::Ip];
    if (in_context[FieldName::Direct].as_bool() && !facts->peer_ip.empty()) {
        const std::string own = cut(facts->peer_ip);
        if (!ip.is_missing()) {
            patch.replace(ip.bytes(), own);
        } else {
            const std::string_view all = fields[FieldName::Context].bytes();
            std::string field;
            model::DocWriter(field).key("ip");
            patch.replace(all.substr(all.size()), field + own);
        }
    } else if (!ip.is_missing() && !keeps) {
        const std::string shorter = cut(ip.as_string());
        if (shorter != ip.bytes()) patch.replace(ip.bytes(), shorter);
    }
    if (const DocView other = fields[FieldName::RequestIp]; !other.is_missing() && !keeps) {
        patch.replace(other.bytes(), cut(other.as_string()));
    }
}

std::optional<Problem> EventEncoder::Work::check_size() {
    const size_t limit = facts->source->event_bytes_max;
    if (item.bytes().size() <= limit / kJsonGrowthMax) return {};
    json.clear();
    model::append_json(json, item);
    if (json.size() <= limit) return {};
    return Problem{"event_too_large", "the event has " + std::to_string(json.size()) +
                                          " bytes of JSON; at most " + std::to_string(limit)};
}

std::optional<Problem> EventEncoder::Work::decide_type() {
    const DocView sent = fields[FieldName::Type];
    const bool says_something = !sent.is_missing() && !sent.is_null();
    const auto own = type_named(sent.as_string());
    if (says_something && !own && !(sent.is_string() && sent.as_string().empty())) {
        return Problem{"type_unknown",
                       "type is none of track, identify, page, screen, group, alias"};
    }
    if (!own && !facts->type) return Problem{"type_missing", "type is missing"};
    event.type = facts->type ? *facts->type : *own;
    return {};
}

std::optional<Problem> EventEncoder::Work::read_id(FieldName field, std::string& room,
                                                   std::string_view& id) {
    const SentText read = read_text(fields[field], room, id);
    if (read == SentText::Unusable) {
        return Problem{"id_invalid", "an id is a boolean, an array or an object"};
    }
    if (id.size() > kIdentifierBytesMax) {
        return Problem{"id_too_long",
                       "an id is longer than " + std::to_string(kIdentifierBytesMax) + " bytes"};
    }
    return {};
}

std::optional<Problem> EventEncoder::Work::read_ids() {
    if (auto problem = read_id(FieldName::UserId, room_user, user_id)) return problem;
    if (auto problem = read_id(FieldName::AnonymousId, room_anonymous, anonymous_id)) {
        return problem;
    }
    if (user_id.empty() && anonymous_id.empty() && !facts->any_identifier_will_do) {
        return Problem{"missing_id", "userId and anonymousId are both missing"};
    }
    return {};
}

std::optional<Problem> EventEncoder::Work::read_name() {
    event.name = {};
    const bool is_track = event.type == EventType::Track;
    if (!is_track && event.type != EventType::Page && event.type != EventType::Screen) return {};
    const DocView sent = fields[is_track ? FieldName::Event : FieldName::Name];
    const SentText read = read_text(sent, room_name, event.name);
    if (!is_track) {
        event.name = cut_text(event.name, kNameBytesMax);  // The document keeps the whole.
        return {};
    }
    if (read != SentText::Present) return Problem{"event_name_missing", "event has no name"};
    if (event.name.size() > kNameBytesMax) {
        return Problem{"event_name_too_long", "the name of the event is longer than " +
                                                  std::to_string(kNameBytesMax) + " bytes"};
    }
    return {};
}

std::optional<Problem> EventEncoder::Work::read_group_or_alias() {
    std::string_view id;
    if (event.type == EventType::Group) {
        if (auto problem = read_id(FieldName::GroupId, room_other, id)) return problem;
        if (id.empty()) return Problem{"group_id_missing", "groupId is missing"};
    }
    if (event.type != EventType::Alias) return {};
    if (auto problem = read_id(FieldName::PreviousId, room_other, id)) return problem;
    if (id.empty()) id = user_id.empty() ? std::string_view{} : anonymous_id;
    if (id.empty()) return Problem{"previous_id_missing", "previousId is missing"};
    if (id == user_id) return {};  // Already the same.
    identifiers.add(model::kAnonymousId, id, model::kIdentifierPrevious);
    identifiers.add(model::kUserId, id,
                    facts->source->may_alias_users ? model::kIdentifierPrevious
                                                   : model::kIdentifierPreviousUser);
    return {};
}

std::optional<Problem> EventEncoder::Work::read_times() {
    ClockFacts clock{.received = facts->received};
    const auto read = [&](FieldName field, Micros& at) {
        const DocView sent = fields[field];
        if (sent.is_missing() || sent.is_null() || (sent.is_string() && sent.as_string().empty())) {
            return true;
        }
        const auto instant = read_instant(sent);
        if (instant) at = *instant;
        return instant.has_value();
    };
    clock.sent = facts->sent;
    // An unreadable `sentAt` costs no more than the correction.
    if (!read(FieldName::SentAt, clock.sent)) clock.sent = facts->sent;
    if (!read(FieldName::Timestamp, clock.explicit_time) ||
        !read(FieldName::OriginalTimestamp, clock.original)) {
        return Problem{"timestamp_invalid",
                       "a time can not be read; ISO 8601 or seconds or "
                       "milliseconds since 1970"};
    }
    const EventTime decided = decide_time(clock);
    event.time = decided.time;
    event.original = decided.original;
    event.sent = clock.sent;
    event.received = facts->received;
    if (decided.corrected) event.flags |= model::kEventClockCorrected;
    if (decided.clamped) event.flags |= model::kEventTimeClamped;
    if (facts->received - event.time > facts->source->late_after) {
        event.flags |= model::kEventHistory;
    }
    return {};
}

std::optional<Problem> EventEncoder::Work::read_identifiers() {
    identifiers.add(model::kUserId, user_id);
    identifiers.add(model::kAnonymousId, anonymous_id);
    const DocView known_traits = in_context[FieldName::Traits];
    const DocView traits =
        event.type == EventType::Identify ? fields[FieldName::Traits] : DocView{};
    if (!traits.is_missing() || !known_traits.is_missing()) {
        identifiers.add_from_traits(traits, known_traits);
    }
    if (!in_context[FieldName::Device].is_missing() ||
        !in_context[FieldName::ExternalIds].is_missing()) {
        identifiers.add_from_context(in_context);
    }
    if (auto problem = read_group_or_alias()) return problem;
    if (const DocView verified = in_context[FieldName::Verified]; verified.is_object()) {
        identifiers.mark_verified(verified);
    }
    if (identifiers.is_empty()) {
        return Problem{"missing_id", "no identifier has a value that can be one"};
    }
    if (!identifiers.is_overfull()) return {};
    return Problem{"identifiers_too_many", "the event carries more than " +
                                               std::to_string(kIdentifiersMax) + " identifiers"};
}

void EventEncoder::Work::assign_message_id() {
    if (!facts->fallback_id.empty()) {
        room_message_id = std::string(facts->fallback_id) + "-" + std::to_string(facts->index);
        return;
    }
    static constexpr char kHex[] = "0123456789abcdef";
    room_message_id = "tl-";
    for (int i = 0; i < 2; ++i) {
        uint64_t bits = random.next();
        for (int k = 0; k < 16; ++k, bits >>= 4) room_message_id += kHex[bits & 15];
    }
}

// The key is of the whole id, so that ids which differ late stay apart; the header keeps the
// beginning, the document the whole.
void EventEncoder::Work::read_message_id() {
    std::string_view id;
    read_text(fields[FieldName::MessageId], room_message_id, id);
    if (id.empty()) {
        assign_message_id();
        id = room_message_id;
        event.flags |= model::kEventIdAssigned;
    }
    event.message_key = message_key(*context->secret, facts->source->id, id);
    event.message_id = cut_text(id, kMessageIdBytesMax);
}

std::optional<Problem> EventEncoder::Work::read() {
    event.flags = facts->flags;
    event.source = facts->source->id;
    event.tie = facts->index;
    identifiers.begin(*context, facts->source->region);
    if (auto problem = check_size()) return problem;
    if (auto problem = decide_type()) return problem;
    if (auto problem = read_ids()) return problem;
    if (auto problem = read_name()) return problem;
    if (auto problem = read_times()) return problem;
    if (auto problem = read_identifiers()) return problem;
    read_message_id();
    if (privacy::says_something(event.type, event.name, in_context[FieldName::Consent])) {
        event.flags |= privacy::kEventConsent;
    }
    return {};
}

EventEncoder::EventEncoder() : work_(std::make_unique<Work>()) {}
EventEncoder::~EventEncoder() = default;

void EventEncoder::append(const EncodeContext& context, const EventFacts& facts, DocView item,
                          RecordBatch& out) {
    TL_ASSERT(facts.source != nullptr && facts.received != kNoTime);
    if (!item.is_object()) {
        const std::string json = model::to_json(item);
        append_reject(facts, {facts.index, "not_an_object", "the event is not an object", {}}, json,
                      out);
        return;
    }
    Work& work = *work_;
    work.context = &context;
    work.facts = &facts;
    work.item = item;
    work.prepare();
    if (auto problem = work.read()) {
        std::string_view message_id;
        read_text(work.fields[FieldName::MessageId], work.room_message_id, message_id);
        std::string doc;
        work.patch.append_to(doc);
        append_reject(facts,
                      {facts.index, problem->code, std::move(problem->message),
                       std::string(cut_text(message_id, kMessageIdBytesMax))},
                      model::to_json(DocView(doc)), out);
        return;
    }
    append_event(out.bytes, work.event, work.identifiers.sorted());
    work.patch.append_to(out.bytes);  // The document ends the payload.
    out.ends.push_back(static_cast<uint32_t>(out.bytes.size()));
}

}  // namespace throughline::ingest
