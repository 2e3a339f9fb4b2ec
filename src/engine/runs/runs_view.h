// Runs and their counts, as readers of a view ask for them.
//
// Layer 6. Pure over a View. Counts and the list of owners may be ahead of the view by an epoch.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "engine/runs/run_counts.h"
#include "engine/view.h"
#include "identity/node.h"
#include "journey/run.h"

namespace throughline::engine {

/// Runs of some identities that are on their way. Errors: of the reads.
Result<std::vector<journey::Run>> runs_of(const View& view,
                                          std::span<const identity::IdentityId> identities);

/// Identities above `after` that have runs of a journey on their way, rising, at most `limit`.
/// Errors: of the read.
Result<std::vector<identity::IdentityId>> run_owners(const View& view, uint32_t journey,
                                                     identity::IdentityId after, size_t limit);

struct JourneyFigures {
    JourneyCounts journey;
    std::map<uint32_t, VersionCounts> versions;

    VersionCounts total() const;  // Steps, edges and parts are of a version: they are left out.
};

/// Errors: of the read.
Result<JourneyFigures> journey_figures(const View& view, uint32_t journey);

}  // namespace throughline::engine
