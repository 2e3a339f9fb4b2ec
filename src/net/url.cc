#include "net/url.h"

#include <algorithm>
#include <charconv>

namespace throughline::net {

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/// Cuts off and returns what stands before `separator`; all of it when there is none.
std::string_view take_until(std::string_view& rest, char separator) {
    const size_t at = rest.find(separator);
    const auto part = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    return part;
}

Result<uint16_t> parse_port(std::string_view text) {
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
        return Error::invalid("url: port: not a number from 1 to 65535");
    }
    return port;
}

/// Splits `host`, `host:port`, `[v6]`, `[v6]:port` into `url`.
Status parse_authority(std::string_view authority, Url& url) {
    if (authority.find('@') != std::string_view::npos) {
        return Error::invalid("url: credentials: not taken in a url");
    }
    std::string_view port;
    if (authority.starts_with('[')) {
        const size_t close = authority.find(']');
        if (close == std::string_view::npos) return Error::invalid("url: host: missing ]");
        port = authority.substr(close + 1);
        authority = authority.substr(1, close - 1);
        if (!port.empty() && !port.starts_with(':')) {
            return Error::invalid("url: host: text after ]");
        }
    } else if (const size_t colon = authority.find(':'); colon != std::string_view::npos) {
        port = authority.substr(colon);
        authority = authority.substr(0, colon);
    }
    if (authority.empty()) return Error::invalid("url: host: is empty");
    url.host = authority;
    if (!port.empty()) {
        TL_TRY_ASSIGN(url.port, parse_port(port.substr(1)));
    }
    return {};
}

}  // namespace

std::string percent_decode(std::string_view text, PlusSign plus) {
    std::string out;
    out.reserve(text.size());
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '%' && at + 2 < text.size()) {
            const int high = hex_digit(text[at + 1]);
            const int low = hex_digit(text[at + 2]);
            if (high >= 0 && low >= 0) {
                out.push_back(static_cast<char>(high * 16 + low));
                at += 2;
                continue;
            }
        }
        out.push_back(c == '+' && plus == PlusSign::Space ? ' ' : c);
    }
    return out;
}

void append_percent_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(kHex[byte >> 4]);
        out.push_back(kHex[byte & 15]);
    }
}

std::vector<QueryParam> parse_query(std::string_view query) {
    std::vector<QueryParam> params;
    while (!query.empty()) {
        std::string_view value = take_until(query, '&');
        if (value.empty()) continue;
        const std::string_view name = take_until(value, '=');
        params.push_back(
            {percent_decode(name, PlusSign::Space), percent_decode(value, PlusSign::Space)});
    }
    return params;
}

std::vector<std::string> parse_path(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    std::vector<std::string> segments;
    if (path.empty()) return segments;
    for (;;) {
        const size_t slash = path.find('/');
        segments.push_back(percent_decode(path.substr(0, slash), PlusSign::Literal));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

Result<Url> parse_url(std::string_view text) {
    const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
    if (std::any_of(text.begin(), text.end(), is_bad)) {
        return Error::invalid("url: holds a blank or a control character");
    }
    Url url;
    if (text.starts_with("https://")) {
        url.is_tls = true;
        url.port = 443;
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
    } else {
        return Error::invalid("url: scheme: must be http:// or https://");
    }
    text = text.substr(0, text.find('#'));
    const size_t target = text.find_first_of("/?");
    TL_TRY(parse_authority(text.substr(0, target), url));
    if (target != std::string_view::npos) {
        url.target.clear();
        if (text[target] == '?') url.target.push_back('/');
        url.target += text.substr(target);
    }
    return url;
}

}  // namespace throughline::net
