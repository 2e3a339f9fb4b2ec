// What the identity of a record costs the fold, in nanoseconds of CPU: people already known,
// visitors never seen, and visitors that turn out to be known people. Nodes are resident; epochs of
// 1,000.
//
//   build/bench/bench/identity_bench [people]

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/random.h"
#include "identity/test_world.h"

using namespace throughline;
using namespace throughline::identity;
using namespace throughline::model;

namespace {

constexpr Micros kNoon = 20'000 * kDay;
constexpr size_t kEpochRecords = 1000;
constexpr size_t kRecords = 400'000;

std::vector<std::string> records(size_t count, const auto& make) {
    std::vector<std::string> all;
    all.reserve(count);
    for (size_t i = 0; i < count; ++i) all.push_back(make(i));
    return all;
}

// Of this thread alone, so that a busy machine does not count.
double cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double run(World& world, const std::vector<std::string>& events) {
    const double began = cpu_ns();
    for (size_t i = 0; i < events.size(); ++i) {
        const Status status = world.graph.resolve(world.next_moment(), EventView(events[i]),
                                                  AliasPolicy::KeepUsersApart, world.out);
        TL_ASSERT(status.is_ok());
        if ((i + 1) % kEpochRecords == 0) world.publish();
    }
    return (cpu_ns() - began) / static_cast<double>(events.size());
}

std::vector<Seen> person(size_t i) {
    const std::string n = std::to_string(i);
    return {{kUserId, "user-" + n}, {kAnonymousId, "3f2b1c9e-0000-4000-8000-" + n}};
}

}  // namespace

int main(int argc, char** argv) {
    const size_t people = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000;
    World world;
    const auto first = records(people, [](size_t i) { return event_of(person(i), kNoon); });
    std::printf("new person, two identifiers    %7.0f ns\n", run(world, first));

    SeededRandom random(1);
    const auto known = records(
        kRecords, [&](size_t) { return event_of(person(random.below(people)), kNoon + kMinute); });
    std::printf("known person, two identifiers  %7.0f ns, all over %zu people\n", run(world, known),
                people);
    const auto warm = records(
        kRecords, [&](size_t) { return event_of(person(random.below(2'000)), kNoon + kMinute); });
    std::printf("known person, warm             %7.0f ns, among 2,000\n", run(world, warm));

    const auto visitors = records(kRecords, [](size_t i) {
        return event_of({{kAnonymousId, "fresh-0000-4000-8000-" + std::to_string(i)}}, kNoon);
    });
    std::printf("new visitor, one identifier    %7.0f ns\n", run(world, visitors));
    const auto merging = records(kRecords, [&](size_t i) {
        return event_of({{kUserId, "user-" + std::to_string(i % people)},
                         {kAnonymousId, "fresh-0000-4000-8000-" + std::to_string(i)}},
                        kNoon + kMinute);
    });
    std::printf("visitor becomes a known person %7.0f ns\n", run(world, merging));
    std::printf(
        "identities %u, %.0f bytes each in memory (node and identifier)\n",
        world.graph.next_identity() - 1,
        static_cast<double>(world.identities.memory_bytes() + world.identifiers.memory_bytes()) /
            static_cast<double>(world.graph.next_identity() - 1));
    return 0;
}
