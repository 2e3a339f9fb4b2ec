// What a backtest asks: a draft, a range, and which rows of history can matter to it.
//
// Rows are chosen by name and type alone. What a row is good for (Use) says whether anything else
// of it is read: an event whose properties nobody asks for is never put together.
//
// Layer 6. Immutable once made.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/civil.h"
#include "base/result.h"
#include "journey/definition.h"
#include "model/identifier.h"
#include "privacy/rules.h"
#include "profile/golden_record.h"
#include "query/profiles.h"
#include "segment/segment.h"

namespace throughline::backtest {

inline constexpr Micros kRangeMax = 10 * 366 * kDay;
inline constexpr std::string_view kZoneTrait = "timezone";

/// In which order and when rows are taken to have come.
enum class Order : uint8_t {
    AsTaken,     // As they were taken, late ones marked as such: what would have run live.
    AsHappened,  // Each at the time at which it happened, none of them late, people as now.
};

/// A segment by its key: one that the draft names, or the draft itself.
struct NamedSegment {
    std::string key;
    segment::Segment conditions;
};

/// What the installation says beside the draft.
struct Rules {
    privacy::Rules privacy;
    profile::SurvivorshipRules survivorship;
    profile::SourceNames sources;
    model::Namespaces namespaces = model::Namespaces::built_in();
    TimeZone zone;  // Of the installation.
};

/// Whose stays in a segment are told one by one.
struct StaysWanted {
    uint32_t after = 0;  // People above,
    size_t most = 0;     // at most so many.
};

/// A number of a journey's answer, as the answer has them.
enum class Figure : uint8_t {
    Entered,
    UnderWay,
    Refused,     // Detail: journey::Refusal.
    Ended,       // Detail: journey::EndReason.
    Goal,        // Detail: its place among the endings, or journey::kGoalOfStep.
    DayEntered,  // Detail: the day, counted from the first one.
    DaySent,
    Runs,  // From here on of a step.
    Stay,
    Next,       // Detail: the step they went on to; journey::kEnd.
    PartRuns,   // Detail: the part of the split.
    PartGoals,  // Likewise.
    Message,    // Detail: Fate (tally.h).
    Reason,     // Detail: why it was refused.
};

struct CellName {
    Figure figure = Figure::Entered;
    journey::StepIndex step = 0;
    size_t detail = 0;
    bool operator==(const CellName&) const = default;
};

/// The people behind which number are told one by one.
struct PeopleWanted {
    CellName cell;
    uint32_t after = 0;  // People above,
    size_t most = 0;     // at most so many.
};

struct Draft {
    std::shared_ptr<const journey::Definition> journey = {};  // Shared by its runs; none: segments.
    std::vector<segment::Segment> conditions = {};            // Of the journey, by number.
    std::vector<NamedSegment> segments = {};                  // By key.
    Rules rules = {};
    Micros from = 0;
    Micros to = 0;  // Exclusive.
    Order order = Order::AsTaken;
    StaysWanted stays = {};                   // Of a draft without a journey.
    std::optional<PeopleWanted> people = {};  // Of a journey.
};

/// What a row is good for.
enum Use : uint8_t {
    kStarts = 1,   // It may start a run.
    kMoves = 2,    // It may move one.
    kCounts = 4,   // Some `did` may count it.
    kReads = 8,    // Its properties are asked for.
    kSays = 16,    // It says traits.
    kExists = 32,  // That it is there matters.
    kChanges = 64  // With it people became one, or were parted.
};

class Plan {
public:
    /// Errors: InvalidArgument for a range that is none, or too long, and for a condition that asks
    /// for items, naming it: of them there is what is now, and no past.
    static Result<Plan> make(Draft draft);

    const Draft& draft() const { return draft_; }
    const journey::Definition* journey() const { return draft_.journey.get(); }
    /// What a row of a name and type is good for, but kSays; 0: nothing.
    uint8_t use_of(std::string_view name, uint8_t type) const;
    /// Whether what people say of themselves is asked for: traits, or the zone.
    bool asks_traits() const { return !wants_.traits.empty(); }
    const query::ProfileWants& wants() const { return wants_; }
    bool asks_zone() const { return asks_zone_; }
    bool has_messages() const { return has_messages_; }
    /// Whether rows before the range matter, and how old ones; kNoTime: all.
    bool looks_back() const { return looks_back_; }
    Micros counts_from() const { return counts_from_; }
    /// Whether somebody can move who has no row that may start a run.
    bool moves_anybody() const { return moves_anybody_; }
    /// Every deed that is counted, each once; their numbers are their places.
    const std::vector<segment::Deed>& deeds() const { return deeds_; }

private:
    using ByType = std::array<uint8_t, 8>;

    explicit Plan(Draft draft) : draft_(std::move(draft)) {}
    void take_journey();
    void take_wanted(const journey::Wanted& wanted, uint8_t use);
    void take_segment(segment::Segment& segment, Micros& longest);
    void take_deed(segment::Segment& segment, size_t place);
    void take_deeds();

    Draft draft_;
    std::unordered_map<std::string, ByType> by_name_;  // Looked up only.
    ByType by_type_{};                                 // Of every name.
    std::vector<segment::Deed> deeds_;
    query::ProfileWants wants_;
    bool asks_zone_ = false;
    bool has_messages_ = false;
    bool looks_back_ = false;
    bool moves_anybody_ = false;
    Micros counts_from_ = 0;
};

}  // namespace throughline::backtest
