#include "server/suppression_routes.h"

#include "engine/consents.h"
#include "model/normalise.h"
#include "server/definitions.h"
#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::View;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;
using privacy::SuppressionReason;

namespace {

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kReasonBytesMost = 1000;
constexpr std::string_view kReasonsKnown =
    "suppression: reason: need unsubscribe, hard_bounce, complaint, deceased or legal";

struct Address {
    const model::Namespace* space = nullptr;
    Key128 key;
};

Result<Address> address_of(const View& view, DocView body) {
    const model::Namespace* space =
        view.settings->namespaces().find(body.find("namespace").as_string());
    if (space == nullptr) {
        return Error::invalid("suppression: namespace: need one such as email or phone");
    }
    const std::string_view region = body.find("region").as_string();
    const auto value = model::normalise(space->normaliser, body.find("value").as_string(), region);
    if (!value || value->empty()) {
        return Error::invalid("suppression: value: not an address of this namespace");
    }
    return Address{space, privacy::suppression_key(view.secret, space->id, *value)};
}

void write_reason(const privacy::Suppression& one, DocWriter& out) {
    out.field("reason", privacy::reason_name(one.reason));
    write_time(out, "at", one.at);
    write_text(out, "actor", actor_name(one.actor));
    write_flag(out, "stops_everything", privacy::stops_everything(one.reason));
    out.field("position", model::format_position(one.position));
}

// What is known of the address that a body names.
Result<HttpResponse> answer(App& app, const ApiRequest& request, int status) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Address address, address_of(view, request.body()));
    TL_TRY_ASSIGN(const auto found, engine::find_suppression(view, address.key));
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", engine::hex_of_key(address.key));
    out.field("namespace", address.space->key);
    write_flag(out, "suppressed", !found.reasons.empty());
    out.key("reasons");
    const size_t list = out.open_array();
    for (const privacy::Suppression& one : found.reasons) {
        const size_t object = out.open_object();
        write_reason(one, out);
        out.close(object);
    }
    out.close(list);
    out.close(mark);
    return doc_response(doc, status);
}

Result<HttpResponse> list(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    const std::string name = request.query("reason");
    const auto reason = privacy::reason_named(name);
    if (!name.empty() && !reason) return Error::invalid(std::string(kReasonsKnown));
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const auto page,
                  engine::list_suppressions(view, reason, request.query("cursor"), limit));
    const Names names(view);
    return doc_response(list_doc([&](DocWriter& out) {
        for (const engine::ListedSuppression& one : page.suppressions) {
            const size_t mark = out.open_object();
            out.field("id", engine::hex_of_key(one.key));
            out.field("namespace", names.space(one.space));
            write_reason(one.suppression, out);
            out.close(mark);
        }
        return page.next;
    }));
}

Result<std::string> why_of(std::string_view text) {
    if (text.size() > kReasonBytesMost) {
        return Error::invalid("suppression: why: need text of at most 1000 bytes");
    }
    return std::string(text);
}

Result<HttpResponse> add(App& app, const ApiRequest& request) {
    const DocView body = request.body();
    const auto reason = privacy::reason_named(body.find("reason").as_string());
    if (!reason) return Error::invalid(std::string(kReasonsKnown));
    TL_TRY_ASSIGN(const std::string why, why_of(body.find("why").as_string()));
    const Micros now = app.clock.now();
    const std::string_view said = body.find("at").as_string();
    const auto at = said.empty() ? now : parse_instant(said);
    if (!at || *at > now) {
        return Error::invalid("suppression: at: need a time that has been, RFC 3339");
    }
    std::string id;
    int64_t space = 0;
    {
        const View view = app.engine.view();
        TL_TRY_ASSIGN(const Address address, address_of(view, body));
        id = engine::hex_of_key(address.key);
        space = address.space->id;
    }
    TL_TRY(decide(app, request.caller, "suppress", [&](DocWriter& out) {
        out.field("address", id);
        out.field("space", space);
        out.field("cause", privacy::reason_name(*reason));
        out.field("at", *at);
        if (!why.empty()) out.field("reason", why);
    }));
    return answer(app, request, 201);
}

Result<HttpResponse> remove(App& app, const ApiRequest& request) {
    const std::string& id = request.parameters[0];
    if (!engine::key_of_hex(id)) return Error::not_found("suppression: no suppression has this id");
    const std::string name = request.query("reason");
    if (!name.empty() && !privacy::reason_named(name)) {
        return Error::invalid(std::string(kReasonsKnown));
    }
    TL_TRY_ASSIGN(const std::string why, why_of(request.query("why")));
    if (why.empty()) {
        return Error::invalid("suppression: why: say why it may be written to again");
    }
    TL_TRY(decide(app, request.caller, "unsuppress", [&](DocWriter& out) {
        out.field("address", id);
        out.field("cause", name);
        out.field("reason", why);
    }));
    net::HttpResponse response;
    response.status = 204;
    return response;
}

}  // namespace

void add_suppression_routes(Router& router, App& app) {
    router.get("/api/suppressions", [&app](ApiRequest& request) { return list(app, request); });
    router.post(
        "/api/suppressions/lookup",
        [&app](ApiRequest& request) { return answer(app, request, 200); }, Scope::Read);
    router.post("/api/suppressions", [&app](ApiRequest& request) { return add(app, request); });
    router.remove(
        "/api/suppressions/{id}", [&app](ApiRequest& request) { return remove(app, request); },
        Scope::Admin);
}

}  // namespace throughline::server
