#include "ingest/protocol.h"

#include <algorithm>

#include "base/json_text.h"
#include "ingest/clock_rule.h"
#include "ingest/reject.h"

namespace throughline::ingest {

using model::DocView;
using model::EventType;

namespace {

struct PathName {
    std::string_view segment;
    PathKind kind;
};
constexpr PathName kPathNames[] = {
    {"track", PathKind::Track},   {"t", PathKind::Track},     {"identify", PathKind::Identify},
    {"i", PathKind::Identify},    {"page", PathKind::Page},   {"p", PathKind::Page},
    {"screen", PathKind::Screen}, {"s", PathKind::Screen},    {"group", PathKind::Group},
    {"g", PathKind::Group},       {"alias", PathKind::Alias}, {"a", PathKind::Alias},
    {"merge", PathKind::Alias},   {"batch", PathKind::Batch}, {"b", PathKind::Batch},
    {"import", PathKind::Import},
};

std::string_view path_name(PathKind kind) {
    return std::ranges::find(kPathNames, kind, &PathName::kind)->segment;
}

std::optional<EventType> type_of(PathKind kind) {
    switch (kind) {
        case PathKind::Track:
            return EventType::Track;
        case PathKind::Identify:
            return EventType::Identify;
        case PathKind::Page:
            return EventType::Page;
        case PathKind::Screen:
            return EventType::Screen;
        case PathKind::Group:
            return EventType::Group;
        case PathKind::Alias:
            return EventType::Alias;
        case PathKind::Batch:
        case PathKind::Import:
            return {};
    }
    return {};
}

Micros sent_time(std::string_view text) {
    return parse_instant(text).value_or(kNoTime);
}

}  // namespace

std::optional<PathKind> path_kind(std::string_view segment) {
    const auto* found = std::ranges::find(kPathNames, segment, &PathName::segment);
    if (found == std::end(kPathNames)) return {};
    return found->kind;
}

RequestDecoder::RequestDecoder(const model::Namespaces& spaces, const SecretKey& secret)
    : context_{&spaces, &secret} {}

void RequestDecoder::read(std::string_view body) {
    body_ = body;
    const auto doc = room_.read(body);
    doc_ = doc ? *doc : DocView{};
    problem_ = doc ? std::string{} : doc.error().message;
}

std::string_view RequestDecoder::body_write_key() const {
    const DocView key = doc_.find("writeKey");
    if (key.is_string()) return key.as_string();
    for (const DocView item : doc_.find("batch").items()) return item.find("writeKey").as_string();
    return {};
}

Decoded& RequestDecoder::decode(const Request& request) {
    TL_ASSERT(request.source != nullptr);
    decoded_.records.clear();
    decoded_.is_single = false;
    decoded_.is_envelope_error = false;
    decoded_.envelope_status = 400;
    EventFacts facts{.source = request.source,
                     .type = type_of(request.path),
                     .path = path_name(request.path),
                     .peer_ip = request.peer_ip,
                     .received = request.received,
                     .sent = sent_time(request.sent_at)};
    if (request.path == PathKind::Import) facts.flags = model::kEventHistory;

    if (body_.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        refuse_envelope(facts, "empty_body", "the body is empty");
    } else if (!problem_.empty()) {
        refuse_envelope(facts, "invalid_json", problem_);
    } else if (!doc_.is_object()) {
        refuse_envelope(facts, "not_an_object", "the body is not an object");
    } else if (doc_.find("batch").is_array()) {
        decode_items(facts, doc_);
    } else if (!facts.type && doc_.find("type").is_missing()) {
        refuse_envelope(facts, "batch_missing", "the body has neither batch nor type");
    } else {
        decoded_.is_single = true;
        encoder_.append(context_, facts, doc_, decoded_.records);
    }
    return decoded_;
}

void RequestDecoder::decode_items(EventFacts facts, DocView batch) {
    if (const auto sent = read_instant(batch.find("sentAt"))) facts.sent = *sent;
    const DocView context = batch.find("context");
    if (context.is_object()) facts.batch_context = context;
    const DocView integrations = batch.find("integrations");
    if (integrations.is_object()) facts.batch_integrations = integrations;
    for (const DocView item : batch.find("batch").items()) {
        encoder_.append(context_, facts, item, decoded_.records);
        ++facts.index;
    }
}

void RequestDecoder::refuse_envelope(const EventFacts& facts, std::string_view code,
                                     std::string message) {
    decoded_.is_envelope_error = true;
    append_reject(facts, {0, code, std::move(message), {}}, body_, decoded_.records);
}

Decoded keep_refused(const Request& request, const RefusedBody& body) {
    Decoded decoded;
    decoded.is_envelope_error = true;
    decoded.envelope_status = body.status;
    const EventFacts facts{.source = request.source,
                           .type = {},
                           .path = body.is_webhook ? "webhook" : path_name(request.path),
                           .peer_ip = request.peer_ip,
                           .received = request.received,
                           .sent = sent_time(request.sent_at)};
    const std::string message = std::string(body.message) + "; sent " + std::to_string(body.bytes) +
                                " bytes, kept " + std::to_string(body.begin.size()) +
                                (body.is_inflated ? " inflated" : "");
    append_reject(facts, {0, body.code, message, {}}, body.begin, decoded.records);
    return decoded;
}

std::string error_body(std::string_view code, std::string_view message) {
    std::string body = "{\"code\":";
    append_json_string(body, code);
    body += ",\"message\":";
    append_json_string(body, message);
    return body += '}';
}

Reply make_reply(const Decoded& decoded, const Outcome& outcome) {
    const RecordBatch& records = decoded.records;
    if ((decoded.is_single || decoded.is_envelope_error) && !records.refused.empty()) {
        return {decoded.is_envelope_error ? decoded.envelope_status : 400,
                error_body(records.refused[0].code, records.refused[0].message)};
    }
    if (decoded.is_single && !outcome.refused_later.empty()) {
        const Refusal& refusal = outcome.refused_later[0];
        return {400, error_body(refusal.code, refusal.message)};
    }
    const size_t accepted = records.accepted() - outcome.refused_later.size() - outcome.duplicates;
    Reply reply;
    std::string& body = reply.body;
    body = "{\"success\":true,\"position\":\"" + model::format_position(outcome.position) +
           "\",\"accepted\":" + std::to_string(accepted) +
           ",\"duplicates\":" + std::to_string(outcome.duplicates) + ",\"rejected\":[";
    const size_t before = body.size();
    const auto add = [&](const Refusal& refusal) {
        if (body.size() != before) body += ',';
        body += "{\"index\":" + std::to_string(refusal.index) + ",\"messageId\":";
        append_json_string(body, refusal.message_id);
        body += ',';
        body += std::string_view(error_body(refusal.code, refusal.message)).substr(1);
    };
    for (const Refusal& refusal : records.refused) add(refusal);
    for (const Refusal& refusal : outcome.refused_later) add(refusal);
    body += "]}";
    return reply;
}

}  // namespace throughline::ingest
