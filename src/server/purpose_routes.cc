#include "server/purpose_routes.h"

#include "server/journey_needs.h"
#include "server/kept_definitions.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kPurposesMax = 200;
constexpr size_t kTopicsMax = 500;

// A field as it was sent, or null.
void keep(DocWriter& out, DocView body, std::string_view field) {
    const DocView value = body.find(field);
    out.key(field);
    value.is_missing() ? out.null() : out.copy(value);
}

void keep_list(DocWriter& out, DocView body, std::string_view field) {
    const DocView value = body.find(field);
    out.key(field);
    value.is_array() ? out.copy(value) : out.close(out.open_array());
}

Status read_purpose(DocView body, DocWriter& out) {
    TL_TRY_ASSIGN(const auto purpose, privacy::Purpose::from_doc("", body));
    out.field("basis", privacy::basis_name(purpose.basis));
    keep_list(out, body, "categories");
    keep(out, body, "expires_after");
    write_flag(out, "capped", purpose.is_capped);
    write_flag(out, "quiet", purpose.is_quiet);
    return Status::ok();
}

void write_purpose(const engine::Definition& definition, const engine::Settings&, DocWriter& out) {
    const DocView value(definition.value);
    for (const std::string_view field :
         {"basis", "categories", "expires_after", "capped", "quiet"}) {
        out.key(field);
        out.copy(value.find(field));
    }
}

Status purpose_may_go(std::string_view key, const engine::Settings& settings) {
    for (const auto& [name, topic] : settings.privacy().topics) {
        if (topic.purpose == key) {
            return Error::precondition("purpose: key: the topic " + name + " is for it");
        }
    }
    return no_message_names("purpose", key, &journey::MessageStep::purpose, settings);
}

Status read_topic(DocView body, const engine::Settings& settings, DocWriter& out) {
    TL_TRY_ASSIGN(const auto topic, privacy::Topic::from_doc("", body));
    if (settings.privacy().purpose(topic.purpose) == nullptr) {
        return Error::invalid("topic: purpose: no purpose has this key");
    }
    out.field("purpose", topic.purpose);
    out.field("default", std::string_view(topic.is_usually_on ? "subscribed" : "unsubscribed"));
    keep_list(out, body, "caps");
    return Status::ok();
}

void write_topic(const engine::Definition& definition, const engine::Settings&, DocWriter& out) {
    const DocView value(definition.value);
    for (const std::string_view field : {"purpose", "default", "caps"}) {
        out.key(field);
        out.copy(value.find(field));
    }
}

Status topic_may_go(std::string_view key, const engine::Settings& settings) {
    return no_message_names("topic", key, &journey::MessageStep::topic, settings);
}

}  // namespace

void add_purpose_routes(Router& router, App& app) {
    add_kept_routes(router, app,
                    {.kind = "purposes",
                     .area = "purpose",
                     .most = kPurposesMax,
                     .changed_by = Scope::Send,
                     .read = [](DocView body, const engine::Settings&,
                                DocWriter& out) { return read_purpose(body, out); },
                     .write = write_purpose,
                     .may_go = purpose_may_go});
    add_kept_routes(router, app,
                    {.kind = "topics",
                     .area = "topic",
                     .most = kTopicsMax,
                     .changed_by = Scope::Send,
                     .read = read_topic,
                     .write = write_topic,
                     .may_go = topic_may_go});
}

}  // namespace throughline::server
