#include "store/log_format.h"

#include <charconv>
#include <cstddef>

#include "base/bytes.h"
#include "base/hash.h"

namespace throughline::store {
namespace {

constexpr uint64_t kFileMagic = 0x31474f4c4c544854ULL;  // "THTLLOG1"
constexpr uint32_t kFrameMagic = 0x52464c54U;           // "TLFR"
constexpr uint64_t kHeaderSeed = 0x6c6f672068656164ULL;
constexpr uint64_t kFrameChecksumAt = kFrameHeaderBytes - sizeof(uint64_t);
constexpr size_t kHeaderFieldBytes = 64;

std::string encode_copy(const LogFileHeader& header) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.fixed(kFileMagic);
    writer.fixed(header.format_version);
    writer.fixed(header.fold_version);
    writer.fixed(header.incarnation);
    writer.fixed(header.sequence);
    writer.fixed(header.file_bytes);
    writer.fixed(header.first_position);
    writer.fixed(header.first_epoch);
    writer.fixed(header.last_stamp);
    TL_ASSERT(bytes.size() == kHeaderFieldBytes);
    writer.fixed(checksum(bytes, kHeaderSeed));
    return bytes;
}

std::optional<LogFileHeader> decode_copy(std::string_view bytes) {
    ByteReader reader(bytes);
    const auto magic = reader.fixed<uint64_t>();
    LogFileHeader header;
    header.format_version = reader.fixed<uint32_t>();
    header.fold_version = reader.fixed<uint32_t>();
    header.incarnation = reader.fixed<uint64_t>();
    header.sequence = reader.fixed<uint64_t>();
    header.file_bytes = reader.fixed<uint64_t>();
    header.first_position = reader.fixed<uint64_t>();
    header.first_epoch = reader.fixed<uint64_t>();
    header.last_stamp = reader.fixed<Micros>();
    const auto stored = reader.fixed<uint64_t>();
    if (!reader.ok() || magic != kFileMagic) return std::nullopt;
    if (stored != checksum(bytes.substr(0, kHeaderFieldBytes), kHeaderSeed)) return std::nullopt;
    return header;
}

uint64_t frame_checksum(std::string_view bytes, FramePlace place) {
    const uint64_t head =
        checksum(bytes.substr(0, kFrameChecksumAt), place.incarnation ^ mix(place.offset));
    return checksum(bytes.substr(kFrameHeaderBytes), head);
}

}  // namespace

std::string encode_header(const LogFileHeader& header) {
    const std::string copy = encode_copy(header);
    std::string bytes(kLogHeaderBytes, '\0');
    bytes.replace(0, copy.size(), copy);
    bytes.replace(kLogHeaderCopyAt, copy.size(), copy);
    return bytes;
}

FoundHeader decode_header(std::string_view bytes) {
    if (bytes.size() < kLogHeaderBytes) return {};
    const auto first = decode_copy(bytes.substr(0, kSectorBytes));
    const auto second = decode_copy(bytes.substr(kLogHeaderCopyAt, kSectorBytes));
    if (!first) return {second, second ? 1 : 0};
    if (!second) return {first, 1};
    if (first->incarnation == second->incarnation) return {first, 2};
    return {first->sequence > second->sequence ? first : second, 1};
}

void finish_frame(std::string& bytes, const Frame& frame, FramePlace place) {
    TL_ASSERT(bytes.size() == kFrameHeaderBytes + frame.body_bytes);
    std::string header;
    header.reserve(kFrameHeaderBytes);
    ByteWriter writer(header);
    writer.fixed(kFrameMagic);
    writer.fixed(static_cast<uint32_t>(frame.kind));
    writer.fixed(place.incarnation);
    writer.fixed(frame.epoch);
    writer.fixed(frame.first_position);
    writer.fixed(frame.last_stamp);
    writer.fixed(frame.count);
    writer.fixed(frame.body_bytes);
    TL_ASSERT(header.size() == kFrameChecksumAt);
    bytes.resize(frame_bytes(frame.body_bytes), '\0');
    bytes.replace(0, kFrameChecksumAt, header);
    const uint64_t sum = frame_checksum(bytes, place);
    bytes.replace(kFrameChecksumAt, sizeof sum, reinterpret_cast<const char*>(&sum), sizeof sum);
}

std::optional<Frame> peek_frame(std::string_view sector, FramePlace place) {
    ByteReader reader(sector);
    if (reader.fixed<uint32_t>() != kFrameMagic) return std::nullopt;
    const auto kind = reader.fixed<uint32_t>();
    if (reader.fixed<uint64_t>() != place.incarnation) return std::nullopt;
    if (kind > static_cast<uint32_t>(FrameKind::Seal)) return std::nullopt;
    Frame frame;
    frame.kind = static_cast<FrameKind>(kind);
    frame.epoch = reader.fixed<uint64_t>();
    frame.first_position = reader.fixed<uint64_t>();
    frame.last_stamp = reader.fixed<Micros>();
    frame.count = reader.fixed<uint32_t>();
    frame.body_bytes = reader.fixed<uint32_t>();
    if (!reader.ok()) return std::nullopt;
    return frame;
}

bool is_frame_good(std::string_view bytes, FramePlace place) {
    if (bytes.size() < kFrameHeaderBytes) return false;
    return load<uint64_t>(bytes.data() + kFrameChecksumAt) == frame_checksum(bytes, place);
}

std::string log_file_name(uint64_t number) {
    std::string digits = std::to_string(number);
    if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
    return digits + ".log";
}

std::optional<uint64_t> log_file_number(std::string_view name) {
    if (!name.ends_with(".log")) return std::nullopt;
    name.remove_suffix(4);
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return number;
}

}  // namespace throughline::store
