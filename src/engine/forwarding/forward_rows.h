// What the fold keeps for forwarding: how far each forward is, and which events of the log were not
// accepted.
//
// Table `forwarding`, written by the fold, a row for
//   'f' key of the forward          ForwardRow
//   'p' block u64, big-endian       of kBlock records from block * kBlock on, those passed over:
//                                   stamp of the last of them i64 · a bit each, up to the last
//
// The log alone does not tell a duplicate from the event that it repeats. A block is kept for
// kPassedOverLife, which is longer than the log is kept for anybody.
//
// Layer 6. The fold's thread writes; reading is for any. Cost: of a record that was passed over: a
// bit; of 4,096 records among which there is one, a row of at most 530 bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/fold_state.h"
#include "store/ordered_table.h"

namespace throughline::engine {

inline constexpr Micros kPassedOverLife = 8 * kDay;

/// How far a forward is, as of the fold.
struct ForwardRow {
    model::Position position = 0;  // Of the next record to be looked at.
    model::Position began = 0;     // Of the record that said where to begin: tells runs apart.
    uint64_t sent = 0;             // Events that were taken, since it was made;
    uint64_t refused = 0;          // that were refused for good, and passed over;
    uint64_t repeated = 0;  // that were sent again, because nobody knew about the first time.
    bool operator==(const ForwardRow&) const = default;

    std::string encode() const;
    /// Errors: Corrupt.
    static Result<ForwardRow> decode(std::string_view bytes);
};

std::string forward_row(std::string_view key);
/// Errors: of the read; Corrupt.
Result<std::optional<ForwardRow>> find_forward(const store::OrderedTable& table,
                                               std::string_view key);

/// Notes records that are not to be forwarded. Of the fold.
class PassedOver {
public:
    static constexpr uint64_t kBlock = 4096;

    explicit PassedOver(store::OrderedTable& table) : table_(table) {}

    /// Errors: of reading the block.
    Status note(model::Position position, Micros stamp);
    /// Writes what was noted. Called before readers may look.
    void flush();
    /// Drops blocks of which the last record is older than kPassedOverLife at `now`.
    /// Errors: of the reads.
    Status expire(Micros now);

private:
    store::OrderedTable& table_;
    std::string row_;  // Of the block at hand; empty: none is.
    uint64_t block_ = 0;
};

/// Reads which records were passed over; remembers one block. Of one moment: make it anew for the
/// next. One thread.
class PassedOverView {
public:
    explicit PassedOverView(const store::OrderedTable& table) : table_(table) {}

    /// Errors: of reading the block.
    Result<bool> has(model::Position position);

private:
    const store::OrderedTable& table_;
    std::optional<uint64_t> block_;
    std::string row_;
};

}  // namespace throughline::engine
