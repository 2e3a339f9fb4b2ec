// A walk over some people of history, one after another, each with all her rows that match in
// sequence order: from the files, where most people are one stretch of each, and from what was
// gathered.
//
// Layer 4. One thread; several walks over different people may run at once.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "query/gathering.h"
#include "query/matched_block.h"
#include "query/strays.h"

namespace throughline::query {

/// What walks share. All must outlive them.
struct WalkParts {
    const Pass& pass;
    const Environment& environment;
    const PersonConditions& asked;
    const Gathering& gathering;  // Sorted.
    const Strays& strays;
};

class PeopleWalk {
public:
    PeopleWalk(const WalkParts& parts, Values& values);

    using Visit = std::function<Status(const PersonRows&)>;
    using Look = std::function<Status(uint64_t rows)>;
    /// Calls visit for each person of a range who has rows that match, by rising root, and look
    /// after each block of so many rows, until one returns an error, which is handed on. Errors:
    /// Corrupt.
    Status run(RootRange range, const Visit& visit, const Look& look);

    const LookedAt& looked_at() { return matcher_.looked_at(); }

private:
    /// The files that one flush or merge made for a month.
    struct Run {
        explicit Run(const Pass& pass) : block(pass) {}
        std::vector<const sequence::HistoryFile*> files;
        size_t file = 0;
        size_t next_block = 0;
        MatchedBlock block;
        size_t stretch = 0;
        uint32_t root = kNobody;  // Of the stretch; kNobody: the run has ended.

        const MatchedBlock::Stretch& here() const { return block.stretches[stretch]; }
        /// Whether its person has no more rows in the run: the last of a block may go on in the
        /// next.
        bool is_whole() const { return stretch + 1 < block.stretches.size(); }
        int64_t month() const { return files.front()->parts().month; }
    };

    /// Rows of one person in one run.
    struct Piece {
        const MatchedBlock* block = nullptr;
        uint32_t next = 0;
        uint32_t end = 0;
        Micros time() const { return block->time[next]; }
    };

    void find_runs();
    Status begin(RootRange range, const Look& look);
    Status load_next(Run& run, const Look& look);
    Status step(Run& run, const Look& look);
    bool is_in_range(const sequence::BlockEntry& block) const;

    /// Finds who comes next and the runs that have rows of hers. False: nobody.
    bool find_next();
    bool is_gathered() const {
        return next_gathered_ < people_.size() && people_[next_gathered_].root == root_;
    }
    /// Whether her rows can be shown where they stand.
    bool stands_in_one_piece() const;
    Status show_in_place(const Visit& visit);
    /// Merges her rows by time alone, from blocks that stay. False: some of two runs share an
    /// instant, or she may go on in a further block.
    bool merge_in_place();
    bool merge_pieces();
    void take(Piece& piece, uint32_t to);
    Status collect(const Look& look);
    bool overlaps() const;
    Status add_stretch(Run& run, bool with_keys);
    void add_gathered(const Gathering::Person& person);
    void put_in_order();
    struct Shown {
        std::span<const Micros> time;
        std::span<const Match> match;
        std::span<const Micros> until;
    };
    /// `first`: the row of `values` at which hers begin.
    Status show(const Visit& visit, const Shown& rows, const ValueColumns& values, size_t first);
    void number_marks(size_t dimension, std::span<const uint64_t> marks);

    const Pass& pass_;
    const Environment& environment_;
    const Gathering& gathering_;
    const Strays& strays_;
    std::span<const Gathering::Person> people_;  // Gathered.
    RootRange range_;
    const Values& texts_;
    const bool has_values_;  // Rows have more than a time and what matches.
    BlockMatcher matcher_;
    std::vector<std::unique_ptr<Run>> runs_;  // By month, then by run.
    size_t next_gathered_ = 0;

    // The person at hand.
    uint32_t root_ = 0;
    std::vector<Piece> pieces_;           // Her rows in runs of one month, not yet taken.
    std::vector<Run*> here_;              // Runs that have rows of hers.
    std::vector<sequence::RowKey> keys_;  // Empty when her rows come in order anyway.
    std::vector<size_t> piece_ends_;      // Of the columns below.
    size_t size_ = 0;                     // Her rows; the columns have room for more.
    std::vector<Micros> time_;
    std::vector<Match> match_;
    std::vector<Micros> until_;  // Of a pass with Quiet.
    ValueColumns values_;
    std::vector<std::vector<ValueCode>> numbered_;  // Codes of dimensions to compare.
    std::vector<uint64_t> distinct_;
    std::vector<std::span<const ValueCode>> code_spans_;
    std::vector<std::span<const model::Decimal>> number_spans_;
};

}  // namespace throughline::query
