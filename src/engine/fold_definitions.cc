// The fold of definitions and of rejects.
#include <algorithm>
#include <map>

#include "engine/fold.h"
#include "engine/fold_cursor.h"
#include "engine/forwarding/forward.h"
#include "model/consequence.h"
#include "model/json.h"

namespace throughline::engine {

namespace {

constexpr int64_t kAnyVersion = -1;

std::string copy_with_id(model::DocView object, int64_t id) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", id);
    for (const model::DocField& field : object.fields()) {
        if (field.key == "id") continue;
        out.key(field.key);
        out.copy(field.value);
    }
    out.close(mark);
    return doc;
}

// Identifiers are stored under the number of their namespace, also when it has gone. So a number
// is given to one key for ever: `retired` keeps those of keys that are gone, for when they return.
std::string with_namespace_ids(model::DocView value, model::DocView before) {
    const model::DocView wanted = value.find("namespaces");
    std::map<std::string, int64_t, std::less<>> ids;
    for (const model::DocField& space : before.find("namespaces").fields()) {
        ids.emplace(space.key, space.value.find("id").as_integer().value_or(0));
    }
    for (const model::DocField& gone : before.find("retired").fields()) {
        ids.emplace(gone.key, gone.value.as_integer().value_or(0));
    }
    int64_t next = model::kNamespaceFirstCustom;
    for (const auto& [key, id] : ids) next = std::max(next, id + 1);

    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.key("namespaces");
    const size_t spaces = out.open_object();
    for (const model::DocField& space : wanted.fields()) {
        const auto known = ids.find(space.key);
        out.key(space.key);
        out.copy(
            model::DocView(copy_with_id(space.value, known != ids.end() ? known->second : next++)));
        if (known != ids.end()) ids.erase(known);
    }
    out.close(spaces);
    if (!ids.empty()) {
        out.key("retired");
        const size_t retired = out.open_object();
        for (const auto& [key, id] : ids) out.field(key, id);
        out.close(retired);
    }
    out.close(mark);
    return doc;
}

}  // namespace

// Numbers that are stored on events never change: a source keeps the one it was given, and so does
// a company's own namespace. Returns the definition's value with them.
Result<std::string> Fold::with_stable_ids(const Definition& definition) {
    const model::DocView value(definition.value);
    const Definition* before = settings_->find(definition.kind, definition.key);
    if (definition.kind == "sources") {
        const model::Source* known = settings_->source(definition.key);
        if (known == nullptr && state_.next_source >= model::kOwnSource) {
            return Error::exhausted("source: at most 65,533 in the life of an installation");
        }
        return copy_with_id(value, known != nullptr ? known->id : state_.next_source++);
    }
    if (definition.kind == "segments") return with_segment_numbers(definition);
    if (definition.kind != "settings" || definition.key != "identity") return definition.value;

    return with_namespace_ids(value,
                              before != nullptr ? model::DocView(before->value) : model::DocView());
}

Status Fold::fold_definition(const Cursor& at) {
    const std::string_view bytes = at.payload.substr(1);
    if (!model::is_doc(bytes)) return Error::corrupt("engine: definition: damaged");
    const model::DocView doc(bytes);
    Definition definition{.kind = std::string(doc.find("kind").as_string()),
                          .key = std::string(doc.find("key").as_string()),
                          .version = at.position,
                          .updated_at = at.stamp,
                          .actor = std::string(doc.find("actor").as_string()),
                          .value = std::string(doc.find("value").bytes())};
    const Definition* before = settings_->find(definition.kind, definition.key);

    const int64_t wanted = doc.find("if_version").as_integer().value_or(kAnyVersion);
    if (wanted != kAnyVersion &&
        (before == nullptr || before->version != static_cast<uint64_t>(wanted))) {
        refuse(at, "conflict", "changed meanwhile, read it again");
        return Status::ok();
    }
    const bool existed = before != nullptr;  // It goes with the settings that are replaced below.
    const bool removes = model::DocView(definition.value).is_null();
    if (definition.kind == kForwardKind) {
        return define_forward(at, std::move(definition), existed);
    }
    if (removes && definition.kind == kJourneyKind) {
        TL_TRY_ASSIGN(const bool may_go, remove_live_journey(at, definition));
        if (!may_go) return Status::ok();
    }
    if (!removes) {
        auto value = with_stable_ids(definition);
        if (!value) {
            refuse(at, code_name(value.error().code), value.error().message);
            return Status::ok();
        }
        definition.value = std::move(*value);
    }
    return replace_definition(at, std::move(definition),
                              removes   ? "remove"
                              : existed ? "define"
                                        : "create");
}

// Writes a definition, or removes it where its value is null, if all of them can be read with it.
Status Fold::replace_definition(const Cursor& at, Definition definition, std::string_view action) {
    TL_TRY_ASSIGN(const bool is_written, write_definition(at, definition));
    if (!is_written) return Status::ok();
    note_audit(at, model::record_doc(at.payload), action, definition.kind + "/" + definition.key);
    // A segment that versions waited for may be another one now, or none.
    return definition.kind == "segments" ? start_built_versions(at) : Status::ok();
}

// Returns whether it was; why not is told.
Result<bool> Fold::write_definition(const Cursor& at, const Definition& definition) {
    const std::string path = definition.kind + "/" + definition.key;
    const bool removes = model::DocView(definition.value).is_null();
    Settings::ByKey all = settings_->all();
    if (removes) {
        all.erase(path);
    } else {
        all.insert_or_assign(path, definition);
    }
    auto settings = Settings::from_definitions(std::move(all));
    Status allowed = settings ? Status::ok() : Status(settings.error());
    if (allowed && definition.kind == "catalogs") {
        allowed = items_.may_become(definition.key, (*settings)->catalog(definition.key));
    }
    if (!allowed) {
        refuse(at, code_name(allowed.error().code), allowed.error().message);
        return false;
    }
    TL_TRY(take_settings(definition, std::move(*settings)));
    if (removes) {
        parts_.tables.definitions.erase(path);
    } else {
        parts_.tables.definitions.put(path, encode_definition(definition));
    }
    return true;
}

Status Fold::fold_reject(const Cursor& at) {
    const std::string_view bytes = at.payload.substr(1);
    if (!model::is_doc(bytes)) return Error::corrupt("engine: reject: damaged");
    const model::DocView doc(bytes);
    const auto source = static_cast<model::SourceId>(doc.find("source").as_integer().value_or(0));
    ++state_.sources[source].rejects;
    ++state_.rejects;
    std::string row;
    model::DocWriter out(row);
    const size_t mark = out.open_object();
    for (const model::DocField& field : doc.fields()) {
        out.key(field.key);
        out.copy(field.value);
    }
    out.field("status", "open");
    out.close(mark);
    parts_.tables.rejects.put(ordered_key(at.position), row);
    return Status::ok();
}

// An event that only the state shows to be wrong stands in quarantine like any other reject.
void Fold::quarantine(const Cursor& at, std::string_view code, std::string_view message) {
    const model::EventView event(at.payload);
    ++state_.sources[event.source()].rejects;
    ++state_.rejects;
    std::string row;
    model::DocWriter out(row);
    const size_t mark = out.open_object();
    out.field("source", static_cast<int64_t>(event.source()));
    out.field("code", code);
    out.field("message", message);
    out.field("received", event.received());
    out.field("path", model::event_type_name(event.type()));
    out.field("message_id", event.message_id());
    out.key("body");
    out.string(model::to_json(event.doc()));
    out.field("status", "open");
    out.close(mark);
    parts_.tables.rejects.put(ordered_key(at.position), row);
}

Status Fold::settle_reject(const Cursor& at, model::DocView doc) {
    const auto position = static_cast<uint64_t>(doc.find("position").as_integer().value_or(0));
    const std::string key = ordered_key(position);
    TL_TRY_ASSIGN(const auto row, parts_.tables.rejects.get(key));
    if (!row) {
        refuse(at, "not_found", "no such reject, or older than 30 days");
        return Status::ok();
    }
    const model::DocView before(*row);
    std::string after;
    model::DocWriter out(after);
    const size_t mark = out.open_object();
    for (const model::DocField& field : before.fields()) {
        if (field.key == "status") continue;
        out.key(field.key);
        out.copy(field.value);
    }
    if (const model::DocView became = doc.find("became"); became.is_object()) {
        out.key("became");
        out.copy(became);
    }
    out.field("status", doc.find("status").as_string());
    out.field("settled_at", at.stamp);
    out.field("settled_by", doc.find("actor").as_string());
    out.close(mark);
    parts_.tables.rejects.put(key, after);
    note_audit(at, doc, doc.find("status").as_string(),
               "rejects/" + model::format_position(position));
    return Status::ok();
}

Status Fold::purge_rejects(Micros before) {
    constexpr size_t kStep = 1000;
    store::KeyRange range;
    while (true) {
        TL_TRY_ASSIGN(const auto rows, parts_.tables.rejects.scan(range, kStep));
        for (const auto& [key, value] : rows) {
            // Rows stand in the order of the log, so the first young one ends the search.
            const auto received = model::DocView(value).find("received").as_integer();
            if (received.value_or(0) >= before) return Status::ok();
            parts_.tables.rejects.erase(key);
        }
        if (rows.size() < kStep) return Status::ok();
        range.from = rows.back().first + '\0';
    }
}

}  // namespace throughline::engine
