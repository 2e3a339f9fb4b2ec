#include "identity/public_id.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/assert.h"
#include "base/bytes.h"

namespace throughline::identity {

namespace {

constexpr std::string_view kPrefix = "p_";
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kDigits = 26;  // 130 bits for 128: the top two are zero.

using Block = std::array<unsigned char, 16>;

enum class Direction : int { Decrypt = 0, Encrypt = 1 };

Block crypt(const SecretKey& secret, const Block& in, Direction direction) {
    const Key128 derived = keyed_hash(secret, "public profile id");
    Block key;
    std::memcpy(key.data(), &derived, key.size());
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
        EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    Block out{};
    int written = 0;
    const bool is_done = EVP_CipherInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, key.data(),
                                           nullptr, static_cast<int>(direction)) == 1 &&
                         EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                         EVP_CipherUpdate(context.get(), out.data(), &written, in.data(),
                                          static_cast<int>(in.size())) == 1;
    TL_ASSERT(is_done && written == static_cast<int>(out.size()));
    return out;
}

unsigned __int128 number_of(const Block& block) {
    unsigned __int128 number = 0;
    for (const unsigned char byte : block) number = number << 8 | byte;
    return number;
}

}  // namespace

std::string public_id(const SecretKey& secret, IdentityId identity) {
    Block plain{};
    std::memcpy(plain.data(), &identity, sizeof identity);
    unsigned __int128 number = number_of(crypt(secret, plain, Direction::Encrypt));
    std::string text(kPrefix.size() + kDigits, '0');
    text.replace(0, kPrefix.size(), kPrefix);
    for (size_t i = text.size(); i > kPrefix.size(); --i, number >>= 5) {
        text[i - 1] = kAlphabet[static_cast<size_t>(number & 31)];
    }
    return text;
}

std::optional<IdentityId> identity_of_public_id(const SecretKey& secret, std::string_view text) {
    if (text.size() != kPrefix.size() + kDigits || !text.starts_with(kPrefix)) return {};
    unsigned __int128 number = 0;
    for (size_t i = kPrefix.size(); i < text.size(); ++i) {
        const size_t digit = kAlphabet.find(text[i]);
        if (digit == std::string_view::npos) return {};
        if (i == kPrefix.size() && digit > 7) return {};  // Past 128 bits.
        number = number << 5 | digit;
    }
    Block block;
    for (size_t i = block.size(); i > 0; --i, number >>= 8) {
        block[i - 1] = static_cast<unsigned char>(number & 255);
    }
    const Block plain = crypt(secret, block, Direction::Decrypt);
    for (size_t i = sizeof(IdentityId); i < plain.size(); ++i) {
        if (plain[i] != 0) return {};
    }
    const auto identity = load<IdentityId>(plain.data());
    if (identity == 0) return {};
    return identity;
}

}  // namespace throughline::identity
