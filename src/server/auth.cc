#include "server/auth.h"

#include <sodium.h>

#include "base/digest.h"
#include "base/random.h"

namespace throughline::server {

namespace {

constexpr Micros kSessionLife = 12 * kHour;
constexpr Micros kOneTimeLife = 10 * kMinute;

bool is_write(net::Method method) {
    return method != net::Method::Get && method != net::Method::Head &&
           method != net::Method::Options;
}

Error unauthenticated(std::string message) {
    return {Code::Unauthenticated, std::move(message)};
}

}  // namespace

std::string Auth::hash_of(std::string_view secret) {
    unsigned char hash[32];
    crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(secret.data()),
                       secret.size(), nullptr, 0);
    std::string hex(2 * sizeof hash + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), hash, sizeof hash);
    hex.pop_back();
    return hex;
}

std::optional<std::string> token_of_secret(std::string_view secret,
                                           const engine::Settings& settings, Micros now) {
    const std::string hash = Auth::hash_of(secret);
    for (const auto& [path, definition] : settings.all()) {
        if (definition.kind != "tokens") continue;
        const model::DocView value(definition.value);
        const auto expires = value.find("expires_at").as_integer();
        if (expires && *expires <= now) continue;
        if (equal_in_constant_time(value.find("hash").as_string(), hash)) return definition.key;
    }
    return {};
}

std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const size_t end = header.find(';');
        std::string_view pair = header.substr(0, end);
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
            return pair.substr(name.size() + 1);
        }
        if (end == std::string_view::npos) break;
        header.remove_prefix(end + 1);
    }
    return {};
}

Result<Caller> Auth::caller_of_token(std::string_view key, const engine::Settings& settings) const {
    const engine::Definition* token = settings.find("tokens", key);
    if (token == nullptr) return unauthenticated("token: revoked");
    Caller caller{.actor = "token:" + std::string(key), .scopes = {}, .session = {}};
    for (const model::DocView item : model::DocView(token->value).find("scopes").items()) {
        if (const auto scope = scope_named(item.as_string())) caller.scopes.push_back(*scope);
    }
    return caller;
}

Result<Caller> Auth::identify(const net::RequestHead& request, const engine::Settings& settings) {
    const auto authorization = request.header("Authorization");
    if (authorization && authorization->starts_with("Bearer ")) {
        const auto key = token_of_secret(authorization->substr(7), settings, clock_.now());
        if (!key) return unauthenticated("token: unknown, expired or revoked");
        return caller_of_token(*key, settings);
    }
    const auto cookie = cookie_value(request.header("Cookie").value_or(""), kCookie);
    const auto found = cookie ? session(*cookie) : std::nullopt;
    if (!found) return unauthenticated("sign in, or send Authorization: Bearer <token>");
    if (is_write(request.method()) &&
        !equal_in_constant_time(request.header("X-CSRF-Token").value_or(""), found->csrf)) {
        return Error{Code::PermissionDenied, "session: X-CSRF-Token: missing or wrong"};
    }
    TL_TRY_ASSIGN(Caller caller, caller_of_token(found->token, settings));
    caller.by_cookie = true;
    caller.session = found->id;
    return caller;
}

Result<Session> Auth::open_session(std::string_view secret, const engine::Settings& settings) {
    const Micros now = clock_.now();
    auto key = token_of_secret(secret, settings, now);
    const std::lock_guard lock(mutex_);
    drop_expired();
    if (!key) {
        const auto one_time = one_time_.find(hash_of(secret));
        if (one_time == one_time_.end()) {
            return unauthenticated("session: token: unknown, expired or used before");
        }
        key = one_time->second.key;
        one_time_.erase(one_time);
    }
    Session session{.id = random_token(32),
                    .token = *key,
                    .csrf = random_token(24),
                    .expires_at = now + kSessionLife};
    sessions_.emplace(session.id, session);
    return session;
}

void Auth::close_session(std::string_view id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = sessions_.find(id); found != sessions_.end()) sessions_.erase(found);
}

std::optional<Session> Auth::session(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || found->second.expires_at <= clock_.now()) return {};
    return found->second;
}

std::string Auth::one_time_login(std::string_view key) {
    std::string secret = "otl_" + random_token(32);
    const std::lock_guard lock(mutex_);
    one_time_[hash_of(secret)] = {std::string(key), clock_.now() + kOneTimeLife};
    return secret;
}

void Auth::drop_expired() {
    const Micros now = clock_.now();
    std::erase_if(sessions_, [&](const auto& entry) { return entry.second.expires_at <= now; });
    std::erase_if(one_time_, [&](const auto& entry) { return entry.second.expires_at <= now; });
}

}  // namespace throughline::server
