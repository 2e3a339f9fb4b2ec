// The rows of history that a plan asks for, person by person.
//
// People are numbered by family: everybody who was one person with somebody at some time of the
// range is of one family, named after its lowest root. A part of the families is read at once;
// their rows stand in the files under their home, but for strays and the tail, which are gathered
// first.
//
// Within a part it goes in two steps. Names and types choose rows, and with them who has one that
// may start a run; of these people only is more read: of rows whose properties are asked for the
// whole event, of others that say traits those that are wanted.
//
// Layer 6. RowSource: made by one thread, then read by any number of PartReaders. Errors: Corrupt,
// ResourceExhausted, what the watch says. Cost: about 5 ns a row of history; 88 bytes a chosen row
// of the parts at hand, and of all strays.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backtest/plan.h"
#include "backtest/said_traits.h"
#include "query/environment.h"
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
    Status gather(const Watch& watch);
    void gather_tail();
    Status check_gathered() const;
    bool is_change(model::Position position) const;
    bool admit(ChosenRow& row) const;
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
    std::vector<ChosenRow> gathered_;  // Strays and the tail, by family.
    std::vector<Part> parts_;
    mutable std::atomic<uint64_t> late_starts_ = 0;
};

/// Reads one part after another. One thread.
class PartReader {
public:
    explicit PartReader(const RowSource& source);

    /// Reads the rows of a part: those of its candidates, by family, and in the order in which they
    /// are to be taken.
    Status read(const RowSource::Part& part, const Watch& watch);
    const std::vector<ChosenRow>& rows() const { return rows_; }
    const std::string& name(const ChosenRow& row) const { return names_.text(row.name); }
    /// The whole event, of use kReads; else the document of one that says only the traits that are
    /// wanted. Empty: neither is asked for.
    std::string_view payload(const ChosenRow& row) const {
        return std::string_view(payloads_).substr(row.payload, row.payload_size);
    }

private:
    Status choose(const RowSource::Part& part, const Watch& watch);
    void keep_candidates(const RowSource::Part& part);
    Status read_payloads(const Watch& watch);
    Status read_payload(ChosenRow& row, const Watch& watch);
    Status open_block(const ChosenRow& row);

    const RowSource& source_;
    Names names_;
    SaidTraits said_;
    std::optional<sequence::Block> block_;          // Of payloads, the one that was read last.
    std::pair<uint32_t, uint32_t> at_{kInTail, 0};  // Which: its file and number.
    std::vector<ChosenRow> rows_;
    std::string payloads_;
};

}  // namespace throughline::backtest
