#include "query/strays.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace throughline::query {

namespace {

constexpr size_t kBlocksAThread = 16;  // 10 us each: fewer are not worth one.

/// Looks at blocks, one after another.
class Finder {
public:
    explicit Finder(const People& people) : people_(people) {}

    Result<std::vector<Stray>> strays_of(sequence::Block& block) {
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
        std::vector<Stray> strays;
        uint32_t row = 0;
        for (size_t i = 0; i < runs_.size(); row += runs_[i++].rows) {
            if (roots_[i] == runs_[i].home) continue;
            const bool continues =
                !strays.empty() && strays.back().end == row && strays.back().root == roots_[i];
            if (!continues) strays.push_back({row, row, roots_[i]});
            strays.back().end += runs_[i].rows;
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

Status Strays::find(const Environment& environment, const People& people, TimeRange time,
                    const std::function<Status()>& look) {
    struct Job {
        const sequence::HistoryFile* file;
        size_t number;
        std::vector<Stray>* strays;
    };
    std::vector<Job> jobs;
    for (const auto& file : environment.history.files()) {
        auto& blocks = blocks_[file.get()];
        blocks.resize(file->blocks().size());
        for (size_t number = 0; number < blocks.size(); ++number) {
            const sequence::BlockEntry& entry = file->blocks()[number];
            if (entry.time_max < time.from || entry.time_min >= time.to) continue;
            jobs.push_back({file.get(), number, &blocks[number]});
        }
    }
    std::atomic<size_t> next = 0;
    const auto work = [&]() -> Status {
        Finder finder(people);
        for (size_t at = next++; at < jobs.size(); at = next++) {
            TL_TRY(look());
            sequence::Block block(*jobs[at].file, jobs[at].number);
            TL_TRY_ASSIGN(*jobs[at].strays, finder.strays_of(block));
        }
        return Status::ok();
    };
    const size_t count = std::clamp<size_t>(jobs.size() / kBlocksAThread, 1,
                                            std::max<size_t>(environment.threads, 1));
    std::vector<Status> statuses(count);
    std::vector<std::thread> threads;
    for (size_t i = 1; i < count; ++i) threads.emplace_back([&, i] { statuses[i] = work(); });
    statuses[0] = work();
    for (std::thread& thread : threads) thread.join();
    for (const Status& status : statuses) TL_TRY(status);
    return Status::ok();
}

}  // namespace throughline::query
