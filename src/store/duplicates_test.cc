#include "store/duplicates.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/random.h"
#include "store/memory_files.h"

namespace throughline::store {
namespace {

// Uniform, as keyed hashes are.
Key128 hash_of(uint64_t number) {
    return {mix(number + 1), mix(~number)};
}

// The definition: every insert with its day, and the days' counts.
class Model {
public:
    Model(uint16_t window_days, uint64_t ids_max) : window_days_(window_days), ids_max_(ids_max) {}

    bool insert_if_new(uint64_t id, Micros stamp) {
        const int64_t today = floor_div(stamp, kDay);
        if (window_days_ != DuplicateSet::kForever) {
            first_day_ = std::max(first_day_, today - window_days_);
        }
        const auto at = days_.find(id);
        if (at != days_.end() && at->second >= first_day_) return false;
        days_[id] = today;
        while (count() > ids_max_ && oldest() < today) first_day_ = oldest() + 1;
        return true;
    }

private:
    uint64_t count() const {
        return static_cast<uint64_t>(std::count_if(
            days_.begin(), days_.end(), [&](const auto& e) { return e.second >= first_day_; }));
    }
    int64_t oldest() const {
        int64_t oldest = std::numeric_limits<int64_t>::max();
        for (const auto& [id, day] : days_) {
            if (day >= first_day_) oldest = std::min(oldest, day);
        }
        return oldest;
    }

    uint16_t window_days_;
    uint64_t ids_max_;
    int64_t first_day_ = 0;
    std::map<uint64_t, int64_t> days_;
};

std::unique_ptr<DuplicateSet> open_set(Files& files, std::string_view manifest,
                                       uint16_t window_days = 30,
                                       uint64_t ids_max = 1'000'000'000) {
    auto set = DuplicateSet::open(
        {.files = &files, .directory = "/seen", .window_days = window_days, .ids_max = ids_max},
        manifest);
    EXPECT_TRUE(set.is_ok()) << (set ? "" : set.error().message);
    return std::move(set).value();
}

std::string checkpoint(DuplicateSet& set) {
    set.seal();
    auto manifest = set.write_sealed();
    EXPECT_TRUE(manifest.is_ok());
    EXPECT_TRUE(set.committed().is_ok());
    return std::move(manifest).value();
}

void merge_all(DuplicateSet& set) {
    for (auto more = set.merge_step(1000);; more = set.merge_step(1000)) {
        ASSERT_TRUE(more.is_ok());
        if (!*more) return;
    }
}

TEST(DuplicateSet, ADuplicateIsOneWithinTheWindowOfStampsAndNotAfter) {
    MemoryFiles files;
    const auto set = open_set(files, "");
    const Micros start = 20'000 * kDay + 5 * kHour;
    EXPECT_TRUE(*set->insert_if_new(hash_of(1), start));
    EXPECT_FALSE(*set->insert_if_new(hash_of(1), start + kSecond));
    EXPECT_FALSE(*set->insert_if_new(hash_of(1), start + 30 * kDay));
    EXPECT_TRUE(*set->insert_if_new(hash_of(1), start + 31 * kDay));
    EXPECT_FALSE(*set->insert_if_new(hash_of(1), start + 60 * kDay));
}

TEST(DuplicateSet, TheImportSetForgetsNothing) {
    MemoryFiles files;
    const auto set = open_set(files, "", DuplicateSet::kForever);
    EXPECT_TRUE(*set->insert_if_new(hash_of(1), 10'000 * kDay));
    EXPECT_FALSE(*set->insert_if_new(hash_of(1), 30'000 * kDay));
}

struct RandomRun {
    explicit RandomRun(uint64_t seed)
        : random(seed),
          window_days(seed % 4 == 0 ? DuplicateSet::kForever : static_cast<uint16_t>(3)),
          ids_max(seed % 4 == 1 ? 150 : 1'000'000'000),
          model(window_days, ids_max),
          set(open_set(files, "", window_days, ids_max)),
          at_checkpoint(model) {}

    void step() {
        const uint64_t dice = random.below(1000);
        if (dice < 970) {
            if (random.chance(0.02)) stamp += static_cast<Micros>(random.below(kDay));
            const uint64_t id = random.below(400);
            set->prefetch_hint(hash_of(id));
            ASSERT_EQ(*set->insert_if_new(hash_of(id), stamp), model.insert_if_new(id, stamp));
        } else if (dice < 980) {
            manifest = checkpoint(*set);
            at_checkpoint = model;
            checkpoint_stamp = stamp;
        } else if (dice < 996) {
            ASSERT_TRUE(set->merge_step(random.below(200)).is_ok());
        } else {  // A crash, with the power: back to the last checkpoint.
            set.reset();
            files = files.cut(random.next());
            set = open_set(files, manifest, window_days, ids_max);
            model = at_checkpoint;
            stamp = checkpoint_stamp;
        }
    }

    SeededRandom random;
    uint16_t window_days;
    uint64_t ids_max;
    MemoryFiles files;
    Model model;
    std::unique_ptr<DuplicateSet> set;
    Model at_checkpoint;
    std::string manifest;
    Micros stamp = 20'000 * kDay;
    Micros checkpoint_stamp = stamp;
};

TEST(DuplicateSet, AgreesWithTheDefinitionThroughCheckpointsMergesAndPowerCuts) {
    for (uint64_t seed = 1; seed <= 24; ++seed) {
        RandomRun run(seed);
        for (int i = 0; i < 3000; ++i) {
            ASSERT_NO_FATAL_FAILURE(run.step()) << "seed=" << seed << " step=" << i;
        }
    }
}

TEST(DuplicateSet, RunsAreMergedDownToFourAndOldFilesGo) {
    MemoryFiles files;
    const auto set = open_set(files, "");
    const Micros stamp = 20'000 * kDay;
    uint64_t id = 0;
    for (int run = 0; run < 12; ++run) {
        for (int i = 0; i < 1000; ++i) ASSERT_TRUE(*set->insert_if_new(hash_of(id++), stamp));
        checkpoint(*set);
    }
    EXPECT_EQ(set->stats().runs, 12u);
    merge_all(*set);
    EXPECT_EQ(set->stats().runs, DuplicateSet::kRunsMax);
    const std::string manifest = checkpoint(*set);
    EXPECT_EQ(files.list("/seen")->size(), DuplicateSet::kRunsMax);
    for (uint64_t i = 0; i < id; ++i) ASSERT_FALSE(*set->insert_if_new(hash_of(i), stamp));
    EXPECT_EQ(set->stats().ids, id);
    EXPECT_TRUE(set->verify().is_ok());

    // Past the window, runs go without being merged.
    ASSERT_TRUE(*set->insert_if_new(hash_of(id), stamp + 40 * kDay));
    checkpoint(*set);
    merge_all(*set);
    EXPECT_EQ(set->stats().runs, 1u);
    EXPECT_EQ(set->stats().ids, 1u);
}

TEST(DuplicateSet, AFailedWriteLosesNothingAndTheNextCheckpointTakesIt) {
    MemoryFiles files;
    auto set = open_set(files, "");
    const Micros stamp = 20'000 * kDay;
    for (uint64_t i = 0; i < 1000; ++i) ASSERT_TRUE(*set->insert_if_new(hash_of(i), stamp));
    set->seal();
    files.fail_sync_after(0);
    EXPECT_FALSE(set->write_sealed().is_ok());
    EXPECT_TRUE(files.list("/seen")->empty());
    for (uint64_t i = 0; i < 1000; ++i) ASSERT_FALSE(*set->insert_if_new(hash_of(i), stamp));
    ASSERT_TRUE(*set->insert_if_new(hash_of(1000), stamp));
    const std::string manifest = checkpoint(*set);
    set.reset();
    files = files.cut(1);
    set = open_set(files, manifest);
    for (uint64_t i = 0; i <= 1000; ++i) ASSERT_FALSE(*set->insert_if_new(hash_of(i), stamp));
}

TEST(DuplicateSet, AFlippedBitIsAnErrorAndNeverAWrongAnswer) {
    MemoryFiles files;
    auto set = open_set(files, "");
    const Micros stamp = 20'000 * kDay;
    for (uint64_t i = 0; i < 2000; ++i) ASSERT_TRUE(*set->insert_if_new(hash_of(i), stamp));
    const std::string manifest = checkpoint(*set);
    const std::string path = join_path("/seen", files.list("/seen")->front());
    const uint64_t bits = files.stat(path)->size * 8;
    SeededRandom random(9);
    size_t refused = 0;
    for (int round = 0; round < 300; ++round) {
        const uint64_t bit = random.below(bits);
        set.reset();
        files.flip_bit(path, bit);
        auto damaged = DuplicateSet::open({.files = &files, .directory = "/seen"}, manifest);
        if (damaged) {
            EXPECT_FALSE((*damaged)->verify().is_ok()) << "bit " << bit;
            for (uint64_t i = 0; i < 2000; i += 7) {
                const auto is_new = (*damaged)->insert_if_new(hash_of(i), stamp);
                refused += is_new.is_ok() ? 0 : 1;
                if (is_new.is_ok()) {
                    ASSERT_FALSE(*is_new) << "bit " << bit;
                }
            }
        } else {
            EXPECT_EQ(damaged.error().code, Code::Corrupt);
        }
        files.flip_bit(path, bit);
    }
    EXPECT_GT(refused, 0u);
    EXPECT_TRUE(open_set(files, manifest)->verify().is_ok());
}

TEST(DuplicateSet, HashesThatAreNotUniformAreFoundToo) {
    MemoryFiles files;
    const auto set = open_set(files, "");
    const Micros stamp = 20'000 * kDay;
    const auto skewed = [](uint64_t i) { return Key128{i < 3000 ? 0 : ~uint64_t{0} - i, i + 1}; };
    for (uint64_t i = 0; i < 6000; i += 2) ASSERT_TRUE(*set->insert_if_new(skewed(i), stamp));
    checkpoint(*set);
    for (uint64_t i = 0; i < 6000; ++i) {
        ASSERT_EQ(*set->insert_if_new(skewed(i), stamp), i % 2 == 1) << i;
    }
}

TEST(DuplicateSet, AnswersStayRightWhileACheckpointerAndAMergerRun) {
    MemoryFiles files;
    const auto set = open_set(files, "");
    const Micros stamp = 20'000 * kDay;
    std::atomic<bool> is_done{false};
    std::atomic<bool> is_sealed{false};
    std::atomic<int> checkpoints{0};
    std::thread checkpointer([&] {
        while (!is_done) {
            if (is_sealed) {
                ASSERT_TRUE(set->write_sealed().is_ok());
                ASSERT_TRUE(set->committed().is_ok());
                is_sealed = false;
                ++checkpoints;
            }
            std::this_thread::yield();
        }
    });
    std::thread merger([&] {
        while (!is_done) {
            ASSERT_TRUE(set->merge_step(100).is_ok());
            std::this_thread::yield();
        }
    });
    for (uint64_t i = 0; i < 20'000 || checkpoints < 30; ++i) {
        ASSERT_TRUE(*set->insert_if_new(hash_of(i), stamp));
        ASSERT_FALSE(*set->insert_if_new(hash_of(i / 2), stamp));
        if (i % 500 == 0 && !is_sealed) {
            set->seal();
            is_sealed = true;
        }
    }
    is_done = true;
    checkpointer.join();
    merger.join();
}

}  // namespace
}  // namespace throughline::store
