#include "net/address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace throughline::net {

namespace {

template <size_t Size>
struct Range {
    std::array<unsigned char, Size> start;
    unsigned bits;

    bool holds(const std::array<unsigned char, Size>& address) const {
        const size_t whole = bits / 8;
        if (!std::equal(start.begin(), start.begin() + whole, address.begin())) return false;
        if (bits % 8 == 0) return true;
        return ((start[whole] ^ address[whole]) >> (8 - bits % 8)) == 0;
    }
};

constexpr std::array<Range<4>, 14> kSpecial4{{
    {{0, 0, 0, 0}, 8},        // This network.
    {{10, 0, 0, 0}, 8},       // Private.
    {{100, 64, 0, 0}, 10},    // Shared by carriers.
    {{127, 0, 0, 0}, 8},      // Loopback.
    {{169, 254, 0, 0}, 16},   // Link-local: the metadata of clouds.
    {{172, 16, 0, 0}, 12},    // Private.
    {{192, 0, 0, 0}, 24},     // Protocol assignments.
    {{192, 0, 2, 0}, 24},     // Documentation.
    {{192, 168, 0, 0}, 16},   // Private.
    {{198, 18, 0, 0}, 15},    // Benchmarks.
    {{198, 51, 100, 0}, 24},  // Documentation.
    {{203, 0, 113, 0}, 24},   // Documentation.
    {{224, 0, 0, 0}, 4},      // Multicast.
    {{240, 0, 0, 0}, 4},      // Reserved, broadcast.
}};

constexpr Range<16> kGlobal6{{0x20}, 3};  // 2000::/3: all that was given out so far.
constexpr std::array<Range<16>, 4> kSpecial6{{
    {{0x20, 0x01, 0x00}, 23},        // Protocol assignments, with Teredo.
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // Documentation.
    {{0x3f, 0xff}, 20},              // Documentation.
    {{0x20, 0x02}, 16},              // 6to4: an IPv4 address decides, and it is long dead.
}};
constexpr Range<16> kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};  // ::ffff:a.b.c.d
constexpr Range<16> kNat64{{0x00, 0x64, 0xff, 0x9b}, 96};                     // 64:ff9b::a.b.c.d

}  // namespace

bool is_public(const Ipv4& address) {
    return std::ranges::none_of(kSpecial4, [&](const auto& range) { return range.holds(address); });
}

bool is_public(const Ipv6& address) {
    if (kMapped.holds(address) || kNat64.holds(address)) {
        return is_public(Ipv4{address[12], address[13], address[14], address[15]});
    }
    return kGlobal6.holds(address) &&
           std::ranges::none_of(kSpecial6, [&](const auto& range) { return range.holds(address); });
}

bool is_public_address(const std::string& text) {
    Ipv4 four{};
    if (inet_pton(AF_INET, text.c_str(), four.data()) == 1) return is_public(four);
    Ipv6 six{};
    return inet_pton(AF_INET6, text.c_str(), six.data()) == 1 && is_public(six);
}

}  // namespace throughline::net
