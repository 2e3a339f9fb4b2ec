// The history file: rows of one UTC month (of event time), ordered by (identity, time, tie,
// position), in blocks of at most kBlockRows rows.
//
//   header   magic "TLHIST\r\n" · version u32 · zero u32 · month i64 · run u64 · part u64 ·
//            checksum u64 of the bytes before it                                      (48 bytes)
//   block    segments without gaps, in this order:
//              9 columns (column.h): identity, time, name, type, source, flags, tie, position,
//                                    payload size
//              frame directory: per frame {rows u32, raw bytes u32, stored bytes u32, checksum u64}
//              frames: payloads (model/event.h, whole) of consecutive rows, some kFrameBytes of
//                      them, as one LZ4 block; as they are when that is not smaller
//   ...      further blocks
//   footer   packed (ByteWriter): rows, blocks; per block: rows, largest identity, largest time,
//            largest position, per column {base, width, checksum}, frames, checksum of the
//            directory, bytes of all frames
//   trailer  footer bytes u64 · checksum of the footer u64 · magic "TLHISTND"           (24 bytes)
//
// The smallest value of a column is its base. Every checksum is seeded with the file's name and the
// place in the file, so bytes in the wrong place are damage too. Segments tile the file from
// header to footer: no byte is without a checksum. A file is written once, synced, and counts only
// if a manifest names it; so it needs no other mark of being complete.
//
// A question that reads time and name touches those two columns; payloads are cold.
//
// Layer 3. Pure. Left out for now: light codecs, properties as columns (docs/design).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "sequence/column.h"

namespace throughline::sequence {

inline constexpr uint32_t kFileVersion = 1;
inline constexpr uint32_t kBlockRows = 8192;            // 16 KB of identities: searched in 1 us.
inline constexpr uint64_t kBlockBytesMax = 8 << 20;     // Payload bytes that end a block early.
inline constexpr size_t kFrameBytes = 32 << 10;         // Raw; a timeline page decompresses 1 or 2.
inline constexpr uint32_t kPayloadBytesMax = 64 << 20;  // Of one event, hence of one frame.
inline constexpr size_t kHeaderBytes = 48;
inline constexpr size_t kTrailerBytes = 24;

enum class Column : uint8_t {
    Identity,
    Time,
    Name,
    Type,
    Source,
    Flags,
    Tie,
    Position,
    PayloadSize
};
inline constexpr size_t kColumns = 9;
inline constexpr size_t kFrameEntryBytes = 20;

/// Months since year 0, UTC. Years outside 1..9999 count as the nearest of these.
int64_t month_of(Micros time);
/// The first instant of a month.
Micros month_start(int64_t month);

/// What a name says: `2026-01.r00000012.p0003.history`.
struct FileName {
    int64_t month = 0;
    uint64_t run = 0;   // One flush or merge; its parts hold rising identities.
    uint64_t part = 0;  // From 0, within the run and month.
    auto operator<=>(const FileName&) const = default;
};
std::string format_file_name(const FileName& name);
std::optional<FileName> parse_file_name(std::string_view text);

/// Where a checksum belongs.
uint64_t checksum_seed(const FileName& name, uint64_t offset);

struct FrameEntry {
    uint32_t rows = 0;
    uint32_t raw_bytes = 0;
    uint32_t stored_bytes = 0;  // Equal to raw_bytes: not compressed.
    uint64_t checksum = 0;      // Of the stored bytes.
    uint32_t first_row = 0;     // Derived.
    uint64_t offset = 0;        // Derived: in the file.
};

struct ColumnEntry {
    ColumnHead head;
    uint64_t checksum = 0;
    uint64_t offset = 0;  // Derived.
};

struct BlockEntry {
    uint32_t rows = 0;
    uint32_t identity_max = 0;
    Micros time_max = 0;
    uint64_t position_max = 0;
    std::array<ColumnEntry, kColumns> columns;
    uint32_t frames = 0;
    uint64_t directory_checksum = 0;
    uint64_t frames_bytes = 0;
    uint64_t directory_offset = 0;  // Derived.

    const ColumnEntry& column(Column c) const { return columns[static_cast<size_t>(c)]; }
    uint32_t identity_min() const {
        return static_cast<uint32_t>(column(Column::Identity).head.base);
    }
    Micros time_min() const { return column(Column::Time).head.base; }
    uint64_t position_min() const {
        return static_cast<uint64_t>(column(Column::Position).head.base);
    }
};

struct Footer {
    uint64_t rows = 0;
    std::vector<BlockEntry> blocks;
};

std::string encode_header(const FileName& name);
/// Appends footer and trailer. Requires: `offset` is where the footer will stand.
void append_footer(const FileName& name, const Footer& footer, uint64_t offset, std::string& out);

/// Reads header, footer and trailer of a whole file and derives all offsets.
/// Errors: Corrupt saying what is wrong; it does not look into the blocks.
Result<Footer> read_footer(const FileName& name, std::string_view file);

}  // namespace throughline::sequence
