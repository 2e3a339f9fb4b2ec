#include "ingest/event_fields.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.h"
#include "model/doc_keys.h"

namespace throughline::ingest {

using model::DocField;
using model::DocView;
using model::DocWriter;

namespace {

// From the place of a well-known key to its name here.
class FieldTable {
public:
    FieldTable() {
        set("type", FieldName::Type);
        set("event", FieldName::Event);
        set("name", FieldName::Name);
        set("userId", FieldName::UserId);
        set("anonymousId", FieldName::AnonymousId);
        set("groupId", FieldName::GroupId);
        set("previousId", FieldName::PreviousId);
        set("messageId", FieldName::MessageId);
        set("timestamp", FieldName::Timestamp);
        set("originalTimestamp", FieldName::OriginalTimestamp);
        set("sentAt", FieldName::SentAt);
        set("traits", FieldName::Traits);
        set("context", FieldName::Context);
        set("integrations", FieldName::Integrations);
        set("request_ip", FieldName::RequestIp);
        set("writeKey", FieldName::WriteKey);
        set("ip", FieldName::Ip);
        set("direct", FieldName::Direct);
        set("device", FieldName::Device);
        set("externalIds", FieldName::ExternalIds);
        set("consent", FieldName::Consent);
    }
    FieldName of(const DocField& field) const {
        if (field.known >= 0) return names_[static_cast<uint8_t>(field.known)];
        return field.key == "verified" ? FieldName::Verified : FieldName::Other;
    }

private:
    void set(std::string_view key, FieldName name) {
        const int place = model::well_known_key(key);
        TL_ASSERT(place >= 0 && place < static_cast<int>(names_.size()));
        names_[static_cast<size_t>(place)] = name;
    }
    std::array<FieldName, 256> names_{};
};

const FieldTable& field_table() {
    static const FieldTable table;
    return table;
}

// The fields of an object, each key once: the last of them, at the place of the last.
std::vector<DocField> last_fields(DocView object) {
    std::vector<DocField> fields;
    for (const DocField& field : object.fields()) {
        std::erase_if(fields, [&](const DocField& other) { return other.key == field.key; });
        fields.push_back(field);
    }
    return fields;
}

// `above` hides what `below` says under the same key; one that is no object hides nothing but
// stands if there is nothing below.
void write_merged(DocWriter& out, DocView below, DocView above) {
    if (!above.is_missing() && !above.is_null() && !above.is_object()) return out.copy(above);
    const size_t mark = out.open_object();
    for (const DocField& field : below.fields()) {
        if (!above.find(field.key).is_missing()) continue;
        out.key(field.key);
        out.copy(field.value);
    }
    for (const DocField& field : above.fields()) {
        out.key(field.key);
        out.copy(field.value);
    }
    out.close(mark);
}

}  // namespace

void read_known_fields(DocView object, KnownFields& out) {
    const FieldTable& table = field_table();
    out.values.fill({});
    out.write_key_field = {};
    out.has_repeats = false;
    const char* field_begin = object.bytes().data() + 5;  // After tag and size.
    for (const DocField& field : object.fields()) {
        const std::string_view value = field.value.bytes();
        const char* field_end = value.data() + value.size();
        const FieldName name = table.of(field);
        if (name != FieldName::Other) {
            DocView& kept = out.values[static_cast<size_t>(name)];
            out.has_repeats |= !kept.is_missing();
            kept = field.value;
            if (name == FieldName::WriteKey) {
                out.write_key_field = {field_begin, static_cast<size_t>(field_end - field_begin)};
            }
        }
        field_begin = field_end;
    }
}

void append_without_repeats(DocView event, std::string& out) {
    DocWriter writer(out);
    const size_t mark = writer.open_object();
    for (const DocField& field : last_fields(event)) {
        writer.key(field.key);
        if (field.key != "context" || !field.value.is_object()) {
            writer.copy(field.value);
            continue;
        }
        const size_t inner = writer.open_object();
        for (const DocField& part : last_fields(field.value)) {
            writer.key(part.key);
            writer.copy(part.value);
        }
        writer.close(inner);
    }
    writer.close(mark);
}

void append_with_batch_fields(DocView event, DocView batch_context, DocView batch_integrations,
                              std::string& out) {
    DocWriter writer(out);
    const size_t mark = writer.open_object();
    for (const DocField& field : event.fields()) {
        if (field.key == "context" || field.key == "integrations") continue;
        writer.key(field.key);
        writer.copy(field.value);
    }
    for (const auto& [key, below] :
         {std::pair{"context", batch_context}, std::pair{"integrations", batch_integrations}}) {
        const DocView above = event.find(key);
        if (below.is_missing() && above.is_missing()) continue;
        writer.key(key);
        write_merged(writer, below, above);
    }
    writer.close(mark);
}

}  // namespace throughline::ingest
