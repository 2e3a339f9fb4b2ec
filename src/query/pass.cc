#include "query/pass.h"

#include <algorithm>

#include "query/gathering.h"

namespace throughline::query {

namespace {

constexpr size_t kPeopleBetweenLooks = 1024;

template <typename List, typename Item>
size_t place_of(List& list, const Item& item) {
    const auto found = std::find(list.begin(), list.end(), item);
    return static_cast<size_t>(found - list.begin());
}

/// One run of a pass.
class PassRun {
public:
    PassRun(const Pass& pass, const Environment& environment, std::span<Fold* const> folds)
        : pass_(pass),
          environment_(environment),
          folds_(folds),
          deadline_(environment.clock.monotonic() + environment.time_limit),
          gathering_(pass, environment) {}

    Result<PassResult> run() {
        if (environment_.progress) environment_.progress->rows_total = environment_.history.rows();
        const auto take = [&](const sequence::ScanBlock& rows) -> Status {
            TL_TRY(check_time());
            if (environment_.progress) environment_.progress->rows_done += rows.size();
            return gathering_.take(rows);
        };
        // The usual case is one part: everybody.
        for (uint32_t begin = 0; begin < kNobody; begin = gathering_.end()) {
            gathering_.begin_part(begin);
            const auto columns = gathering_.columns();
            TL_TRY(environment_.history.scan(pass_.from, pass_.to, columns, take));
            TL_TRY(feed());
        }
        return gathering_.finish();
    }

private:
    Status check_time() const {
        if (environment_.cancelled && environment_.cancelled->load(std::memory_order_relaxed)) {
            return Error{Code::Cancelled, "query: cancelled"};
        }
        if (environment_.clock.monotonic() <= deadline_) return Status::ok();
        return Error{
            Code::DeadlineExceeded,
            "query: took longer than " + std::to_string(environment_.time_limit / kSecond) + " s"};
    }
    Status check_memory() const {
        size_t bytes = 0;
        for (const Fold* fold : folds_) bytes += fold->bytes();
        if (bytes <= environment_.pass_bytes_max) return Status::ok();
        return Error::exhausted("query: the answer needs more than " +
                                std::to_string(environment_.pass_bytes_max >> 20) +
                                " MiB of memory: take a shorter range or fewer values");
    }
    Status feed() {
        size_t people = 0;
        return gathering_.for_each_person([&](const PersonRows& rows) -> Status {
            for (Fold* fold : folds_) fold->add(rows);
            if (++people % kPeopleBetweenLooks != 0) return Status::ok();
            TL_TRY(check_time());
            return check_memory();
        });
    }

    const Pass& pass_;
    const Environment& environment_;
    std::span<Fold* const> folds_;
    Micros deadline_;
    Gathering gathering_;
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
    return PassRun(pass, environment, folds).run();
}

}  // namespace throughline::query
