// Figures for screens that cost something to count: people, open rejects, rates.
//
// Each is counted when somebody asks. People are kept for two seconds, so that ten screens cost
// what one does and nobody costs nothing; of rejects only the new ones are added, and all are
// counted again once a minute, because erasure takes some. Rates come from differences of the
// engine's counters; the first question after a pause has nothing to compare with and looks at the
// newest rows instead.
//
// Layer 7. Thread-safe.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "engine/engine.h"
#include "engine/people_count.h"

namespace throughline::server {

/// Open rejects of the last 30 days.
struct OpenRejects {
    struct Group {
        uint64_t count = 0;
        Micros last_at = kNoTime;
    };
    uint64_t open = 0;
    std::map<std::pair<std::string, model::SourceId>, Group> groups;  // By code and source.
    std::map<model::SourceId, uint64_t> by_source;
};

/// Events and the like per second.
struct Rates {
    double events = 0;
    double duplicates = 0;
    double rejects = 0;
    std::map<model::SourceId, std::pair<double, double>> sources;  // Events, rejects.
};

/// The rates between two states of the counters.
Rates rates_between(const engine::FoldState& before, const engine::FoldState& after,
                    double seconds);

class Vitals {
public:
    Vitals(engine::Engine& engine, const Clock& clock) : engine_(engine), clock_(clock) {}

    /// Who is known, at most two seconds old.
    std::shared_ptr<const engine::KnownPeople> people();
    /// Errors: of the cold read.
    Result<std::shared_ptr<const OpenRejects>> open_rejects();
    /// Forgets them: some have been settled.
    void rejects_changed();
    /// Means of about the last ten seconds.
    Rates rates(const engine::QueryView& view);

private:
    struct Sample {
        Micros at = 0;  // Monotonic.
        engine::FoldState state;
    };
    Status count_rejects(store::KeyRange range, OpenRejects& counted) const;
    Rates rates_of_tail(const engine::QueryView& view) const;

    engine::Engine& engine_;
    const Clock& clock_;

    std::mutex mutex_;  // Guards what follows.
    std::shared_ptr<const engine::KnownPeople> people_;
    Micros people_at_ = 0;
    std::shared_ptr<const OpenRejects> rejects_;
    Micros rejects_at_ = 0;
    model::Position rejects_to_ = 0;  // Those before it are counted.
    std::deque<Sample> samples_;      // At most one a second, of the last ten.
};

/// Rejects are shown and kept for so long.
inline constexpr Micros kRejectLife = 30 * kDay;

}  // namespace throughline::server
