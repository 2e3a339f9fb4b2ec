#include "engine/message_values.h"

#include <map>

#include "base/civil.h"
#include "engine/membership.h"
#include "engine/message_items.h"

namespace throughline::engine {

using model::DocView;
using model::DocWriter;

namespace {

std::string text_trait(const View& view, const Person& person, std::string_view name) {
    const auto doc = profile::trait_doc(person.record, name, view.settings->survivorship(),
                                        view.settings->source_names());
    return doc ? std::string(DocView(*doc).as_string()) : std::string();
}

void write_traits(const View& view, const Person& person, DocWriter& out) {
    out.key("traits");
    const size_t mark = out.open_object();
    for (const auto& [name, entries] : person.record.traits) {
        const auto doc = profile::trait_doc(person.record, name, view.settings->survivorship(),
                                            view.settings->source_names());
        if (!doc) continue;
        out.key(name);
        out.copy(DocView(*doc));
    }
    out.close(mark);
}

void write_identifiers(const View& view, const Person& person, DocWriter& out) {
    std::map<std::string_view, std::vector<std::string_view>> values;  // By namespace.
    for (const PersonIdentity& identity : person.identities) {
        const model::Namespace* space = view.settings->namespaces().find(identity.node.space);
        if (space != nullptr) values[space->key].push_back(identity.node.value);
    }
    out.key("identifiers");
    const size_t mark = out.open_object();
    for (const auto& [space, list] : values) {
        out.key(space);
        const size_t items = out.open_array();
        for (const std::string_view value : list) out.string(value);
        out.close(items);
    }
    out.close(mark);
}

void write_instant(DocWriter& out, std::string_view name, Micros at) {
    if (at != kNoTime) out.field(name, std::string_view(format_instant(at)));
}

}  // namespace

Manner manner_of(const View& view, const Person& person) {
    Manner manner{.locale = text_trait(view, person, "locale"),
                  .zone = text_trait(view, person, "timezone")};
    if (manner.locale.empty()) manner.locale = text_trait(view, person, "language");
    if (manner.zone.empty() || !TimeZone::find(manner.zone))
        manner.zone = view.settings->timezone();
    return manner;
}

Status MessageValues::set_person(const View& view, const Person& person) {
    TL_TRY_ASSIGN(const auto segments, segments_of(view, person.root));
    person_.clear();
    DocWriter out(person_);
    const size_t mark = out.open_object();
    out.field("id", person.public_id(view));
    const std::string name = profile::display_name(person.record, view.settings->survivorship(),
                                                   view.settings->source_names());
    if (!name.empty()) out.field("name", name);
    write_traits(view, person, out);
    write_identifiers(view, person, out);
    out.key("segments");
    const size_t list = out.open_array();
    for (const SegmentStay& stay : segments) out.string(stay.key);
    out.close(list);
    write_instant(out, "first_seen", person.record.first_seen);
    write_instant(out, "last_seen", person.record.last_seen);
    out.close(mark);
    return Status::ok();
}

void MessageValues::set_event(std::string_view name, Micros time, DocView properties) {
    event_.clear();
    DocWriter out(event_);
    const size_t mark = out.open_object();
    out.field("name", name);
    write_instant(out, "time", time);
    if (properties.is_object()) {
        out.key("properties");
        out.copy(properties);
    }
    out.close(mark);
}

Status MessageValues::set_items(const View& view, DocView properties,
                                std::span<const identity::IdentityId> members) {
    TL_TRY_ASSIGN(items_, items_named_in(view, properties, members));
    return Status::ok();
}

void MessageValues::set_unsubscribe(std::string_view link) {
    links_.clear();
    DocWriter out(links_);
    const size_t mark = out.open_object();
    out.field("unsubscribe", link);
    out.close(mark);
}

void MessageValues::set_now(Micros at) {
    now_.clear();
    DocWriter(now_).string(format_instant(at));
}

std::vector<tmpl::Variable> MessageValues::variables() const {
    std::vector<tmpl::Variable> variables;
    const std::pair<std::string_view, const std::string*> all[] = {{"person", &person_},
                                                                   {"event", &event_},
                                                                   {"items", &items_},
                                                                   {"links", &links_},
                                                                   {"now", &now_}};
    for (const auto& [name, doc] : all) {
        if (!doc->empty()) variables.push_back({name, DocView(*doc)});
    }
    return variables;
}

}  // namespace throughline::engine
