// Requests and responses as the routes see them: values, no sockets.
//
// A RequestHead keeps the bytes of the head once and points into them by offset, so it can be moved
// across threads; an HttpRequest adds the body, whole and already inflated.
//
// Layer 1. Values: each is used by one thread at a time. Cost: a head is two allocations, header()
// is a linear search (a browser sends about 15 headers).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "net/url.h"

namespace throughline::net {

enum class Method : unsigned char { Get, Head, Post, Put, Delete, Patch, Options, Other };

/// The bytes a body has room for behind its end, so that a parser may read past it (simdjson).
inline constexpr size_t kBodyPaddingBytes = 64;

/// Whether two header names or values are equal but for ASCII case.
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// Whether a comma-separated header value (Connection, Transfer-Encoding) holds `token`.
bool has_token(std::string_view list, std::string_view token);

class RequestHead {
public:
    Method method() const { return method_; }
    std::string_view method_name() const { return view(method_name_); }
    /// As sent; of an absolute-form target (RFC 9112 3.2.2) only path and query.
    std::string_view target() const { return view(target_); }
    std::string_view path() const { return target().substr(0, target().find('?')); }
    std::string_view query() const;

    /// Decoded; see parse_path.
    std::vector<std::string> path_segments() const { return parse_path(path()); }
    std::vector<QueryParam> query_params() const { return parse_query(query()); }
    /// The first parameter of that (decoded) name.
    std::optional<std::string> query_param(std::string_view name) const;

    /// The first header of that name, blanks around it removed; nothing when it was not sent.
    std::optional<std::string_view> header(std::string_view name) const;
    size_t headers_count() const { return headers_.size(); }
    std::pair<std::string_view, std::string_view> header_at(size_t index) const;

    int version_minor() const { return version_minor_; }  // HTTP/1.0 or HTTP/1.1.

    std::string peer;              // Address of the other end, without port.
    bool is_tls = false;           // Came encrypted.
    Micros received_us = kNoTime;  // When the head was complete; the body may have come later.

private:
    friend class HeadParser;

    struct Span {
        uint32_t at = 0;
        uint32_t size = 0;
    };
    struct HeaderSpan {
        Span name;
        Span value;
    };
    std::string_view view(Span span) const { return {bytes_.data() + span.at, span.size}; }

    std::string bytes_;  // The head as it came.
    std::vector<HeaderSpan> headers_;
    Span method_name_;
    Span target_;
    Method method_ = Method::Other;
    int version_minor_ = 1;
};

struct HttpRequest : RequestHead {
    std::string body;  // Inflated; its capacity is at least size() + kBodyPaddingBytes.
};

struct Header {
    std::string name;
    std::string value;
};

struct HttpResponse {
    int status = 200;
    std::string content_type = {};  // Empty: no Content-Type is sent.
    std::string body = {};
    std::vector<Header> headers =
        {};  // Further ones. The server adds Date, Content-Length, Connection.
    bool close_connection = false;

    static HttpResponse json(int status, std::string body);
    static HttpResponse text(int status, std::string body);
    static HttpResponse empty(int status = 204);
    /// `{"code":"…","message":"…"}`, the form that SDKs of the field read.
    static HttpResponse error(int status, std::string_view code, std::string_view message);

    HttpResponse&& with(std::string name, std::string value) &&;
    /// The first header of that name.
    std::optional<std::string_view> header(std::string_view name) const;
};

/// The reason phrase of a status, e.g. "Not Found"; "Status" for one we never send.
std::string_view status_reason(int status);

}  // namespace throughline::net
