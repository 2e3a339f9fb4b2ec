#include "server/kept_definitions.h"

#include <memory>

#include "server/definitions.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kNameBytesMax = 200;
constexpr size_t kDescriptionBytesMax = 2000;

void write_one(DocWriter& out, const KeptKind& kind, const engine::Definition& definition,
               const engine::Settings& settings) {
    const DocView value(definition.value);
    const size_t mark = out.open_object();
    out.field("key", definition.key);
    out.field("name", value.find("name").as_string());
    out.field("description", value.find("description").as_string());
    kind.write(definition, settings, out);
    out.field("managed_by", "screen");
    write_time(out, "created_at", value.find("created_at").as_integer().value_or(kNoTime));
    out.field("created_by", value.find("created_by").as_string());
    write_time(out, "updated_at", definition.updated_at);
    out.field("updated_by", actor_name(definition.actor));
    out.close(mark);
}

Result<net::HttpResponse> list(const App& app, const ApiRequest& request, const KeptKind& kind) {
    const auto settings = app.engine.settings();
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        auto next = page_of_definitions(
            request, *settings, kind.kind,
            [&](const engine::Definition& one) { write_one(out, kind, one, *settings); });
        if (!next) status = next.error();
        return next.value_or("");
    });
    TL_TRY(status);
    return doc_response(doc);
}

Result<net::HttpResponse> answer(const App& app, std::string_view key, const KeptKind& kind,
                                 int status) {
    const auto settings = app.engine.settings();
    const engine::Definition* found = settings->find(kind.kind, key);
    const std::string area(kind.area);
    if (found == nullptr) return Error::not_found(area + ": no " + area + " has this key");
    std::string doc;
    DocWriter out(doc);
    write_one(out, kind, *found, *settings);
    return with_etag(doc_response(doc, status), found->version);
}

Status write_title(DocWriter& out, DocView body, const KeptKind& kind) {
    const std::string area(kind.area);
    const DocView name = body.find("name");
    if (!name.is_string() || name.as_string().empty() || name.as_string().size() > kNameBytesMax) {
        return Error::invalid(area + ": name: need text of 1 to 200 bytes");
    }
    const DocView description = body.find("description");
    const bool is_said = !description.is_missing() && !description.is_null();
    if (is_said &&
        (!description.is_string() || description.as_string().size() > kDescriptionBytesMax)) {
        return Error::invalid(area + ": description: need text of at most 2000 bytes");
    }
    out.field("name", name.as_string());
    out.field("description", description.as_string());
    return Status::ok();
}

// Made now, or whenever the one that stands was.
void write_birth(DocWriter& out, const App& app, const ApiRequest& request,
                 const engine::Definition* standing) {
    const DocView before(standing != nullptr ? std::string_view(standing->value)
                                             : std::string_view());
    out.field("created_at", before.find("created_at").as_integer().value_or(app.clock.now()));
    const std::string_view by = before.find("created_by").as_string();
    out.field("created_by", standing != nullptr ? by : actor_name(request.caller.actor));
}

Result<net::HttpResponse> write(App& app, ApiRequest& request, const KeptKind& kind) {
    const std::string& key = request.parameters[0];
    const std::string area(kind.area);
    if (!model::is_definition_key(key)) {
        return Error::invalid(area + ": key: need 1 to 64 of a-z, 0-9, -, _ and .");
    }
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const engine::Definition* standing = settings->find(kind.kind, key);
    TL_TRY_ASSIGN(auto refusal, check_preconditions(request, standing, kind.area));
    if (refusal) return std::move(*refusal);
    if (kind.refuse) refusal = kind.refuse(request.body());
    if (refusal) return std::move(*refusal);
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    TL_TRY(write_title(out, request.body(), kind));
    TL_TRY(kind.read(request.body(), *settings, out));
    if (kind.keep) {
        const std::string_view before =
            standing != nullptr ? std::string_view(standing->value) : "";
        kind.keep(request.body(), DocView(before), out);
    }
    write_birth(out, app, request, standing);
    out.close(mark);
    if (standing == nullptr && count_of(*settings, kind.kind) >= kind.most) {
        return Error::precondition(area + ": key: " + std::to_string(kind.most) + " exist already");
    }
    TL_TRY(define(app, request.caller.actor, kind.kind, key, doc));
    return answer(app, key, kind, standing == nullptr ? 201 : 200);
}

Result<net::HttpResponse> remove(App& app, ApiRequest& request, const KeptKind& kind) {
    const auto lock = hold_definitions();
    TL_TRY(kind.may_go(request.parameters[0], *app.engine.settings()));
    return delete_held_definition(app, request, kind.kind, kind.area);
}

}  // namespace

void add_kept_routes(Router& router, App& app, const KeptKind& kind) {
    const auto kept = std::make_shared<const KeptKind>(kind);  // Shared by the routes.
    const std::string all = "/api/" + std::string(kind.kind);
    const std::string one = all + "/{key}";
    router.get(all, [&app, kept](ApiRequest& request) { return list(app, request, *kept); });
    router.get(one, [&app, kept](ApiRequest& request) {
        return answer(app, request.parameters[0], *kept, 200);
    });
    router.put(
        one, [&app, kept](ApiRequest& request) { return write(app, request, *kept); },
        kept->changed_by);
    router.remove(
        one, [&app, kept](ApiRequest& request) { return remove(app, request, *kept); },
        kept->changed_by);
}

}  // namespace throughline::server
