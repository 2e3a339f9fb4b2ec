#include "query/strays.h"

#include <algorithm>

namespace throughline::query {

namespace {

/// Looks at blocks, one after another.
class Finder {
public:
    explicit Finder(const People& people) : people_(people) {}

    Result<std::vector<RowRange>> strays_of(sequence::Block& block) {
        TL_TRY(block.identity_runs(runs_));
        if (runs_.empty()) {  // Each row stands under its own identity.
            TL_TRY_ASSIGN(const auto homes, block.homes());
            for (const sequence::HomeRun& run : homes) {
                runs_.push_back({run.home, run.home, run.end - run.begin});
            }
        }
        identities_.resize(runs_.size());
        roots_.resize(runs_.size());
        std::ranges::transform(runs_, identities_.begin(),
                               [](const auto& run) { return run.identity; });
        people_.roots(identities_, roots_);
        std::vector<RowRange> strays;
        uint32_t row = 0;
        for (size_t i = 0; i < runs_.size(); row += runs_[i++].rows) {
            if (roots_[i] == runs_[i].home) continue;
            if (!strays.empty() && strays.back().end == row) {
                strays.back().end += runs_[i].rows;
            } else {
                strays.push_back({row, row + runs_[i].rows});
            }
        }
        return strays;
    }

private:
    const People& people_;
    std::vector<sequence::Block::IdentityRun> runs_;
    std::vector<uint32_t> identities_;
    std::vector<uint32_t> roots_;
};

}  // namespace

Status Strays::find(const Pass& pass, const Environment& environment,
                    const std::function<Status()>& look) {
    Finder finder(environment.people);
    for (const auto& file : environment.history.files()) {
        auto& blocks = blocks_[file.get()];
        blocks.resize(file->blocks().size());
        for (size_t number = 0; number < blocks.size(); ++number) {
            const sequence::BlockEntry& entry = file->blocks()[number];
            if (entry.time_max < pass.from || entry.time_min >= pass.to) continue;
            TL_TRY(look());
            sequence::Block block(*file, number);
            TL_TRY_ASSIGN(blocks[number], finder.strays_of(block));
        }
    }
    return Status::ok();
}

}  // namespace throughline::query
