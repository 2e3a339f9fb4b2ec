// Routes of the management API: method, path pattern, scope, handler.
//
// A route runs on a worker thread (worker_pool.h), so it may wait for the engine. It gets a request
// that is authenticated and, for writes, whose JSON body is parsed; it returns a response or an
// Error, which becomes `{"error":{"code","message"}}` with the status of its code.
//
// Layer 7. Immutable once the server runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/doc.h"
#include "net/http_server.h"

namespace throughline::server {

/// What a token may do. `admin` may do everything; `none` needs no token.
enum class Scope : uint8_t { None, Read, Write, Send, Erase, Admin };

std::string_view scope_name(Scope scope);
std::optional<Scope> scope_named(std::string_view name);

/// Who asks.
struct Caller {
    std::string actor;  // `token:admin`; written beside every change.
    std::vector<Scope> scopes;
    bool by_cookie = false;  // A browser session: writes need the CSRF header.
    std::string session;     // Its id; empty for a bearer token.

    bool may(Scope scope) const;
};

struct ApiRequest {
    net::HttpRequest& http;
    Caller caller;
    std::vector<std::string> parameters;  // Of `{…}` in the pattern, decoded.
    std::string body_doc;                 // The JSON body, packed; empty if there was none.
    net::Responder* responder = nullptr;  // To watch the client with; null in tests of routes.

    model::DocView body() const { return model::DocView(body_doc); }
    std::string query(std::string_view name) const { return http.query_param(name).value_or(""); }
    bool is_set(std::string_view flag) const { return query(flag) == "true"; }
    /// `limit` of a list: 1 to `most`.
    Result<size_t> limit(size_t usual, size_t most) const;
};

using ApiHandler = std::function<Result<net::HttpResponse>(ApiRequest&)>;
/// Keeps the responder: for streams. Runs on a worker too.
using StreamHandler = std::function<void(ApiRequest&, net::Responder)>;

struct Route {
    net::Method method = net::Method::Get;
    std::string pattern;  // `/api/profiles/{ref}/events`
    Scope scope = Scope::Read;
    ApiHandler handle;
    StreamHandler stream;  // Instead of handle.
};

struct RouteMatch {
    const Route* route = nullptr;  // Null: no such path...
    bool other_method = false;     // ...but with another method there is.
    std::vector<std::string> parameters;
};

class Router {
public:
    void get(std::string pattern, ApiHandler handle, Scope scope = Scope::Read);
    void post(std::string pattern, ApiHandler handle, Scope scope = Scope::Write);
    void put(std::string pattern, ApiHandler handle, Scope scope = Scope::Write);
    void remove(std::string pattern, ApiHandler handle, Scope scope = Scope::Write);
    void stream(std::string pattern, StreamHandler handle, Scope scope = Scope::Read);

    RouteMatch match(net::Method method, std::string_view path) const;
    const std::vector<Route>& routes() const { return routes_; }

private:
    void add(Route route);
    std::vector<Route> routes_;
};

/// The HTTP status of an error code.
int http_status(Code code);
/// `{"error":{"code":…,"message":…}}`; a message `area: field: …` also gives its `field`.
net::HttpResponse error_response(const Error& error);
/// 200 with a packed document as JSON.
net::HttpResponse doc_response(std::string_view doc, int status = 200);

}  // namespace throughline::server
