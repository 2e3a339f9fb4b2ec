// The history file: rows of one UTC month (of event time), ordered by (home, time, tie, position),
// in blocks of at most kBlockRows rows. Home is the oldest identity of the row's person when the
// file was written: a hint, so that a person who has not changed since is one straight scan.
//
//   header   magic "TLHIST\r\n" · version u32 · zero u32 · month i64 · run u64 · part u64 ·
//            checksum u64 of the bytes before it                                      (48 bytes)
//   block    segments without gaps, then their directory: count varint, per segment {id: varint,
//            more than the one before · values varint · bytes varint · checksum u64}
//   ...      further blocks
//   footer   packed (ByteWriter): rows; version of the touches, 0: none are kept; blocks; per
//            block: see BlockEntry; names {number, text};
//            origins {type, source, flags}; identities whose home is another {identity, home};
//            the schema (schema.h); statistics: bytes varint, and these (statistics.h; none: they
//            were not counted). Version 3 has no statistics
//   trailer  footer bytes u64 · checksum of the footer u64 · magic "TLHISTND"           (24 bytes)
//
// Segments of a block; what is not there is said at each:
//
//   homes        runs: count varint, then {home more than the last, rows: varints}
//   identities   runs: {rows varint, identity - home signed varint}; absent: all are their homes
//   seconds      form 0: per row one byte of seconds since the row before it of the same home, or
//                since the start of the month, 255: too many for it; then three bytes of seconds
//                for each of the latter · form 1: a column of seconds since the start of the month
//                (ints.h)
//   micros       a column of microseconds in the second; absent: all 0
//   name, origin, tie, position, shape     columns; name and origin number those of the footer
//   original, sent, received               columns: microseconds from the event's time
//   message id   texts (texts.h)
//   spill        texts: whole events, of the shape kSpilled; absent: none
//   touch        a column: 0, or 1 + the place of the row's touch among those of the block;
//                absent: all 0
//   touches      texts: the different ones of the block (derived_text.h); absent: none
//   leaves       by column of the schema, 2 each: its values (ints or texts), its scales
//
// Every checksum is seeded with the file's name and the place in the file, so bytes in the wrong
// place are damage too. Segments tile the file from header to footer: no byte is without a
// checksum. A file is written once, synced, and counts only if a manifest names it; so it needs no
// other mark of being complete.
//
// Layer 3. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/event.h"
#include "sequence/schema.h"

namespace throughline::sequence {

inline constexpr uint32_t kFileVersion = 4;
inline constexpr uint32_t kFileVersionOldest = 3;
inline constexpr uint32_t kBlockRows = 8192;
inline constexpr uint64_t kBlockBytesMax = 8 << 20;     // Payload bytes that end a block early.
inline constexpr uint32_t kPayloadBytesMax = 64 << 20;  // Of one event.
inline constexpr size_t kFileNamesMax = 65'535;         // Of one file: it ends before the next.
inline constexpr size_t kHeaderBytes = 48;
inline constexpr size_t kTrailerBytes = 24;

/// A segment of a block. Leaves: see leaf_segment().
enum class Segment : uint32_t {
    Homes,
    Identities,
    Seconds,
    Micros,
    Name,
    Origin,
    Tie,
    Position,
    Shape,
    Original,
    Sent,
    Received,
    MessageId,
    Spill,
    Touch,
    Touches,
    Leaves = 16
};
constexpr uint32_t segment_id(Segment segment) {
    return static_cast<uint32_t>(segment);
}
constexpr uint32_t leaf_segment(uint32_t column) {
    return segment_id(Segment::Leaves) + 2 * column;
}

/// Months since year 0, UTC. Years outside 1..9999 count as the nearest of these.
int64_t month_of(Micros time);
/// The first instant of a month.
Micros month_start(int64_t month);

/// What a name says: `2026-01.r00000012.p0003.history`.
struct FileName {
    int64_t month = 0;
    uint64_t run = 0;   // One flush or merge; its parts hold rising homes.
    uint64_t part = 0;  // From 0, within the run and month.
    auto operator<=>(const FileName&) const = default;
};
std::string format_file_name(const FileName& name);
std::optional<FileName> parse_file_name(std::string_view text);

/// Where a checksum belongs.
uint64_t checksum_seed(const FileName& name, uint64_t offset);

struct BlockEntry {
    uint32_t rows = 0;
    uint32_t home_min = 0;
    uint32_t home_max = 0;
    Micros time_min = 0;
    Micros time_max = 0;
    uint64_t position_min = 0;
    uint64_t position_max = 0;
    uint64_t bytes = 0;            // Of all segments.
    uint64_t directory_bytes = 0;  // Behind them.
    uint64_t directory_checksum = 0;
    uint64_t offset = 0;  // Derived: where the block begins.
};

/// An event name of a file: its number in the dictionary of history (kOverflowName: it has none
/// there), and its text.
struct StoredName {
    uint32_t number = 0;
    std::string text = {};
    bool operator==(const StoredName&) const = default;
};

/// What is said once of many events.
struct Origin {
    model::EventType type = model::EventType::Track;
    uint8_t flags = 0;  // model::EventFlag
    model::SourceId source = 0;
    bool operator==(const Origin&) const = default;
};

struct Footer {
    uint64_t rows = 0;
    uint32_t touch_version = 0;  // Of DerivedText; 0: the rows' touches are not kept.
    std::vector<BlockEntry> blocks;
    std::vector<StoredName> names;
    std::vector<Origin> origins;
    /// {identity, home}, rising: rows that do not stand under their own identity.
    std::vector<std::pair<uint32_t, uint32_t>> moved;
    Schema schema;
    std::string_view statistics = {};  // Packed; of the file, or of its writer.
};

std::string encode_header(const FileName& name, uint32_t version = kFileVersion);
/// Appends footer and trailer. Requires: `offset` is where the footer will stand.
void append_footer(const FileName& name, const Footer& footer, uint64_t offset, std::string& out);

/// Reads header, footer and trailer of a whole file and derives all offsets.
/// Errors: Corrupt saying what is wrong; it does not look into the blocks.
Result<Footer> read_footer(const FileName& name, std::string_view file);

}  // namespace throughline::sequence
