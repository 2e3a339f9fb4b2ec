// Public profile ids: opaque, permanent, and nothing to look up.
//
// `p_` and 26 characters of Crockford's base 32, lower case: one AES-128 block of (identity id,
// partition, zeros) under a key derived from the installation's secret. Nobody can count people
// from ids or guess another's; whoever holds the secret reads the identity back, and a forged id
// fails its zeros.
//
// Layer 2. Pure. Cost: under 1 us.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "identity/node.h"

namespace throughline::identity {

std::string public_id(const SecretKey& secret, IdentityId identity);

/// Returns nothing for a text that public_id() never wrote.
std::optional<IdentityId> identity_of_public_id(const SecretKey& secret, std::string_view text);

}  // namespace throughline::identity
