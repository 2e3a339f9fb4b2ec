// What a backtest counts: numbers, each with the first few people behind it.
//
// Counting people in any order, and in several tallies that are joined, gives the same: of the
// people behind a number those with the lowest ids are kept. Days are those of the installation.
//
// Layer 6. One thread each. Cost: some words a step, and a few for each day of the range.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backtest/plan.h"
#include "journey/act.h"
#include "privacy/gate.h"

namespace throughline::backtest {

inline constexpr size_t kSamples = 5;
inline constexpr size_t kStartRefusals = 6;  // journey::Refusal,
inline constexpr size_t kEndReasons = 8;     // journey::EndReason.

/// A number, and who is behind it.
struct Cell {
    uint64_t count = 0;
    std::array<uint32_t, kSamples> people{};  // Rising; 0: no more.

    void add(uint32_t person);
    void join(const Cell& other);
    bool operator==(const Cell&) const = default;

private:
    void keep(uint32_t person);
};

/// What became of a message.
enum class Fate : uint8_t { Sent, Refused, Expired, Withdrawn, Waiting };
inline constexpr size_t kFates = 5;

std::string_view fate_text(Fate fate);

/// Why it was refused: privacy::Refusal, or one more.
inline constexpr size_t kNoAddress = 12;
inline constexpr size_t kReasons = 13;
std::string_view refusal_text(size_t reason);

struct MessageFate {
    journey::StepIndex step = 0;
    Fate fate = Fate::Sent;
    size_t reason = 0;  // Of Refused.
    Micros at = 0;
    bool operator==(const MessageFate&) const = default;
};

struct DayOfMessages {
    uint64_t sent = 0;
    uint64_t refused = 0;
    uint64_t expired = 0;
    bool operator==(const DayOfMessages&) const = default;
};

struct StepTally {
    uint64_t visits = 0;
    uint64_t intents = 0;                             // Tasks and webhooks it would have given out.
    Cell runs;                                        // That came to it at least once.
    Cell stay;                                        // That are on it at the end.
    std::map<journey::StepIndex, Cell> next;          // Where they went on to; kEnd: the end.
    std::map<uint16_t, std::pair<Cell, Cell>> parts;  // Of a split: runs, those that met a goal.
    std::array<Cell, kFates> messages;                // By Fate.
    std::array<Cell, kReasons> refused;
    std::vector<DayOfMessages> days;  // Empty: none.
    bool operator==(const StepTally&) const = default;
};

struct DayTally {
    Cell entered;  // Into the journey.
    Cell sent;     // Messages.
    bool operator==(const DayTally&) const = default;
};

/// Somebody behind a number.
struct Behind {
    uint32_t person = 0;
    Micros at = kNoTime;  // When she was first counted; kNoTime: at no moment of its own.
    uint64_t times = 0;   // How often she was.
    bool operator==(const Behind&) const = default;
};

/// Who is behind the number that a draft asks for.
struct PeopleTally {
    uint64_t people = 0;       // All of them, each once.
    std::vector<Behind> page;  // Rising by person: as many as Draft::people asks for.
    bool operator==(const PeopleTally&) const = default;
};

struct SegmentDay {
    Cell entered;
    Cell left;
    int64_t more = 0;  // People in it at its end, less those at its begin.
    bool operator==(const SegmentDay&) const = default;
};

/// Somebody who was in a segment at some time of the range.
struct Stay {
    uint32_t person = 0;
    Micros entered = kNoTime;  // First; kNoTime: she was in it as the range began.
    bool operator==(const Stay&) const = default;
};

struct SegmentTally {
    Cell before;  // Who was in it as the range began,
    Cell after;   // and as it ended.
    Cell ever;    // Who was in it at some time, each once.
    std::vector<SegmentDay> days;
    std::vector<Stay> stays;  // Rising by person: as many as Draft::stays asks for.
    bool operator==(const SegmentTally&) const = default;
};

class Tally {
public:
    explicit Tally(const Plan& plan);

    // One person after another; all of hers between these two.
    void begin_person(uint32_t person);
    void end_person();

    void add(const journey::Row& row);
    void add(const journey::Refused& refused);
    void add(const journey::Intent& intent);
    void add(const MessageFate& fate);
    void add_standing(size_t segment, bool at_end);
    void add_move(size_t segment, bool is_entry, Micros at);
    /// So many more people are in it: who entered and left, and people who became one or two.
    void add_members(size_t segment, int64_t more, Micros at);

    void join(const Tally& other);
    bool operator==(const Tally&) const;

    /// Days since 1970-01-01 of the first day, and how many there are.
    int64_t first_day() const { return first_day_; }
    size_t day_count() const { return day_count_; }
    const Cell& entered() const { return entered_; }
    uint64_t people() const { return people_; }
    const std::array<Cell, kEndReasons>& ended() const { return ended_; }
    const std::array<Cell, kStartRefusals>& refused() const { return refused_; }
    const std::map<uint16_t, Cell>& goals() const { return goals_; }
    const std::vector<StepTally>& steps() const { return steps_; }
    const std::vector<DayTally>& days() const { return days_; }
    const std::vector<SegmentTally>& segments() const { return segments_; }
    Cell under_way() const;
    const PeopleTally& behind() const { return behind_; }
    /// The number of a cell. Requires: a journey that has it.
    uint64_t count_of(const CellName& cell) const;

private:
    /// What is remembered of a run while its person is at hand.
    struct RunNote {
        Key128 run;
        journey::StepIndex step = journey::kEnd;
        bool has_goal = false;
        bool is_over = false;
        std::vector<journey::StepIndex> reached;                     // Each once.
        std::vector<std::pair<journey::StepIndex, uint16_t>> parts;  // Likewise.
    };
    RunNote& note_of(const Key128& run);
    void reach(RunNote& note, journey::StepIndex step);
    size_t day_of(Micros at);
    void add_to_day(StepTally& step, const MessageFate& fate);
    void note_stay(size_t segment, Micros entered);
    void keep_stay(SegmentTally& tally, const Stay& stay) const;
    void look_behind(Micros at);
    void keep_behind(const Behind& behind);

    const Plan* plan_;
    int64_t first_day_ = 0;
    size_t day_count_ = 0;
    TimeZone::Stretch stretch_{};  // Of the last day that was asked for.
    Cell entered_;
    uint64_t people_ = 0;
    std::array<Cell, kEndReasons> ended_{};       // By journey::EndReason.
    std::array<Cell, kStartRefusals> refused_{};  // By journey::Refusal.
    std::map<uint16_t, Cell> goals_;              // By journey::Row::detail; of steps kGoalOfStep.
    std::vector<StepTally> steps_;
    std::vector<DayTally> days_;
    std::vector<SegmentTally> segments_;
    PeopleTally behind_;
    // The person at hand.
    uint32_t person_ = 0;
    bool has_entered_ = false;
    std::vector<RunNote> notes_;
    std::vector<std::pair<size_t, Stay>> stays_;  // By segment.
    Behind own_;                                  // How she is behind the number asked for,
    uint64_t seen_ = 0;                           // which was so much when last looked at.
};

}  // namespace throughline::backtest
