#include "store/ordered_table.h"

#include <algorithm>
#include <mutex>

#include "base/assert.h"
#include "base/thread.h"

namespace throughline::store {

namespace {

// A node of the red-black tree with its two strings, before their bytes.
constexpr size_t kNodeBytes = 128;

size_t row_bytes(std::string_view key, const std::optional<std::string>& value) {
    return kNodeBytes + key.size() + (value ? value->size() : 0);
}

// Copies up to `limit` rows of `from` in `range`, the first ones in `order`, where `into` has none
// of that key. Returns whether it came to the end of the range.
template <typename Map>
bool copy_range(const Map& from, const KeyRange& range, size_t limit, ScanOrder order, Map& into) {
    const auto first = from.lower_bound(range.from);
    const auto last = range.to.empty() ? from.end() : from.lower_bound(range.to);
    if (!range.to.empty() && range.to <= range.from) return true;
    if (order == ScanOrder::Ascending) {
        auto at = first;
        for (; at != last && limit > 0; ++at, --limit) into.emplace(*at);
        return at == last;
    }
    auto at = last;
    for (; at != first && limit > 0; --limit) into.emplace(*--at);
    return at == first;
}

}  // namespace

void OrderedTable::put(std::string_view key, std::string_view value) {
    const std::unique_lock lock(mutex_);
    if (key < floor_) floor_.assign(key);
    write(key, std::string(value));
}
void OrderedTable::erase(std::string_view key) {
    const std::unique_lock lock(mutex_);
    write(key, std::nullopt);
}
void OrderedTable::erase_first(std::string_view key) {
    const std::unique_lock lock(mutex_);
    write(key, std::nullopt);
    floor_.assign(key);
}

void OrderedTable::write(std::string_view key, std::optional<std::string> value) {
    changed_bytes_ += row_bytes(key, value);
    const auto at = changed_.lower_bound(key);
    if (at == changed_.end() || at->first != key) {
        changed_.emplace_hint(at, key, std::move(value));
    } else {
        changed_bytes_ -= row_bytes(key, at->second);
        at->second = std::move(value);
    }
}

const std::optional<std::string>* OrderedTable::find_changed(std::string_view key) const {
    if (const auto at = changed_.find(key); at != changed_.end()) return &at->second;
    if (const auto at = sealed_.find(key); at != sealed_.end()) return &at->second;
    return nullptr;
}

Result<std::optional<std::string>> OrderedTable::get(std::string_view key) const {
    {
        std::shared_lock lock(mutex_);
        if (const auto* value = find_changed(key)) return *value;
    }
    return cold_.read(key);
}

// The first changes of the range. With a limit, those of the two overlays may reach differently
// far: only up to the nearer end is it known that none is missing, so the rest is dropped.
OrderedTable::Overlay OrderedTable::changed_in(const KeyRange& range, size_t limit, ScanOrder order,
                                               bool& is_all) const {
    std::shared_lock lock(mutex_);
    Overlay rows;
    is_all = copy_range(changed_, range, limit, order, rows);
    Overlay older;
    const bool is_all_sealed = copy_range(sealed_, range, limit, order, older);
    const auto end_of = [&](const Overlay& overlay) {
        return order == ScanOrder::Ascending ? overlay.rbegin()->first : overlay.begin()->first;
    };
    const auto cut = [&](Overlay& overlay, const std::string& end) {
        if (order == ScanOrder::Ascending) {
            overlay.erase(overlay.upper_bound(end), overlay.end());
        } else {
            overlay.erase(overlay.begin(), overlay.lower_bound(end));
        }
    };
    const std::string end = is_all ? std::string() : end_of(rows);
    if (!is_all_sealed) cut(rows, end_of(older));
    if (!is_all) cut(older, end);
    rows.merge(older);
    is_all = is_all && is_all_sealed;
    return rows;
}

Status OrderedTable::merge_cold(const KeyRange& range, ScanOrder order, const Overlay& changed,
                                size_t limit, std::vector<Row>& rows) const {
    const bool is_ascending = order == ScanOrder::Ascending;
    std::vector<const Overlay::value_type*> pending;
    for (const auto& row : changed) pending.push_back(&row);
    if (is_ascending) std::reverse(pending.begin(), pending.end());  // The next one is the last.

    const auto take_pending = [&] {
        if (pending.back()->second)
            rows.emplace_back(pending.back()->first, *pending.back()->second);
        pending.pop_back();
    };
    const auto comes_before = [&](std::string_view key) {
        return is_ascending ? pending.back()->first < key : pending.back()->first > key;
    };
    TL_TRY(cold_.scan(range, order, [&](std::string_view key, std::string_view value) {
        while (!pending.empty() && rows.size() < limit && comes_before(key)) take_pending();
        if (rows.size() >= limit) return false;
        if (!pending.empty() && pending.back()->first == key) {
            take_pending();
        } else {
            rows.emplace_back(key, value);
        }
        return rows.size() < limit;
    }));
    while (!pending.empty() && rows.size() < limit) take_pending();
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
        const Overlay changed = changed_in(rest, chunk, order, is_all);
        KeyRange covered = rest;
        if (!is_all && order == ScanOrder::Ascending) {
            covered.to = changed.rbegin()->first + '\0';  // Just behind the last change copied.
            rest.from = covered.to;
        } else if (!is_all) {
            covered.from = changed.begin()->first;
            rest.to = covered.from;
        }
        TL_TRY(merge_cold(covered, order, changed, limit, rows));
        // Down at the empty key nothing is left, and an empty `to` would mean no end.
        if (order == ScanOrder::Descending && rest.to.empty()) break;
    }
    return rows;
}

void OrderedTable::begin_checkpoint() {
    std::unique_lock lock(mutex_);
    TL_ASSERT(sealed_.empty());
    sealed_.swap(changed_);
    sealed_bytes_ = std::exchange(changed_bytes_, 0);
}

Status OrderedTable::for_each_sealed(const Epochs::Pin&, const SealedRow& row) {
    // Without the lock: only the checkpointer's own end or abort changes sealed_.
    for (const auto& [key, value] : sealed_) TL_TRY(row(key, value));
    return Status::ok();
}

void OrderedTable::end_checkpoint() {
    Overlay done;
    {
        std::unique_lock lock(mutex_);
        done.swap(sealed_);
        sealed_bytes_ = 0;
    }
    free_gently(done.size(), [&] { done.erase(done.begin()); });
}

void OrderedTable::abort_checkpoint() {
    std::unique_lock lock(mutex_);
    changed_.merge(sealed_);  // What was written since stays.
    sealed_.clear();
    sealed_bytes_ = 0;
    changed_bytes_ = 0;
    for (const auto& [key, value] : changed_) changed_bytes_ += row_bytes(key, value);
}

size_t OrderedTable::dirty_bytes() const {
    std::shared_lock lock(mutex_);
    return changed_bytes_ + sealed_bytes_;
}

}  // namespace throughline::store
