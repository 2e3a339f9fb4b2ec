// What it costs that many people wait for one instant, end to end through the fold: runs, rows of
// history, counts, timers, and the ledger of messages. And how late an engine wakes whom it should.
//
//   build/bench/bench/timer_bench fold [PEOPLE]     all of them due at one instant, by ticks
//   build/bench/bench/timer_bench late [PEOPLE]     due over ten seconds, in a running engine

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/outbox/messages.h"
#include "engine/runs/runs_view.h"
#include "engine/test_fold.h"

namespace throughline::engine {
namespace {

constexpr Micros kNoon = 20'000 * kDay;

// The first firing of a run takes three steps, of which one asks for a message; the second one.
constexpr const char* kJourney =
    R"({"key":"waits","name":"Waits","trigger":{"event":"Go"},"steps":[
        {"id":"hour","type":"wait","for":"1h"},
        {"id":"half","type":"split","salt":"s","parts":[
            {"name":"a","share":50,"next":"write"},{"name":"b","share":50,"next":"day"}]},
        {"id":"write","type":"message","channel":"email","template":"t","purpose":"orders"},
        {"id":"day","type":"wait","for":"1d"}]})";

double cpu_s() {
    timespec at{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

std::string record_of(uint64_t person, Micros at, const SecretKey& secret) {
    return testing::event_payload(
        {.user = "u" + std::to_string(person),
         .name = "Go",
         .message_id = "m" + std::to_string(person),
         .extra = R"({"properties":{"cart_id":"c-123456","price":129.9}})",
         .time = at},
        secret);
}

class FoldBench {
public:
    explicit FoldBench(size_t people) : people_(people), partition_(1, nullptr, size_t{8} << 30) {
        add(testing::journey_record("waits", kJourney));
        add(testing::journey_decision("waits", R"("publish")"));
        Epoch epoch;
        for (size_t i = 0; i < people; ++i) {
            epoch.batches.push_back(
                {single_record(record_of(i, now_, testing::kSecret), {}), position_++, now_, {}});
            if (epoch.batches.size() == 1'000 || i + 1 == people) apply(std::exchange(epoch, {}));
        }
    }

    void fire(Micros by, const char* what) {
        now_ += by;
        const uint64_t before = steps();
        const double began = cpu_s();
        size_t ticks = 0;
        double longest = 0;
        for (; partition_.fold->state().next_due <= now_; ++ticks) {
            const double tick = cpu_s();
            add(model::make_record(model::RecordKind::Tick, {}));
            longest = std::max(longest, cpu_s() - tick);
        }
        const double spent = cpu_s() - began;
        std::printf(
            "%s: %zu firings in %zu ticks, %.2f s of CPU: %.0f firings/s, %.0f steps/s; "
            "longest tick %.1f ms\n",
            what, people_, ticks, spent, static_cast<double>(people_) / spent,
            static_cast<double>(steps() - before) / spent, longest * 1e3);
    }

    uint64_t messages() const {
        uint64_t all = 0;
        const auto totals = count_messages(*partition_.tables).value();
        for (const ChannelTotals& one : totals) all += one.counts.of(journey::SendState::Waiting);
        return all;
    }

private:
    // Steps reached, and runs that came to their end.
    uint64_t steps() const {
        const auto row = partition_.tables->run_counts.get(run_count_key(1, 1)).value();
        const VersionCounts counts = VersionCounts::decode(*row).value();
        uint64_t all = counts.entered - counts.on_their_way();
        for (const auto& [step, count] : counts.reached) all += count;
        return all;
    }
    void add(const std::string& record) {
        Epoch epoch;
        epoch.batches.push_back({single_record(record, {}), position_++, now_, {}});
        apply(std::move(epoch));
    }
    void apply(Epoch epoch) {
        TL_ASSERT(partition_.fold->apply(epoch).is_ok());
        partition_.fold->publish();
        partition_.tables->settle();
    }

    const size_t people_;
    testing::Partition partition_;
    Micros now_ = kNoon;
    model::Position position_ = 0;
};

int fold(size_t people) {
    FoldBench bench(people);
    bench.fire(kHour, "split, message, wait");
    std::printf("%llu messages wait\n", static_cast<unsigned long long>(bench.messages()));
    bench.fire(kDay, "end");
    return 0;
}

/// Everybody waits five seconds, beginning spread over ten: so they wake spread over ten.
int late(size_t people) {
    testing::TemporaryDirectory directory;
    const auto engine =
        Engine::open(store::posix_files(), system_clock(),
                     {.directory = directory.path(), .memory_bytes = size_t{1} << 30})
            .value();
    const std::string journey =
        R"({"key":"w","name":"W","trigger":{"event":"Go"},"steps":[
            {"id":"five","type":"wait","for":"5s"},{"id":"day","type":"wait","for":"1d"}]})";
    TL_ASSERT(engine->submit_and_wait(testing::journey_record("w", journey)).refused.empty());
    TL_ASSERT(engine->submit_and_wait(testing::journey_decision("w", R"("publish")")).status);
    std::thread sender([&] {
        const Micros begin = system_clock().monotonic();
        for (size_t i = 0; i < people; ++i) {
            const Micros at = begin + static_cast<Micros>(i * 10 * kSecond / people);
            const Micros wait = at - system_clock().monotonic();
            if (wait > 0) std::this_thread::sleep_for(std::chrono::microseconds(wait));
            TL_ASSERT(engine
                          ->submit(single_record(
                              record_of(i, system_clock().now(), engine->secret()), {}))
                          .is_ok());
        }
    });
    // Looks at who has woken, some hundred times a second.
    std::vector<Micros> lateness;
    std::vector<bool> has_woken(people + 1);
    while (lateness.size() < people) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        const View view = engine->view();
        const Micros now = system_clock().now();
        for (uint32_t id = 1; id <= people; ++id) {
            if (has_woken[id]) continue;
            const auto runs = runs_of(view, std::vector<uint32_t>{id}).value();
            if (runs.empty()) break;
            if (runs[0].step == 0) {
                if (runs[0].wake_at > now) break;  // Whoever came later wakes later.
                continue;
            }
            has_woken[id] = true;
            lateness.push_back(now - (runs[0].started + 5 * kSecond));
        }
    }
    sender.join();
    std::ranges::sort(lateness);
    const auto at = [&](double share) {
        const auto place = static_cast<size_t>(share * static_cast<double>(people - 1));
        return static_cast<double>(lateness[place]) / 1e3;
    };
    std::printf(
        "%zu wakes: median %.1f ms late, p99 %.1f ms, most %.1f ms (seen by a look every "
        "5 ms)\n",
        people, at(0.5), at(0.99), at(1));
    return 0;
}

}  // namespace
}  // namespace throughline::engine

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "fold";
    const size_t people = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
    if (what == "late") return throughline::engine::late(people > 0 ? people : 10'000);
    return throughline::engine::fold(people > 0 ? people : 1'000'000);
}
