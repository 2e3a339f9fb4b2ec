// How many runs there are and were: by journey and version, on each step, along each edge.
//
// Counted by the fold as rows follow, so that the numbers are exact whatever becomes of history,
// and the same after a replay. They lie in memory and are written once an epoch, where they
// changed: table `run_counts`, a row for
//   journey (u32, big-endian) · version (u32, big-endian; 0: the journey itself)
//
// Layer 6. The fold's thread; readers decode rows.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "journey/act.h"
#include "store/ordered_table.h"

namespace throughline::engine {

/// Of one version.
struct VersionCounts {
    static constexpr size_t kReasons = static_cast<size_t>(journey::EndReason::Stuck) + 1;
    using Edge = std::pair<journey::StepIndex, journey::StepIndex>;  // From; to, or kEnd.

    uint64_t entered = 0;
    uint64_t kept = 0;                               // Runs stored: the version is needed.
    uint64_t erased = 0;                             // On their way when their person was erased.
    std::array<uint64_t, kReasons> ended{};          // By reason.
    std::map<journey::StepIndex, uint64_t> now;      // Runs on each step; none is not there.
    std::map<journey::StepIndex, uint64_t> reached;  // Times it was reached,
    std::map<Edge, uint64_t> edges;                  // and from where.
    std::map<std::pair<journey::StepIndex, uint16_t>, uint64_t> chosen;  // Parts of splits.

    uint64_t on_their_way() const;
    std::string encode() const;
    static Result<VersionCounts> decode(std::string_view bytes);
    bool operator==(const VersionCounts&) const = default;
};

/// Of a journey, whatever version.
struct JourneyCounts {
    static constexpr size_t kRefusals = static_cast<size_t>(journey::Refusal::Paused) + 1;

    std::array<uint64_t, kRefusals> refused{};
    uint32_t swept = 0;     // Everybody went through sweeps up to this one;
    uint32_t sweeping = 0;  // owners below `next` through those up to this one.
    uint32_t next = 0;
    uint32_t started = 0;   // Mass starts up to this one are done;
    uint32_t starting = 0;  // of this one members below `next_start`.
    uint32_t next_start = 0;

    std::string encode() const;
    static Result<JourneyCounts> decode(std::string_view bytes);
    bool operator==(const JourneyCounts&) const = default;
};

class RunCounts {
public:
    /// Borrows the table.
    explicit RunCounts(store::OrderedTable& table) : table_(table) {}

    /// The counts, to be changed: they are written by the next flush(). Errors: of the read.
    Result<VersionCounts*> version(uint32_t journey, uint32_t version);
    Result<JourneyCounts*> journey(uint32_t journey);
    /// Forgets all of a journey. Errors: of the read.
    Status forget(uint32_t journey);
    /// Writes what changed.
    void flush();

private:
    using Place = std::pair<uint32_t, uint32_t>;

    store::OrderedTable& table_;
    std::map<Place, VersionCounts> versions_;
    std::map<uint32_t, JourneyCounts> journeys_;
    std::set<Place> changed_;
    // The version that was asked for last, if it stands in changed_: nearly always the next, too.
    Place last_{};
    VersionCounts* last_counts_ = nullptr;
};

std::string run_count_key(uint32_t journey, uint32_t version);
std::string run_count_prefix(uint32_t journey);
/// The version that a key of the table names.
uint32_t version_of_count_key(std::string_view key);

}  // namespace throughline::engine
