#include "simulate/world.h"

#include <gtest/gtest.h>

#include "simulate/recount.h"

namespace throughline::simulate {
namespace {

using testing::small_world;
using testing::tell;
using testing::Told;

World make(const WorldOptions& options) {
    auto world = World::make(options);
    EXPECT_TRUE(world.is_ok());
    return *std::move(world);
}

uint64_t digest_of(const WorldOptions& options) {
    World world = make(options);
    uint64_t digest = 0;
    for (const Told& event : tell(world)) digest = checksum(event.json, digest);
    return digest;
}

// The same bytes on every machine and with every compiler. A change of the world changes them too:
// then the new ones belong here, and the figures in the README.
TEST(World, IsTheSameForTheSameSeedEverywhere) {
    EXPECT_EQ(digest_of(small_world(1)), 13'783'065'878'183'807'766u);
    EXPECT_EQ(digest_of(small_world(1)), digest_of(small_world(1)));
    EXPECT_NE(digest_of(small_world(1)), digest_of(small_world(2)));
}

TEST(World, HasExactlyTheEventsAskedForInOrderOfArrivalWithinItsDays) {
    for (const uint64_t events : {uint64_t{1}, uint64_t{7}, uint64_t{5'000}}) {
        WorldOptions options = small_world(events);
        options.events = events;
        World world = make(options);
        uint64_t count = 0;
        Micros before = options.from;
        while (const Planned* planned = world.next()) {
            EXPECT_EQ(planned->sequence, count++);
            EXPECT_GE(planned->arrival, before);
            EXPECT_GE(planned->at, options.from);
            EXPECT_LE(planned->at, planned->arrival);
            before = planned->arrival;
        }
        EXPECT_LT(before, options.from + Micros{options.days} * kDay);
        EXPECT_EQ(count, events);
        EXPECT_EQ(world.next(), nullptr);
    }
}

TEST(World, EndsEvenWhenOnePersonHasToDoEverything) {
    for (uint64_t seed = 1; seed <= 30; ++seed) {
        WorldOptions options = small_world(seed);
        options.people = 1;
        options.days = 1;
        options.events = 150;
        World world = make(options);
        uint64_t count = 0;
        while (world.next() != nullptr) ++count;
        EXPECT_EQ(count, options.events);
    }
}

TEST(World, RepeatsKeepTheirNumberAndChangeNothingElse) {
    WorldOptions options = small_world();
    World plain = make(options);
    const std::vector<Told> without = tell(plain);
    options.repeat_permille = 50;
    World repeating = make(options);
    std::vector<std::string> firsts;
    std::set<uint64_t> seen;
    uint64_t repeats = 0;
    for_each_event(repeating, [&](const SimulatedEvent& event) {
        if (!event.planned->is_repeat) {
            seen.insert(event.planned->sequence);
            return firsts.push_back(model::to_json(event.doc));
        }
        ++repeats;
        EXPECT_TRUE(seen.contains(event.planned->sequence));
    });
    ASSERT_EQ(firsts.size(), without.size());
    for (size_t i = 0; i < firsts.size(); ++i) ASSERT_EQ(firsts[i], without[i].json);
    EXPECT_GT(repeats, options.events * 45 / 1000);
    EXPECT_LT(repeats, options.events * 55 / 1000);
}

TEST(World, GoesOnAfterItsLastDayWhenItNeverEnds) {
    WorldOptions options = small_world();
    options.events = 2'000;
    options.days = 2;
    options.never_ends = true;
    World world = make(options);
    const Micros tenth_day = options.from + 10 * kDay;
    uint64_t count = 0;
    for (const Planned* planned = world.next(); planned->arrival < tenth_day;
         planned = world.next()) {
        ++count;
    }
    // A thousand a day, more or less by weekday.
    EXPECT_GT(count, 8'000u);
    EXPECT_LT(count, 12'000u);
}

TEST(World, RefusesNumbersOutOfRangeByName) {
    const auto message = [](auto change) {
        WorldOptions options = small_world();
        change(options);
        const auto world = World::make(options);
        return world ? std::string() : world.error().message;
    };
    EXPECT_EQ(message([](WorldOptions&) {}), "");
    EXPECT_EQ(message([](WorldOptions& options) { options.people = 0; }),
              "simulate: people: need 1 to 50000000");
    EXPECT_EQ(message([](WorldOptions& options) { options.days = 0; }),
              "simulate: days: need 1 to 36525");
    EXPECT_EQ(message([](WorldOptions& options) { options.from += kHour; }),
              "simulate: from: need a day from 2000-01-01 on");
    EXPECT_EQ(message([](WorldOptions& options) { options.late_permille = 1001; }),
              "simulate: late, duplicates: at most 100 percent");
    EXPECT_EQ(message([](WorldOptions& options) { options.events = 200 * 60 * 600 + 1; }),
              "simulate: events: need 1, and at most 200 a person and day");
}

TEST(Rhythm, KnowsWhenTheClocksOfRomaniaChange) {
    const Micros spring = days_from_civil(2026, 3, 29) * kDay + kHour;
    EXPECT_EQ(wall_offset(Country::Romania, spring - 1), 2 * kHour);
    EXPECT_EQ(wall_offset(Country::Romania, spring), 3 * kHour);
    const Micros autumn = days_from_civil(2026, 10, 25) * kDay + kHour;
    EXPECT_EQ(wall_offset(Country::Romania, autumn - 1), 3 * kHour);
    EXPECT_EQ(wall_offset(Country::Romania, autumn), 2 * kHour);
    EXPECT_EQ(wall_offset(Country::Turkey, spring - 1), 3 * kHour);
    EXPECT_EQ(wall_offset(Country::Turkey, autumn), 3 * kHour);
    EXPECT_EQ(wall_hour(Country::Turkey, 22 * kHour), 1u);
    // 2026-02-01 was a Sunday: the next day is less busy.
    const Micros sunday = days_from_civil(2026, 2, 1) * kDay;
    EXPECT_GT(busyness(Country::Turkey, sunday), busyness(Country::Turkey, sunday + kDay));
}

TEST(Catalog, AmountsOfEveryBasketAddUp) {
    const Catalog catalog;
    for (uint64_t seed = 0; seed < 2'000; ++seed) {
        const Basket basket = Catalog::basket(seed);
        for (const Country country : {Country::Turkey, Country::Romania}) {
            const Amounts sum = catalog.amounts(basket, country);
            EXPECT_EQ(sum.revenue, sum.subtotal - sum.discount - sum.tax);
            EXPECT_EQ(sum.total, sum.subtotal - sum.discount + sum.shipping);
            EXPECT_GT(sum.revenue, 0);
            EXPECT_LE(catalog.refund(basket, country), sum.total);
        }
    }
}

TEST(Dice, PopularRanksFollowZipfAndMandelbrot) {
    constexpr uint64_t kCount = 12'800;  // A hundred flat ranks; the octaves end at 12,700.
    constexpr uint64_t kDraws = 700'000;
    Dice dice(5);
    std::array<uint64_t, 7> octaves{};
    for (uint64_t i = 0; i < kDraws; ++i) {
        const uint64_t rank = dice.popular(kCount);
        ASSERT_LT(rank, kCount);
        size_t octave = 0;
        while ((uint64_t{100} << (octave + 1)) <= rank + 100) ++octave;
        ++octaves.at(octave);
    }
    // Each has a seventh; 5 standard deviations of 293.
    for (const uint64_t count : octaves) EXPECT_NEAR(static_cast<double>(count), 1e5, 1'465);
}

}  // namespace
}  // namespace throughline::simulate
