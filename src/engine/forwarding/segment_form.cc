#include "engine/forwarding/segment_form.h"

#include <algorithm>

#include "model/json.h"

namespace throughline::engine {

namespace {

// Written by us, or misleading behind what we write.
constexpr std::string_view kOurs[] = {"type",       "messageId", "timestamp", "originalTimestamp",
                                      "receivedAt", "sentAt",    "writeKey"};

}  // namespace

void append_segment_event(std::string& out, const model::EventView& event) {
    std::string doc;
    doc.reserve(event.payload().size() + 100);
    model::DocWriter writer(doc);
    const size_t mark = writer.open_object();
    writer.field("type", model::event_type_name(event.type()));
    writer.field("messageId", event.message_id());
    writer.field("timestamp", format_instant_exact(event.time()));
    writer.field("receivedAt", format_instant_exact(event.received()));
    for (const model::DocField& field : event.doc().fields()) {
        if (std::ranges::find(kOurs, field.key) != std::end(kOurs)) continue;
        writer.key(field.key);
        writer.copy(field.value);
    }
    writer.close(mark);
    model::append_json(out, model::DocView(doc));
}

std::string segment_batch(std::span<const std::string_view> events, Micros sent) {
    size_t bytes = 100;
    for (const std::string_view event : events) bytes += event.size() + 1;
    std::string body;
    body.reserve(bytes);
    body += R"({"batch":[)";
    for (size_t i = 0; i < events.size(); ++i) {
        if (i > 0) body += ',';
        body += events[i];
    }
    body += R"(],"sentAt":")" + format_instant(sent) + "\"}";
    return body;
}

}  // namespace throughline::engine
