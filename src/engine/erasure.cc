#include "engine/erasure.h"

#include "engine/engine.h"
#include "engine/roots.h"

namespace throughline::engine {

Result<ErasureReport> Engine::run_erasure() {
    // No merge may be under way or wait for a checkpoint: its rows would be written twice.
    const std::lock_guard rewriting(rewrite_mutex_);
    TL_TRY(checkpoint());

    ErasureReport report;
    const auto roots = roots_->snapshot();
    std::vector<uint32_t> erased;
    for (uint32_t identity = 1; identity < roots.size(); ++identity) {
        if (root_of_word(roots[identity]) == kErasedRoot) erased.push_back(identity);
    }
    report.identities = erased.size();

    TL_TRY_ASSIGN(const auto plans, history_->plan_erasure(erased));
    for (const sequence::MergePlan& plan : plans) {
        TL_TRY_ASSIGN(sequence::Change change,
                      history_->merge(plan, {.keep =
                                                 [&](const sequence::Row& row) {
                                                     return root_of_word(roots[row.identity]) !=
                                                            kErasedRoot;
                                                 },
                                             .proceed = {}}));
        report.files_rewritten += plan.files.size();
        report.rows_removed += change.dropped;
        const std::lock_guard lock(work_mutex_);
        merged_.push_back(std::move(change));
    }
    // The log goes up to here only once a checkpoint holds all of it.
    TL_TRY(source_->start_new_file());
    TL_TRY(checkpoint());
    TL_TRY(cold_->compact_all());
    TL_TRY(source_->scrub());
    return report;
}

}  // namespace throughline::engine
