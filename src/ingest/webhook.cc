#include "ingest/webhook.h"

#include "ingest/reject.h"
#include "model/json.h"

namespace throughline::ingest {

using model::DocView;

namespace {

// One row of the body; its events, or one reject.
void append_row(MappingRun& run, EventEncoder& encoder, const EncodeContext& context,
                std::pair<EventFacts*, RecordBatch*> into, DocView doc) {
    auto& [facts, records] = into;
    Row row;
    row.line = 1;
    row.doc = doc;
    MappedRow mapped;
    run.apply(row, mapped);
    if (!mapped.problem.empty()) {
        append_reject(*facts, {facts->index++, "mapping_failed", mapped.problem, {}},
                      model::to_json(doc), *records);
    }
    for (const std::string& event : mapped.events) {
        encoder.append(context, *facts, DocView(event), *records);
        ++facts->index;
    }
}

}  // namespace

Decoded decode_webhook(const Mapping& mapping, const EncodeContext& context, const Request& request,
                       std::string_view body) {
    Decoded decoded;
    EventFacts facts;
    facts.source = request.source;
    facts.path = "webhook";
    facts.peer_ip = request.peer_ip;
    facts.received = request.received;
    facts.any_identifier_will_do = true;
    const auto doc = model::doc_from_json(body);
    if (!doc) {
        decoded.is_envelope_error = true;
        append_reject(facts, {0, "invalid_json", doc.error().message, {}}, body, decoded.records);
        return decoded;
    }
    MappingRun run(mapping, *context.secret);
    EventEncoder encoder;
    const DocView whole(*doc);
    if (!whole.is_array()) {
        append_row(run, encoder, context, {&facts, &decoded.records}, whole);
        return decoded;
    }
    for (const DocView item : whole.items()) {
        append_row(run, encoder, context, {&facts, &decoded.records}, item);
    }
    return decoded;
}

}  // namespace throughline::ingest
