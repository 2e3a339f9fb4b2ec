// Segments of a whole engine: brought in from history while ingest goes on, kept over restarts,
// left by time alone.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "engine/membership.h"
#include "engine/roots.h"
#include "engine/test_fold.h"
#include "model/consequence.h"

namespace throughline::engine {
namespace {

using testing::event_payload;
using testing::RecordStream;
using testing::segment_record;
using testing::TemporaryDirectory;

constexpr Micros kStart = 1'710'000'000 * kSecond;  // Behind all times of the stream.

class SettableClock final : public Clock {
public:
    Micros now() const override { return now_; }
    Micros monotonic() const override { return system_clock().monotonic() + now_ - kStart; }
    void advance(Micros by) { now_ += by; }

private:
    std::atomic<Micros> now_{kStart};
};

struct SegmentsOfAnEngine : ::testing::Test {
    TemporaryDirectory directory;
    SettableClock clock;
    std::unique_ptr<Engine> engine;

    void open() {
        engine.reset();
        engine = testing::open_small_engine(directory, clock);
    }
    void send(std::string payload) {
        ASSERT_TRUE(engine->submit_and_wait(std::move(payload)).status);
    }
    std::vector<uint32_t> members_of(std::string_view key) const {
        const View view = engine->view();
        const LiveSegment* const live = view.settings->segments().find(key);
        std::vector<uint32_t> roots;
        const auto members = segment_members(view, live->id, 0, SIZE_MAX);
        EXPECT_TRUE(members.is_ok());
        for (const SegmentMember& member : members.value()) {
            roots.push_back(member.root);
        }
        EXPECT_EQ(view.state.segments.at(live->id).size, roots.size());
        return roots;
    }
    /// People with at least so many events of a name and type, counted anew.
    std::vector<uint32_t> by_definition(std::string_view name, model::EventType type,
                                        uint64_t least) const {
        const QueryView view = engine->query_view();
        std::map<uint32_t, uint64_t> counts;
        EXPECT_TRUE(view.history->scan(
            kNoTime + 1, INT64_MAX, {.name = true, .type = true},
            [&](const sequence::ScanBlock& block) {
                for (size_t row = 0; row < block.size(); ++row) {
                    const bool is_one = block.type[row] == static_cast<uint8_t>(type) &&
                                        view.dictionary.name(block.name[row]) == name;
                    if (is_one) ++counts[root_of_word(view.roots[block.identity[row]])];
                }
                return Status::ok();
            }));
        std::vector<uint32_t> roots;
        for (const auto& [root, count] : counts) {
            if (count >= least) roots.push_back(root);
        }
        return roots;
    }
};

TEST_F(SegmentsOfAnEngine, HoldWhoFittedBeforeThemThoughEventsKeepComing) {
    open();
    RecordStream stream(5, engine->secret());
    for (int i = 0; i < 800; ++i) send(stream.next());
    ASSERT_TRUE(engine->checkpoint());  // Half of it lies in files.
    for (int i = 0; i < 400; ++i) send(stream.next());
    send(segment_record("ever", R"({"did":"Page Viewed","type":"identify","count":{"gte":2}})"));
    send(segment_record("some", R"({"did":"Order Completed","count":{"gte":3}})"));
    EXPECT_TRUE(members_of("some").empty());

    std::atomic<bool> is_built = false;
    std::thread sender([&] {
        for (int i = 0; i < 300 || !is_built; ++i) send(stream.next());
    });
    const Status built = engine->build_segments();
    is_built = true;
    sender.join();
    ASSERT_TRUE(built) << built.error().message;
    EXPECT_EQ(members_of("ever"), by_definition("Page Viewed", model::EventType::Identify, 2));
    EXPECT_EQ(members_of("some"), by_definition("Order Completed", model::EventType::Track, 3));
    EXPECT_GT(members_of("some").size(), 5u);

    const auto before = members_of("some");
    open();  // A clean stop, and everything stands.
    EXPECT_EQ(members_of("some"), before);
    EXPECT_TRUE(engine->build_segments());
}

TEST_F(SegmentsOfAnEngine, AreLeftByTimeAloneWhereNothingArrives) {
    open();
    send(segment_record("now", R"({"did":"Order Completed","within":"1h"})"));
    send(
        event_payload({.user = "ana", .name = "Order Completed", .message_id = "m", .time = kStart},
                      engine->secret()));
    EXPECT_EQ(members_of("now").size(), 1u);
    clock.advance(kHour);
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    EXPECT_EQ(members_of("now").size(), 1u);  // A window holds both its ends.
    clock.advance(1);
    for (int i = 0; i < 100 && !members_of("now").empty(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_TRUE(members_of("now").empty());
    const QueryView view = engine->query_view();
    const auto page = view.history->timeline(std::vector<uint32_t>{1}, "", 10);
    ASSERT_EQ(page->events.size(), 3u);
    EXPECT_EQ(page->events[0].event().name(), "Segment Exited");
    EXPECT_EQ(page->events[0].row.time, kStart + kHour + 1);
    EXPECT_EQ(page->events[0].row.type, model::kConsequence);
    // The position of the entry is that of the order, and the order is what stands there.
    const auto found = view.history->find(page->events[1].row.position, std::nullopt);
    EXPECT_EQ((*found)->event().name(), "Order Completed");
}

}  // namespace
}  // namespace throughline::engine
