// The text that an asker works out from an event (RowText), by row.
//
// Of a row in a block, only the fields that the text depends on are read; they are put into an
// event that has nothing else, and rows of one block that have the same fields share what comes of
// it.
//
// Layer 4. One thread. Cost: 5 ns a field, more when the text was not worked out before in the
// block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/pass.h"
#include "query/row_fields.h"

namespace throughline::query {

class ComputedText {
public:
    /// `fields` of `text` stand in RowFields from number `first` on. `text` must outlive this.
    ComputedText(const RowText& text, size_t first);

    /// Returns work(text) for the row: `work` turns the text, or none, into a number, and is not
    /// asked again for rows that must have the same text. Errors: Corrupt.
    template <typename Work>
    Result<uint64_t> of(RowFields& row, model::SourceId source, Work&& work) {
        if (!row.is_in_block()) {
            TL_TRY_ASSIGN(const model::EventView event, row.event());
            return work(text_.of(event, scratch_));
        }
        if (generation_ != row.generation()) {
            generation_ = row.generation();
            known_.clear();
        }
        TL_TRY(look(row, source));
        const auto found = known_.find(key_);
        if (found != known_.end()) return found->second;
        TL_TRY_ASSIGN(const model::EventView event, build(row, source));
        const uint64_t made = work(text_.of(event, scratch_));
        if (known_.size() < kKnownMax) known_.emplace(key_, made);
        return made;
    }

private:
    static constexpr size_t kKnownMax = 65'536;

    /// The fields that rows of the row's form have, by place in paths_.
    Result<const std::vector<uint32_t>*> fields_of(RowFields& row);
    /// Makes key_ of what the text depends on.
    Status look(RowFields& row, model::SourceId source);
    Result<model::EventView> build(RowFields& row, model::SourceId source);

    const RowText& text_;
    const size_t first_;
    const std::vector<std::string> paths_;
    sequence::ByRun<std::vector<std::optional<std::vector<uint32_t>>>> fields_of_;  // By form.
    // Of the block at hand.
    uint64_t generation_ = 0;
    std::unordered_map<std::string, uint64_t> known_;
    std::string key_;
    std::string doc_;
    std::string payload_;
    std::string scratch_;
};

}  // namespace throughline::query
