#include "server/settings_routes.h"

#include <algorithm>

#include "engine/link_settings.h"
#include "engine/sending/sender_settings.h"
#include "net/url.h"
#include "query/attribution_spec.h"
#include "query/calendar.h"
#include "server/definitions.h"
#include "server/mappings.h"
#include "server/marketing.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kNameBytesMax = 100;

Error no_such_settings() {
    return Error::not_found(
        "settings: need identity, survivorship, installation, qualified, attribution, messaging, "
        "senders or links");
}

Status check_installation(DocView value) {
    for (const model::DocField& field : value.fields()) {
        if (field.key != "name" && field.key != "timezone" && field.key != "public_url") {
            return Error::invalid("settings: " + std::string(field.key) +
                                  ": need name, timezone or public_url");
        }
    }
    const DocView name = value.find("name");
    if (!name.is_missing() && (!name.is_string() || name.as_string().empty() ||
                               name.as_string().size() > kNameBytesMax)) {
        return Error::invalid("settings: name: need text of 1 to 100 bytes");
    }
    if (const DocView zone = value.find("timezone"); !zone.is_missing()) {
        if (!query::Zone::find(std::string(zone.as_string()))) {
            return Error::invalid("settings: timezone: need a name of the IANA database");
        }
    }
    const DocView url = value.find("public_url");
    if (!url.is_missing() && !url.is_null() && !net::parse_url(url.as_string())) {
        return Error::invalid("settings: public_url: need an http or https address, or null");
    }
    return Status::ok();
}

Status check_survivorship(DocView value, const engine::Settings& settings) {
    TL_TRY(profile::SurvivorshipRules::from_settings(value));
    for (const DocView source : value.find("trust").items()) {
        if (settings.source(source.as_string()) == nullptr) {
            return Error::invalid("survivorship: trust: no source has the key " +
                                  std::string(source.as_string()));
        }
    }
    return Status::ok();
}

// Identifiers are stored under the id of their namespace: it stays with it, and goes to no other.
Status check_ids_stay(const model::Namespaces& standing, const model::Namespaces& spaces) {
    for (const model::Namespace& space : spaces.all()) {
        const std::string where = "identity: namespaces: " + space.key + ": ";
        const model::Namespace* same = standing.find(space.key);
        if (same != nullptr && same->id != space.id) {
            const std::string id = std::to_string(same->id);
            return Error::precondition(where + "it has the id " + id + ": write \"id\": " + id +
                                       " beside it");
        }
        const model::Namespace* owner = standing.find(space.id);
        if (owner != nullptr && owner->key != space.key) {
            return Error::precondition(where + "the id " + std::to_string(space.id) + " is " +
                                       owner->key + "'s: write another");
        }
    }
    return Status::ok();
}

// Refuses before anything is logged what the fold would refuse, and what it would take unread.
Status check(std::string_view key, DocView value, const engine::Settings& settings) {
    if (!value.is_object()) return Error::invalid("settings: value: need an object");
    if (key == "installation") return check_installation(value);
    if (key == "survivorship") return check_survivorship(value, settings);
    if (key == "identity") {
        TL_TRY_ASSIGN(const auto spaces, model::Namespaces::from_settings(value));
        TL_TRY(check_ids_stay(settings.namespaces(), spaces));
        return check_namespaces_unused(settings, spaces);
    }
    if (key == "senders") {
        TL_TRY(engine::read_senders(value));
        return Status::ok();
    }
    if (key == "attribution") return check_attribution_settings(value);
    if (key == "messaging") {
        TL_TRY(privacy::Messaging::from_doc(value));
        return Status::ok();
    }
    if (key == "links") {
        TL_TRY(engine::LinkSettings::from_doc(value));
        return Status::ok();
    }
    // Nothing at all: nobody is qualified.
    if (key == "qualified") {
        const bool is_empty = !(value.fields().begin() != value.fields().end());
        return is_empty ? Status::ok() : query::check_qualified(value);
    }
    return no_such_settings();
}

bool is_known(std::string_view key) {
    return key == "identity" || key == "survivorship" || key == "installation" ||
           key == "attribution" || key == "qualified" || key == "messaging" || key == "senders" ||
           key == "links";
}

/// What people see of settings: of senders no secrets.
std::string shown(const std::string& key, DocView value) {
    if (key != "senders") return std::string(value.bytes());
    std::string doc;
    DocWriter out(doc);
    engine::show_senders(out, value);
    return doc;
}

Result<net::HttpResponse> answer(const App& app, const std::string& key) {
    if (!is_known(key)) return no_such_settings();
    const auto settings = app.engine.settings();
    const engine::Definition* definition = settings->find("settings", key);
    if (definition != nullptr) {
        return with_etag(doc_response(shown(key, DocView(definition->value))), definition->version);
    }
    // Never written: what is built in holds.
    std::string doc;
    DocWriter out(doc);
    out.close(out.open_object());
    return doc_response(doc);
}

Result<net::HttpResponse> write(App& app, ApiRequest& request) {
    const std::string& key = request.parameters[0];
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const engine::Definition* const standing = settings->find("settings", key);
    if (key == "senders" && request.body().is_object()) {
        const DocView before = standing != nullptr ? DocView(standing->value) : DocView();
        request.body_doc = engine::with_kept_secrets(request.body(), before);
    }
    TL_TRY(check(key, request.body(), *settings));
    TL_TRY_ASSIGN(auto refusal, check_preconditions(request, standing, "settings"));
    if (refusal) return std::move(*refusal);
    TL_TRY(define(app, request.caller.actor, "settings", key, request.body_doc));
    return answer(app, key);
}

}  // namespace

void add_settings_routes(Router& router, App& app) {
    router.get("/api/settings/{key}",
               [&app](ApiRequest& request) { return answer(app, request.parameters[0]); });
    router.put(
        "/api/settings/{key}", [&app](ApiRequest& request) { return write(app, request); },
        Scope::Admin);
}

}  // namespace throughline::server
