#include "net/http.h"

#include <algorithm>

#include "base/json_text.h"

namespace throughline::net {

namespace {

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// RFC 9110 15; what is sent most stands first.
constexpr std::pair<int, std::string_view> kReasons[] = {
    {200, "OK"},
    {100, "Continue"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

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
    for (const auto& [known, reason] : kReasons) {
        if (known == status) return reason;
    }
    return "Status";
}

}  // namespace throughline::net
