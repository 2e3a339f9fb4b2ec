// What questions are asked of, with their limits, and a page of the people behind a number.
//
// Layer 4. Pure.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "query/past.h"
#include "query/people.h"
#include "query/profiles.h"
#include "sequence/dictionary.h"
#include "sequence/snapshot.h"

namespace throughline::query {

/// How far a question is, for whoever watches. Thread-safe.
struct Progress {
    std::atomic<uint64_t> rows_done = 0;   // May go past the total when rows are read twice.
    std::atomic<uint64_t> rows_total = 0;  // Of history.
};

struct Marketing;

/// What a question is asked of, and its limits. All references must outlive the call.
struct Environment {
    const sequence::HistorySnapshot& history;
    const sequence::Dictionary& names;
    const People& people;
    const Clock& clock;
    std::function<std::string(model::SourceId)> source_name;  // The key of a source.
    std::string timezone = "UTC";                             // The installation's.
    Micros time_limit = 30 * kSecond;                         // Then DeadlineExceeded.
    const std::atomic<bool>* cancelled = nullptr;             // When true: Cancelled.
    size_t pass_bytes_max = size_t{1} << 30;  // Of rows gathered at once, and of what folds hold.
    size_t threads = 1;                       // That one question may use,
    uint64_t thread_rows_min = 100'000;       // each for so many rows at least.
    Progress* progress = nullptr;             // Told while the question runs.
    const Marketing* marketing = nullptr;     // None: the default channels, no costs.
    const Profiles* profiles = nullptr;       // None: nothing is asked of golden records.
    const Past* past = nullptr;               // None: no question is about an earlier moment.
    const PastMoment* known_at = nullptr;     // The moment of `people`; none: it is now.
};

/// One page of the people behind a number.
struct PeoplePage {
    std::vector<uint32_t> roots;   // Rising.
    uint64_t total = 0;            // On all pages.
    std::optional<uint32_t> next;  // Pass as `after`; none at the end.
};

struct PageRequest {
    std::optional<uint32_t> after;  // Only roots above this one.
    size_t limit = 100;
};

}  // namespace throughline::query
