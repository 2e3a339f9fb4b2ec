#include "channel/link.h"

#include <algorithm>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "net/http.h"
#include "net/url.h"

namespace throughline::channel {

namespace {

// Set before what is signed, so that a signature made for something else is none here.
constexpr std::string_view kPurpose = "throughline link 2";
constexpr size_t kMacBytes = 16;
constexpr size_t kHeadBytes = 1 + 16;  // Kind and key.
constexpr size_t kSecretBytesMin = 16;
constexpr size_t kOriginBytesMax = 4 + 4 * (1 + kOriginTextMax);
constexpr size_t kTokenMax =
    (kHeadBytes + kMacBytes + kOriginBytesMax + kLinkTargetMax) * 4 / 3 + 4;

std::string url_safe(std::string text) {
    text.erase(text.find_last_not_of('=') + 1);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

bool is_web_address(std::string_view text) {
    const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
    return std::ranges::all_of(text, is_plain) && net::parse_url(text).is_ok();
}

Error not_ours() {
    return Error::invalid("link: token: is not one of ours");
}

std::string mac(std::string_view secret, std::string_view head, std::string_view rest) {
    // No lengths between the parts: all before the rest are of fixed size.
    std::string bytes(kPurpose);
    bytes += head;
    bytes += rest;
    const auto digest = hmac_sha256(bytes, secret);
    return {reinterpret_cast<const char*>(digest.data()), kMacBytes};
}

void write_origin(ByteWriter& writer, const Origin& origin) {
    writer.fixed(origin.person);
    for (const std::string* text :
         {&origin.purpose, &origin.topic, &origin.journey, &origin.step}) {
        const std::string_view kept = std::string_view(*text).substr(0, kOriginTextMax);
        writer.string(kept);  // Of one byte: kOriginTextMax is less than 128.
    }
}

// Signed by us, so it is what write_origin() wrote.
Origin read_origin(ByteReader& reader) {
    Origin origin{.person = reader.fixed<uint32_t>()};
    for (std::string* text : {&origin.purpose, &origin.topic, &origin.journey, &origin.step}) {
        *text = reader.string();
    }
    return origin;
}

/// The value of a parameter such as `; boundary="x"`, without its quotes.
std::string_view parameter(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const size_t end = std::min(header.find(';'), header.size());
        std::string_view part = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        const size_t start = part.find_first_not_of(" \t");
        const size_t equal = part.find('=');
        if (start == part.npos || equal == part.npos || equal < start) continue;
        if (!net::equals_ignoring_case(part.substr(start, equal - start), name)) continue;
        part.remove_prefix(equal + 1);
        part = part.substr(0, part.find_last_not_of(" \t") + 1);
        if (part.size() >= 2 && part.front() == '"' && part.back() == '"') {
            part = part.substr(1, part.size() - 2);
        }
        return part;
    }
    return {};
}

/// Whether a part of multipart/form-data, from behind its boundary, is the field of one click.
bool is_one_click_part(std::string_view part) {
    const size_t end = part.find("\r\n\r\n");
    if (end == part.npos) return false;
    std::string_view head = part.substr(0, end);
    if (part.substr(end + 4) != "One-Click\r\n") return false;
    while (!head.empty()) {
        const size_t line_end = std::min(head.find("\r\n"), head.size());
        const std::string_view line = head.substr(0, line_end);
        head.remove_prefix(std::min(line_end + 2, head.size()));
        const size_t colon = std::min(line.find(':'), line.size());
        if (!net::equals_ignoring_case(line.substr(0, colon), "content-disposition")) continue;
        return parameter(line.substr(std::min(colon + 1, line.size())), "name") ==
               "List-Unsubscribe";
    }
    return false;
}

bool has_one_click_part(std::string_view boundary, std::string_view body) {
    if (boundary.empty() || boundary.size() > 70) return false;  // RFC 2046 5.1.1.
    const std::string line = "--" + std::string(boundary);
    size_t at = body.find(line);
    while (at != body.npos) {
        const size_t from = at + line.size();
        at = body.find(line, from);
        if (at != body.npos && is_one_click_part(body.substr(from, at - from))) return true;
    }
    return false;
}

}  // namespace

Result<Links> Links::make(std::string base, std::string secret) {
    if (base.size() > kLinkBaseMax) {
        return Error::invalid("link: base: longer than " + std::to_string(kLinkBaseMax));
    }
    if (!is_web_address(base) || base.find_first_of("?#<>\"") != base.npos) {
        return Error::invalid("link: base: is not an http or https URL without a query");
    }
    if (base.back() != '/') return Error::invalid("link: base: does not end with /");
    if (secret.size() < kSecretBytesMin) {
        return Error::invalid("link: secret: shorter than " + std::to_string(kSecretBytesMin));
    }
    return Links(std::move(base), std::move(secret));
}

bool Links::is_own(std::string_view address) const {
    if (!address.starts_with(base_)) return false;
    const std::string_view rest = address.substr(base_.size());
    return rest.starts_with("c/") || rest.starts_with("u/") || rest.starts_with("o/");
}

std::string make_token(std::string_view secret, const Link& link) {
    std::string head;
    ByteWriter head_writer(head);
    head_writer.u8(static_cast<uint8_t>(link.kind));
    head_writer.fixed(link.key.high);
    head_writer.fixed(link.key.low);
    std::string rest;
    ByteWriter writer(rest);
    write_origin(writer, link.origin);
    writer.raw(link.target);
    return url_safe(encode_base64(head + mac(secret, head, rest) + rest));
}

Result<Link> read_token(std::string_view secret, std::string_view token) {
    if (token.size() > kTokenMax) return not_ours();
    const auto bytes = decode_base64(token);
    if (!bytes || bytes->size() < kHeadBytes + kMacBytes) return not_ours();
    const std::string_view all = *bytes;
    const std::string_view rest = all.substr(kHeadBytes + kMacBytes);
    const std::string made = mac(secret, all.substr(0, kHeadBytes), rest);
    if (!equal_in_constant_time(made, all.substr(kHeadBytes, kMacBytes))) return not_ours();

    ByteReader reader(all);
    Link link{.kind = static_cast<LinkKind>(reader.u8()), .key = {}, .origin = {}, .target = {}};
    link.key.high = reader.fixed<uint64_t>();
    link.key.low = reader.fixed<uint64_t>();
    ByteReader behind(rest);
    link.origin = read_origin(behind);
    link.target = rest.substr(rest.size() - behind.left());
    return link;
}

Result<std::string> Links::click(Key128 key, const Origin& origin, std::string_view target) const {
    if (target.size() > kLinkTargetMax) {
        return Error::invalid("link: target: longer than " + std::to_string(kLinkTargetMax));
    }
    if (!is_web_address(target)) {
        return Error::invalid("link: target: is not an http or https URL");
    }
    const Link link{LinkKind::Click, key, origin, std::string(target)};
    return base_ + "c/" + make_token(secret_, link);
}

std::string Links::unsubscribe(Key128 key, const Origin& origin) const {
    // Short: what sent it is not needed.
    const Origin about{origin.person, origin.purpose, origin.topic, {}, {}};
    return base_ + "u/" + make_token(secret_, {LinkKind::Unsubscribe, key, about, {}});
}

std::string Links::open(Key128 key, const Origin& origin) const {
    return base_ + "o/" + make_token(secret_, {LinkKind::Open, key, origin, {}}) + ".gif";
}

bool is_one_click(std::string_view content_type, std::string_view body) {
    const std::string_view media =
        content_type.substr(0, std::min(content_type.find_first_of("; \t"), content_type.size()));
    if (net::equals_ignoring_case(media, "multipart/form-data")) {
        return has_one_click_part(parameter(content_type, "boundary"), body);
    }
    if (!net::equals_ignoring_case(media, "application/x-www-form-urlencoded")) return false;
    return std::ranges::any_of(net::parse_query(body), [](const net::QueryParam& param) {
        return param.name == "List-Unsubscribe" && param.value == "One-Click";
    });
}

}  // namespace throughline::channel
