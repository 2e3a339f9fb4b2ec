// One block on its way into a file: rows in file order, taken apart into columns.
//
// Layer 3. One thread. Cost: 1 to 2 us a row of a web event with forty fields.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sequence/derived_text.h"
#include "sequence/file_format.h"
#include "sequence/history_file.h"
#include "sequence/row.h"
#include "sequence/shredder.h"
#include "sequence/statistics.h"

namespace throughline::sequence {

class BlockWriter {
public:
    /// Names, origins, moved identities and the schema of the blocks go to `footer`, which must
    /// outlive this, as `touch` must, whose texts are kept; null: none are.
    BlockWriter(Footer& footer, const DerivedText* touch)
        : footer_(footer), touch_(touch), shredder_(footer.schema), statistics_(footer.schema) {
        footer_.touch_version = touch_ ? touch_->version() : 0;
    }

    /// Adds a row. Requires: rising (home, key_of(row)), all of `month`.
    void add(uint32_t home, const Row& row, std::string_view payload);

    /// Adds a row of another file without putting it together. Requires: as add().
    /// Errors: Corrupt.
    Status copy(uint32_t home, const Row& row, Block& from, uint32_t at);

    size_t rows() const { return rows_.size(); }
    uint64_t payload_bytes() const { return payload_bytes_; }

    /// Appends the block, which will stand at `offset` of the file, and begins the next one.
    /// Requires: rows() > 0.
    BlockEntry finish(const FileName& name, uint64_t offset, std::string& out);
    /// Of all blocks. Requires: once, after the last.
    std::string statistics() { return statistics_.finish(); }

private:
    struct Kept {
        uint32_t home = 0;
        Row row;
        uint32_t name = 0;
        uint32_t origin = 0;
        uint32_t shape = 0;
        uint32_t touch = 0;
        Micros original = 0;
        Micros sent = 0;
        Micros received = 0;
    };
    class Segments;

    uint32_t name_code(uint32_t number, std::string_view text);
    uint32_t origin_code(const Row& row);
    uint32_t touch_code(std::optional<std::string_view> text);
    bool keeps_touches_of(const Block& from) const;
    void keep(const Kept& kept, std::string_view message_id);
    void note_moved(uint32_t identity, uint32_t home);
    void put_homes(Segments& segments) const;
    void put_identities(Segments& segments) const;
    void put_times(Segments& segments, int64_t month) const;
    void put_touches(Segments& segments) const;
    void put_leaves(Segments& segments);
    template <typename Value>
    void put_ints(Segments& segments, Segment which, Value&& value) const;
    BlockEntry entry() const;

    Footer& footer_;
    const DerivedText* const touch_;
    Shredder shredder_;
    StatisticsWriter statistics_;
    std::vector<uint32_t> code_of_number_;                    // Name: code + 1.
    std::unordered_map<std::string, uint32_t> code_of_text_;  // Of names without a number.
    std::optional<std::pair<uint32_t, uint32_t>> last_moved_;
    uint32_t last_origin_ = 0;

    std::unordered_map<const Schema*, std::unique_ptr<SchemaMap>> maps_;  // Of files copied from.

    // The block in work.
    std::vector<Kept> rows_;
    Texts message_ids_;
    Texts spilled_;
    Texts touches_;  // The different ones.
    std::unordered_map<std::string, uint32_t> code_of_touch_;
    std::string last_touch_;  // And its code, for the rows of one visit.
    uint32_t last_touch_code_ = 0;
    std::string scratch_;
    uint64_t payload_bytes_ = 0;
};

}  // namespace throughline::sequence
