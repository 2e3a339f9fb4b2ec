// Which IP addresses are of the public internet.
//
// Calls go to addresses that users of the product write, and must not reach what only the server
// can: itself, its neighbours, the metadata of its cloud. What IANA's registries of special-purpose
// addresses (RFC 6890) do not call globally reachable is not public, nor are multicast and those
// that embed an IPv4 address that is not public.
//
// Layer 1. Pure.
#pragma once

#include <array>
#include <string>

namespace throughline::net {

using Ipv4 = std::array<unsigned char, 4>;
using Ipv6 = std::array<unsigned char, 16>;

bool is_public(const Ipv4& address);
bool is_public(const Ipv6& address);

/// Of a text such as `192.0.2.1` or `2001:db8::1`; false for one that is no address.
bool is_public_address(const std::string& text);

}  // namespace throughline::net
