#include "model/doc_keys.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "base/assert.h"
#include "base/bytes.h"

namespace throughline::model {

namespace {

// Append only.
constexpr std::string_view kKeys[] = {"type",
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

constexpr size_t kKeyBytesMax = 24;
constexpr size_t kSlots = 1024;
constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;

// The first 16 bytes, zeros past the end, and the size: up to 16 bytes they are the key itself, so
// most look-ups compare three words and no text.
struct Signature {
    uint64_t head = 0;
    uint64_t tail = 0;
    size_t size = 0;
    bool operator==(const Signature&) const = default;
};

// The lowest `bytes` bytes set, without a branch: the sizes of keys follow no pattern.
uint64_t mask_of(size_t bytes) {
    return bytes >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * bytes)) - 1;
}

// Requires: 16 readable bytes.
Signature signature_at(const char* at, size_t size) {
    const uint64_t tail_mask = size <= 8 ? 0 : mask_of(size - 8);
    return {load<uint64_t>(at) & mask_of(size), load<uint64_t>(at + 8) & tail_mask, size};
}

Signature signature_of(std::string_view key) {
    char room[16] = {};
    std::memcpy(room, key.data(), std::min(key.size(), sizeof room));
    return signature_at(room, key.size());
}

size_t slot_of(const Signature& key) {
    return ((key.head ^ (key.tail * 31) ^ key.size) * kMultiplier) >> 54;
}

// Open addressing, at most an eighth full: nearly every look-up ends at its first slot.
class KeyTable {
public:
    KeyTable() {
        static_assert(std::size(kKeys) < kSlots / 4);
        for (size_t i = 0; i < std::size(kKeys); ++i) {
            TL_ASSERT(kKeys[i].size() <= kKeyBytesMax);
            signatures_[i] = signature_of(kKeys[i]);
            size_t slot = slot_of(signatures_[i]);
            while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
            slots_[slot] = static_cast<uint16_t>(i + 1);
        }
    }
    int find(const Signature& wanted, std::string_view key) const {
        for (size_t slot = slot_of(wanted); slots_[slot] != 0; slot = (slot + 1) % kSlots) {
            const size_t place = slots_[slot] - 1u;
            if (signatures_[place] == wanted && (key.size() <= 16 || kKeys[place] == key)) {
                return static_cast<int>(place);
            }
        }
        return -1;
    }

private:
    std::array<uint16_t, kSlots> slots_{};
    std::array<Signature, std::size(kKeys)> signatures_{};
};

const KeyTable& key_table() {
    static const KeyTable table;
    return table;
}

}  // namespace

int well_known_key(std::string_view key) {
    if (key.size() > kKeyBytesMax) return -1;
    return key_table().find(signature_of(key), key);
}

int well_known_key_in_text(std::string_view key) {
    if (key.size() > kKeyBytesMax) return -1;
    return key_table().find(signature_at(key.data(), key.size()), key);
}

std::string_view well_known_key_at(size_t place) {
    return place < std::size(kKeys) ? kKeys[place] : std::string_view{};
}

}  // namespace throughline::model
