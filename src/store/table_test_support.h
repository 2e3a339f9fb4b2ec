// A cold family over a map, for the tests of the tables: it can be written by a checkpoint, counts
// its reads, and fails on request.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "store/cold_family.h"

namespace throughline::store {

class MapFamily final : public ColdFamily {
public:
    Result<std::optional<std::string>> read(std::string_view key) const override {
        ++reads;
        if (fails) return Error::corrupt("store: test: flipped bit");
        std::lock_guard lock(mutex_);
        const auto at = rows_.find(key);
        if (at == rows_.end()) return std::optional<std::string>();
        return std::optional<std::string>(at->second);
    }

    Status read_many(std::span<const Key128> keys, const FoundRow& found) const override {
        for (size_t i = 0; i < keys.size(); ++i) {
            TL_TRY_ASSIGN(const auto value, read(view(row_key(keys[i]))));
            found(i, value);
        }
        return Status::ok();
    }

    Status scan(const KeyRange& range, ScanOrder order, const ScanRow& row) const override {
        if (fails) return Error::corrupt("store: test: flipped bit");
        std::vector<std::pair<std::string, std::string>> in_range;
        {
            std::lock_guard lock(mutex_);
            for (const auto& entry : rows_) {
                if (range.contains(entry.first)) in_range.push_back(entry);
            }
        }
        if (order == ScanOrder::Descending) std::reverse(in_range.begin(), in_range.end());
        for (const auto& [key, value] : in_range) {
            if (!row(key, value)) break;
        }
        return Status::ok();
    }

    /// Takes the sealed rows in one step, as the cold store does.
    Status ingest(SealedRows& table, const Epochs::Pin& pin) {
        std::vector<std::pair<std::string, std::optional<std::string>>> rows;
        std::string last;
        TL_TRY(table.for_each_sealed(
            pin, [&](std::string_view key, std::optional<std::string_view> value) -> Status {
                if (!rows.empty() && key <= last) return Error::internal("keys not ascending");
                last = key;
                rows.emplace_back(key, value);
                return Status::ok();
            }));
        std::lock_guard lock(mutex_);
        for (auto& [key, value] : rows) {
            if (value) {
                rows_[key] = *value;
            } else {
                rows_.erase(key);
            }
        }
        return Status::ok();
    }

    const std::map<std::string, std::string, std::less<>>& rows() const { return rows_; }

    mutable std::atomic<size_t> reads{0};
    std::atomic<bool> fails{false};

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> rows_;
};

}  // namespace throughline::store
