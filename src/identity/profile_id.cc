#include "identity/profile_id.h"

#include <openssl/evp.h>

#include <array>

#include "base/assert.h"
#include "base/bytes.h"

namespace throughline::identity {

namespace {

constexpr std::string_view kPrefix = "p_";
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kLetters = 26;  // 130 bits; the upper two are zero.
constexpr uint64_t kCheck = 0x6564697961777468ULL;

using Block = std::array<unsigned char, 16>;
using Wide = unsigned __int128;

struct Plain {
    IdentityId id = 0;
    uint32_t partition = 0;
    uint64_t check = kCheck;
};
static_assert(sizeof(Plain) == sizeof(Block));

int letter_value(char letter) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (letter == 'o') return 0;
    if (letter == 'i' || letter == 'l') return 1;
    const size_t at = kAlphabet.find(letter);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

struct ProfileIds::Cipher {
    SecretKey key;

    Block run(const Block& in, int encrypts) const {
        // One block, so ECB is the block cipher itself. A context a call keeps it thread-safe.
        const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
            EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
        Block out{};
        int size = 0;
        TL_ASSERT(context != nullptr);
        TL_ASSERT(EVP_CipherInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, key.data(), nullptr,
                                    encrypts) == 1);
        EVP_CIPHER_CTX_set_padding(context.get(), 0);
        TL_ASSERT(EVP_CipherUpdate(context.get(), out.data(), &size, in.data(),
                                   static_cast<int>(in.size())) == 1);
        return out;
    }
};

ProfileIds::ProfileIds(const SecretKey& secret, uint32_t partition) : partition_(partition) {
    // A key of its own, so that no other use of the secret can be turned against it.
    const Key128 derived = keyed_hash(secret, "profile ids");
    cipher_ = std::make_unique<Cipher>(Cipher{std::bit_cast<SecretKey>(derived)});
}
ProfileIds::~ProfileIds() = default;
ProfileIds::ProfileIds(ProfileIds&&) noexcept = default;

std::string ProfileIds::encode(IdentityId id) const {
    const Block sealed = cipher_->run(
        std::bit_cast<Block>(Plain{.id = id, .partition = partition_, .check = kCheck}), 1);
    auto number = std::bit_cast<Wide>(sealed);
    std::string text(kPrefix.size() + kLetters, '0');
    kPrefix.copy(text.data(), kPrefix.size());
    for (size_t at = text.size(); at > kPrefix.size(); --at, number >>= 5) {
        text[at - 1] = kAlphabet[static_cast<size_t>(number & 31)];
    }
    return text;
}

std::optional<IdentityId> ProfileIds::decode(std::string_view text) const {
    if (text.size() != kPrefix.size() + kLetters || !text.starts_with(kPrefix)) return {};
    Wide number = 0;
    for (size_t at = kPrefix.size(); at < text.size(); ++at) {
        const int value = letter_value(text[at]);
        const bool overflows = at == kPrefix.size() && value > 7;
        if (value < 0 || overflows) return {};
        number = number << 5 | static_cast<Wide>(value);
    }
    const auto plain = std::bit_cast<Plain>(cipher_->run(std::bit_cast<Block>(number), 0));
    if (plain.check != kCheck || plain.partition != partition_ || plain.id == 0) return {};
    return plain.id;
}

}  // namespace throughline::identity
