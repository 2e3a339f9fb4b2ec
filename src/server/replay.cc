#include "server/replay.h"

#include <algorithm>

#include "ingest/byte_source.h"
#include "ingest/importer.h"
#include "ingest/reject.h"
#include "ingest/webhook.h"
#include "model/json.h"
#include "server/mappings.h"
#include "server/verdicts.h"

namespace throughline::server {

using model::DocView;

namespace {

constexpr size_t kRejectsPerSubmission = 500;
constexpr uint8_t kReplayFlags = model::kEventHistory | model::kEventReplayed;

engine::Submission submission_of(std::string bytes, std::vector<uint32_t> ends) {
    engine::Submission submission;
    submission.bytes = std::make_shared<const std::string>(std::move(bytes));
    submission.ends = std::move(ends);
    return submission;
}

std::optional<model::EventType> type_of_path(std::string_view path) {
    for (const auto type :
         {model::EventType::Track, model::EventType::Identify, model::EventType::Page,
          model::EventType::Screen, model::EventType::Group, model::EventType::Alias}) {
        if (path == model::event_type_name(type)) return type;
    }
    return {};
}

// Whether a reject of a webhook keeps what was sent; else it keeps an event that its mapping made.
bool is_of_whole_body(std::string_view code) {
    constexpr std::string_view kCodes[] = {
        "mapping_failed", "invalid_json",      "no_mapping",          "bad_encoding",
        "bad_request",    "payload_too_large", "unsupported_encoding"};
    return std::ranges::find(kCodes, code) != std::end(kCodes);
}

// A cell as CSV writes it.
std::string quoted(std::string_view cell) {
    std::string text = "\"";
    for (const char c : cell) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text += '"';
}

}  // namespace

// Records of several rejects on their way, and which belong to which.
struct Replayer::Batch {
    ingest::RecordBatch records;
    std::vector<std::pair<model::Position, size_t>> ends;  // Reject, end of its records.
};

Replayer::Replayer(App& app, Caller caller)
    : app_(app),
      caller_(std::move(caller)),
      settings_(app.engine.settings()),
      context_{.spaces = &settings_->namespaces(), .secret = &app.engine.secret()} {}

void Replayer::refuse(model::Position position, std::string code, std::string message) {
    answer_.refused.push_back({position, std::move(code), std::move(message)});
}

Status Replayer::replay(const std::vector<RejectRow>& rows,
                        std::optional<std::string_view> mended) {
    Batch batch;
    if (mended && !rows.empty()) mended_ = rows.front().position;
    for (size_t i = 0; i < rows.size(); ++i) {
        const DocView doc(rows[i].doc);
        const std::string body = i == 0 && mended ? std::string(*mended) : reject_body(doc);
        ingest::RecordBatch own;
        ++answer_.replayed;
        encode(rows[i], body, own);
        if (!own.refused.empty()) {
            refuse(rows[i].position, std::string(own.refused[0].code), own.refused[0].message);
        } else if (own.size() > 0) {
            const auto offset = static_cast<uint32_t>(batch.records.bytes.size());
            batch.records.bytes += own.bytes;
            for (const uint32_t end : own.ends) batch.records.ends.push_back(offset + end);
            batch.ends.emplace_back(rows[i].position, batch.records.size());
        }
        if (batch.ends.size() == kRejectsPerSubmission) TL_TRY(submit(batch));
    }
    return submit(batch);
}

void Replayer::encode(const RejectRow& row, std::string_view body, ingest::RecordBatch& out) {
    const DocView doc(row.doc);
    const std::string_view path = doc.find("path").as_string();
    const model::Source* source = settings_->source(
        static_cast<model::SourceId>(doc.find("source").as_integer().value_or(0)));
    if (source == nullptr) {
        return refuse(
            row.position, "source_unknown",
            "its source no longer exists: discard it, or send the event to another source");
    }
    ingest::EventFacts facts;
    facts.source = source;
    facts.type = type_of_path(path);
    facts.path = path;
    facts.received = doc.find("received").as_integer().value_or(app_.clock.now());
    facts.sent = doc.find("sent").as_integer().value_or(kNoTime);
    facts.flags = kReplayFlags;
    facts.any_identifier_will_do = path == "webhook";
    // Replayed once more, e.g. after a crash before the reject was closed, it is the same event.
    const std::string id = "reject-" + model::format_position(row.position);
    facts.fallback_id = id;
    if (path.starts_with("import:")) {
        encode_file_row(facts, doc, body, out);
    } else if (path == "webhook" && is_of_whole_body(doc.find("code").as_string())) {
        encode_webhook(facts, body, out);
    } else {
        encode_items(facts, body, out);
    }
    if (out.refused.empty() && out.size() == 0 &&
        (answer_.refused.empty() || answer_.refused.back().position != row.position)) {
        refuse(row.position, "nothing_in_it",
               "it holds no event: write one into it, or discard it");
    }
}

// One event, or a whole batch that could not be read before.
void Replayer::encode_items(ingest::EventFacts facts, std::string_view body,
                            ingest::RecordBatch& out) {
    const auto doc = model::doc_from_json(body);
    if (!doc) {
        return ingest::append_reject(facts, {0, "invalid_json", doc.error().message, {}}, body,
                                     out);
    }
    const DocView whole(*doc);
    if (!whole.find("batch").is_array()) return encoder_.append(context_, facts, whole, out);
    const DocView context = whole.find("context");
    if (context.is_object()) facts.batch_context = context;
    for (const DocView item : whole.find("batch").items()) {
        encoder_.append(context_, facts, item, out);
        ++facts.index;
    }
}

void Replayer::encode_webhook(const ingest::EventFacts& facts, std::string_view body,
                              ingest::RecordBatch& out) {
    const auto mapping = find_mapping(*settings_, facts.source->mapping);
    if (!mapping) {
        const std::string why = "the source has no mapping any more: choose one on its page";
        return ingest::append_reject(facts, {0, "no_mapping", why, {}}, body, out);
    }
    ingest::Request request;
    request.source = facts.source;
    request.received = facts.received;
    ingest::Decoded decoded = ingest::decode_webhook(*mapping, context_, request, body);
    out = std::move(decoded.records);
    for (size_t i = 0; i < out.size() && out.refused.empty(); ++i) {
        model::add_event_flags(out.bytes, i == 0 ? 0 : out.ends[i - 1], kReplayFlags);
    }
}

// A file of one row, with the header it had.
void Replayer::encode_file_row(const ingest::EventFacts& facts, DocView row, std::string_view body,
                               ingest::RecordBatch& out) {
    const auto cannot = [&](std::string_view code, std::string message) {
        ingest::append_reject(facts, {0, code, std::move(message), {}}, body, out);
    };
    const auto mapping = find_mapping(*settings_, row.find("mapping").as_string());
    if (!mapping)
        return cannot("no_mapping",
                      "the mapping of its import no longer exists: write it again under Mappings");
    const bool is_aligned = mapping->shape().kind == "aligned";  // Has neither quotes nor commas.
    std::string text;
    if (mapping->shape().has_header) {
        for (const DocView column : row.find("columns").items()) {
            if (!text.empty()) text += is_aligned ? " " : row.find("delimiter").as_string();
            text += is_aligned ? std::string(column.as_string()) : quoted(column.as_string());
        }
        if (!text.empty()) text += '\n';
    }
    text += body;
    text += '\n';
    auto bytes = ingest::open_bytes(std::move(text));
    if (!bytes) return cannot("unreadable", bytes.error().message);

    ingest::ImportSinks sinks;
    sinks.batch = [&](const ingest::RecordBatch& batch) -> Result<ingest::BatchResult> {
        out.bytes = batch.bytes;
        out.ends = batch.ends;
        return ingest::BatchResult{};
    };
    std::string reason;
    sinks.reject = [&](const ingest::ImportReject& reject) { reason = reject.reason; };
    ingest::Importer importer(*mapping,
                              {.source = *facts.source, .context = context_, .clock = &app_.clock});
    const auto done = importer.run(std::move(*bytes), sinks);
    if (!done) reason = done.error().message;
    if (!reason.empty()) {
        out.clear();
        return cannot("row_refused", reason);
    }
    for (size_t i = 0; i < out.size(); ++i) {
        model::add_event_flags(out.bytes, i == 0 ? 0 : out.ends[i - 1], model::kEventReplayed);
    }
}

Status Replayer::submit(Batch& batch) {
    if (batch.ends.empty()) return Status::ok();
    const size_t count = batch.records.size();
    const engine::Outcome outcome = app_.engine.submit_and_wait(
        submission_of(std::move(batch.records.bytes), std::move(batch.records.ends)));
    TL_TRY(outcome.status);
    answer_.duplicates += outcome.duplicates.size();
    answer_.accepted += count - outcome.duplicates.size() - outcome.refused.size();
    const Status status = settle(batch, outcome);
    batch = {};
    return status;
}

// Each reject of a batch by what the fold made of its records.
Status Replayer::settle(const Batch& batch, const engine::Outcome& outcome) {
    const auto records = static_cast<uint32_t>(batch.ends.back().second);
    const model::Position first = outcome.position + 1 - records;
    std::vector<Settling> settled;
    uint32_t begin = 0;
    for (const auto& [position, end] : batch.ends) {
        const auto late = std::ranges::find_if(outcome.refused, [&](const auto& refusal) {
            return refusal.index >= begin && refusal.index < end;
        });
        const bool repeats = std::ranges::binary_search(outcome.duplicates, begin);
        if (late != outcome.refused.end()) {
            refuse(position, std::string(late->code), late->message);
        } else {
            settled.push_back({position, mended_ == position ? "mended" : "replayed",
                               repeats ? "" : what_it_became(position, first + begin)});
        }
        begin = static_cast<uint32_t>(end);
    }
    // What the fold refused stands in quarantine a second time now; the first one is enough.
    for (const engine::LateRefusal& refusal : outcome.refused) {
        settled.push_back({first + refusal.index, "discarded", {}});
    }
    return settle_rejects(app_, caller_, settled);
}

// The event at a position, and whose it is; empty when it is not found.
std::string Replayer::what_it_became(model::Position reject, model::Position event) {
    const auto found = app_.engine.query_view().history->find(event, {});
    if (!found || !*found) return {};
    answer_.became.push_back({reject, event, (*found)->row.identity});
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("position", static_cast<int64_t>(event));
    out.field("identity", int64_t{(*found)->row.identity});
    out.close(mark);
    return doc;
}

Status settle_rejects(App& app, const Caller& caller, const std::vector<Settling>& settlings) {
    if (settlings.empty()) return Status::ok();
    std::string bytes;
    std::vector<uint32_t> ends;
    for (const Settling& settling : settlings) {
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        out.field("action", "reject");
        out.field("actor", caller.actor);
        out.field("position", static_cast<int64_t>(settling.position));
        out.field("status", settling.status);
        if (!settling.became.empty()) {
            out.key("became");
            out.copy(DocView(settling.became));
        }
        out.close(mark);
        bytes += model::make_record(model::RecordKind::Decision, doc);
        ends.push_back(static_cast<uint32_t>(bytes.size()));
    }
    const engine::Outcome outcome =
        app.engine.submit_and_wait(submission_of(std::move(bytes), std::move(ends)));
    app.vitals->rejects_changed();
    return outcome.status;
}

}  // namespace throughline::server
