#include "engine/runs/runs_view.h"

#include "engine/runs/person_runs.h"

namespace throughline::engine {

using identity::IdentityId;

Result<std::vector<journey::Run>> runs_of(const View& view,
                                          std::span<const IdentityId> identities) {
    std::vector<journey::Run> runs;
    for (const IdentityId id : identities) {
        TL_TRY_ASSIGN(const auto bytes,
                      view.tables.runs.read(identity::identity_key(id), view.pin));
        if (bytes) TL_TRY(journey::decode_runs(*bytes, id, runs));
    }
    std::erase_if(runs, [](const journey::Run& run) { return run.is_mark(); });
    return runs;
}

Result<std::vector<IdentityId>> run_owners(const View& view, uint32_t journey, IdentityId after,
                                           size_t limit) {
    store::KeyRange range = store::KeyRange::prefix(run_owner_prefix(journey));
    range.from = run_owner_key(journey, after + 1);
    TL_TRY_ASSIGN(const auto rows, view.tables.run_owners.scan(range, limit));
    std::vector<IdentityId> owners;
    for (const auto& [key, value] : rows) owners.push_back(owner_of_key(key));
    return owners;
}

Result<JourneyFigures> journey_figures(const View& view, uint32_t journey) {
    TL_TRY_ASSIGN(
        const auto rows,
        view.tables.run_counts.scan(store::KeyRange::prefix(run_count_prefix(journey)), SIZE_MAX));
    JourneyFigures figures;
    for (const auto& [key, value] : rows) {
        const uint32_t version = version_of_count_key(key);
        if (version == 0) {
            TL_TRY_ASSIGN(figures.journey, JourneyCounts::decode(value));
        } else {
            TL_TRY_ASSIGN(figures.versions[version], VersionCounts::decode(value));
        }
    }
    return figures;
}

VersionCounts JourneyFigures::total() const {
    VersionCounts total;
    for (const auto& [number, counts] : versions) {
        total.entered += counts.entered;
        total.kept += counts.kept;
        total.erased += counts.erased;
        for (size_t i = 0; i < counts.ended.size(); ++i) total.ended[i] += counts.ended[i];
        for (const auto& [step, runs] : counts.now) total.now[step] += runs;
    }
    return total;
}

}  // namespace throughline::engine
