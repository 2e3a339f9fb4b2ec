// Finding the rows of some identities in a file, whatever homes they stand under.
//
// Layer 3. Pure. Errors: Corrupt.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sequence/history_file.h"

namespace throughline::sequence {

inline bool is_one_of(uint32_t identity, std::span<const uint32_t> identities) {
    return std::find(identities.begin(), identities.end(), identity) != identities.end();
}

/// Calls visit(block number, block, columns, rows of a home) for every home under which rows of
/// some identities may stand in a file, the last blocks first.
template <typename Visit>
Status for_homes_of(const HistoryFile& file, std::span<const uint32_t> identities, Visit&& visit) {
    std::vector<uint32_t> homes;
    for (const uint32_t identity : identities) file.add_homes_of(identity, homes);
    for (const uint32_t home : homes) {
        const auto [begin, end] = file.blocks_of(home);
        for (size_t number = end; number-- > begin;) {
            Block block(file, number);
            TL_TRY_ASSIGN(const auto runs, block.homes());
            const auto run = std::lower_bound(
                runs.begin(), runs.end(), home,
                [](const HomeRun& at, uint32_t wanted) { return at.home < wanted; });
            if (run == runs.end() || run->home != home) continue;
            TL_TRY_ASSIGN(const RowColumns columns, block.row_columns(*run));
            if (!visit(number, columns, *run)) break;
        }
    }
    return Status::ok();
}

/// Calls visit(key, block, row) for each row of some identities in a file. Rows of one home come
/// newest first; false passes over the rest of the home.
template <typename Visit>
Status for_keys_of(const HistoryFile& file, std::span<const uint32_t> identities, Visit&& visit) {
    return for_homes_of(file, identities,
                        [&](size_t number, const RowColumns& columns, const HomeRun& run) {
                            for (uint32_t row = run.end; row-- > run.begin;) {
                                if (!is_one_of(columns.identity_of(row), identities)) continue;
                                if (!visit(columns.key(row), number, row)) return false;
                            }
                            return true;
                        });
}

}  // namespace throughline::sequence
