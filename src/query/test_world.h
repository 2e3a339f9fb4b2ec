// A history with its people, for the tests of questions: the same events in files, in the tail, and
// as a plain list for the oracle.
//
// Layer 4, tests only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "model/json.h"
#include "query/query.h"
#include "sequence/test_events.h"

namespace throughline::query {

using sequence::TestEvent;

/// Identities 10k..10k+9 are person 10k; persons whose number divides by 20 are known.
class Tens final : public People {
public:
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        for (size_t i = 0; i < identities.size(); ++i) roots[i] = root_of(identities[i]);
    }
    bool is_known(uint32_t root) const override { return root % 20 == 0; }
    static uint32_t root_of(uint32_t identity) { return identity / 10 * 10; }
};

/// Events in files and in the tail, and the same as a plain list.
struct World {
    store::MemoryFiles disk;
    std::unique_ptr<sequence::History> history;
    std::vector<TestEvent> events;
    Tens people;
    FakeClock clock{1'775'001'600 * kSecond};  // 2026-04-01
    const Profiles* profiles = nullptr;

    explicit World(uint64_t seed, size_t count, sequence::TestWorld shape = {},
                   std::shared_ptr<const sequence::DerivedText> touch = nullptr) {
        history = sequence::History::open(disk, {.directory = "h", .touch = touch}, {}).value();
        SeededRandom random(seed);
        for (size_t i = 1; i <= count; ++i) add(make_test_event(random, i, shape), i == count / 2);
    }
    void add(const TestEvent& event, bool flush_after) {
        events.push_back(event);
        append_to(*history, event);
        history->publish();
        if (flush_after) flush({});
    }
    void flush(const sequence::RewriteOptions& options) {
        const auto change = history->flush(*history->snapshot(), options).value();
        ASSERT_TRUE(history->commit(std::span(&change, 1)));
    }
    void merge(const sequence::RewriteOptions& options) {
        while (const auto plan = history->plan_merge(clock.now())) {
            const auto change = history->merge(*plan, options).value();
            ASSERT_TRUE(history->commit(std::span(&change, 1)));
        }
    }

    template <typename Ask>
    auto ask(Ask&& question) {
        const auto snapshot = history->snapshot();
        const Environment environment{
            .history = *snapshot,
            .names = history->dictionary(),
            .people = people,
            .clock = clock,
            .source_name = [](model::SourceId id) { return "s" + std::to_string(id); },
            .threads = 2,
            .thread_rows_min = 1,
            .profiles = profiles};
        return question(environment);
    }
    Result<std::string> run(const std::string& query) {
        const std::string packed = model::doc_from_json(query).value();
        return ask([&](const Environment& e) { return run_query(model::DocView(packed), e); });
    }
};

}  // namespace throughline::query
