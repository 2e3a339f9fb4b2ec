// The table of well-known keys and the look-up in it, made by the compiler.
//
// Internal to model: doc_keys.h is for the others. In a header, because reading JSON looks up every
// key and the call would cost as much as the look-up.
//
// Layer 1. Immutable. Cost: one multiply, two loads and three compares.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string_view>

#include "base/bytes.h"

namespace throughline::model {

// Append only.
inline constexpr std::string_view kWellKnownKeys[] = {"type",
                                                      "event",
                                                      "userId",
                                                      "anonymousId",
                                                      "messageId",
                                                      "timestamp",
                                                      "originalTimestamp",
                                                      "sentAt",
                                                      "receivedAt",
                                                      "properties",
                                                      "traits",
                                                      "context",
                                                      "integrations",
                                                      "name",
                                                      "category",
                                                      "groupId",
                                                      "previousId",
                                                      "writeKey",
                                                      "batch",
                                                      "channel",
                                                      "version",
                                                      "_metadata",
                                                      "library",
                                                      "page",
                                                      "url",
                                                      "path",
                                                      "referrer",
                                                      "title",
                                                      "search",
                                                      "userAgent",
                                                      "userAgentData",
                                                      "locale",
                                                      "timezone",
                                                      "ip",
                                                      "campaign",
                                                      "source",
                                                      "medium",
                                                      "term",
                                                      "content",
                                                      "device",
                                                      "id",
                                                      "manufacturer",
                                                      "model",
                                                      "os",
                                                      "app",
                                                      "build",
                                                      "namespace",
                                                      "network",
                                                      "wifi",
                                                      "cellular",
                                                      "carrier",
                                                      "bluetooth",
                                                      "screen",
                                                      "width",
                                                      "height",
                                                      "density",
                                                      "location",
                                                      "city",
                                                      "country",
                                                      "latitude",
                                                      "longitude",
                                                      "speed",
                                                      "region",
                                                      "consent",
                                                      "categoryPreferences",
                                                      "externalIds",
                                                      "collection",
                                                      "encoding",
                                                      "groupID",
                                                      "email",
                                                      "phone",
                                                      "firstName",
                                                      "lastName",
                                                      "address",
                                                      "street",
                                                      "state",
                                                      "postalCode",
                                                      "birthday",
                                                      "age",
                                                      "gender",
                                                      "company",
                                                      "plan",
                                                      "createdAt",
                                                      "description",
                                                      "avatar",
                                                      "username",
                                                      "website",
                                                      "industry",
                                                      "employees",
                                                      "products",
                                                      "product_id",
                                                      "sku",
                                                      "price",
                                                      "quantity",
                                                      "currency",
                                                      "order_id",
                                                      "revenue",
                                                      "total",
                                                      "subtotal",
                                                      "shipping",
                                                      "tax",
                                                      "discount",
                                                      "coupon",
                                                      "value",
                                                      "brand",
                                                      "variant",
                                                      "position",
                                                      "cart_id",
                                                      "checkout_id",
                                                      "step",
                                                      "query",
                                                      "list_id",
                                                      "image_url",
                                                      "affiliation",
                                                      "payment_method",
                                                      "nodeVersion",
                                                      "brands",
                                                      "mobile",
                                                      "platform",
                                                      "bundled",
                                                      "unbundled",
                                                      "bundledIds",
                                                      "retryCount",
                                                      "failedInitializations",
                                                      "direct",
                                                      "active",
                                                      "advertisingId",
                                                      "adTrackingEnabled",
                                                      "token",
                                                      "initial_referrer",
                                                      "sessionId",
                                                      "session_id",
                                                      "rudderId",
                                                      "request_ip",
                                                      "amount",
                                                      "store_id",
                                                      "invoice",
                                                      "stock_code",
                                                      "customer_id",
                                                      "All"};

class WellKnownKeys {
public:
    constexpr WellKnownKeys() {
        static_assert(std::size(kWellKnownKeys) < kSlots / 4 && std::size(kWellKnownKeys) < 255);
        for (size_t i = 0; i < std::size(kWellKnownKeys); ++i) {
            signatures_[i] = signature_of(kWellKnownKeys[i]);
            size_t slot = slot_of(signatures_[i]);
            while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
            slots_[slot] = static_cast<uint8_t>(i + 1);
        }
        for (size_t size = 0; size < masks_.size(); ++size) {
            const std::string_view ones = std::string_view(kOnes).substr(0, size);
            masks_[size] = {word_at(ones, 0), word_at(ones, 8), size};
        }
    }

    /// Returns the place of a key in the table; -1 if it is none.
    int find(std::string_view key) const {
        if (key.size() > kBytesMax) return -1;
        char room[16] = {};
        std::memcpy(room, key.data(), std::min(key.size(), sizeof room));
        return find_signature(signature_at(room, key.size()), key);
    }

    /// The same for a key inside a larger text. Requires: 16 bytes can be read where it begins.
    int find_in_text(std::string_view key) const {
        if (key.size() > kBytesMax) return -1;
        return find_signature(signature_at(key.data(), key.size()), key);
    }

private:
    static constexpr size_t kBytesMax = 24;  // Of a well-known key.
    static constexpr size_t kSlots = 1024;
    static constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;
    static constexpr char kOnes[] =
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";

    // The first 16 bytes, zeros past the end, and the size: up to 16 bytes they are the key itself,
    // so most look-ups compare three words and no text.
    struct Signature {
        uint64_t head = 0;
        uint64_t tail = 0;
        size_t size = 0;
        bool operator==(const Signature&) const = default;
    };

    static constexpr uint64_t word_at(std::string_view text, size_t from) {
        uint64_t word = 0;
        for (size_t i = 0; i < 8 && from + i < text.size(); ++i) {
            word |= uint64_t{static_cast<unsigned char>(text[from + i])} << (8 * i);
        }
        return word;
    }
    static constexpr Signature signature_of(std::string_view key) {
        return {word_at(key, 0), word_at(key, 8), key.size()};
    }
    Signature signature_at(const char* at, size_t size) const {
        // A table and no branch: the sizes of keys follow no pattern.
        const Signature& mask = masks_[std::min<size_t>(size, 16)];
        return {load<uint64_t>(at) & mask.head, load<uint64_t>(at + 8) & mask.tail, size};
    }
    static constexpr size_t slot_of(const Signature& key) {
        return ((key.head ^ (key.tail * 31) ^ key.size) * kMultiplier) >> 54;
    }
    // At most an eighth of the slots is taken: nearly every look-up ends at its first.
    int find_signature(const Signature& wanted, std::string_view key) const {
        for (size_t slot = slot_of(wanted); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
            const size_t place = slots_[slot] - 1u;
            if (signatures_[place] == wanted &&
                (key.size() <= 16 || kWellKnownKeys[place] == key)) {
                return static_cast<int>(place);
            }
        }
        return -1;
    }

    std::array<uint8_t, kSlots> slots_{};
    std::array<Signature, std::size(kWellKnownKeys)> signatures_{};
    std::array<Signature, 17> masks_{};
};

inline constexpr WellKnownKeys kWellKnownKeyTable;

}  // namespace throughline::model
