#include "engine/skips.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace throughline::engine {

namespace {

constexpr uint32_t kSkipsVersion = 1;
constexpr uint64_t kSkipsSeed = 0x7370696b735f6c74ULL;

std::string path_of(const std::string& data_directory) {
    return store::join_path(store::join_path(data_directory, "p0000"), "skips");
}

std::string encode(const std::vector<Skip>& skips) {
    std::string bytes;
    ByteWriter out(bytes);
    out.fixed(kSkipsVersion);
    out.varint(skips.size());
    for (const Skip& skip : skips) {
        out.varint(skip.position);
        out.fixed(skip.at);
        out.string(skip.actor);
        out.string(skip.reason);
    }
    out.fixed(checksum(bytes, kSkipsSeed));
    return bytes;
}

}  // namespace

Result<std::vector<Skip>> read_skips(store::Files& files, const std::string& data_directory) {
    std::vector<Skip> skips;
    const std::string path = path_of(data_directory);
    TL_TRY_ASSIGN(const bool exists, store::file_exists(files, path));
    if (!exists) return skips;
    TL_TRY_ASSIGN(const std::string bytes, store::read_file(files, path));
    const Error damaged = Error::corrupt("engine: " + path + ": damaged, restore it from a backup");
    if (bytes.size() < sizeof(uint64_t)) return damaged;
    const size_t body = bytes.size() - sizeof(uint64_t);
    const std::string_view sum = std::string_view(bytes).substr(body);
    if (load<uint64_t>(sum.data()) !=
        checksum(std::string_view(bytes).substr(0, body), kSkipsSeed)) {
        return damaged;
    }
    ByteReader in(std::string_view(bytes).substr(0, body));
    if (in.fixed<uint32_t>() != kSkipsVersion) {
        return Error::precondition("engine: " + path + ": written by a newer version");
    }
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        Skip& skip = skips.emplace_back();
        skip.position = in.varint();
        skip.at = in.fixed<int64_t>();
        skip.actor = in.string();
        skip.reason = in.string();
    }
    if (!in.ok() || !in.at_end()) return damaged;
    return skips;
}

Status append_skip(store::Files& files, const std::string& data_directory, Skip skip) {
    TL_TRY_ASSIGN(std::vector<Skip> skips, read_skips(files, data_directory));
    const auto place = std::ranges::lower_bound(skips, skip.position, {}, &Skip::position);
    if (place != skips.end() && place->position == skip.position) {
        return Error::conflict("engine: record " + model::format_position(skip.position) +
                               ": is passed over already");
    }
    skips.insert(place, std::move(skip));
    return store::replace_file(files, path_of(data_directory), encode(skips));
}

}  // namespace throughline::engine
