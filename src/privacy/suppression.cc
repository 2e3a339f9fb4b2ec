#include "privacy/suppression.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace throughline::privacy {

namespace {

constexpr uint8_t kVersion = 1;
constexpr std::array<std::string_view, 5> kNames = {"unsubscribe", "hard_bounce", "complaint",
                                                    "deceased", "legal"};

}  // namespace

std::string_view reason_name(SuppressionReason reason) {
    return kNames[static_cast<size_t>(reason) - 1];
}

std::optional<SuppressionReason> reason_named(std::string_view name) {
    const auto found = std::ranges::find(kNames, name);
    if (found == kNames.end()) return {};
    return static_cast<SuppressionReason>(found - kNames.begin() + 1);
}

bool stops_everything(SuppressionReason reason) {
    switch (reason) {
        case SuppressionReason::Unsubscribe:
        case SuppressionReason::Complaint:
            return false;
        case SuppressionReason::HardBounce:
        case SuppressionReason::Deceased:
        case SuppressionReason::Legal:
            return true;
    }
    return true;
}

Result<SuppressedAddress> SuppressedAddress::decode(std::string_view bytes) {
    ByteReader in(bytes);
    if (in.u8() != kVersion) return Error::corrupt("privacy: suppression: unknown version");
    SuppressedAddress address{.space = in.u8(), .reasons = {}};
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        const uint8_t reason = in.u8();
        if (reason < 1 || reason > kNames.size()) {
            return Error::corrupt("privacy: suppression: damaged");
        }
        Suppression suppression{.reason = static_cast<SuppressionReason>(reason), .actor = {}};
        suppression.at = in.signed_varint();
        suppression.position = in.varint();
        suppression.actor = in.string();
        address.reasons.push_back(std::move(suppression));
    }
    if (!in.ok() || !in.at_end()) return Error::corrupt("privacy: suppression: wrong length");
    return address;
}

std::string SuppressedAddress::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(kVersion);
    out.u8(space);
    out.varint(reasons.size());
    for (const Suppression& suppression : reasons) {
        out.u8(static_cast<uint8_t>(suppression.reason));
        out.signed_varint(suppression.at);
        out.varint(suppression.position);
        out.string(suppression.actor);
    }
    return bytes;
}

bool SuppressedAddress::add(Suppression suppression) {
    const auto at = std::ranges::lower_bound(reasons, suppression.reason, {}, &Suppression::reason);
    if (at != reasons.end() && at->reason == suppression.reason) return false;
    reasons.insert(at, std::move(suppression));
    return true;
}

std::vector<Suppression> SuppressedAddress::remove(std::optional<SuppressionReason> reason) {
    std::vector<Suppression> removed;
    std::erase_if(reasons, [&](const Suppression& one) {
        if (reason && one.reason != *reason) return false;
        removed.push_back(one);
        return true;
    });
    return removed;
}

Key128 suppression_key(const SecretKey& secret, model::NamespaceId space,
                       std::string_view address) {
    // No namespace has the number 0, so that these are never the keys of identifiers.
    std::string text(1, '\0');
    text.push_back(static_cast<char>(space));
    text += address;
    return keyed_hash(secret, text);
}

}  // namespace throughline::privacy
