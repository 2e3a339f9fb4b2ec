// Percent coding, query strings and the URLs a client is given.
//
// Decoding is total, as in the WHATWG URL standard: an escape that is not two hex digits stays as
// it was sent, so every request target has exactly one meaning and none makes the parser fail.
//
// Layer 1. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace throughline::net {

enum class PlusSign : unsigned char {
    Literal,  // In a path.
    Space,    // In a query or a form (application/x-www-form-urlencoded).
};

std::string percent_decode(std::string_view text, PlusSign plus);

/// Appends `text` with everything but unreserved characters (RFC 3986 2.3) escaped.
void append_percent_encoded(std::string& out, std::string_view text);

struct QueryParam {
    std::string name;
    std::string value;
};

/// Returns the decoded pairs of `a=1&b=x%20y`, in order, duplicates kept. A pair without `=` has an
/// empty value; empty pairs are left out.
std::vector<QueryParam> parse_query(std::string_view query);

/// Returns the decoded segments of a path: `/v1/people/a%2Fb/` gives {v1, people, a/b}. One
/// trailing slash is ignored; empty segments inside stay. Dots have no meaning.
std::vector<std::string> parse_path(std::string_view path);

/// An absolute http or https URL, taken apart.
struct Url {
    bool is_tls = false;
    std::string host;  // Without the brackets of an IPv6 address.
    uint16_t port = 80;
    std::string target = "/";  // Path and query as they are sent; no fragment.
};

/// Errors: InvalidArgument for another scheme, an empty host, a bad port, credentials in the URL,
/// or control characters and blanks anywhere.
Result<Url> parse_url(std::string_view text);

}  // namespace throughline::net
