#include "ingest/address.h"

#include <arpa/inet.h>

#include <cstring>
#include <optional>

namespace throughline::ingest {

namespace {

std::string_view without_blanks(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Most addresses are a plain `1.2.3.4`; nothing for any other text.
std::optional<std::string> shortened_plain_v4(std::string_view text) {
    size_t dots = 0;
    size_t last_dot = 0;
    size_t digits = 0;
    unsigned number = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '.') {
            if (digits == 0 || ++dots > 3) return {};
            last_dot = i;
            digits = 0;
            number = 0;
            continue;
        }
        if (c < '0' || c > '9' || (digits > 0 && number == 0)) return {};
        number = number * 10 + static_cast<unsigned>(c - '0');
        ++digits;
        if (number > 255) return {};
    }
    if (dots != 3 || digits == 0) return {};
    std::string shorter(text.substr(0, last_dot));
    return shorter += ".0";
}

// `1.2.3.4:80` and `[2001:db8::1]:80` to the address alone.
std::string_view without_port(std::string_view text) {
    if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
    const size_t colon = text.find(':');
    const bool has_one_colon = colon != std::string_view::npos && text.rfind(':') == colon;
    return has_one_colon ? text.substr(0, colon) : text;
}

std::string shortened_v4(const unsigned char* bytes) {
    return std::to_string(bytes[0]) + '.' + std::to_string(bytes[1]) + '.' +
           std::to_string(bytes[2]) + ".0";
}

}  // namespace

std::string shortened_address(std::string_view text) {
    if (auto shorter = shortened_plain_v4(text)) return *std::move(shorter);
    text = without_port(without_blanks(text.substr(0, text.find(','))));
    text = text.substr(0, text.find('%'));
    char name[INET6_ADDRSTRLEN];
    if (text.empty() || text.size() >= sizeof name) return {};
    std::memcpy(name, text.data(), text.size());
    name[text.size()] = '\0';

    unsigned char bytes[16];
    if (inet_pton(AF_INET, name, bytes) == 1) return shortened_v4(bytes);
    if (inet_pton(AF_INET6, name, bytes) != 1) return {};
    static constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::memcmp(bytes, kMapped, sizeof kMapped) == 0) return shortened_v4(bytes + 12);
    std::memset(bytes + 6, 0, sizeof bytes - 6);
    return inet_ntop(AF_INET6, bytes, name, sizeof name);
}

}  // namespace throughline::ingest
