#include "ingest/reject.h"

#include "base/base64.h"
#include "base/json_text.h"
#include "model/record.h"

namespace throughline::ingest {

void append_reject(const EventFacts& facts, Refusal refusal, std::string_view body,
                   RecordBatch& out) {
    out.bytes.push_back(static_cast<char>(model::RecordKind::Reject));
    model::DocWriter writer(out.bytes);
    const size_t mark = writer.open_object();
    writer.field("source", int64_t{facts.source->id});
    writer.field("code", refusal.code);
    writer.field("message", refusal.message);
    writer.field("index", int64_t{refusal.index});
    writer.field("received", facts.received);
    if (facts.sent != kNoTime) writer.field("sent", facts.sent);
    writer.field("path", facts.path);
    if (!refusal.message_id.empty()) writer.field("message_id", refusal.message_id);
    if (is_utf8(body)) {
        writer.field("body", body);
    } else {
        writer.field("body_base64", encode_base64(body));
    }
    writer.close(mark);
    out.ends.push_back(static_cast<uint32_t>(out.bytes.size()));
    out.refused.push_back(std::move(refusal));
}

}  // namespace throughline::ingest
