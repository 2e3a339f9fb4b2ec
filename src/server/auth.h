// Who may ask: tokens with scopes, browser sessions, one-time login links.
//
// A token is 32 random bytes; the definition `tokens/<key>` holds its name, scopes, expiry and the
// BLAKE2b hash of its secret, so that whoever reads the data directory cannot use it. Sessions live
// in memory: a restart signs browsers out. Attempts with unknown tokens are slowed per address.
//
// Layer 7. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "engine/settings.h"
#include "server/router.h"

namespace throughline::server {

struct Session {
    std::string id;     // The cookie.
    std::string token;  // Key of the token it was opened with.
    std::string csrf;   // To be sent back in X-CSRF-Token.
    Micros expires_at = 0;
};

class Auth {
public:
    explicit Auth(const Clock& clock) : clock_(clock) {}

    /// Reads the caller from `Authorization: Bearer` or the session cookie.
    /// Errors: Unauthenticated when there is none or it is unknown, PermissionDenied when a write
    /// by cookie has not the CSRF token.
    Result<Caller> identify(const net::RequestHead& request, const engine::Settings& settings);

    /// Opens a session with a token's secret, or with a one-time login token.
    Result<Session> open_session(std::string_view secret, const engine::Settings& settings);
    void close_session(std::string_view id);
    std::optional<Session> session(std::string_view id) const;

    /// Makes a token that opens one session of token `key`, within ten minutes.
    std::string one_time_login(std::string_view key);

    /// The stored form of a secret, in hex.
    static std::string hash_of(std::string_view secret);
    static constexpr std::string_view kCookie = "throughline_session";

private:
    struct OneTime {
        std::string key;
        Micros expires_at = 0;
    };
    Result<Caller> caller_of_token(std::string_view key, const engine::Settings& settings) const;
    void drop_expired();

    const Clock& clock_;
    mutable std::mutex mutex_;  // Guards what follows.
    std::map<std::string, Session, std::less<>> sessions_;
    std::map<std::string, OneTime, std::less<>> one_time_;
};

/// The key of the token that has this secret; nothing if none has, or it has expired.
std::optional<std::string> token_of_secret(std::string_view secret,
                                           const engine::Settings& settings, Micros now);

/// The value of one cookie of a `Cookie` header.
std::optional<std::string_view> cookie_value(std::string_view header, std::string_view name);

}  // namespace throughline::server
