// The rows of history that a plan asks for, person by person.
//
// People are numbered by family: everybody who was one person with somebody at some time of the
// range is of one family, named after its lowest root. A part of the families is read at once;
// their rows stand in the files under their home, but for strays and the tail, which are gathered
// first.
//
// Layer 6. RowSource: made by one thread, then read by any number of PartReaders
// (part_reader.h). Errors: Corrupt, ResourceExhausted, what the watch says. Cost: 1 ns a row of
// history; 88 bytes a chosen row of all strays.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backtest/plan.h"
#include "query/environment.h"
#include "query/strays.h"
#include "sequence/history_file.h"

namespace throughline::backtest {

/// That an identity's person was another one before a record.
struct RootChange {
    model::Position position = 0;
    Micros at = 0;  // At least; where the record is no row, its time.
    uint32_t identity = 0;
    uint32_t before = 0;  // Its root until then.
};

inline constexpr uint32_t kInTail = ~uint32_t{0};

/// A row that was chosen.
struct ChosenRow {
    uint32_t family = 0;
    uint32_t identity = 0;
    Micros time = 0;
    Micros received = 0;
    model::Position position = 0;
    uint32_t tie = 0;
    uint32_t name = 0;  // Its place among RowSource::names().
    uint8_t type = 0;
    uint8_t flags = 0;
    uint8_t use = 0;  // Use.
    model::SourceId source = 0;
    uint32_t file = 0;  // Its place among the files; kInTail: it stands in the tail.
    uint32_t block = 0;
    uint64_t row = 0;      // In the block, or of the tail.
    uint64_t payload = 0;  // Where it begins among those of the part: the whole event (kReads),
    uint32_t payload_size = 0;  // or a document with what it says of traits. 0: neither was read.
};

/// Texts by number.
class Names {
public:
    uint32_t number_of(std::string_view text);
    const std::string& text(uint32_t number) const { return texts_[number]; }

private:
    std::vector<std::string> texts_;
    std::unordered_map<std::string, uint32_t> numbers_;  // Looked up only.
};

/// Asked now and then whether to go on. Thread-safe.
class Watch {
public:
    explicit Watch(const query::Environment& environment);
    /// `rows`: of history, looked at since. Errors: Cancelled, DeadlineExceeded.
    Status look(uint64_t rows = 0) const;

private:
    const query::Environment& environment_;
    const Micros deadline_;
};

/// A change as it is told forward: whose root becomes which.
struct Move {
    model::Position position = 0;
    Micros at = 0;
    uint32_t identity = 0;
    uint32_t root = 0;
};

/// Everybody who was one person with somebody at some time of the range.
struct Family {
    uint32_t id = 0;
    std::vector<uint32_t> members;  // Rising; the first is `id`.
    std::vector<uint32_t> roots;    // Of these, at the beginning of the range.
    std::vector<Move> moves;        // Of the range, in order.
};

/// What there is beside rows.
struct Source {
    const query::Environment& environment;
    uint32_t identities = 0;                   // No identity is as high or above.
    std::span<const RootChange> changes = {};  // Since the range began, in order.
};

/// Some families of a range.
class FamilySet {
public:
    FamilySet() = default;
    /// All in [begin, end), or none of them.
    FamilySet(uint32_t begin, uint32_t end, bool has_all)
        : begin_(begin), has_(end > begin ? end - begin : 0, has_all ? 1 : 0) {}

    uint32_t begin() const { return begin_; }
    uint32_t end() const { return begin_ + static_cast<uint32_t>(has_.size()); }
    /// Requires: of the range, as the next.
    bool contains(uint32_t family) const { return has_[family - begin_] != 0; }
    void add(uint32_t family) { has_[family - begin_] = 1; }
    bool is_empty() const { return std::ranges::find(has_, 1) == has_.end(); }

private:
    uint32_t begin_ = 0;
    std::vector<uint8_t> has_;  // By family.
};

class RowSource {
public:
    /// Borrows all but the span, until it goes.
    static Result<std::unique_ptr<RowSource>> open(const Plan& plan, const Source& source,
                                                   const Watch& watch);

    struct Part {
        uint32_t begin = 0;  // Families,
        uint32_t end = 0;
    };
    const std::vector<Part>& parts() const { return parts_; }
    Family family(uint32_t id) const;
    /// Rows that would have started runs, had they not come late.
    uint64_t late_starts() const { return late_starts_; }

private:
    friend class PartReader;
    friend class BlockRows;

    RowSource(const Plan& plan, const Source& source) : plan_(plan), source_(source) {}

    void find_families();
    void join_families();
    void find_changes();
    void divide();
    void find_trait_shapes();
    Status find_strays(const Watch& watch);
    Status gather(const Watch& watch);
    void gather_tail();
    Status check_gathered() const;
    bool is_change(model::Position position) const;
    bool has_changes(uint32_t family) const {
        return family < has_changes_.size() && has_changes_[family];
    }
    bool admit(ChosenRow& row, uint64_t& late_starts) const;
    bool is_candidate(const ChosenRow& row) const;

    const Plan& plan_;
    const Source source_;
    std::vector<uint32_t> family_of_;                       // By identity.
    std::vector<std::pair<uint32_t, uint32_t>> others_;     // {family, identity}, rising.
    std::vector<std::pair<uint32_t, RootChange>> changes_;  // By family, position.
    std::vector<bool> has_changes_;                         // By family.
    std::vector<uint64_t> change_bits_;                     // Of positions, by their hash.
    std::vector<std::vector<uint8_t>> trait_shapes_;        // By file; empty: none says traits.
    Names names_;
    query::TimeRange time_;            // Of rows that matter.
    query::Strays strays_;             // Of it.
    std::vector<ChosenRow> gathered_;  // Strays and the tail, by family.
    std::vector<Part> parts_;
    mutable std::atomic<uint64_t> late_starts_ = 0;
};

}  // namespace throughline::backtest
