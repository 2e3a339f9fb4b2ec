#include "ingest/write_key.h"

#include "base/base64.h"

namespace throughline::ingest {

namespace {

// The rest of the header after its scheme, which is compared without regard to case.
std::optional<std::string_view> after_scheme(std::string_view header, std::string_view scheme) {
    if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
    for (size_t i = 0; i < scheme.size(); ++i) {
        if ((header[i] | 0x20) != scheme[i]) return {};
    }
    header.remove_prefix(scheme.size());
    while (header.starts_with(' ')) header.remove_prefix(1);
    while (header.ends_with(' ')) header.remove_suffix(1);
    return header;
}

std::string basic_key(std::string_view authorization) {
    const auto coded = after_scheme(authorization, "basic");
    if (!coded) return {};
    std::string key = decode_base64(*coded).value_or(std::string{});
    if (key.ends_with(':')) key.pop_back();
    return key;
}

}  // namespace

std::string find_write_key(const KeyFacts& facts) {
    if (std::string key = basic_key(facts.authorization); !key.empty()) return key;
    for (const std::string_view key : {facts.x_write_key, facts.query_key, facts.body_key}) {
        if (!key.empty()) return std::string(key);
    }
    return std::string(after_scheme(facts.authorization, "bearer").value_or(std::string_view{}));
}

}  // namespace throughline::ingest
