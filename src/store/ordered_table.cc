#include "store/ordered_table.h"

#include <algorithm>
#include <mutex>

#include "base/assert.h"

namespace throughline::store {

void OrderedTable::put(std::string_view key, std::string_view value) {
    const std::unique_lock lock(mutex_);
    if (key < floor_) floor_.assign(key);
    changed_.put(key, value);
}
void OrderedTable::erase(std::string_view key) {
    const std::unique_lock lock(mutex_);
    changed_.put(key, std::nullopt);
}
void OrderedTable::erase_first(std::string_view key) {
    const std::unique_lock lock(mutex_);
    changed_.put(key, std::nullopt);
    floor_.assign(key);
}

Result<std::optional<std::string>> OrderedTable::get(std::string_view key) const {
    {
        const std::shared_lock lock(mutex_);
        auto row = changed_.find(key);
        if (!row) row = sealed_.find(key);
        if (row && row->value) return std::optional<std::string>(*row->value);
        if (row) return std::optional<std::string>();
    }
    return cold_.read(key);
}

// The first `limit` changes of one overlay.
OrderedTable::Changes OrderedTable::copy_range(const RowTree& from, const KeyRange& range,
                                               size_t limit, ScanOrder order) {
    const bool is_ascending = order == ScanOrder::Ascending;
    Changes changes;
    auto at = is_ascending ? from.lower_bound(range.from) : from.last_before(range.to);
    while (true) {
        changes.is_all = at.is_at_end() || !range.contains(at.row().key);
        if (changes.is_all || changes.rows.size() == limit) return changes;
        const RowTree::Row row = at.row();
        Change& change = changes.rows.emplace_back();
        change.key.assign(row.key);
        if (row.value) change.value.emplace(*row.value);
        is_ascending ? at.forward() : at.back();
    }
}

// The first changes of the range, the newer ones over the sealed ones. With a limit, those of the
// two overlays may reach differently far: only up to the nearer end is it known that none is
// missing, so the rest is dropped.
OrderedTable::Changes OrderedTable::changed_in(const KeyRange& range, size_t limit,
                                               ScanOrder order) const {
    Changes newer;
    Changes older;
    {
        const std::shared_lock lock(mutex_);
        newer = copy_range(changed_, range, limit, order);
        older = copy_range(sealed_, range, limit, order);
    }
    if (older.rows.empty()) return newer;
    Changes both;
    const int sign = order == ScanOrder::Ascending ? 1 : -1;
    auto left = newer.rows.begin();
    auto right = older.rows.begin();
    while (true) {
        const bool has_left = left != newer.rows.end();
        const bool has_right = right != older.rows.end();
        both.is_all = !has_left && !has_right && newer.is_all && older.is_all;
        if (!has_left && (!has_right || !newer.is_all)) return both;
        if (!has_right && !older.is_all) return both;
        const int which = !has_left ? 1 : (!has_right ? -1 : sign * left->key.compare(right->key));
        if (which == 0) ++right;
        both.rows.push_back(std::move(which <= 0 ? *left++ : *right++));
    }
}

Status OrderedTable::merge_cold(const KeyRange& range, ScanOrder order,
                                std::vector<Change>& changed, size_t limit,
                                std::vector<Row>& rows) const {
    const bool is_ascending = order == ScanOrder::Ascending;
    auto next = changed.begin();
    const auto take_next = [&] {
        if (next->value) rows.emplace_back(std::move(next->key), std::move(*next->value));
        ++next;
    };
    const auto comes_before = [&](std::string_view key) {
        return is_ascending ? next->key < key : next->key > key;
    };
    TL_TRY(cold_.scan(range, order, [&](std::string_view key, std::string_view value) {
        while (next != changed.end() && rows.size() < limit && comes_before(key)) take_next();
        if (rows.size() >= limit) return false;
        if (next != changed.end() && next->key == key) {
            take_next();
        } else {
            rows.emplace_back(key, value);
        }
        return rows.size() < limit;
    }));
    while (next != changed.end() && rows.size() < limit) take_next();
    return Status::ok();
}

Result<std::vector<OrderedTable::Row>> OrderedTable::scan(const KeyRange& range, size_t limit,
                                                          ScanOrder order) const {
    // Changes copied under one hold of the lock: not more than are wanted, but for those of few,
    // which may lie behind many that were erased.
    constexpr size_t kChunkMost = 1024;
    constexpr size_t kChunkLeast = 64;
    const size_t chunk = std::clamp(limit, kChunkLeast, kChunkMost);
    std::vector<Row> rows;
    KeyRange rest = range;
    {
        const std::shared_lock lock(mutex_);
        rest.from = std::max(rest.from, floor_);
    }
    if (!rest.to.empty() && rest.to <= rest.from) return rows;
    for (bool is_all = false; !is_all && rows.size() < limit;) {
        // The overlay is read first, then the cold rows: a row that moves from one to the other in
        // between is seen twice, never missed, and the overlay's copy wins.
        Changes changed = changed_in(rest, chunk, order);
        is_all = changed.is_all;
        KeyRange covered = rest;
        if (!is_all && order == ScanOrder::Ascending) {
            covered.to = changed.rows.back().key + '\0';  // Just behind the last change copied.
            rest.from = covered.to;
        } else if (!is_all) {
            covered.from = changed.rows.back().key;
            rest.to = covered.from;
        }
        TL_TRY(merge_cold(covered, order, changed.rows, limit, rows));
        // Down at the empty key nothing is left, and an empty `to` would mean no end.
        if (order == ScanOrder::Descending && rest.to.empty()) break;
    }
    return rows;
}

void OrderedTable::begin_checkpoint() {
    const std::unique_lock lock(mutex_);
    TL_ASSERT(sealed_.is_empty());
    sealed_.swap(changed_);
}

Status OrderedTable::for_each_sealed(const Epochs::Pin&, const SealedRow& row) {
    // Without the lock: only the checkpointer's own end or abort changes sealed_.
    for (auto at = sealed_.lower_bound(""); !at.is_at_end(); at.forward()) {
        TL_TRY(row(at.row().key, at.row().value));
    }
    return Status::ok();
}

void OrderedTable::end_checkpoint() {
    RowTree done;
    {
        const std::unique_lock lock(mutex_);
        done.swap(sealed_);
    }
    done.free_gently();
}

void OrderedTable::abort_checkpoint() {
    const std::unique_lock lock(mutex_);
    // What was written since stays.
    for (auto at = changed_.lower_bound(""); !at.is_at_end(); at.forward()) {
        sealed_.put(at.row().key, at.row().value);
    }
    changed_.swap(sealed_);
    RowTree().swap(sealed_);
}

size_t OrderedTable::dirty_bytes() const {
    const std::shared_lock lock(mutex_);
    return changed_.bytes() + sealed_.bytes();
}

}  // namespace throughline::store
