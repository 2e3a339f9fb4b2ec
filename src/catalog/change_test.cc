#include "catalog/change.h"

#include <gtest/gtest.h>

#include "catalog/test_types.h"

namespace throughline::catalog {
namespace {

using testing::json_of;
using testing::order_type;
using testing::type_from;
using testing::update_from;

constexpr Micros kNow = 1'760'000'000 * kSecond;

// One item and what is said of it, one after the other.
class ItemChange : public ::testing::Test {
protected:
    Change say(const std::string& fields, Micros ago = 0) {
        auto update = update_from(type_, R"({"id":"A1",)" + fields + "}");
        EXPECT_TRUE(update) << update.error().message;
        if (ago != 0) update->updated_at = now_ - ago;
        auto change = change_of(type_, item_, *update, now_);
        problem_ = change ? "" : change.error().message;
        if (!change) return {};
        const bool is_kept =
            change->verdict == Verdict::Changed || change->verdict == Verdict::Unchanged;
        if (is_kept) item_ = change->item;
        if (change->verdict == Verdict::Removed) item_.reset();
        return std::move(*change);
    }
    static std::string due(Micros at) { return R"("ready_by":")" + format_instant(at) + "\""; }

    Type type_ = order_type();
    std::optional<Item> item_;
    Micros now_ = kNow;
    std::string problem_;
};

TEST_F(ItemChange, OfStateIsAMoveAndTheSameAgainIsNone) {
    EXPECT_EQ(say(R"("state":"placed")").moved_from, "");
    now_ += kMinute;
    const Change again = say(R"("state":"placed")");
    EXPECT_EQ(again.verdict, Verdict::Unchanged);
    EXPECT_FALSE(again.moved_from);
    now_ += kMinute;
    EXPECT_EQ(say(R"("state":"ready","store":"cluj")").moved_from, "placed");
    EXPECT_FALSE(say(R"("store":"iasi")").moved_from);
    EXPECT_EQ(item_->visits, (std::vector<Visit>{{"placed", kNow}, {"ready", kNow + 2 * kMinute}}));
}

TEST_F(ItemChange, OfAnOlderTimeIsNone) {
    say(R"("state":"ready")", kHour);
    const Change older = say(R"("state":"picking")", 2 * kHour);
    EXPECT_EQ(older.verdict, Verdict::Older);
    EXPECT_EQ(item_->state(), "ready");
    // Of two of one instant the later to come counts.
    EXPECT_EQ(say(R"("state":"arrived")", kHour).moved_from, "ready");
    // What says nothing new may still be newer.
    EXPECT_EQ(say(R"("state":"arrived")", kMinute).verdict, Verdict::Unchanged);
    EXPECT_EQ(say(R"("state":"ready")", kHour / 2).verdict, Verdict::Older);
}

TEST_F(ItemChange, ThatAsksForAStateIsMadeInThatOneOnly) {
    EXPECT_EQ(say(R"("state":"placed","if_state":"ready")").verdict, Verdict::Elsewhere);
    EXPECT_EQ(say(R"("state":"ready","if_state":null)").moved_from, "");
    EXPECT_EQ(say(R"("state":"ready","if_state":null)").verdict, Verdict::Elsewhere);
    EXPECT_EQ(say(R"("state":"handed_over","if_state":"ready")").moved_from, "ready");
    // It is there already, but not through whoever asks; and what is older is not at odds with it.
    EXPECT_EQ(say(R"("state":"handed_over","if_state":"ready")").verdict, Verdict::Elsewhere);
    EXPECT_EQ(say(R"("state":"cancelled","if_state":"ready")", kHour).verdict, Verdict::Elsewhere);
    EXPECT_EQ(say(R"("remove":true,"if_state":"ready")").verdict, Verdict::Elsewhere);
    EXPECT_EQ(item_->state(), "handed_over");
    EXPECT_EQ(say(R"("remove":true,"if_state":"handed_over")").verdict, Verdict::Removed);
}

TEST_F(ItemChange, OfATimeStillToComeIsOfNow) {
    say(R"("state":"placed")", -kDay);
    EXPECT_EQ(item_->updated_at, kNow);
    now_ += kSecond;
    EXPECT_EQ(say(R"("state":"paid")").moved_from, "placed");
}

TEST_F(ItemChange, WithoutWhatIsRequiredOrToWhereTheTypeDoesNotLetItIsRefused) {
    say(R"("store":"cluj")");
    EXPECT_EQ(problem_, "item: state: is required");
    type_ = type_from(R"({"fields":[{"name":"state","type":"text"}],
        "state":{"field":"state","values":["a","b","c"],"moves":{"a":["b"],"b":["c"]}}})");
    say(R"("state":"a")");
    say(R"("state":"c")");
    EXPECT_EQ(problem_, "item: state: no move from a to c");
    EXPECT_EQ(item_->state(), "a");
    EXPECT_EQ(say(R"("state":"b")").moved_from, "a");
    say(R"("remove":true)");
    EXPECT_FALSE(item_);
    say(R"("remove":true)");
    EXPECT_EQ(problem_, "item: no item has this id");
}

TEST_F(ItemChange, WakesWhenDueAndIsToldAtOnceWhenThatHadPassed) {
    EXPECT_EQ(say(R"("state":"placed",)" + due(kNow + kHour)).wakes_at, kNow + kHour);
    EXPECT_TRUE(is_late(type_, *item_, kNow + kHour));
    EXPECT_EQ(say(due(kNow + kDay)).wakes_at, kNow + kDay);
    EXPECT_FALSE(is_late(type_, *item_, kNow + kHour));  // The old timer finds nothing to do.
    EXPECT_TRUE(say(due(kNow - kHour)).is_overdue);
    EXPECT_FALSE(say(R"("store":"cluj")").is_overdue);  // Once a due time.
    EXPECT_TRUE(say(due(kNow - kMinute)).is_overdue);
}

TEST_F(ItemChange, InAStateInWhichThatDoesNotCountIsNeverLate) {
    EXPECT_EQ(say(R"("state":"ready",)" + due(kNow + kHour)).wakes_at, kNoTime);
    EXPECT_FALSE(is_late(type_, *item_, kNow + kHour));
    now_ += kDay;
    EXPECT_TRUE(say(R"("state":"picking")").is_overdue);
}

TEST_F(ItemChange, ThatIsHistoryMovesAndTellsNothing) {
    Change change = say(R"("state":"placed",)" + due(kNow - kDay), 2 * kDay);
    EXPECT_TRUE(change.is_history);
    EXPECT_FALSE(change.is_overdue);
    EXPECT_FALSE(say(R"("store":"cluj")").is_overdue);  // It was taken as told.
    change = say(R"("state":"picking","history":true,)" + due(kNow + kDay));
    EXPECT_TRUE(change.is_history);
    EXPECT_EQ(change.wakes_at, kNow + kDay);  // What is still to come is not past.
}

TEST_F(ItemChange, KeepsTheLatestStates) {
    for (size_t i = 0; i < 2 * kVisitsMax; ++i) {
        say(i % 2 == 0 ? R"("state":"placed")" : R"("state":"paid")");
        now_ += kSecond;
    }
    EXPECT_EQ(item_->visits.size(), kVisitsMax);
    EXPECT_EQ(item_->state(), "paid");
}

}  // namespace
}  // namespace throughline::catalog
