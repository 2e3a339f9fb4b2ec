#include "sequence/history.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "sequence/test_events.h"
#include "store/memory_files.h"

namespace throughline::sequence {
namespace {

HistoryOptions small_options() {
    return {.directory = "history", .file_bytes_max = 60'000, .runs_max = 4, .quiet_after_runs = 0};
}

std::unique_ptr<History> open_history(store::Files& disk, std::span<const std::string> names = {}) {
    auto history = History::open(disk, small_options(), names);
    EXPECT_TRUE(history.is_ok()) << (history ? "" : history.error().message);
    return std::move(history).value();
}

/// A checkpoint without a manifest.
void flush_all(History& history, const RewriteOptions& options = {}) {
    const auto change = history.flush(*history.snapshot(), options).value();
    ASSERT_TRUE(history.commit(std::span(&change, 1)));
    ASSERT_TRUE(history.remove_replaced());
}

std::vector<TestEvent> of_identities(const std::vector<TestEvent>& events,
                                     std::span<const uint32_t> identities) {
    std::vector<TestEvent> found;
    for (const TestEvent& event : events) {
        if (std::find(identities.begin(), identities.end(), event.identity) != identities.end()) {
            found.push_back(event);
        }
    }
    return found;
}

void expect_timeline(const HistorySnapshot& snapshot, const std::vector<TestEvent>& all,
                     std::span<const uint32_t> identities, size_t page_size) {
    const auto expected = newest_first(of_identities(all, identities));
    size_t at = 0;
    std::string cursor;
    do {
        const auto page = snapshot.timeline(identities, cursor, page_size).value();
        ASSERT_LE(page.events.size(), page_size);
        for (const StoredEvent& stored : page.events) {
            ASSERT_LT(at, expected.size());
            ASSERT_EQ(stored.row.position, expected[at].position);
            ASSERT_EQ(stored.row.identity, expected[at].identity);
            ASSERT_EQ(stored.payload, *expected[at].payload);
            ++at;
        }
        cursor = page.next;
    } while (!cursor.empty());
    ASSERT_EQ(at, expected.size());
    ASSERT_EQ(snapshot.count(identities).value(), expected.size());
}

/// Compares all that a snapshot answers with the plain list.
void expect_same(const History& history, const std::vector<TestEvent>& all) {
    const auto snapshot = history.snapshot();
    ASSERT_EQ(snapshot->rows(), all.size());
    std::map<model::Position, const TestEvent*> expected;
    for (const TestEvent& event : all) expected[event.position] = &event;

    const ScanColumns columns{true, true, true, true, true, true};
    const auto status = snapshot->scan(
        kNoTime, std::numeric_limits<Micros>::max(), columns, [&](const ScanBlock& block) {
            for (size_t i = 0; i < block.size(); ++i) {
                const auto found = expected.find(block.position[i]);
                EXPECT_NE(found, expected.end()) << block.position[i] << " twice or never added";
                if (found == expected.end()) return Status(Error::internal("test"));
                const model::EventView event = found->second->event();
                EXPECT_EQ(block.identity[i], found->second->identity);
                EXPECT_EQ(block.time[i], event.time());
                EXPECT_EQ(history.dictionary().name(block.name[i]), event.name());
                EXPECT_EQ(block.type[i], static_cast<uint8_t>(event.type()));
                EXPECT_EQ(block.source[i], event.source());
                EXPECT_EQ(block.flags[i], event.flags());
                EXPECT_EQ(block.tie[i], event.tie());
                EXPECT_EQ(block.payload(i).value(), event.payload());
                expected.erase(found);
            }
            return Status::ok();
        });
    ASSERT_TRUE(status.is_ok());
    ASSERT_TRUE(expected.empty()) << expected.size() << " rows are missing";
}

TEST(History, AnswersAlikeFromTailFilesAndAfterMergingAndReopening) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        store::MemoryFiles disk;
        auto history = open_history(disk);
        SeededRandom random(seed);
        std::vector<TestEvent> all;
        model::Position position = 0;
        for (int step = 0; step < 12; ++step) {
            const size_t count = random.below(400);
            for (size_t i = 0; i < count; ++i) {
                all.push_back(make_test_event(random, position += 1 + random.below(3), {}));
                append_to(*history, all.back());
            }
            history->publish();
            // People merge and split, so homes change from step to step.
            const auto wide = static_cast<uint32_t>(1 + random.below(5));
            const RewriteOptions homes{
                .home_of = [wide](uint32_t identity) { return identity - identity % wide; }};
            if (random.chance(0.5)) flush_all(*history, homes);
            const Micros now = TestWorld{}.to - kDay;
            while (const auto plan = history->plan_merge(now)) {
                const auto change = history->merge(*plan, homes).value();
                ASSERT_TRUE(history->commit(std::span(&change, 1)));
            }
            ASSERT_TRUE(history->remove_replaced());
            if (random.chance(0.3)) {
                flush_all(*history);
                const auto names = history->names_after({});
                const std::string dictionary =
                    history->dictionary().encode(history->dictionary().size());
                ASSERT_EQ(disk.list("history").value(), names);
                history = open_history(disk, names);
                ASSERT_TRUE(history->dictionary().decode(dictionary));
            }
            ASSERT_NO_FATAL_FAILURE(expect_same(*history, all));
            for (const std::vector<uint32_t>& people :
                 {std::vector<uint32_t>{1}, {7, 3}, {40, 2, 11, 25, 26}, {99}}) {
                ASSERT_NO_FATAL_FAILURE(
                    expect_timeline(*history->snapshot(), all, people, 1 + random.below(60)));
            }
        }
        ASSERT_TRUE(history->verify());
    }
}

TEST(History, KeepsACursorTrueWhileRowsMoveAndNewOnesCome) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(8);
    std::vector<TestEvent> all;
    for (uint64_t i = 1; i <= 500; ++i) {
        all.push_back(make_test_event(random, i, {}));
        append_to(*history, all.back());
    }
    history->publish();
    const std::vector<uint32_t> person = {1, 2, 3};
    const auto expected = newest_first(of_identities(all, person));
    const auto first = history->snapshot()->timeline(person, "", 10).value();

    flush_all(*history);
    TestWorld later;
    later.from = later.to;
    later.to += kDay;
    append_to(*history, make_test_event(random, 501, later));  // Newer than the first page.
    history->publish();
    const auto second = history->snapshot()->timeline(person, first.next, 10).value();
    ASSERT_EQ(second.events.size(), 10u);
    for (size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(second.events[i].row.position, expected[10 + i].position);
    }
    EXPECT_EQ(history->snapshot()->timeline(person, "nonsense", 10).error().code,
              Code::InvalidArgument);
}

TEST(History, FindsTheEventAtAPosition) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(9);
    std::vector<TestEvent> all;
    for (uint64_t i = 0; i < 900; ++i) {
        all.push_back(make_test_event(random, 10 + 2 * i, {}));
        append_to(*history, all.back());
        if (i == 300 || i == 600) {
            history->publish();
            flush_all(*history);
        }
    }
    history->publish();
    const auto snapshot = history->snapshot();
    for (const TestEvent& event : all) {
        const auto found = snapshot->find(event.position, std::nullopt).value();
        ASSERT_TRUE(found);
        ASSERT_EQ(found->payload, *event.payload);
        ASSERT_TRUE(snapshot->find(event.position, event.identity).value());
        ASSERT_FALSE(snapshot->find(event.position, event.identity + 1).value());
        ASSERT_FALSE(snapshot->find(event.position + 1, std::nullopt).value());
    }
}

TEST(History, DeletesWhatNoManifestNames) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(10);
    for (uint64_t i = 1; i <= 50; ++i) append_to(*history, make_test_event(random, i, {}));
    history->publish();
    const auto change = history->flush(*history->snapshot(), {}).value();
    EXPECT_FALSE(disk.list("history").value().empty());
    history = open_history(disk);  // A crash before the manifest.
    EXPECT_TRUE(disk.list("history").value().empty());
    EXPECT_EQ(history->snapshot()->rows(), 0u);

    const auto missing = History::open(disk, small_options(), change.added);
    ASSERT_FALSE(missing.is_ok());
    EXPECT_EQ(missing.error().code, Code::NotFound);
}

TEST(History, SurvivesAPowerCutOnceFlushed) {
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        store::MemoryFiles disk;
        auto history = open_history(disk);
        SeededRandom random(seed);
        std::vector<TestEvent> all;
        for (uint64_t i = 1; i <= 300; ++i) {
            all.push_back(make_test_event(random, i, {}));
            append_to(*history, all.back());
        }
        history->publish();
        flush_all(*history);
        const auto names = history->names_after({});
        const auto dictionary = history->dictionary().encode(history->dictionary().size());
        // Work that no manifest names is under way when the power goes.
        append_to(*history, make_test_event(random, 301, {}));
        history->publish();
        ASSERT_TRUE(history->flush(*history->snapshot(), {}).is_ok());

        store::MemoryFiles after = disk.cut(seed);
        auto reopened = open_history(after, names);
        ASSERT_TRUE(reopened->dictionary().decode(dictionary));
        ASSERT_TRUE(reopened->verify());
        ASSERT_NO_FATAL_FAILURE(expect_same(*reopened, all));
    }
}

TEST(History, LeavesTheOldSetInPlaceWhenTheDiskFails) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(12);
    std::vector<TestEvent> all;
    for (uint64_t i = 1; i <= 300; ++i) {
        all.push_back(make_test_event(random, i, {}));
        append_to(*history, all.back());
    }
    history->publish();
    disk.fail_sync_after(1);
    EXPECT_FALSE(history->flush(*history->snapshot(), {}).is_ok());
    ASSERT_NO_FATAL_FAILURE(expect_same(*history, all));
    flush_all(*history);
    ASSERT_NO_FATAL_FAILURE(expect_same(*history, all));
}

TEST(History, ErasesTheRowsOfAPersonFromEveryFileThatHoldsThem) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(13);
    std::vector<TestEvent> kept;
    const std::vector<uint32_t> erased = {4, 9};
    const auto is_kept = [&](const Row& row) { return row.identity != 4 && row.identity != 9; };
    for (uint64_t i = 1; i <= 1500; ++i) {
        const TestEvent event = make_test_event(random, i, {});
        append_to(*history, event);
        if (event.identity != 4 && event.identity != 9) kept.push_back(event);
        if (i % 500 == 0) {
            history->publish();
            flush_all(*history);
        }
    }
    std::vector<Change> changes;
    const auto plans = history->plan_erasure(erased).value();
    for (const MergePlan& plan : plans) {
        changes.push_back(history->merge(plan, {.keep = is_kept, .proceed = {}}).value());
    }
    ASSERT_TRUE(history->commit(changes));
    ASSERT_TRUE(history->remove_replaced());
    ASSERT_NO_FATAL_FAILURE(expect_same(*history, kept));
    EXPECT_TRUE(history->plan_erasure(erased).value().empty());
    EXPECT_EQ(disk.list("history").value(), history->names_after({}));
}

TEST(History, KeepsFewRunsInEachMonth) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(14);
    std::vector<TestEvent> all;
    const Micros now = TestWorld{}.to - kDay;
    for (uint64_t i = 1; i <= 4000; ++i) {
        all.push_back(make_test_event(random, i, {}));
        append_to(*history, all.back());
        if (i % 200 != 0) continue;
        history->publish();
        flush_all(*history);
        while (const auto plan = history->plan_merge(now)) {
            ASSERT_GE(plan->files.size(), 2u);
            const auto change = history->merge(*plan, {}).value();
            ASSERT_TRUE(history->commit(std::span(&change, 1)));
            ASSERT_TRUE(history->remove_replaced());
        }
        std::map<int64_t, std::set<uint64_t>> runs;
        for (const auto& file : history->snapshot()->files()) {
            runs[file->parts().month].insert(file->parts().run);
        }
        for (const auto& [month, numbers] : runs) {
            EXPECT_LE(numbers.size(), month == month_of(now) ? 4u : 2u);
        }
    }
    ASSERT_NO_FATAL_FAILURE(expect_same(*history, all));
}

TEST(History, WritesEachRowFewTimesHoweverManyFlushesAMonthGets) {
    store::MemoryFiles disk;
    auto history = History::open(disk, {.directory = "history"}, {}).value();
    SeededRandom random(21);
    TestWorld january{.padding_max = 10};
    january.to = month_start(month_of(january.from) + 1);
    constexpr uint64_t kFlushes = 200;
    constexpr uint64_t kRowsPerFlush = 20;
    uint64_t written = 0;
    const auto runs = [&] { return history->snapshot()->files().size(); };
    const auto merge_all = [&](Micros now) {
        while (const auto plan = history->plan_merge(now)) {
            const auto change = history->merge(*plan, {}).value();
            written += change.rows;
            ASSERT_TRUE(history->commit(std::span(&change, 1)));
            ASSERT_TRUE(history->remove_replaced());
        }
    };
    const Micros later = january.to + 300 * kDay;  // Events of long ago, as an import brings them.
    for (uint64_t flush = 0, position = 0; flush < kFlushes; ++flush) {
        for (uint64_t i = 0; i < kRowsPerFlush; ++i) {
            append_to(*history, make_test_event(random, ++position, january));
        }
        history->publish();
        flush_all(*history);
        merge_all(later);
        ASSERT_LE(runs(), 8u);
    }
    EXPECT_LT(written, 4 * kFlushes * kRowsPerFlush);

    TestWorld february{.from = january.to, .to = january.to + 20 * kDay};
    for (uint64_t flush = 0; flush < 20; ++flush) {
        append_to(*history, make_test_event(random, 1'000'000 + flush, february));
        history->publish();
        flush_all(*history);
        merge_all(later);
    }
    size_t january_runs = 0;
    for (const auto& file : history->snapshot()->files()) {
        january_runs += file->parts().month == month_of(january.from);
    }
    EXPECT_LE(january_runs, 2u) << "no run of late has rows of it";
}

TEST(History, SplitsARunIntoPartsAndMergesAcrossThem) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(18);
    TestWorld january{.padding_max = 10};
    january.to = month_start(month_of(january.from) + 1);
    std::vector<TestEvent> all;
    for (uint64_t i = 1; i <= 60'000; ++i) {
        all.push_back(make_test_event(random, i, january));
        append_to(*history, all.back());
        if (i % 20'000 != 0) continue;
        history->publish();
        flush_all(*history);
    }
    EXPECT_EQ(history->snapshot()->files().size(), 9u);  // 60 KB: a part a block.
    const auto change = history->merge(*history->plan_merge(january.to), {}).value();
    EXPECT_EQ(change.added.size(), 8u);  // All three runs, being of like size.
    ASSERT_TRUE(history->commit(std::span(&change, 1)));
    ASSERT_TRUE(history->verify());
    ASSERT_NO_FATAL_FAILURE(expect_same(*history, all));
    const std::vector<uint32_t> person = {3, 17};
    ASSERT_NO_FATAL_FAILURE(expect_timeline(*history->snapshot(), all, person, 500));
}

TEST(History, MovesNoMoreToNewHomesAtOnceThanMemoryShallHold) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(21);
    TestWorld january{.identities = 30, .padding_max = 2'000'000};
    january.to = month_start(month_of(january.from) + 1);
    std::vector<TestEvent> all;
    uint64_t bytes = 0;
    for (uint64_t i = 1; i <= 120; ++i) {
        all.push_back(make_test_event(random, i, january));
        bytes += all.back().payload->size();
        append_to(*history, all.back());
        if (i % 20 != 0) continue;
        history->publish();
        flush_all(*history);
    }
    ASSERT_GT(bytes, uint64_t{64} << 20) << "more than moves at once";
    const RewriteOptions homes{.home_of = [](uint32_t) { return 1u; }};
    const auto change = history->merge(*history->plan_merge(january.to), homes).value();
    ASSERT_TRUE(history->commit(std::span(&change, 1)));
    ASSERT_TRUE(history->verify());
    ASSERT_NO_FATAL_FAILURE(expect_same(*history, all));
}

TEST(History, StopsAMergeOnRequestAndOffersItAgain) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(15);
    for (uint64_t i = 1; i <= 300; ++i) {
        append_to(*history, make_test_event(random, i, {}));
        if (i % 30 != 0) continue;
        history->publish();
        flush_all(*history);
    }
    const auto plan = history->plan_merge(TestWorld{}.to);
    ASSERT_TRUE(plan);
    const auto stopped = history->merge(*plan, {.proceed = [] { return false; }});
    ASSERT_FALSE(stopped.is_ok());
    EXPECT_EQ(stopped.error().code, Code::Cancelled);
    const auto again = history->plan_merge(TestWorld{}.to);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->files, plan->files);

    const auto change = history->merge(*again, {}).value();
    const auto other = history->plan_merge(TestWorld{}.to);
    if (other) {
        EXPECT_NE(other->files, plan->files);
    }
    ASSERT_TRUE(history->abandon(std::span(&change, 1)));
    EXPECT_EQ(history->plan_merge(TestWorld{}.to)->files, plan->files);
}

TEST(History, AMonthGoesOnceAllOfItIsTooOld) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(16);
    uint64_t kept = 0;
    const Micros february = month_start(month_of(TestWorld{}.from) + 1);
    for (uint64_t i = 1; i <= 400; ++i) {
        const TestEvent event = make_test_event(random, i, {});
        kept += event.event().time() >= february ? 1 : 0;
        append_to(*history, event);
        if (i % 100 != 0) continue;
        history->publish();
        flush_all(*history);
    }
    EXPECT_FALSE(history->expire_month(february - 1)) << "its last microsecond is young enough";
    const auto change = history->expire_month(february);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->dropped, 400 - kept);
    EXPECT_FALSE(history->expire_month(february)) << "it is on its way";
    history->forget(std::span(&*change, 1));
    const auto again = history->expire_month(february);
    ASSERT_TRUE(again);
    ASSERT_TRUE(history->commit(std::span(&*again, 1)));
    ASSERT_TRUE(history->remove_replaced());
    EXPECT_EQ(history->snapshot()->rows(), kept);
    EXPECT_FALSE(history->expire_month(february)) << "the next month is young enough";
    EXPECT_TRUE(history->verify());
}

TEST(History, NeverServesAFlippedBit) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    SeededRandom random(16);
    std::vector<TestEvent> all;
    for (uint64_t i = 1; i <= 200; ++i) {
        all.push_back(make_test_event(random, i, TestWorld{.padding_max = 20}));
        append_to(*history, all.back());
    }
    history->publish();
    flush_all(*history);
    const auto names = history->names_after({});
    for (int round = 0; round < 300; ++round) {
        const std::string& name = names[random.below(names.size())];
        const std::string path = "history/" + name;
        const uint64_t bit = random.below(disk.stat(path).value().size * 8);
        disk.flip_bit(path, bit);
        auto damaged = History::open(disk, small_options(), names);
        if (damaged) {
            ASSERT_FALSE((*damaged)->verify().is_ok());
            for (uint32_t identity = 1; identity <= 40; ++identity) {
                const auto expected = newest_first(of_identities(all, std::span(&identity, 1)));
                const auto page =
                    (*damaged)->snapshot()->timeline(std::span(&identity, 1), "", 1000);
                if (!page) continue;
                ASSERT_EQ(page->events.size(), expected.size());
                for (size_t i = 0; i < expected.size(); ++i) {
                    ASSERT_EQ(page->events[i].payload, *expected[i].payload);
                }
            }
        }
        disk.flip_bit(path, bit);
    }
}

TEST(History, ServesReadersWhileItAppendsFlushesAndMerges) {
    store::MemoryFiles disk;
    auto history = open_history(disk);
    std::atomic<bool> done{false};
    std::atomic<uint64_t> published{0};  // Rows that every later snapshot must show.

    const auto read = [&] {
        while (!done.load()) {
            const uint64_t at_least = published.load();
            const auto snapshot = history->snapshot();
            uint64_t rows = 0;
            const auto status = snapshot->scan(kNoTime, std::numeric_limits<Micros>::max(), {},
                                               [&](const ScanBlock& block) {
                                                   rows += block.size();
                                                   return Status::ok();
                                               });
            ASSERT_TRUE(status.is_ok());
            ASSERT_EQ(rows, snapshot->rows());
            ASSERT_GE(rows, at_least);
            const uint32_t identity = 1 + static_cast<uint32_t>(rows % 40);
            ASSERT_TRUE(snapshot->timeline(std::span(&identity, 1), "", 20).is_ok());
        }
    };
    const auto checkpoint = [&] {
        while (!done.load()) {
            std::vector<Change> changes = {history->flush(*history->snapshot(), {}).value()};
            if (const auto plan = history->plan_merge(TestWorld{}.to)) {
                changes.push_back(history->merge(*plan, {}).value());
            }
            ASSERT_TRUE(history->commit(changes));
            ASSERT_TRUE(history->remove_replaced());
        }
    };
    std::thread reader(read);
    std::thread checkpointer(checkpoint);
    SeededRandom random(17);
    std::vector<TestEvent> all;
    for (uint64_t i = 1; i <= 20'000; ++i) {
        all.push_back(make_test_event(random, i, TestWorld{.padding_max = 30}));
        append_to(*history, all.back());
        if (i % 50 != 0) continue;
        history->publish();
        published = i;
    }
    done = true;
    reader.join();
    checkpointer.join();
    ASSERT_NO_FATAL_FAILURE(expect_same(*history, all));
}

}  // namespace
}  // namespace throughline::sequence
