// One family of the cold store as its table sees it: rows of the last checkpoint, read only; and
// the other direction, the rows that a table hands to a checkpoint.
//
// Keys are bytes in memcmp order. A point table's key is its Key128 in big-endian, so that the
// order of keys is the order of rows.
//
// Layer 1. Implementations are Thread-safe. StateStore (state_store.h) has the one over RocksDB.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "store/epochs.h"

namespace throughline::store {

enum class ScanOrder : uint8_t {
    Ascending,   // Smallest key first.
    Descending,  // Largest key first.
};

/// The keys from <= key < to. An empty `to` means: to the end.
struct KeyRange {
    std::string from;
    std::string to;

    /// All keys that start with `prefix`.
    static KeyRange prefix(std::string_view prefix);
    bool contains(std::string_view key) const { return key >= from && (to.empty() || key < to); }
};

/// Takes one row; returns whether to go on.
using ScanRow = std::function<bool(std::string_view key, std::string_view value)>;

/// Takes the value of the index-th key asked for, or that there is none.
using FoundRow = std::function<void(size_t index, std::optional<std::string_view> value)>;

class ColdFamily {
public:
    virtual ~ColdFamily() = default;

    /// Errors (here and below): Corrupt when stored bytes fail their checksum, Unavailable when
    /// the disk cannot be read.
    virtual Result<std::optional<std::string>> read(std::string_view key) const = 0;

    /// Reads many rows in one go. Requires: keys ascending and distinct.
    virtual Status read_many(std::span<const Key128> keys, const FoundRow& found) const = 0;

    /// Visits the rows of a range until `row` returns false.
    virtual Status scan(const KeyRange& range, ScanOrder order, const ScanRow& row) const = 0;
};

/// Takes one changed row: its new value, or that it was erased.
using SealedRow =
    std::function<Status(std::string_view key, std::optional<std::string_view> value)>;

/// What a checkpoint takes from a table.
class SealedRows {
public:
    virtual ~SealedRows() = default;

    /// Visits the rows that the checkpoint has to write, in the order of their keys.
    ///
    /// Requires: between begin_checkpoint() and end_checkpoint(), with the pin taken at the former.
    virtual Status for_each_sealed(const Epochs::Pin& pin, const SealedRow& row) = 0;
};

/// The row key of a point table.
using RowKey = std::array<char, 16>;

inline RowKey row_key(const Key128& key) {
    const uint64_t words[2] = {__builtin_bswap64(key.high), __builtin_bswap64(key.low)};
    RowKey out;
    __builtin_memcpy(out.data(), words, sizeof words);
    return out;
}
inline std::string_view view(const RowKey& key) {
    return {key.data(), key.size()};
}

}  // namespace throughline::store
