#include "model/doc_keys.h"

#include <array>
#include <cstdint>
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

constexpr size_t kSlots = 1024;
constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;

uint64_t fingerprint(std::string_view key) {
    uint64_t head = 0;
    uint64_t tail = 0;
    const size_t size = key.size();
    if (size >= 8) {
        head = load<uint64_t>(key.data());
        tail = load<uint64_t>(key.data() + size - 8);
    } else {
        for (size_t i = 0; i < size; ++i) head = head << 8 | static_cast<unsigned char>(key[i]);
    }
    return (head ^ (tail * 31) ^ size) * kMultiplier;
}

// Open addressing, at most an eighth full: nearly every look-up ends at its first slot.
class KeyTable {
public:
    KeyTable() {
        static_assert(std::size(kKeys) < kSlots / 4);
        for (size_t i = 0; i < std::size(kKeys); ++i) {
            size_t slot = fingerprint(kKeys[i]) >> 54;
            while (slots_[slot] != 0) slot = (slot + 1) % kSlots;
            slots_[slot] = static_cast<uint16_t>(i + 1);
        }
    }
    std::optional<size_t> find(std::string_view key) const {
        for (size_t slot = fingerprint(key) >> 54; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
            if (kKeys[slots_[slot] - 1u] == key) return slots_[slot] - 1u;
        }
        return {};
    }

private:
    std::array<uint16_t, kSlots> slots_{};
};

}  // namespace

std::optional<size_t> well_known_key(std::string_view key) {
    static const KeyTable table;
    if (key.size() > 24) return {};
    return table.find(key);
}

std::string_view well_known_key_at(size_t place) {
    return place < std::size(kKeys) ? kKeys[place] : std::string_view{};
}

}  // namespace throughline::model
