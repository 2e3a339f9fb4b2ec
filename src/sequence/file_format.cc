#include "sequence/file_format.h"

#include <algorithm>
#include <cstdio>

#include "base/bytes.h"
#include "base/hash.h"

namespace throughline::sequence {

namespace {

constexpr std::string_view kMagic = "TLHIST\r\n";
constexpr std::string_view kEndMagic = "TLHISTND";

/// Takes `count` digits from the front of `text`; nothing if there are fewer or other characters.
std::optional<uint64_t> take_digits(std::string_view& text, size_t count) {
    if (text.size() < count) return std::nullopt;
    uint64_t value = 0;
    for (const char c : text.substr(0, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<uint64_t>(c - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

void append_block(ByteWriter& out, const BlockEntry& block) {
    out.varint(block.rows);
    out.varint(block.home_min);
    out.varint(block.home_max);
    out.signed_varint(block.time_min);
    out.signed_varint(block.time_max);
    out.varint(block.position_min);
    out.varint(block.position_max);
    out.varint(block.bytes);
    out.varint(block.directory_bytes);
    out.fixed(block.directory_checksum);
}

/// Reads one entry; `offset` moves from the start of the block to its end. Returns false when the
/// entry cannot be true.
bool read_block(ByteReader& in, uint64_t& offset, uint64_t end, BlockEntry& block) {
    block.rows = static_cast<uint32_t>(std::min<uint64_t>(in.varint(), kBlockRows + 1));
    block.home_min = static_cast<uint32_t>(in.varint());
    block.home_max = static_cast<uint32_t>(in.varint());
    block.time_min = in.signed_varint();
    block.time_max = in.signed_varint();
    block.position_min = in.varint();
    block.position_max = in.varint();
    block.bytes = in.varint();
    block.directory_bytes = in.varint();
    block.directory_checksum = in.fixed<uint64_t>();
    block.offset = offset;
    if (!in.ok() || block.rows == 0 || block.rows > kBlockRows) return false;
    if (block.home_min > block.home_max || block.time_min > block.time_max) return false;
    for (const uint64_t bytes : {block.bytes, block.directory_bytes}) {
        if (bytes > end - offset) return false;
        offset += bytes;
    }
    return true;
}

void append_names(ByteWriter& out, const Footer& footer) {
    out.varint(footer.names.size());
    for (const StoredName& name : footer.names) {
        out.varint(name.number);
        out.string(name.text);
    }
    out.varint(footer.origins.size());
    for (const Origin& origin : footer.origins) {
        out.u8(static_cast<uint8_t>(origin.type));
        out.u8(origin.flags);
        out.varint(origin.source);
    }
}

bool read_names(ByteReader& in, Footer& footer) {
    const uint64_t names = in.varint();
    if (names > kFileNamesMax) return false;
    for (uint64_t i = 0; i < names && in.ok(); ++i) {
        const auto number = static_cast<uint32_t>(in.varint());
        footer.names.push_back({number, std::string(in.string())});
        if (footer.names.back().text.size() > UINT16_MAX) return false;
    }
    const uint64_t origins = in.varint();
    if (origins > in.left()) return false;
    for (uint64_t i = 0; i < origins && in.ok(); ++i) {
        const auto type = static_cast<model::EventType>(in.u8());
        const uint8_t flags = in.u8();
        footer.origins.push_back({type, flags, static_cast<model::SourceId>(in.varint())});
    }
    return in.ok();
}

void append_moved(ByteWriter& out, const Footer& footer) {
    out.varint(footer.moved.size());
    uint32_t last = 0;
    for (const auto& [identity, home] : footer.moved) {
        out.varint(identity - last);
        out.signed_varint(int64_t{home} - identity);
        last = identity;
    }
}

bool read_moved(ByteReader& in, Footer& footer) {
    const uint64_t count = in.varint();
    if (!in.ok() || count > in.left()) return false;
    footer.moved.reserve(count);
    uint64_t identity = 0;
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t more = in.varint();
        identity += more;
        // Wraps: the bytes may be anything.
        const auto offset = static_cast<uint64_t>(in.signed_varint());
        const auto home = static_cast<int64_t>(identity + offset);
        if (identity > UINT32_MAX || home < 0 || home > UINT32_MAX) return false;
        const std::pair moved(static_cast<uint32_t>(identity), static_cast<uint32_t>(home));
        if (i > 0 && moved <= footer.moved.back()) return false;
        footer.moved.push_back(moved);
    }
    return in.ok();
}

}  // namespace

int64_t month_of(Micros time) {
    const CivilDate date = civil_from_days(floor_div(time, kDay));
    return std::clamp<int64_t>(date.year * 12 + date.month - 1, 12, 9999 * 12 + 11);
}

Micros month_start(int64_t month) {
    return days_from_civil(month / 12, static_cast<unsigned>(month % 12) + 1, 1) * kDay;
}

std::string format_file_name(const FileName& name) {
    char text[80];
    std::snprintf(
        text, sizeof text, "%04lld-%02lld.r%08llu.p%04llu.history",
        static_cast<long long>(name.month / 12), static_cast<long long>(name.month % 12 + 1),
        static_cast<unsigned long long>(name.run), static_cast<unsigned long long>(name.part));
    return text;
}

std::optional<FileName> parse_file_name(std::string_view text) {
    const std::string_view whole = text;
    const auto year = take_digits(text, 4);
    if (!year || !take(text, "-")) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || *month < 1 || *month > 12 || !take(text, ".r")) return std::nullopt;
    // Runs past 8 digits and parts past 4 are written with as many as they need.
    const auto run = take_digits(text, std::min<size_t>(text.find('.'), 18));
    if (!run || !take(text, ".p")) return std::nullopt;
    const auto part = take_digits(text, std::min<size_t>(text.find('.'), 18));
    if (!part || text != ".history") return std::nullopt;
    const FileName name{static_cast<int64_t>(*year * 12 + *month - 1), *run, *part};
    if (format_file_name(name) != whole) return std::nullopt;
    return name;
}

uint64_t checksum_seed(const FileName& name, uint64_t offset) {
    return mix(mix(mix(static_cast<uint64_t>(name.month)) + name.run) + name.part) + offset;
}

std::string encode_header(const FileName& name, uint32_t version) {
    std::string bytes;
    ByteWriter out(bytes);
    out.raw(kMagic);
    out.fixed(version);
    out.fixed(uint32_t{0});
    out.fixed(name.month);
    out.fixed(name.run);
    out.fixed(name.part);
    out.fixed(checksum(bytes, checksum_seed(name, 0)));
    TL_ASSERT(bytes.size() == kHeaderBytes);
    return bytes;
}

void append_footer(const FileName& name, const Footer& footer, uint64_t offset, std::string& out) {
    const size_t start = out.size();
    ByteWriter writer(out);
    writer.varint(footer.rows);
    writer.varint(footer.touch_version);
    writer.varint(footer.blocks.size());
    for (const BlockEntry& block : footer.blocks) append_block(writer, block);
    append_names(writer, footer);
    append_moved(writer, footer);
    footer.schema.append_to(writer);
    writer.string(footer.statistics);
    const std::string_view bytes = std::string_view(out).substr(start);
    const uint64_t sum = checksum(bytes, checksum_seed(name, offset));
    writer.fixed(static_cast<uint64_t>(bytes.size()));
    writer.fixed(sum);
    writer.raw(kEndMagic);
}

Result<Footer> read_footer(const FileName& name, std::string_view file) {
    if (file.size() < kHeaderBytes + kTrailerBytes) return Error::corrupt("too short");
    if (!file.starts_with(kMagic)) return Error::corrupt("not a history file");
    const std::string_view header = file.substr(0, kHeaderBytes);
    uint32_t version = kFileVersion;
    while (version >= kFileVersionOldest && header != encode_header(name, version)) --version;
    if (version < kFileVersionOldest) {
        return Error::corrupt("header is damaged, of another version, or of another file");
    }
    ByteReader trailer(file.substr(file.size() - kTrailerBytes));
    const auto footer_bytes = trailer.fixed<uint64_t>();
    const auto footer_sum = trailer.fixed<uint64_t>();
    if (trailer.raw(kEndMagic.size()) != kEndMagic) return Error::corrupt("cut short");
    if (footer_bytes > file.size() - kHeaderBytes - kTrailerBytes) {
        return Error::corrupt("trailer is damaged");
    }
    const uint64_t end = file.size() - kTrailerBytes - footer_bytes;
    const std::string_view bytes = file.substr(end, footer_bytes);
    if (checksum(bytes, checksum_seed(name, end)) != footer_sum) {
        return Error::corrupt("footer is damaged");
    }

    ByteReader in(bytes);
    Footer footer;
    footer.rows = in.varint();
    footer.touch_version = static_cast<uint32_t>(in.varint());
    const uint64_t blocks = in.varint();
    uint64_t offset = kHeaderBytes;
    uint64_t rows = 0;
    for (uint64_t i = 0; i < blocks; ++i) {
        BlockEntry block;
        if (!in.ok() || !read_block(in, offset, end, block)) {
            return Error::corrupt("footer does not fit the file");
        }
        rows += block.rows;
        footer.blocks.push_back(block);
    }
    if (!in.ok() || !read_names(in, footer) || !read_moved(in, footer)) {
        return Error::corrupt("footer does not fit the file");
    }
    auto schema = Schema::read(in);
    if (version > 3) footer.statistics = in.string();
    if (!schema || !in.ok() || !in.at_end() || offset != end || rows != footer.rows || rows == 0) {
        return Error::corrupt("footer does not fit the file");
    }
    footer.schema = std::move(*schema);
    return footer;
}

}  // namespace throughline::sequence
