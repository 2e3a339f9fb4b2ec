// Rows of a block, a bit each, and which of them have a name of some set.
//
// Layer 4. One thread.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace throughline::query {

inline constexpr uint32_t kWordRows = 64;

/// Some of the rows of a block.
class RowSet {
public:
    /// Makes room for so many rows; which of them are in it is not said.
    void resize(uint32_t rows) { words_.resize(rows / kWordRows + 1); }
    void clear() { words_.clear(); }
    /// Without room for any row.
    bool is_clear() const { return words_.empty(); }

    /// The 64 rows among which a row is.
    uint64_t& word(uint32_t row) { return words_[row / kWordRows]; }
    uint64_t word(uint32_t row) const { return words_[row / kWordRows]; }
    /// Puts rows [begin, end) in, or takes them out.
    void fill(uint32_t begin, uint32_t end, bool is_in);
    void erase(uint32_t row) { erase_if(row, true); }
    /// Without a branch.
    void erase_if(uint32_t row, bool is_out) {
        word(row) &= ~(uint64_t{is_out} << row % kWordRows);
    }
    /// How many of rows [begin, end) are in it.
    uint32_t count(uint32_t begin, uint32_t end) const;

    /// Counts, for before(), the rows of words from that of `begin` on.
    void count_from(uint32_t begin);
    /// How many rows from there on come before one, which may be the row behind the last.
    uint32_t before(uint32_t row) const {
        const uint64_t lower = word(row) & ~(~uint64_t{0} << row % kWordRows);
        return before_[row / kWordRows] + static_cast<uint32_t>(std::popcount(lower));
    }

    /// Which rows of a word, which begins with `first`, are among [begin, end).
    static uint64_t within(uint32_t first, uint32_t begin, uint32_t end) {
        uint64_t mask = ~uint64_t{0};
        if (begin > first) mask &= ~uint64_t{0} << (begin - first);
        if (end < first + kWordRows) mask &= ~uint64_t{0} >> (first + kWordRows - end);
        return mask;
    }

private:
    std::vector<uint64_t> words_;
    std::vector<uint32_t> before_;  // By word.
};

/// Names, by the numbers that a file gives them.
class NameSet {
public:
    NameSet() = default;
    /// Those whose byte is not 0.
    explicit NameSet(std::span<const uint8_t> has);

    /// Returns of so many names, at most 64, a bit each: whether it is in the set. Requires: each
    /// is a name of the file. Cost: 0.1 ns a name of a file of up to 256, else 0.5 ns.
    uint64_t find(std::span<const uint16_t> names) const;
    /// The same, worked out name by name.
    uint64_t find_plainly(std::span<const uint16_t> names) const;

private:
    uint64_t find_64(const uint16_t* names) const;

    std::vector<uint8_t> has_;
    // Of names up to 255: by their low four bits, which high ones go with them,
    std::array<uint8_t, 16> lower_ = {};   // of names up to 127,
    std::array<uint8_t, 16> higher_ = {};  // and of the others.
};

}  // namespace throughline::query
