// What an event costs the fold, in microseconds of its thread's CPU: people never seen, people all
// over a population that is in memory, a warm few, and anonymous visitors that turn out to be
// known. Epochs of 1,600 events, as 16 connections with 100 events each make them; no log, no
// checkpoints.
//
//   build/bench/bench/fold_bench [people [events a measurement [live segments]]]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/fold.h"
#include "engine/test_world.h"

using namespace throughline;
using namespace throughline::engine;

namespace {

constexpr size_t kEpochEvents = 1'600;
constexpr size_t kBatchEvents = 100;
constexpr double kZipf = 0.9;
constexpr Micros kNoon = 20'000 * kDay;

double thread_seconds() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

// A fold on a directory of its own.
class Bench {
public:
    Bench()
        : cold_(open_cold()),
          tables_(*cold_, memory_, 0),
          live_(open_set("live")),
          imported_(open_set("imported")),
          history_(*sequence::History::open(store::posix_files(),
                                            {.directory = directory_.path() + "/history"}, {})),
          fold_({tables_, *live_, *imported_, roots_, *history_, 0, testing::kSecret}, {},
                std::make_shared<Settings>(), 1) {}

    void add(const testing::EventSpec& spec) {
        if (ends_.empty()) bytes_ = std::make_shared<std::string>();
        *bytes_ += testing::event_payload(spec);
        ends_.push_back(static_cast<uint32_t>(bytes_->size()));
        if (ends_.size() == kBatchEvents) end_batch();
    }

    void define_segment(const std::string& key, const std::string& conditions) {
        const auto doc = model::doc_from_json(R"({"kind":"segments","key":")" + key +
                                              R"(","value":{"conditions":)" + conditions + "}}");
        TL_ASSERT(doc.is_ok());
        Epoch epoch;
        epoch.batches.push_back(
            {single_record(model::make_record(model::RecordKind::Definition, *doc), {}),
             position_++,
             kNoon,
             {}});
        TL_ASSERT(fold_.apply(epoch).is_ok() && epoch.batches[0].outcome.refused.empty());
        fold_.publish();
        tables_.settle();
    }

    /// Folds what was added; returns microseconds an event.
    double run() {
        const size_t events = pending_.size() * kBatchEvents;
        const double began = thread_seconds();
        Epoch epoch;
        for (FoldBatch& batch : pending_) {
            epoch.batches.push_back(std::move(batch));
            if (epoch.record_count() < kEpochEvents) continue;
            TL_ASSERT(fold_.apply(epoch).is_ok());
            fold_.publish();
            tables_.settle();
            epoch.batches.clear();
        }
        pending_.clear();
        return (thread_seconds() - began) * 1e6 / static_cast<double>(events);
    }

    const FoldState& state() const { return fold_.state(); }
    size_t memory_bytes() const { return tables_.memory_bytes(); }

private:
    std::unique_ptr<store::StateStore> open_cold() {
        return std::move(*store::StateStore::open({.path = directory_.path() + "/state",
                                                   .families = Tables::families(),
                                                   .cache_bytes = memory_.cold_cache}));
    }
    std::unique_ptr<store::DuplicateSet> open_set(const std::string& name) {
        return std::move(*store::DuplicateSet::open(
            {.files = &store::posix_files(), .directory = directory_.path() + "/" + name}, {}));
    }
    void end_batch() {
        FoldBatch batch;
        batch.submission.bytes = std::move(bytes_);
        batch.submission.ends = std::move(ends_);
        batch.first = position_;
        batch.stamp = kNoon;
        position_ += kBatchEvents;
        pending_.push_back(std::move(batch));
        ends_.clear();
    }

    testing::TemporaryDirectory directory_;
    MemoryPlan memory_ = MemoryPlan::of(size_t{8} << 30);
    std::unique_ptr<store::StateStore> cold_;
    Tables tables_;
    std::unique_ptr<store::DuplicateSet> live_;
    std::unique_ptr<store::DuplicateSet> imported_;
    store::Dense32 roots_;
    std::unique_ptr<sequence::History> history_;
    Fold fold_;
    std::shared_ptr<std::string> bytes_;
    std::vector<uint32_t> ends_;
    std::vector<FoldBatch> pending_;
    model::Position position_ = 0;
};

testing::EventSpec event_of(uint64_t person, uint64_t number, Micros time) {
    testing::EventSpec spec;
    spec.user = "user-" + std::to_string(person);
    spec.anonymous = "3f2b1c9e-0000-4000-8000-" + std::to_string(person);
    spec.message_id = "message-" + std::to_string(number);
    spec.time = time;
    if (number % 10 == 0) spec.type = model::EventType::Identify;
    const std::string traits = R"("traits":{"plan":"pro","city":"Ankara","logins":17},)";
    spec.extra = "{" + (number % 10 == 0 ? traits : std::string()) +
                 R"("properties":{"sku":"SKU-00017","price":12.55,"note":")" +
                 std::string(400, 'x') + "\"}}";
    return spec;
}

/// As a shop has them: two in five count what nearly every event is, one in five something rare,
/// the others ask for traits.
std::string conditions_of(uint64_t i) {
    const std::string n = std::to_string(1 + i / 5 % 5);
    const std::string days = std::to_string(1 + i % 7 * 10) + "d";
    switch (i % 5) {
        case 0:
            return R"({"did":"Page Viewed","count":{"gte":)" + n + R"(},"within":")" + days + "\"}";
        case 1:
            return R"([{"did":"Page Viewed","where":{"property":"price","op":"gte","value":)" + n +
                   R"(},"count":{"gte":3}},{"not":{"did":"Order Completed","within":")" + days +
                   "\"}}]";
        case 2:
            return R"({"did":"Event )" + std::to_string(i) + R"(","count":{"gte":)" + n + "}}";
        case 3:
            return R"({"trait":"logins","op":"gte","value":)" + std::to_string(i) + "}";
        default:
            return R"([{"trait":"plan","op":"eq","value":"pro"},{"did":"Order Completed"}])";
    }
}

}  // namespace

int main(int argc, char** argv) {
    const uint64_t people = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const uint64_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 400'000;
    const uint64_t segments = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0;
    Bench bench;
    for (uint64_t i = 0; i < segments; ++i) {
        bench.define_segment("s" + std::to_string(i), conditions_of(i));
    }
    SeededRandom random(1);
    uint64_t number = 0;
    // In pieces, which bounds what is encoded ahead.
    const auto measure = [&](const char* what, uint64_t count, const auto& make) {
        constexpr uint64_t kPiece = 200'000;
        double microseconds = 0;
        for (uint64_t done = 0; done < count; done += kPiece) {
            const uint64_t end = std::min(count, done + kPiece);
            for (uint64_t i = done; i < end; ++i) bench.add(make(i));
            microseconds += bench.run() * static_cast<double>(end - done);
        }
        std::printf("%-42s %.3f us/event\n", what, microseconds / static_cast<double>(count));
        std::fflush(stdout);
    };
    measure("new person, two identifiers", people,
            [&](uint64_t i) { return event_of(i, ++number, kNoon); });
    measure("known people, all over the population", events,
            [&](uint64_t) { return event_of(random.below(people), ++number, kNoon + kMinute); });
    measure("known people by Zipf (s = 0.9)", events, [&](uint64_t) {
        const auto person = static_cast<uint64_t>(static_cast<double>(people) *
                                                  std::pow(random.unit(), 1 / (1 - kZipf)));
        return event_of(person, ++number, kNoon + kMinute);
    });
    measure("a warm few (2,000)", events,
            [&](uint64_t) { return event_of(random.below(2'000), ++number, kNoon + kMinute); });
    measure("visitor turns out to be known", events / 4, [&](uint64_t i) {
        auto spec = event_of(i, ++number, kNoon + kMinute);
        spec.anonymous = "fresh-" + std::to_string(number);
        return spec;
    });
    std::printf("events %llu, merges %llu, %.0f bytes of tables a person\n",
                static_cast<unsigned long long>(bench.state().events),
                static_cast<unsigned long long>(bench.state().merges),
                static_cast<double>(bench.memory_bytes()) / static_cast<double>(people));
    return 0;
}
