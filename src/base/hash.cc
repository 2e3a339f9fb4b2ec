#include "base/hash.h"

#include <sodium/crypto_shorthash_siphash24.h>
#include <xxhash.h>

#include "base/bytes.h"

namespace throughline {

static_assert(crypto_shorthash_siphashx24_KEYBYTES == std::tuple_size_v<SecretKey>);

Key128 keyed_hash(const SecretKey& secret, std::string_view bytes) {
    unsigned char out[crypto_shorthash_siphashx24_BYTES];
    crypto_shorthash_siphashx24(out, reinterpret_cast<const unsigned char*>(bytes.data()),
                                bytes.size(), secret.data());
    Key128 key{load<uint64_t>(out), load<uint64_t>(out + 8)};
    if (!key) key.low = 1;  // All zero is taken.
    return key;
}

uint64_t checksum(std::string_view bytes, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace throughline
