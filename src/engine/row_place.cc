#include "engine/row_place.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "engine/consents.h"
#include "engine/tables.h"

namespace throughline::engine {

namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

}  // namespace

std::string key_bytes(const Key128& key) {
    return ordered_key(key.high) + ordered_key(key.low);
}

std::string time_bytes(Micros time) {
    return ordered_key(static_cast<uint64_t>(time) ^ kSign);
}

Micros time_of_bytes(std::string_view bytes) {
    return static_cast<Micros>(number_of_key(bytes) ^ kSign);
}

std::string identity_bytes(uint32_t identity) {
    std::string bytes;
    ByteWriter(bytes).fixed(__builtin_bswap32(identity));
    return bytes;
}

Key128 key_of_row(std::string_view row) {
    TL_ASSERT(row.size() > sizeof(Key128));
    const std::string_view key = row.substr(row.size() - sizeof(Key128));
    return {number_of_key(key.substr(0, sizeof(uint64_t))),
            number_of_key(key.substr(sizeof(uint64_t)))};
}

std::string cursor_of_place(std::string_view place) {
    TL_ASSERT(place.size() == kPlaceBytes);
    return hex_of_key({0, number_of_key(place.substr(0, 8))}).substr(16) +
           hex_of_key({number_of_key(place.substr(8, 8)), number_of_key(place.substr(16))});
}

Result<std::string> place_of_cursor(std::string_view cursor) {
    if (cursor.size() == 2 * kPlaceBytes) {
        const auto number = key_of_hex(std::string(16, '0') + std::string(cursor.substr(0, 16)));
        const auto key = key_of_hex(cursor.substr(16));
        if (number && key) return ordered_key(number->low) + key_bytes(*key);
    }
    return Error::invalid("query: cursor: need the `next` of a page before");
}

}  // namespace throughline::engine
