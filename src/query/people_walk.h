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

namespace throughline::query {

class PeopleWalk {
public:
    /// Requires: `gathering` is sorted, and all outlive this.
    PeopleWalk(const Pass& pass, const Environment& environment, const Gathering& gathering,
               Values& values, RootRange range);

    using Visit = std::function<Status(const PersonRows&)>;
    using Look = std::function<Status(uint64_t rows)>;
    /// Calls visit for each person who has rows that match, by rising root, and look after each
    /// block of so many rows, until one returns an error, which is handed on. Errors: Corrupt.
    Status run(const Visit& visit, const Look& look);

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
    };

    Status open_runs(const Look& look);
    Status load_next(Run& run, const Look& look);
    Status step(Run& run, const Look& look);
    bool is_in_range(const sequence::BlockEntry& block) const;

    Status collect(uint32_t root, const Look& look);
    bool overlaps(uint32_t root) const;
    Status add_stretch(Run& run, bool with_keys);
    void add_gathered(const Gathering::Person& person);
    void put_in_order();
    PersonRows show(uint32_t root);
    void number_marks(size_t dimension);

    const Pass& pass_;
    const Environment& environment_;
    const Gathering& gathering_;
    RootRange range_;
    BlockMatcher matcher_;
    std::vector<std::unique_ptr<Run>> runs_;  // By month, then by run.
    size_t next_gathered_ = 0;

    // The person at hand.
    std::vector<sequence::RowKey> keys_;  // Empty when her rows come in order anyway.
    std::vector<Micros> time_;
    std::vector<Match> match_;
    ValueColumns values_;
    std::vector<std::vector<ValueCode>> numbered_;  // Codes of dimensions to compare.
    std::vector<uint64_t> distinct_;
    std::vector<std::span<const ValueCode>> code_spans_;
    std::vector<std::span<const model::Decimal>> number_spans_;
};

}  // namespace throughline::query
