#include "base/random.h"

#include <sodium/randombytes.h>
#include <sodium/utils.h>

namespace throughline {

std::string random_bytes(size_t count) {
    std::string bytes(count, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

std::string random_token(size_t bytes) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    const std::string raw = random_bytes(bytes);
    std::string text(sodium_base64_encoded_len(raw.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(raw.data()),
                      raw.size(), kVariant);
    text.pop_back();  // the terminator that sodium writes
    return text;
}

}  // namespace throughline
