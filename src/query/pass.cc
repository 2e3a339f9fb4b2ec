#include "query/pass.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "query/gathering.h"
#include "query/people_walk.h"

namespace throughline::query {

namespace {

constexpr size_t kPeopleBetweenLooks = 1024;
constexpr uint64_t kSmallestShare = 64;  // One in so many of all rows.

template <typename List, typename Item>
size_t place_of(List& list, const Item& item) {
    const auto found = std::find(list.begin(), list.end(), item);
    return static_cast<size_t>(found - list.begin());
}

/// One run of a pass.
class PassRun {
public:
    PassRun(const Pass& pass, const Environment& environment, std::span<Fold* const> folds,
            PersonConditions asked)
        : pass_(pass),
          environment_(environment),
          folds_(folds),
          asked_(std::move(asked)),
          gathering_(pass, environment, asked_, result_.values) {
        for (const auto& text : pass.values) result_.values.code(text);
    }

    Result<PassResult> run(Micros deadline) {
        deadline_ = deadline;
        if (environment_.progress) environment_.progress->rows_total = environment_.history.rows();
        // The usual case is one part: everybody.
        for (uint32_t begin = 0; begin < kNobody; begin = gathering_.end()) {
            gathering_.begin_part(begin);
            TL_TRY(gather());
            gathering_.sort();
            TL_TRY(walk({gathering_.begin(), gathering_.end()}));
        }
        seen_.add_all(gathering_.seen());
        result_.rows += gathering_.rows();
        result_.people = seen_.count();
        result_.people_known = seen_.count_known(environment_.people);
        if (const PastMoment* then = environment_.known_at) {
            result_.known_at.emplace(then->at, then->changed);
        }
        return std::move(result_);
    }

private:
    Status check_time() const {
        const bool is_cancelled =
            environment_.cancelled && environment_.cancelled->load(std::memory_order_relaxed);
        if (is_cancelled || has_failed_.load(std::memory_order_relaxed)) {
            return Error{Code::Cancelled, "query: cancelled"};
        }
        if (environment_.clock.monotonic() <= deadline_) return Status::ok();
        return Error{
            Code::DeadlineExceeded,
            "query: took longer than " + std::to_string(environment_.time_limit / kSecond) + " s"};
    }
    Status check_memory(std::span<Fold* const> folds, size_t threads) const {
        size_t bytes = 0;
        for (const Fold* fold : folds) bytes += fold->bytes();
        if (bytes <= environment_.pass_bytes_max / threads) return Status::ok();
        return Error::exhausted("query: the answer needs more than " +
                                std::to_string(environment_.pass_bytes_max >> 20) +
                                " MiB of memory: take a shorter range or fewer values");
    }

    Status gather() {
        TL_TRY(gathering_.take_tail());
        if (strays_.empty()) {
            TL_TRY(strays_.find(environment_, environment_.people, {pass_.from, pass_.to},
                                [&] { return check_time(); }));
        }
        for (const auto& file : environment_.history.files()) {
            for (size_t number = 0; number < file->blocks().size(); ++number) {
                const auto strays = strays_.of(*file, number);
                if (strays.empty()) continue;
                TL_TRY(check_time());
                sequence::Block block(*file, number);
                TL_TRY(gathering_.take_strays(*file, block, strays));
            }
        }
        return Status::ok();
    }

    // The people of a range, shared out among threads: who is done takes the next share.
    Status walk(RootRange range) {
        const std::vector<RootRange> shares = shares_of(range);
        const size_t count = std::min(std::max<size_t>(1, environment_.threads), shares.size());
        std::vector<std::vector<std::unique_ptr<Fold>>> forks(count - 1);
        std::vector<Status> statuses(count);
        std::vector<std::thread> threads;
        std::atomic<size_t> next = 0;
        for (size_t i = 1; i < count; ++i) {
            for (const Fold* fold : folds_) forks[i - 1].push_back(fold->fork());
            threads.emplace_back([&, i] {
                std::vector<Fold*> folds;
                for (const auto& fork : forks[i - 1]) folds.push_back(fork.get());
                statuses[i] = walk_shares(shares, next, folds, count);
            });
        }
        statuses[0] = walk_shares(shares, next, folds_, count);
        for (std::thread& thread : threads) thread.join();
        has_failed_ = false;
        for (const Status& status : statuses) {
            // Those that stopped because another failed say no more than that.
            if (!status && status.error().code != Code::Cancelled) return status;
        }
        for (const Status& status : statuses) TL_TRY(status);
        for (auto& fork : forks) {
            for (size_t i = 0; i < fork.size(); ++i) folds_[i]->join(*fork[i]);
        }
        return Status::ok();
    }

    Status walk_shares(std::span<const RootRange> shares, std::atomic<size_t>& next,
                       std::span<Fold* const> folds, size_t threads) {
        PeopleWalk walk({pass_, environment_, asked_, gathering_, strays_}, result_.values);
        size_t people = 0;
        const auto visit = [&](const PersonRows& rows) -> Status {
            for (Fold* fold : folds) fold->add(rows);
            return ++people % kPeopleBetweenLooks == 0 ? check_memory(folds, threads)
                                                       : Status::ok();
        };
        const auto look = [&](uint64_t rows) {
            if (environment_.progress) environment_.progress->rows_done += rows;
            return check_time();
        };
        Status status;
        for (size_t at = next++; at < shares.size() && status; at = next++) {
            status = walk.run(shares[at], visit, look);
        }
        if (!status) has_failed_ = true;
        const std::lock_guard lock(mutex_);
        result_.rows += walk.looked_at().rows;
        seen_.add_all(walk.looked_at().seen);
        return status;
    }

    // Ranges of people, of fewer and fewer rows, so that threads end together though people of one
    // range cost more than those of another.
    std::vector<RootRange> shares_of(RootRange range) const {
        if (environment_.threads <= 1) return {range};
        std::vector<std::pair<uint32_t, uint64_t>> blocks;  // Largest home, rows.
        uint64_t left = 0;
        for (const auto& file : environment_.history.files()) {
            for (const sequence::BlockEntry& block : file->blocks()) {
                if (block.home_max < range.begin || block.home_min >= range.end) continue;
                blocks.emplace_back(block.home_max, block.rows);
                left += block.rows;
            }
        }
        const uint64_t least = std::max(environment_.thread_rows_min, left / kSmallestShare);
        std::sort(blocks.begin(), blocks.end());
        std::vector<RootRange> shares;
        uint64_t rows = 0;
        for (const auto& [home, more] : blocks) {
            rows += more;
            const uint32_t begin = shares.empty() ? range.begin : shares.back().end;
            const bool is_due =
                rows >= std::max(least, left / (2 * environment_.threads)) && left - rows >= least;
            if (!is_due || home < begin || home + 1 >= range.end) continue;
            shares.push_back({begin, home + 1});
            left -= rows;
            rows = 0;
        }
        shares.push_back({shares.empty() ? range.begin : shares.back().end, range.end});
        return shares;
    }

    const Pass& pass_;
    const Environment& environment_;
    std::span<Fold* const> folds_;
    const PersonConditions asked_;
    Micros deadline_ = 0;
    PassResult result_;
    Gathering gathering_;
    Strays strays_;
    PeopleSeen seen_;
    std::mutex mutex_;
    std::atomic<bool> has_failed_ = false;
};

}  // namespace

size_t Pass::add(Condition condition) {
    const size_t place = place_of(conditions, condition);
    if (place < conditions.size()) return place;
    TL_ASSERT(conditions.size() < kConditionsMax);
    conditions.push_back(std::move(condition));
    return place;
}

size_t Pass::add(const Dimension& dimension, Match of) {
    for (size_t i = 0; i < dimensions.size(); ++i) {
        if (dimensions[i].dimension != dimension) continue;
        dimensions[i].of |= of;
        return i;
    }
    dimensions.push_back({dimension, of});
    return dimensions.size() - 1;
}

size_t Pass::add_number(const PropertyPath& property, Match of) {
    for (size_t i = 0; i < numbers.size(); ++i) {
        if (numbers[i].property != property) continue;
        numbers[i].of |= of;
        return i;
    }
    numbers.push_back({property, of});
    return numbers.size() - 1;
}

Result<PassResult> run_pass(const Pass& pass, const Environment& environment,
                            std::span<Fold* const> folds) {
    TL_ASSERT(pass.from < pass.to && !pass.conditions.empty());
    const Micros deadline = environment.clock.monotonic() + environment.time_limit;
    TL_TRY_ASSIGN(auto asked, PersonConditions::make(pass, environment));
    return PassRun(pass, environment, folds, std::move(asked)).run(deadline);
}

}  // namespace throughline::query
