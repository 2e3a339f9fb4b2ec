#include "server/query_desk.h"

#include <gtest/gtest.h>

#include <thread>

namespace throughline::server {
namespace {

using Answers = std::vector<Result<std::string>>;

/// An asker who can leave.
struct Asker {
    std::function<void()> leave = [] {};

    QueryDesk::Asked asks(std::vector<std::string> keys, uint64_t version = 1) {
        return {
            .version = version, .keys = std::move(keys), .name = "", .watch = [this](auto gone) {
                leave = std::move(gone);
            }};
    }
};

/// Answers each question by its number, and counts.
Answers by_number(std::span<const size_t> numbers, QueryDesk::Work&) {
    Answers answers;
    for (const size_t number : numbers) answers.emplace_back("answer " + std::to_string(number));
    return answers;
}

template <typename Condition>
void wait_until(Condition condition) {
    for (int i = 0; i < 4000 && !condition(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_TRUE(condition());
}

TEST(QueryDesk, AnswersARepeatedQuestionFromMemoryUntilHistoryGoesOn) {
    QueryDesk desk;
    Asker asker;
    EXPECT_EQ(**desk.ask(asker.asks({"a", "b", "a"}), by_number)[2], "answer 0");
    EXPECT_EQ(desk.worked_out(), 2u);  // Twice the same in one go is one.
    EXPECT_EQ(**desk.ask(asker.asks({"b", "c"}), by_number)[0], "answer 1");
    EXPECT_EQ(desk.worked_out(), 3u);
    EXPECT_EQ(**desk.ask(asker.asks({"b"}, 2), by_number)[0], "answer 0");
    EXPECT_EQ(desk.worked_out(), 4u);
    // Who looks at older history is answered from it, and what is kept stays.
    EXPECT_EQ(**desk.ask(asker.asks({"z", "b"}, 1), by_number)[1], "answer 1");
    EXPECT_EQ(**desk.ask(asker.asks({"b"}, 2), by_number)[0], "answer 0");
    EXPECT_EQ(desk.worked_out(), 6u);
}

TEST(QueryDesk, KeepsNoErrorsAndNoMoreThanItMay) {
    QueryDesk desk;
    Asker asker;
    const auto fails = [](std::span<const size_t> numbers, QueryDesk::Work&) {
        return Answers(numbers.size(), Error::invalid("query: no"));
    };
    EXPECT_EQ(desk.ask(asker.asks({"a"}), fails)[0].error().message, "query: no");
    EXPECT_TRUE(desk.ask(asker.asks({"a"}), by_number)[0]);
    const auto large = [](std::span<const size_t>, QueryDesk::Work&) {
        return Answers{std::string(kKeptBytesMax / 10, 'x')};
    };
    for (int i = 0; i < 30; ++i) desk.ask(asker.asks({"large " + std::to_string(i)}), large);
    EXPECT_LE(desk.kept_bytes(), kKeptBytesMax);
    EXPECT_GT(desk.kept_bytes(), kKeptBytesMax / 2);
    const uint64_t before = desk.worked_out();
    desk.ask(asker.asks({"large 29"}), large);  // The last one is still there,
    EXPECT_EQ(desk.worked_out(), before);
    desk.ask(asker.asks({"large 0"}), large);  // the first is not.
    EXPECT_EQ(desk.worked_out(), before + 1);
}

/// Works until it is let go or cancelled.
struct SlowWork {
    std::atomic<bool> has_begun = false;
    std::atomic<bool> may_end = false;
    std::atomic<bool> was_cancelled = false;

    Answers operator()(std::span<const size_t> numbers, QueryDesk::Work& work) {
        has_begun = true;
        while (!may_end && !work.is_cancelled) std::this_thread::yield();
        was_cancelled = work.is_cancelled.load();
        if (was_cancelled) return Answers(numbers.size(), Error{Code::Cancelled, "cancelled"});
        return Answers(numbers.size(), std::string("slow answer"));
    }
};

TEST(QueryDesk, SharesEqualQuestionsUnderWay) {
    QueryDesk desk;
    SlowWork slow;
    std::vector<std::thread> threads;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            Asker asker;
            const auto answers = desk.ask(asker.asks({"slow"}), std::ref(slow));
            answered += **answers[0] == "slow answer";
        });
    }
    wait_until([&] { return slow.has_begun.load(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // The others come in, too.
    slow.may_end = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(answered, 4);
    EXPECT_EQ(desk.worked_out(), 1u);
}

TEST(QueryDesk, GoesOnAsLongAsSomebodyWaitsAndStopsWhenNobodyDoes) {
    QueryDesk desk;
    SlowWork slow;
    Asker first;
    Asker second;
    std::atomic<bool> second_waits = false;
    Code first_code{};
    Code second_code{};
    std::thread works(
        [&] { first_code = desk.ask(first.asks({"slow"}), std::ref(slow))[0].error().code; });
    wait_until([&] { return slow.has_begun.load(); });
    std::thread waits([&] {
        auto asked = second.asks({"slow"});
        asked.watch = [&](auto gone) {
            second.leave = std::move(gone);
            second_waits = true;
        };
        second_code = desk.ask(asked, by_number)[0].error().code;
    });
    wait_until([&] { return second_waits.load(); });
    first.leave();
    first.leave();  // Leaving twice is leaving once.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(slow.was_cancelled);
    second.leave();
    waits.join();
    works.join();
    EXPECT_TRUE(slow.was_cancelled);
    EXPECT_EQ(first_code, Code::Cancelled);
    EXPECT_EQ(second_code, Code::Cancelled);
    EXPECT_EQ(desk.worked_out(), 1u);
    // Nothing of it is left: the next one is worked out.
    Asker next;
    EXPECT_TRUE(desk.ask(next.asks({"slow"}), by_number)[0]);
}

TEST(QueryDesk, TellsHowFarAQuestionIs) {
    QueryDesk desk;
    Asker asker;
    auto asked = asker.asks({"a"});
    asked.name = "mine";
    desk.ask(asked, [&](std::span<const size_t> numbers, QueryDesk::Work& work) {
        work.progress.rows_total = 10;
        work.progress.rows_done = 4;
        const auto progress = desk.progress("mine");
        EXPECT_EQ(progress.value(), std::pair(uint64_t{4}, uint64_t{10}));
        EXPECT_FALSE(desk.progress("another"));
        return by_number(numbers, work);
    });
    EXPECT_FALSE(desk.progress("mine"));
}

}  // namespace
}  // namespace throughline::server
