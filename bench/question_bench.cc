// What the kernels of questions cost, in nanoseconds of one thread's CPU a row: people's rows lie
// in memory as folds see them, so that reading history is not counted.
//
//   build/bench/bench/question_bench [people [rows a person]]
//
// Half of the rows match one of eight conditions, the least likely (a purchase) a hundredth of the
// most likely (a view); one row in twenty shares its instant with the one before.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/random.h"
#include "query/funnel.h"
#include "query/retention.h"

using namespace throughline;
using namespace throughline::query;

namespace {

constexpr int kRounds = 3;

double thread_seconds() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

struct World {
    std::vector<Micros> time;
    std::vector<Match> match;
    std::vector<size_t> first;  // Of each person, and the end.

    World(size_t people, size_t rows) {
        SeededRandom random(1);
        for (size_t person = 0; person < people; ++person) {
            first.push_back(time.size());
            Micros at = static_cast<Micros>(random.below(30 * kDay / kSecond)) * kSecond;
            const size_t count = 1 + random.below(2 * rows);
            for (size_t i = 0; i < count; ++i) {
                const Micros gap =
                    static_cast<Micros>(random.below(random.chance(0.8) ? 10 * kMinute : 6 * kDay));
                if (!random.chance(0.05)) at += gap;
                time.push_back(at);
                match.push_back(match_of(step_of(random.unit())));
            }
        }
        first.push_back(time.size());
    }
    // 8 to 63: conditions that no kernel asks for.
    static size_t step_of(double draw) {
        constexpr double kUpTo[] = {0.25, 0.37, 0.43, 0.46, 0.48, 0.49, 0.4975, 0.5};
        const auto at = std::upper_bound(std::begin(kUpTo), std::end(kUpTo), draw);
        return static_cast<size_t>(at - std::begin(kUpTo));
    }
    template <typename Visit>
    void each(Visit&& visit) const {
        const std::span<const Micros> times(time);
        const std::span<const Match> matches(match);
        for (size_t i = 0; i + 1 < first.size(); ++i) {
            const size_t count = first[i + 1] - first[i];
            visit(times.subspan(first[i], count), matches.subspan(first[i], count));
        }
    }
};

/// Best of some rounds; `count` keeps the work from being left out.
template <typename Visit>
void measure(const World& world, const std::string& name, Visit&& visit) {
    double best = 1e9;
    uint64_t count = 0;
    for (int round = 0; round < kRounds; ++round) {
        count = 0;
        const double began = thread_seconds();
        world.each([&](auto times, auto matches) { count += visit(times, matches); });
        best = std::min(best, thread_seconds() - began);
    }
    std::printf("%-44s %7.2f ns a row   %12llu\n", name.c_str(),
                best * 1e9 / static_cast<double>(world.time.size()),
                static_cast<unsigned long long>(count));
}

FunnelShape shape_of(FunnelOrder order, size_t steps) {
    FunnelShape shape{.window = 7 * kDay, .order = order};
    for (size_t i = 0; i < steps; ++i) shape.steps.push_back({match_of(i), false});
    return shape;
}

void measure_funnels(const World& world, Micros end) {
    const auto run = [&](const std::string& name, const FunnelShape& shape) {
        FunnelMatcher matcher(shape);
        measure(world, name, [&](auto times, auto matches) {
            return uint64_t{matcher.best({times, matches}, end).completed};
        });
    };
    run("funnel, 4 steps, ordered", shape_of(FunnelOrder::Ordered, 4));
    run("funnel, 8 steps, ordered", shape_of(FunnelOrder::Ordered, 8));
    run("funnel, 4 steps, strict", shape_of(FunnelOrder::Strict, 4));
    run("funnel, 4 steps, any order", shape_of(FunnelOrder::Any, 4));
    FunnelShape excluding = shape_of(FunnelOrder::Ordered, 4);
    excluding.exclusions.push_back({match_of(6), 0, 3});
    run("funnel, 4 steps, ordered, one exclusion", excluding);

    FunnelMatcher matcher(shape_of(FunnelOrder::Ordered, 4));
    measure(world, "funnel, 4 steps, ordered, attempts", [&](auto times, auto matches) {
        uint64_t attempts = 0;
        matcher.attempts({times, matches}, end, [&](const FunnelResult&) { ++attempts; });
        return attempts;
    });
}

void measure_retention(const World& world, Micros end) {
    const auto run = [&](const std::string& name, Returning returning, Micros width) {
        RetentionShape shape{.cohort = 1,
                             .returns = ~Match{0},
                             .to = end,
                             .cells = 13,
                             .returning = returning,
                             .width = width};
        for (Micros week = 0; width == 0 && week < 60; ++week) {
            shape.periods.push_back(week * 7 * kDay);
        }
        RetentionMatcher matcher(shape);
        measure(world, name, [&](auto times, auto matches) {
            return uint64_t{matcher.follow(times, matches).returned.count()};
        });
    };
    run("retention, 12 weeks, calendar", Returning::On, 0);
    run("retention, 12 weeks, rolling", Returning::On, 7 * kDay);
    run("retention, 12 weeks, on or after", Returning::OnOrAfter, 0);
}

}  // namespace

int main(int argc, char** argv) {
    const size_t people = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
    const size_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 50;
    const World world(people, rows);
    std::printf("%zu people, %zu rows\n", people, world.time.size());
    const Micros end = *std::max_element(world.time.begin(), world.time.end()) + 1;
    measure_funnels(world, end);
    measure_retention(world, end);
    return 0;
}
