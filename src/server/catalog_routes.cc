#include "server/catalog_routes.h"

#include "catalog/shipped.h"
#include "identity/public_id.h"
#include "model/json.h"
#include "profile/account.h"
#include "server/definitions.h"
#include "server/item_upload.h"
#include "server/kept_definitions.h"
#include "server/profile_routes.h"
#include "server/write_fields.h"

namespace throughline::server {

using catalog::Item;
using catalog::Type;
using engine::View;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr size_t kCatalogsMax = 200;
constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr std::string_view kParts[] = {"fields",           "id",     "owner", "state", "due",
                                       "late_after_hours", "unknown"};

// --- types

Status read_catalog(DocView body, const engine::Settings& settings, DocWriter& out) {
    TL_TRY(Type::from_doc("", body, settings.namespaces()));
    for (const std::string_view part : kParts) {
        const DocView value = body.find(part);
        if (value.is_missing() || value.is_null()) continue;
        out.key(part);
        out.copy(value);
    }
    return Status::ok();
}

void write_catalog(const App& app, const engine::Definition& definition, DocWriter& out) {
    const DocView value(definition.value);
    for (const std::string_view part : kParts) {
        const DocView kept = value.find(part);
        if (kept.is_missing()) continue;
        out.key(part);
        out.copy(kept);
    }
    const View view = app.engine.view();
    write_count(out, "items", engine::count_items(view, definition.key).value_or(0));
}

// Checked again by the fold: items may come in between.
Status catalog_may_go(const App& app, std::string_view key) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const uint64_t count, engine::count_items(view, key));
    if (count == 0) return Status::ok();
    return Error::precondition("catalog: key: it has " + std::to_string(count) +
                               " items, remove them first");
}

Result<HttpResponse> list_shipped() {
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        for (const std::string_view key : catalog::shipped_types()) {
            const auto type = model::doc_from_json(catalog::shipped_type(key));
            if (!type) {
                status = type.error();
                continue;
            }
            const size_t mark = out.open_object();
            out.field("key", key);
            for (const model::DocField& field : DocView(*type).fields()) {
                out.key(field.key);
                out.copy(field.value);
            }
            out.close(mark);
        }
        return std::string();
    });
    TL_TRY(status);
    return doc_response(doc);
}

// --- items

Result<const Type*> type_of(const engine::Settings& settings, const ApiRequest& request) {
    const Type* const type = settings.catalog(request.parameters[0]);
    if (type == nullptr) return Error::not_found("catalog: no catalog has this key");
    return type;
}

Status write_owner(const View& view, const Type& type, const Item& item, DocWriter& out) {
    if (std::holds_alternative<Key128>(item.owner)) {
        const size_t mark = out.open_object();
        out.field("account", owner_text(type, item).value_or(""));
        out.close(mark);
        return Status::ok();
    }
    if (item.person() == 0) {
        out.null();
        return Status::ok();
    }
    TL_TRY_ASSIGN(const auto bytes,
                  view.tables.identities.read(identity::identity_key(item.person()), view.pin));
    if (!bytes) return Error::corrupt("item: the identity of its owner is gone");
    const size_t mark = out.open_object();
    out.field("profile", identity::public_id(view.secret, identity::NodeView(*bytes).root()));
    out.close(mark);
    return Status::ok();
}

// The fields of an item, with the brackets left to the caller.
Status write_item_fields(const View& view, const Type& type, const Item& item, DocWriter& out) {
    out.field("catalog", item.catalog);
    out.field("id", item.id);
    write_text(out, "state", item.state());
    write_time(out, "since", item.visits.empty() ? kNoTime : item.visits.back().since);
    write_time(out, "due", item.due);
    const bool is_overdue =
        item.due != kNoTime && type.counts_late(item.state()) && item.due <= view.state.stamp;
    write_flag(out, "overdue", is_overdue);
    out.key("owner");
    TL_TRY(write_owner(view, type, item, out));
    write_time(out, "updated_at", item.updated_at);
    write_time(out, "changed_at", item.changed);
    write_time(out, "created_at", item.created);
    out.key("fields");
    out.copy(DocView(item.fields));
    return Status::ok();
}

Result<engine::ItemFilter> filter_of(const View& view, const Type& type, const ApiRequest& request,
                                     Micros now) {
    engine::ItemFilter filter;
    filter.state = request.query("state");
    if (!filter.state.empty() && !type.has_state(filter.state)) {
        return Error::invalid("query: state: is none of the states of " + type.key());
    }
    const std::string due = request.query("due");
    const std::string before = request.query("due_before");
    if (!due.empty() && due != "overdue") return Error::invalid("query: due: need overdue");
    if (!due.empty()) filter.due_before = now + 1;
    if (!before.empty()) {
        filter.due_before = parse_instant(before);
        if (!filter.due_before) return Error::invalid("query: due_before: need a time, RFC 3339");
    }
    const std::string owner = request.query("owner");
    if (owner.empty()) return filter;
    if (!type.owner()) return Error::invalid("query: owner: items of this type have none");
    if (type.owner()->is_account) {
        filter.account = profile::account_key(view.secret, owner);
        return filter;
    }
    TL_TRY_ASSIGN(const engine::Person person, person_of(view, owner));
    filter.person = person.members();
    return filter;
}

Result<HttpResponse> list_items(App& app, const ApiRequest& request) {
    TL_TRY(wait_for_position(app, request));
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Type* const type, type_of(*view.settings, request));
    TL_TRY_ASSIGN(const auto filter, filter_of(view, *type, request, app.clock.now()));
    TL_TRY_ASSIGN(const engine::ItemPage page,
                  engine::list_items(view, *type, filter, request.query("cursor"), limit));
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        for (const Item& item : page.items) {
            if (status) status = write_item(view, *type, item, out);
        }
        return page.next;
    });
    TL_TRY(status);
    return doc_response(doc);
}

Result<HttpResponse> read_item(App& app, const ApiRequest& request) {
    TL_TRY(wait_for_position(app, request));
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Type* const type, type_of(*view.settings, request));
    TL_TRY_ASSIGN(const auto item, engine::find_item(view, type->key(), request.parameters[1]));
    if (!item) return Error::not_found("item: no item has this id");
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    TL_TRY(write_item_fields(view, *type, *item, out));
    out.key("states");
    const size_t list = out.open_array();
    for (const catalog::Visit& visit : item->visits) {
        const size_t object = out.open_object();
        out.field("state", visit.state);
        write_time(out, "since", visit.since);
        out.close(object);
    }
    out.close(list);
    out.close(mark);
    return doc_response(doc);
}

Result<HttpResponse> upload(App& app, const ApiRequest& request) {
    const auto settings = app.engine.settings();
    TL_TRY_ASSIGN(const Type* const type, type_of(*settings, request));
    const std::string rest = request.query("fields");
    if (!rest.empty() && rest != "merge" && rest != "whole") {
        return Error::invalid("query: fields: need merge or whole");
    }
    const ItemReading reading{
        .type = *type,
        .actor = request.caller.actor,
        .rest = rest == "whole" ? catalog::Fields::Whole : catalog::Fields::Merge,
        .is_history = request.is_set("history")};
    const std::string_view media = request.http.header("Content-Type").value_or("");
    const bool is_csv = media.find("csv") != media.npos;
    const bool is_lines = media.find("ndjson") != media.npos || media.find("jsonl") != media.npos;
    auto items = is_csv || is_lines
                     ? ItemUpload::of_text(reading, std::string(request.http.body), is_csv)
                     : ItemUpload::of_json(reading, request.body());
    TL_TRY(items);
    TL_TRY(items->send(app.engine));
    TL_TRY_ASSIGN(const std::string answer, items->answer(app.engine.view(), *type));
    return doc_response(answer);
}

Result<HttpResponse> remove_item(App& app, const ApiRequest& request) {
    const auto settings = app.engine.settings();
    TL_TRY_ASSIGN(const Type* const type, type_of(*settings, request));
    catalog::Update update{.id = request.parameters[1],
                           .removes = true,
                           .if_state = request.http.query_param("if_state")};
    DocWriter fields(update.fields);
    fields.close(fields.open_object());
    TL_TRY(decide(app, request.caller, "item", [&](DocWriter& out) {
        out.field("catalog", type->key());
        catalog::write_update(out, update);
    }));
    return HttpResponse::empty(204);
}

}  // namespace

Status write_item(const View& view, const Type& type, const Item& item, DocWriter& out) {
    const size_t mark = out.open_object();
    TL_TRY(write_item_fields(view, type, item, out));
    out.close(mark);
    return Status::ok();
}

Status write_items_of(const View& view, std::span<const identity::IdentityId> identities,
                      DocWriter& out) {
    TL_TRY_ASSIGN(const auto items, engine::items_of_person(view, identities));
    const size_t list = out.open_array();
    for (const Item& item : items) {
        const Type* const type = view.settings->catalog(item.catalog);
        if (type != nullptr) TL_TRY(write_item(view, *type, item, out));
    }
    out.close(list);
    return Status::ok();
}

void add_catalog_routes(Router& router, App& app) {
    router.get("/api/catalog-types", [](ApiRequest&) { return list_shipped(); });
    add_kept_routes(
        router, app,
        {.kind = "catalogs",
         .area = "catalog",
         .most = kCatalogsMax,
         .read = read_catalog,
         .write = [&app](const engine::Definition& definition, const engine::Settings&,
                         DocWriter& out) { write_catalog(app, definition, out); },
         .may_go = [&app](std::string_view key,
                          const engine::Settings&) { return catalog_may_go(app, key); }});
    router.get("/api/catalogs/{key}/items",
               [&app](ApiRequest& request) { return list_items(app, request); });
    router.post("/api/catalogs/{key}/items",
                [&app](ApiRequest& request) { return upload(app, request); });
    router.get("/api/catalogs/{key}/items/{id}",
               [&app](ApiRequest& request) { return read_item(app, request); });
    router.remove("/api/catalogs/{key}/items/{id}",
                  [&app](ApiRequest& request) { return remove_item(app, request); });
}

}  // namespace throughline::server
