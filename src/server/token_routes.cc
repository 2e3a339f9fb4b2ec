#include "server/token_routes.h"

#include <algorithm>

#include "base/random.h"
#include "server/definitions.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kSecretBytes = 24;
constexpr size_t kNameBytesMax = 200;

struct Token {
    std::string name;
    std::vector<Scope> scopes;
    std::string hash;
    std::optional<Micros> expires_at;
    Micros created_at = 0;
    std::string created_by;
};

Token read_token(const engine::Definition& definition) {
    const DocView value(definition.value);
    Token token{.name = std::string(value.find("name").as_string()),
                .scopes = {},
                .hash = std::string(value.find("hash").as_string()),
                .expires_at = value.find("expires_at").as_integer(),
                .created_at = value.find("created_at").as_integer().value_or(definition.updated_at),
                .created_by = std::string(value.find("created_by").as_string())};
    for (const DocView item : value.find("scopes").items()) {
        if (const auto scope = scope_named(item.as_string())) token.scopes.push_back(*scope);
    }
    if (token.created_by.empty()) token.created_by = actor_name(definition.actor);
    return token;
}

void write_scopes(DocWriter& out, const Token& token) {
    out.key("scopes");
    const size_t mark = out.open_array();
    for (const Scope scope : token.scopes) out.string(scope_name(scope));
    out.close(mark);
}

// As it is stored: with the hash, never the secret.
std::string stored_doc(const Token& token) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("name", token.name);
    out.field("hash", token.hash);
    write_scopes(out, token);
    if (token.expires_at) out.field("expires_at", *token.expires_at);
    out.field("created_at", token.created_at);
    out.field("created_by", token.created_by);
    out.close(mark);
    return doc;
}

void write_token(DocWriter& out, std::string_view key, const Token& token, const LastUse& last_use,
                 std::string_view secret = {}) {
    const size_t mark = out.open_object();
    out.field("key", key);
    out.field("name", token.name);
    write_scopes(out, token);
    write_time(out, "created_at", token.created_at);
    out.field("created_by", token.created_by);
    write_time(out, "last_used_at", last_use.of("token:" + std::string(key)));
    write_time(out, "expires_at", token.expires_at.value_or(kNoTime));
    if (!secret.empty()) out.field("secret", secret);
    out.close(mark);
}

// What the request says of name, scopes and expiry.
Status read_request(const ApiRequest& request, Micros now, Token& token) {
    const DocView body = request.body();
    const DocView name = body.find("name");
    if (!name.is_string() || name.as_string().empty() || name.as_string().size() > kNameBytesMax) {
        return Error::invalid("token: name: need text of 1 to 200 bytes");
    }
    token.name = name.as_string();
    token.scopes.clear();
    for (const DocView item : body.find("scopes").items()) {
        const auto scope = scope_named(item.as_string());
        if (!scope) {
            return Error::invalid("token: scopes: need some of read, write, send, erase, admin");
        }
        if (std::ranges::find(token.scopes, *scope) == token.scopes.end()) {
            token.scopes.push_back(*scope);
        }
    }
    if (token.scopes.empty()) return Error::invalid("token: scopes: need at least 1");
    token.expires_at.reset();
    const DocView expires = body.find("expires_at");
    if (expires.is_missing() || expires.is_null()) return Status::ok();
    token.expires_at = parse_instant(expires.as_string());
    if (!token.expires_at || *token.expires_at <= now) {
        return Error::invalid("token: expires_at: need a time to come, or null");
    }
    return Status::ok();
}

Result<net::HttpResponse> list_tokens(App& app, ApiRequest& request) {
    const auto settings = app.engine.settings();
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        auto next = page_of_definitions(
            request, *settings, "tokens", [&](const engine::Definition& definition) {
                write_token(out, definition.key, read_token(definition), *app.last_use);
            });
        if (!next) status = next.error();
        return next.value_or("");
    });
    TL_TRY(status);
    return doc_response(doc);
}

Result<net::HttpResponse> show_token(App& app, ApiRequest& request) {
    const auto settings = app.engine.settings();
    const engine::Definition* definition = settings->find("tokens", request.parameters[0]);
    if (definition == nullptr) return Error::not_found("token: no token has this key");
    std::string doc;
    DocWriter out(doc);
    write_token(out, definition->key, read_token(*definition), *app.last_use);
    return with_etag(doc_response(doc), definition->version);
}

// An administrator whom time does not take away.
bool is_lasting_admin(const Token& token) {
    return !token.expires_at && std::ranges::find(token.scopes, Scope::Admin) != token.scopes.end();
}

// Whether without this token nobody could administer the installation for good.
bool is_last_admin(const engine::Settings& settings, const engine::Definition& token) {
    if (!is_lasting_admin(read_token(token))) return false;
    return std::ranges::none_of(settings.all(), [&](const auto& entry) {
        const engine::Definition& other = entry.second;
        return other.kind == "tokens" && other.key != token.key &&
               is_lasting_admin(read_token(other));
    });
}

Result<net::HttpResponse> write_token_definition(App& app, ApiRequest& request) {
    const std::string& key = request.parameters[0];
    if (!model::is_definition_key(key)) {
        return Error::invalid("token: key: need 1 to 64 of a-z, 0-9, -, _ and .");
    }
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const engine::Definition* standing = settings->find("tokens", key);
    TL_TRY_ASSIGN(auto refusal, check_preconditions(request, standing, "token"));
    if (refusal) return std::move(*refusal);
    Token token = standing != nullptr ? read_token(*standing) : Token{};
    TL_TRY(read_request(request, app.clock.now(), token));
    std::string secret;
    if (standing == nullptr) {
        secret = "tl_" + key + "_" + random_token(kSecretBytes);
        token.hash = Auth::hash_of(secret);
        token.created_at = app.clock.now();
        token.created_by = actor_name(request.caller.actor);
    }
    if (standing != nullptr && !is_lasting_admin(token) && is_last_admin(*settings, *standing)) {
        return Error::precondition(
            "token: scopes: the last administrator keeps the scope admin: give it to another token "
            "first");
    }
    TL_TRY_ASSIGN(const engine::Outcome outcome,
                  define(app, request.caller.actor, "tokens", key, stored_doc(token)));
    std::string doc;
    DocWriter out(doc);
    write_token(out, key, token, *app.last_use, secret);
    return with_etag(doc_response(doc, secret.empty() ? 200 : 201), outcome.position);
}

Result<net::HttpResponse> delete_token(App& app, ApiRequest& request) {
    const auto settings = app.engine.settings();
    const engine::Definition* standing = settings->find("tokens", request.parameters[0]);
    if (standing != nullptr && is_last_admin(*settings, *standing)) {
        return Error::precondition(
            "token: key: the last administrator stays: give another token the scope admin first");
    }
    return delete_definition(app, request, "tokens", "token");
}

}  // namespace

void add_token_routes(Router& router, App& app) {
    router.get(
        "/api/tokens", [&app](ApiRequest& request) { return list_tokens(app, request); },
        Scope::Admin);
    router.get(
        "/api/tokens/{key}", [&app](ApiRequest& request) { return show_token(app, request); },
        Scope::Admin);
    router.put(
        "/api/tokens/{key}",
        [&app](ApiRequest& request) { return write_token_definition(app, request); }, Scope::Admin);
    router.remove(
        "/api/tokens/{key}", [&app](ApiRequest& request) { return delete_token(app, request); },
        Scope::Admin);
}

}  // namespace throughline::server
