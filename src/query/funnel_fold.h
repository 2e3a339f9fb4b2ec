// The folds of the funnel: counts and times by breakdown value, and the people behind a cell.
//
// Layer 4. One thread each, joined at the end.
#pragma once

#include <unordered_map>

#include "query/durations.h"
#include "query/funnel_spec.h"

namespace throughline::query {

/// Takes one person at a time through the funnel, for each tuple of held values apart.
class FunnelWalk {
public:
    explicit FunnelWalk(const FunnelSpec& spec)
        : spec_(spec), matcher_(spec.shape), sessions_(spec.sessions) {}

    /// Calls visit for what counts once: the person, each of her sessions, or each of her attempts.
    /// Rows in results are numbers of hers. What never began is passed by.
    template <typename Visit>
    void each(const PersonRows& rows, Visit&& visit) {
        const bool by_session = spec_.count == FunnelSpec::Count::Sessions;
        if (spec_.hold.empty() && !by_session) {
            each_of({rows.time, rows.match}, visit);
            return;
        }
        best_.completed = best_.reached = 0;
        by_session ? sort_by_session(rows) : sort_by_held_values(rows);
        for (size_t first = 0; first < order_.size();) {
            const uint32_t session = session_of(order_[first]);
            first = take_part(rows, first);
            if (spec_.count == FunnelSpec::Count::Totals) {
                each_of({time_, match_}, [&](const FunnelResult& one) { visit(in_person(one)); });
                continue;
            }
            combine(rows, in_person(matcher_.best({time_, match_}, spec_.end)));
            const bool goes_on = first < order_.size() && session_of(order_[first]) == session;
            if (by_session && !goes_on) visit_session(session, visit);
        }
        if (best_.completed > 0) visit(best_);
    }

    /// The value that counts for a result.
    ValueCode value_of(const PersonRows& rows, const FunnelResult& result) const;
    size_t required() const { return matcher_.required(); }

private:
    template <typename Visit>
    void each_of(const FunnelRows& rows, Visit&& visit) {
        if (spec_.count == FunnelSpec::Count::Totals) {
            matcher_.attempts(rows, spec_.end, visit);
            return;
        }
        const FunnelResult& result = matcher_.best(rows, spec_.end);
        if (result.completed > 0) visit(result);
    }
    template <typename Visit>
    void visit_session(uint32_t session, Visit&& visit) {
        best_.is_open = best_.is_open && sessions_.ends()[session] + kSessionSilence > spec_.end;
        if (best_.completed > 0) visit(best_);
        best_.completed = best_.reached = 0;
    }
    /// 0 where sessions are not counted.
    uint32_t session_of(size_t row) const {
        return spec_.count == FunnelSpec::Count::Sessions ? sessions_.of(row) : 0;
    }
    void sort_by_session(const PersonRows& rows);
    void sort_by_held_values(const PersonRows& rows);
    bool has_held_values(const PersonRows& rows, size_t row) const;
    size_t take_part(const PersonRows& rows, size_t first);
    FunnelResult in_person(const FunnelResult& part) const;
    void combine(const PersonRows& rows, const FunnelResult& part);
    bool is_better(const PersonRows& rows, const FunnelResult& part) const;
    size_t last_step(const FunnelResult& result) const;

    const FunnelSpec& spec_;
    FunnelMatcher matcher_;
    PersonSessions sessions_;
    FunnelResult best_;
    std::vector<uint32_t> order_;  // Rows that have all held values, by session, then by these,
                                   // then by time.
    std::vector<uint32_t> part_;   // Those of the session and tuple at hand.
    std::vector<Micros> time_;
    std::vector<Match> match_;
};

/// The numbers of one breakdown value.
struct FunnelNumbers {
    std::vector<uint64_t> count;       // By step: who reached it.
    std::vector<uint64_t> known;       // Known ones among them.
    std::vector<uint64_t> open;        // Who stands there and may still go on.
    std::vector<Durations> durations;  // Since the required step before.
    Durations total;                   // First to last step.

    explicit FunnelNumbers(size_t steps)
        : count(steps), known(steps), open(steps), durations(steps) {}
    void add(const FunnelNumbers& other);
};

class FunnelFold final : public Fold {
public:
    explicit FunnelFold(const FunnelSpec& spec) : spec_(spec), walk_(spec) {}

    void add(const PersonRows& rows) override;
    std::unique_ptr<Fold> fork() const override { return std::make_unique<FunnelFold>(spec_); }
    void join(Fold& other) override;
    size_t bytes() const override { return durations_ * sizeof(Micros); }

    const std::unordered_map<ValueCode, FunnelNumbers>& numbers() const { return numbers_; }

private:
    void count(const PersonRows& rows, const FunnelResult& result);

    const FunnelSpec& spec_;
    FunnelWalk walk_;
    std::unordered_map<ValueCode, FunnelNumbers> numbers_;
    size_t durations_ = 0;
};

/// One number of the answer.
struct FunnelCell {
    enum class Outcome : uint8_t { Reached, Dropped, InProgress };
    size_t step = 0;  // From 0.
    Outcome outcome = Outcome::Reached;
    bool has_value = false;      // Of one line of a breakdown:
    ValueCode value = kNoValue;  // this one.
};

class FunnelPeople final : public Fold {
public:
    FunnelPeople(const FunnelSpec& spec, FunnelCell cell) : spec_(spec), cell_(cell), walk_(spec) {}

    void add(const PersonRows& rows) override;
    std::unique_ptr<Fold> fork() const override {
        return std::make_unique<FunnelPeople>(spec_, cell_);
    }
    void join(Fold& other) override;
    size_t bytes() const override { return roots_.size() * sizeof(uint32_t); }

    std::vector<uint32_t> take_roots() { return std::move(roots_); }

private:
    bool is_in_cell(const PersonRows& rows, const FunnelResult& result) const;

    const FunnelSpec& spec_;
    FunnelCell cell_;
    FunnelWalk walk_;
    std::vector<uint32_t> roots_;
};

/// The required step at which a result stands. Requires: completed > 0.
size_t standing_at(const FunnelSpec& spec, const FunnelResult& result);

}  // namespace throughline::query
