// Internet addresses, shortened so that they name a neighbourhood and not a household.
//
// Layer 6. Pure.
#pragma once

#include <string>
#include <string_view>

namespace throughline::ingest {

/// Returns the address without its last part: the first 24 bits of IPv4, the first 48 of IPv6 (an
/// IPv4 address inside IPv6 counts as IPv4). A port, a zone, brackets and further addresses after a
/// comma are passed over. Empty if `text` is no address.
std::string shortened_address(std::string_view text);

}  // namespace throughline::ingest
