// The public name of a profile: `p_` and 26 letters and digits.
//
// One AES-128 block under the installation's secret holds the identity id, the partition and a
// fixed check, written in Crockford's base 32 (no i, l, o, u), lower case. So ids tell nothing
// about how many people there are or who came first, cannot be guessed or counted up, and need no
// table: what does not decrypt to the check was never given out.
//
// Layer 2. Thread-safe. Cost: under 1 us either way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "identity/node.h"

namespace throughline::identity {

class ProfileIds {
public:
    explicit ProfileIds(const SecretKey& secret, uint32_t partition = 0);
    ~ProfileIds();
    ProfileIds(ProfileIds&&) noexcept;

    std::string encode(IdentityId id) const;

    /// Returns the identity, or nothing for text that is no id of this installation and partition.
    /// Capitals are read too, and `o` as 0, `i` and `l` as 1, as people hear them.
    std::optional<IdentityId> decode(std::string_view text) const;

private:
    struct Cipher;
    std::unique_ptr<Cipher> cipher_;
    uint32_t partition_;
};

}  // namespace throughline::identity
