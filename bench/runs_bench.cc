// What journeys cost a whole engine, log and all: people who start and wait, what waiting takes in
// memory and at a start, and everybody coming due at one instant.
//
//   build/bench/bench/runs_bench start DIRECTORY [PEOPLE [MEMORY_MB]]
//   build/bench/bench/runs_bench wake DIRECTORY [PEOPLE [MEMORY_MB]]   the same, in a new process
//
// Prints events and steps a second while they start, memory with all of them waiting, the time of a
// start with them, and firings, steps and intents a second until the last has moved on.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>

#include "engine/engine.h"
#include "engine/runs/runs_view.h"
#include "engine/test_world.h"
#include "model/json.h"
#include "model/record.h"

using namespace throughline;
using namespace throughline::engine;

namespace {

constexpr Micros kNoon = 20'000 * kDay;
constexpr size_t kBatch = 100;
constexpr int64_t kInFlightMax = 64;

// A day of waiting, a message, and a week of waiting.
constexpr const char* kJourney =
    R"({"key":"wait","name":"Wait","trigger":{"event":"Product Added"},"steps":[)"
    R"({"id":"day","type":"wait","for":"1d"},)"
    R"({"id":"mail","type":"message","channel":"email","template":"t","purpose":"marketing"},)"
    R"({"id":"week","type":"wait","for":"1w"}]})";

constexpr journey::StepIndex kDayStep = 0;
constexpr journey::StepIndex kWeekStep = 2;

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// Of all threads: what the figures would be of on a machine that does nothing else.
double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double resident_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
    }
    return 0;
}

std::unique_ptr<Engine> open(const std::string& directory, const Clock& clock, size_t memory) {
    auto engine = Engine::open(
        store::posix_files(), clock,
        {.directory = directory, .memory_bytes = memory, .reply_scope = {}, .on_fatal = {}});
    TL_ASSERT(engine.is_ok());
    return std::move(*engine);
}

void tell(Engine& engine, model::RecordKind kind, const std::string& json) {
    const auto doc = model::doc_from_json(json);
    TL_ASSERT(doc.is_ok());
    const Outcome outcome = engine.submit_and_wait(model::make_record(kind, *doc));
    TL_ASSERT(outcome.status.is_ok() && outcome.refused.empty());
}

void publish_journey(Engine& engine) {
    tell(engine, model::RecordKind::Definition,
         R"({"kind":"journeys","key":"wait","value":{"name":"Wait","document":)" +
             std::string(kJourney) + "}}");
    tell(engine, model::RecordKind::Decision,
         R"({"action":"journey","journey":"wait","do":"publish","actor":"token:bench"})");
}

/// Everybody puts something into the cart once.
void start_all(Engine& engine, uint64_t people) {
    std::atomic<int64_t> in_flight{0};
    for (uint64_t first = 0; first < people; first += kBatch) {
        Submission batch;
        auto bytes = std::make_shared<std::string>();
        for (uint64_t i = first; i < std::min(people, first + kBatch); ++i) {
            *bytes += testing::event_payload({.user = "user-" + std::to_string(i),
                                              .name = "Product Added",
                                              .message_id = "m" + std::to_string(i),
                                              .time = kNoon},
                                             engine.secret());
            batch.ends.push_back(static_cast<uint32_t>(bytes->size()));
        }
        batch.bytes = std::move(bytes);
        batch.done = [&](const Outcome& outcome) {
            TL_ASSERT(outcome.status.is_ok());
            --in_flight;
        };
        while (in_flight >= kInFlightMax) std::this_thread::yield();
        ++in_flight;
        while (!engine.submit(batch)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    while (in_flight > 0) std::this_thread::yield();
}

/// How often the step was come to, of all runs.
uint64_t reached(Engine& engine, journey::StepIndex step) {
    const auto figures = journey_figures(engine.view(), 1);
    TL_ASSERT(figures.is_ok());
    const auto& counts = figures->versions.at(1).reached;
    const auto found = counts.find(step);
    return found == counts.end() ? 0 : found->second;
}

void measure_starting(const std::string& directory, const Clock& clock, uint64_t people,
                      size_t memory) {
    const auto engine = open(directory, clock, memory);
    publish_journey(*engine);
    const double empty_mb = resident_mb();
    double began = seconds();
    const double cpu = cpu_seconds();
    start_all(*engine, people);
    const double took = seconds() - began;
    std::printf("started: %llu people in %.1f s (CPU %.1f), %.0f runs/s\n",
                static_cast<unsigned long long>(people), took, cpu_seconds() - cpu,
                static_cast<double>(people) / took);
    TL_ASSERT(reached(*engine, kDayStep) == people);
    began = seconds();
    TL_ASSERT(engine->checkpoint().is_ok());
    std::printf("checkpoint: %.1f s; resident %.0f MB (empty %.0f), of tables and tail %.0f MB\n",
                seconds() - began, resident_mb(), empty_mb,
                static_cast<double>(engine->health().memory_bytes) / (1 << 20));
    TL_ASSERT(engine->stop().is_ok());
}

void measure_waking(const std::string& directory, testing::SharedClock& clock, uint64_t people,
                    size_t memory) {
    double began = seconds();
    const auto engine = open(directory, clock, memory);
    std::printf("start with all waiting: %.2f s; resident %.0f MB\n", seconds() - began,
                resident_mb());

    clock.advance(kDay + kSecond);
    began = seconds();
    const double cpu = cpu_seconds();
    while (reached(*engine, kWeekStep) < people) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const double took = seconds() - began;
    const double rate = static_cast<double>(people) / took;
    std::printf("all due at one instant: %.1f s (CPU %.1f), %.0f firings/s, %.0f steps/s, ", took,
                cpu_seconds() - cpu, rate, 2 * rate);
    std::printf("%.0f intents/s; resident %.0f MB\n", rate, resident_mb());
    TL_ASSERT(engine->stop().is_ok());
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view part = argc > 2 ? argv[1] : "";
    if (part != "start" && part != "wake") {
        std::fprintf(stderr, "runs_bench start|wake DIRECTORY [PEOPLE [MEMORY_MB]]\n");
        return 2;
    }
    const uint64_t people = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1'000'000;
    const size_t memory = (argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 1'024) << 20;
    testing::SharedClock clock(kNoon);
    part == "start" ? measure_starting(argv[2], clock, people, memory)
                    : measure_waking(argv[2], clock, people, memory);
    return 0;
}
