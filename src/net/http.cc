#include "net/http.h"

#include <algorithm>

#include "base/json_text.h"

namespace throughline::net {

namespace {

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return to_lower(x) == to_lower(y);
           });
}

bool has_token(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const size_t comma = list.find(',');
        std::string_view item = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        while (!item.empty() && (item.front() == ' ' || item.front() == '\t'))
            item.remove_prefix(1);
        while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
        if (equals_ignoring_case(item, token)) return true;
    }
    return false;
}

std::string_view RequestHead::query() const {
    const size_t mark = target().find('?');
    return mark == std::string_view::npos ? std::string_view{} : target().substr(mark + 1);
}

std::optional<std::string> RequestHead::query_param(std::string_view name) const {
    for (auto& param : query_params()) {
        if (param.name == name) return std::move(param.value);
    }
    return std::nullopt;
}

std::optional<std::string_view> RequestHead::header(std::string_view name) const {
    for (const auto& header : headers_) {
        if (header.name.size == name.size() && equals_ignoring_case(view(header.name), name)) {
            return view(header.value);
        }
    }
    return std::nullopt;
}

std::pair<std::string_view, std::string_view> RequestHead::header_at(size_t index) const {
    TL_ASSERT(index < headers_.size());
    return {view(headers_[index].name), view(headers_[index].value)};
}

HttpResponse HttpResponse::json(int status, std::string body) {
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

HttpResponse HttpResponse::text(int status, std::string body) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

HttpResponse HttpResponse::empty(int status) {
    return {.status = status};
}

HttpResponse HttpResponse::error(int status, std::string_view code, std::string_view message) {
    std::string body = R"({"code":)";
    append_json_string(body, code);
    body += R"(,"message":)";
    append_json_string(body, message);
    body += '}';
    return json(status, std::move(body));
}

HttpResponse&& HttpResponse::with(std::string name, std::string value) && {
    headers.push_back({std::move(name), std::move(value)});
    return std::move(*this);
}

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
    for (const auto& header : headers) {
        if (equals_ignoring_case(header.name, name)) return header.value;
    }
    return std::nullopt;
}

std::string_view status_reason(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 499:
            return "Client Closed Request";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

}  // namespace throughline::net
