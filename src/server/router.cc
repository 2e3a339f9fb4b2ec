#include "server/router.h"

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "model/json.h"

namespace throughline::server {

namespace {

constexpr std::pair<std::string_view, Scope> kScopes[] = {{"read", Scope::Read},
                                                          {"write", Scope::Write},
                                                          {"send", Scope::Send},
                                                          {"erase", Scope::Erase},
                                                          {"admin", Scope::Admin}};

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
             std::vector<std::string>& parameters) {
    if (pattern.size() != path.size()) return false;
    parameters.clear();
    for (size_t i = 0; i < path.size(); ++i) {
        if (is_parameter(pattern[i])) {
            parameters.push_back(path[i]);
        } else if (pattern[i] != path[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string_view scope_name(Scope scope) {
    for (const auto& [name, known] : kScopes) {
        if (known == scope) return name;
    }
    return "none";
}

std::optional<Scope> scope_named(std::string_view name) {
    for (const auto& [known, scope] : kScopes) {
        if (known == name) return scope;
    }
    return {};
}

bool Caller::may(Scope scope) const {
    return scope == Scope::None ||
           std::ranges::any_of(scopes, [&](Scope s) { return s == scope || s == Scope::Admin; });
}

Result<size_t> ApiRequest::limit(size_t usual, size_t most) const {
    const std::string text = query("limit");
    if (text.empty()) return usual;
    size_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || number < 1 ||
        number > most) {
        return Error::invalid("query: limit: need a number from 1 to " + std::to_string(most));
    }
    return number;
}

void Router::add(Route route) {
    routes_.push_back(std::move(route));
}

void Router::get(std::string pattern, ApiHandler handle, Scope scope) {
    add({net::Method::Get, std::move(pattern), scope, std::move(handle), {}});
}
void Router::post(std::string pattern, ApiHandler handle, Scope scope) {
    add({net::Method::Post, std::move(pattern), scope, std::move(handle), {}});
}
void Router::put(std::string pattern, ApiHandler handle, Scope scope) {
    add({net::Method::Put, std::move(pattern), scope, std::move(handle), {}});
}
void Router::remove(std::string pattern, ApiHandler handle, Scope scope) {
    add({net::Method::Delete, std::move(pattern), scope, std::move(handle), {}});
}
void Router::stream(std::string pattern, StreamHandler handle, Scope scope) {
    add({net::Method::Get, std::move(pattern), scope, {}, std::move(handle)});
}

RouteMatch Router::match(net::Method method, std::string_view path) const {
    const std::vector<std::string> segments = net::parse_path(path);
    RouteMatch match;
    for (const Route& route : routes_) {
        std::vector<std::string> parameters;
        if (!matches(net::parse_path(route.pattern), segments, parameters)) continue;
        if (route.method != method) {
            match.other_method = true;
            continue;
        }
        // A pattern without parameters is meant before one with.
        if (match.route == nullptr || parameters.size() < match.parameters.size()) {
            match.route = &route;
            match.parameters = std::move(parameters);
        }
    }
    return match;
}

int http_status(Code code) {
    switch (code) {
        case Code::InvalidArgument:
            return 400;
        case Code::Unauthenticated:
            return 401;
        case Code::PermissionDenied:
            return 403;
        case Code::NotFound:
            return 404;
        case Code::Conflict:
            return 409;
        case Code::FailedPrecondition:
            return 422;
        case Code::ResourceExhausted:
            return 429;
        case Code::Cancelled:
            return 499;
        case Code::Internal:
        case Code::Corrupt:
            return 500;
        case Code::Unavailable:
            return 503;
        case Code::DeadlineExceeded:
            return 504;
    }
    TL_UNREACHABLE();
}

net::HttpResponse error_response(const Error& error) {
    std::string body = R"({"error":{"code":)";
    append_json_string(body, code_name(error.code));
    body += R"(,"message":)";
    append_json_string(body, error.message);
    const size_t first = error.message.find(": ");
    const size_t second = first == std::string::npos ? first : error.message.find(": ", first + 2);
    if (second != std::string::npos) {
        body += R"(,"field":)";
        append_json_string(body,
                           std::string_view(error.message).substr(first + 2, second - first - 2));
    }
    body += "}}";
    auto response = net::HttpResponse::json(http_status(error.code), std::move(body));
    if (error.code == Code::Unavailable || error.code == Code::ResourceExhausted) {
        response.headers.push_back({"Retry-After", "1"});
    }
    return response;
}

net::HttpResponse doc_response(std::string_view doc, int status) {
    return net::HttpResponse::json(status, model::to_json(model::DocView(doc)));
}

}  // namespace throughline::server
