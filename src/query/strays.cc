#include "query/strays.h"

#include <algorithm>

namespace throughline::query {

namespace {

/// Looks at blocks, one after another.
class Finder {
public:
    explicit Finder(const People& people) : people_(people) {}

    Result<bool> has_strays(sequence::Block& block) {
        TL_TRY(block.identity_runs(runs_));
        identities_.clear();
        homes_.clear();
        if (runs_.empty()) {
            TL_TRY_ASSIGN(const auto homes, block.homes());
            for (const sequence::HomeRun& run : homes) homes_.push_back(run.home);
            identities_ = homes_;
        }
        for (const auto& run : runs_) {
            identities_.push_back(run.identity);
            homes_.push_back(run.home);
        }
        roots_.resize(identities_.size());
        people_.roots(identities_, roots_);
        return roots_ != homes_;
    }

private:
    const People& people_;
    std::vector<sequence::Block::IdentityRun> runs_;
    std::vector<uint32_t> identities_;
    std::vector<uint32_t> homes_;
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
            TL_TRY_ASSIGN(blocks[number], finder.has_strays(block));
        }
    }
    return Status::ok();
}

}  // namespace throughline::query
