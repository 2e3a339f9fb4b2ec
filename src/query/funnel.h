// How far one person's events go in a funnel: the kernel.
//
// A *chain* is a choice of rows, one a required step, in order, such that
//   - each row matches its step, and no row serves two steps;
//   - times never fall (ties in_step_order), or rise from step to step (ties strict);
//   - the last lies no later than `window` after the first (inclusive);
//   - no excluded row lies between the rows of the two steps of its exclusion: strictly later than
//     the one and strictly earlier than the other;
//   - order strict: every row between two rows of the chain matches the step the chain stands at,
//     or an optional step that may follow it. Rows of one instant may be taken in any order.
// A step is *reached* when some chain ends at it. An optional step may be left out of a chain; it
// is reached when a chain that stands at the required step before it meets a row of its.
//
// order any: step k is reached when k rows that serve k different steps lie within one window, and
// no excluded row strictly between the first and the last of them.
//
// The chain that is reported goes furthest; among those, ends earliest; among those, starts latest.
//
// Instants are treated as sets, so arrival decides nothing but which of two rows of one instant
// and one step is reported.
//
// Layer 4. One thread; make one matcher a thread. Allocates nothing once its scratch has grown.
// Plain shapes, where each row serves one step at most, have a way of their own through rows that
// share no instant; it keeps no chains but, a row, the row before it in its chain.
//
// Cost: 2 to 4 ns a row of a plain shape, else 10 to 15 ns a row in order, 20 in any order
// (bench/question_bench.cc); a row that serves no step costs least. Rows of one instant that serve
// several steps each: O(rows x steps^2).
#pragma once

#include <array>
#include <span>
#include <vector>

#include "query/person_rows.h"

namespace throughline::query {

inline constexpr size_t kFunnelStepsMax = 32;
inline constexpr uint32_t kNoRow = ~uint32_t{0};

enum class FunnelOrder : uint8_t { Ordered, Strict, Any };
/// What rows of one instant can do: serve steps that follow each other, or not.
enum class Ties : uint8_t { InStepOrder, Strict };

struct FunnelStep {
    Match match = 0;           // A row serves the step when it has one of these.
    bool is_optional = false;  // Not of the first and last step, nor in order any.
};

/// Rows that break a chain which has taken step `after` and not yet step `before`: numbers of
/// required steps, from 0. In order any: all chains.
struct FunnelExclusion {
    Match match = 0;
    size_t after = 0;
    size_t before = 0;
};

struct FunnelShape {
    std::vector<FunnelStep> steps = {};  // 1..kFunnelStepsMax.
    std::vector<FunnelExclusion> exclusions = {};
    Micros window = 0;
    FunnelOrder order = FunnelOrder::Ordered;
    Ties ties = Ties::InStepOrder;
};

/// What a funnel looks at of some rows of one person, in sequence order.
struct FunnelRows {
    std::span<const Micros> time;
    std::span<const Match> match;
};

/// How far one attempt went.
struct FunnelResult {
    uint32_t reached = 0;    // Bit s: step s, the first being bit 0. In order any: s + 1 steps.
    uint32_t completed = 0;  // How many required steps.
    bool is_open = false;    // Not converted, but some chain can still go on after the last row.
    // Of each step that was reached: its row, and that of the required step before it.
    std::array<uint32_t, kFunnelStepsMax> row;
    std::array<uint32_t, kFunnelStepsMax> base;
};

class FunnelMatcher {
public:
    /// Requires: a shape as described above.
    explicit FunnelMatcher(FunnelShape shape);

    size_t required() const { return required_.size(); }
    const FunnelShape& shape() const { return shape_; }

    /// The furthest that all rows go. `end`: until when rows were looked for.
    const FunnelResult& best(const FunnelRows& rows, Micros end);

    /// Every attempt, in order: it begins with a row that starts a chain while no attempt is open,
    /// and ends when it converts, or when no chain of it can go on. Rows that a converted attempt
    /// took serve no other.
    template <typename Visit>
    void attempts(const FunnelRows& rows, Micros end, Visit&& visit) {
        begin(rows, end);
        for (size_t first = 0; first < rows.time.size();) {
            const size_t last = end_of_instant(first);
            if (is_started() && !can_go_on(rows.time[first])) visit(finish()), restart();
            fill_instant(first, last);
            take_instant();
            while (is_converted()) {
                visit(finish());
                drop_used();
                restart();
                take_instant();
            }
            first = last;
        }
        if (is_started()) visit(finish());
    }

private:
    /// A chain that stands at a required step.
    struct Chain {
        Micros start = 0;
        std::array<uint32_t, kFunnelStepsMax> row;  // Of each required step up to here.
    };
    /// Rows of the instant at hand, given to required steps, from the one after `from` on.
    struct Assignment {
        std::array<uint32_t, kFunnelStepsMax> row;
        size_t first = 0;
        size_t end = 0;
    };

    /// Whether each condition serves one step at most, and nothing but steps and the window counts.
    bool is_plain() const;
    /// As best(), of a plain shape. False, and no result: rows share an instant, or one serves
    /// several steps.
    template <bool kIsStrict>
    bool follow_plainly();
    void write_plain_result(size_t completed, uint32_t last);

    void begin(const FunnelRows& rows, Micros end);
    void restart();
    size_t end_of_instant(size_t first) const;
    void fill_instant(size_t first, size_t last);
    void take_instant();
    void drop_used();
    const FunnelResult& finish();
    bool is_started() const;
    bool is_converted() const { return result_.completed == required_.size(); }
    bool can_go_on(Micros at) const;

    void take_row(uint32_t row);
    void see_optional_alone(uint32_t row, uint32_t levels);
    uint32_t levels_of(Match match, const std::array<uint32_t, kConditionsMax>& table) const;
    bool is_alive(size_t level) const { return (alive_ >> level & 1) != 0; }
    void take_group();
    void extend(size_t from);
    bool assign(Assignment& assignment, Match step, size_t as) const;
    bool augment(Assignment& assignment, size_t step, Match wanted, uint32_t& visited) const;
    void reach(size_t level, const Chain& chain);
    void see_optional(size_t level, const Chain& chain, const Assignment* assignment);
    void exclude();
    bool holds_on(size_t from, size_t to) const;

    void take_any();
    void forget_older(Micros oldest);
    void remember(uint32_t row);
    void reach_any();

    FunnelShape shape_;
    std::vector<size_t> required_;               // Their places among the steps.
    std::vector<Match> need_;                    // Of required steps.
    std::vector<Match> stay_;                    // Rows that break no chain there, in order strict.
    std::vector<std::vector<size_t>> optional_;  // Steps that may follow each required one.
    Match excluded_ = 0;
    Match relevant_ = 0;  // Rows without these change nothing.
    // By condition: the required steps that it serves, at which it breaks no strict chain, and
    // after which it serves an optional step.
    std::array<uint32_t, kConditionsMax> serves_ = {};
    std::array<uint32_t, kConditionsMax> stays_ = {};
    std::array<uint32_t, kConditionsMax> follows_ = {};
    uint32_t every_ = 0;  // All steps, as in FunnelResult::reached.
    bool is_plain_ = false;
    std::array<uint8_t, kConditionsMax> step_of_ = {};  // Of a plain shape: by condition.

    FunnelRows rows_;
    Micros end_ = 0;
    Micros now_ = 0;                             // The instant at hand.
    std::vector<uint32_t> instant_;              // Its rows.
    Match instant_match_ = 0;                    // What they have together.
    uint32_t alive_ = 0;                         // Bit k: some chain stands at required step k.
    std::array<Chain, kFunnelStepsMax> chains_;  // By required step.
    size_t completed_before_ = 0;                // Before this instant.
    FunnelResult result_;
    std::vector<uint32_t> recent_;  // Order any: rows that may still serve, by time.
    std::vector<uint32_t> behind_;  // By row: the row before it in its chain, of a plain shape.
};

}  // namespace throughline::query
