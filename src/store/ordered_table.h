// An ordered table: string keys to bytes, for what is scanned by prefix or range.
//
// Changes since the last checkpoint lie in memory (the overlay) and win over the cold family's
// rows. There are no versions: a reader sees the fold's writes as they happen, and a scan sees each
// key whole, but not all keys at one instant. What readers must see together belongs in a
// StateTable.
//
// A table may be a queue, whose first row goes again and again (erase_first): scans then begin
// behind the rows that went, instead of walking over what is left of them until the next
// checkpoint.
//
// Layer 1. Thread-safe: one writer (the fold), any readers, one checkpointer. Cost: a put is one
// of RowTree; a get that is not in the overlay is one cold read. Memory: the changes since the last
// checkpoint, nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/cold_family.h"
#include "store/row_tree.h"

namespace throughline::store {

class OrderedTable final : public SealedRows {
public:
    using Row = std::pair<std::string, std::string>;  // Key, value.

    /// Borrows the family.
    explicit OrderedTable(const ColdFamily& cold) : cold_(cold) {}

    void put(std::string_view key, std::string_view value);
    void erase(std::string_view key);
    /// Erases a row. Requires: no row is before it.
    void erase_first(std::string_view key);

    /// Errors: of the cold read.
    Result<std::optional<std::string>> get(std::string_view key) const;

    /// Returns the first `limit` rows of a range in that order.
    ///
    /// Example: `scan(KeyRange::prefix("source/"), 100)`.
    Result<std::vector<Row>> scan(const KeyRange& range, size_t limit,
                                  ScanOrder order = ScanOrder::Ascending) const;

    /// Seals the rows changed since the last checkpoint. Called by the fold between epochs.
    void begin_checkpoint();
    Status for_each_sealed(const Epochs::Pin& pin, const SealedRow& row) override;
    /// The sealed rows are in the cold family now.
    void end_checkpoint();
    /// They are not: they stay dirty.
    void abort_checkpoint();

    /// Bytes of the overlay: dirty, and all the memory the table takes.
    size_t dirty_bytes() const;

private:
    struct Change {
        std::string key;
        std::optional<std::string> value;  // None: erased.
    };
    /// Changes of a range in the order of its scan, from its beginning on.
    struct Changes {
        std::vector<Change> rows;
        bool is_all = false;  // It has no more.
    };

    static Changes copy_range(const RowTree& from, const KeyRange& range, size_t limit,
                              ScanOrder order);
    Changes changed_in(const KeyRange& range, size_t limit, ScanOrder order) const;
    Status merge_cold(const KeyRange& range, ScanOrder order, std::vector<Change>& changed,
                      size_t limit, std::vector<Row>& rows) const;

    const ColdFamily& cold_;
    mutable std::shared_mutex mutex_;  // Guards all below; sealed_ does not change while sealed.
    std::string floor_;                // No row is before.
    RowTree changed_;                  // Since the last seal.
    RowTree sealed_;                   // Of the checkpoint under way.
};

}  // namespace throughline::store
