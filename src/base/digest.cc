#include "base/digest.h"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

namespace throughline {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hex(const unsigned char* bytes, size_t count) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        text += kDigits[bytes[i] >> 4];
        text += kDigits[bytes[i] & 15];
    }
    return text;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    unsigned char out[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(out, bytes_of(bytes), bytes.size());
    return hex(out, sizeof out);
}

std::array<unsigned char, 32> hmac_sha256(std::string_view bytes, std::string_view key) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
    crypto_auth_hmacsha256_update(&state, bytes_of(bytes), bytes.size());
    std::array<unsigned char, 32> out;
    static_assert(out.size() == crypto_auth_hmacsha256_BYTES);
    crypto_auth_hmacsha256_final(&state, out.data());
    return out;
}

std::string hmac_sha256_hex(std::string_view bytes, std::string_view key) {
    const auto out = hmac_sha256(bytes, key);
    return hex(out.data(), out.size());
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace throughline
