#include "query/retention.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/random.h"
#include "query/retention_question.h"
#include "query/test_world.h"

namespace throughline::query {
namespace {

using model::DocView;
using model::EventView;

struct Row {
    Micros time = 0;
    Match match = 0;  // 1: enters; 2: returns; 4: neither.
    auto operator<=>(const Row&) const = default;
};

struct Defined {
    std::optional<Micros> entered = {};
    std::set<size_t> returned = {};  // Cells.
};

size_t period_by_definition(const RetentionShape& shape, Micros entered, Micros at) {
    if (shape.periods.empty()) {
        size_t period = 0;
        while (at >= entered + static_cast<Micros>(period + 1) * shape.width) ++period;
        return period;
    }
    const auto index_of = [&](Micros time) {
        size_t index = 0;
        while (index + 1 < shape.periods.size() && shape.periods[index + 1] <= time) ++index;
        return index;
    };
    return index_of(at) - index_of(entered);
}

/// retention.h, transcribed: tries every row of the first instant as the entry.
Defined by_definition(const RetentionShape& shape, const std::vector<Row>& rows) {
    Defined best;
    for (size_t entry = 0; entry < rows.size(); ++entry) {
        const Micros entered = rows[entry].time;
        const bool enters =
            (rows[entry].match & shape.cohort) != 0 && entered >= shape.from && entered < shape.to;
        if (!enters || (best.entered && *best.entered < entered)) continue;
        std::set<size_t> periods;
        for (size_t i = 0; i < rows.size(); ++i) {
            const bool is_late =
                shape.ties == Ties::Strict ? rows[i].time > entered : rows[i].time >= entered;
            if (i == entry || !is_late || (rows[i].match & shape.returns) == 0) continue;
            periods.insert(period_by_definition(shape, entered, rows[i].time));
        }
        Defined one{.entered = entered};
        for (size_t cell = 0; cell < shape.cells; ++cell) {
            bool is_back = false;
            for (const size_t period : periods) {
                is_back |= shape.returning == Returning::On && period == cell;
                is_back |= shape.returning == Returning::OnOrAfter && period >= cell;
                if (shape.returning != Returning::Bracket) continue;
                const auto [first, last] = shape.brackets[cell];
                is_back |= period >= first && period <= last;
            }
            if (is_back) one.returned.insert(cell);
        }
        // Of several rows that may be the entry, one that leaves the most.
        if (!best.entered || one.returned.size() > best.returned.size()) best = one;
    }
    return best;
}

std::vector<RetentionShape> shapes() {
    std::vector<RetentionShape> all;
    for (const Ties ties : {Ties::InStepOrder, Ties::Strict}) {
        for (const Returning returning :
             {Returning::On, Returning::OnOrAfter, Returning::Bracket}) {
            for (const bool is_calendar : {true, false}) {
                for (const Match returns : {2, 1, 3}) {
                    RetentionShape shape{.cohort = 1,
                                         .returns = returns,
                                         .from = 1,
                                         .to = 4,
                                         .cells = 3,
                                         .returning = returning,
                                         .ties = ties};
                    if (returning == Returning::Bracket) shape.brackets = {{0, 0}, {1, 3}, {2, 2}};
                    if (is_calendar) {
                        shape.periods = {0, 2, 3, 5, 6, 9};
                    } else {
                        shape.width = 2;
                    }
                    all.push_back(shape);
                }
            }
        }
    }
    return all;
}

class Kernel {
public:
    explicit Kernel(const RetentionShape& shape) : matcher_(shape) {}

    const RetentionResult& follow(const std::vector<Row>& rows) {
        std::vector<Micros> times;
        std::vector<Match> matches;
        for (const Row& row : rows) {
            times.push_back(row.time);
            matches.push_back(row.match);
        }
        return matcher_.follow(times, matches);
    }
    void expect_defined(const std::vector<Row>& rows) {
        const Defined expected = by_definition(matcher_.shape(), rows);
        const RetentionResult& result = follow(rows);
        ASSERT_EQ(result.has_entered, expected.entered.has_value());
        if (!result.has_entered) return;
        ASSERT_EQ(rows[result.entry].time, *expected.entered);
        for (size_t cell = 0; cell < matcher_.shape().cells; ++cell) {
            ASSERT_EQ(result.returned[cell], expected.returned.contains(cell)) << "cell " << cell;
        }
    }

private:
    RetentionMatcher matcher_;
};

TEST(Retention, AgreesWithTheDefinitionOnEverySequenceOfSixWithTies) {
    for (const RetentionShape& shape : shapes()) {
        Kernel kernel(shape);
        for (size_t length = 1; length <= 6; ++length) {
            if (length == 6 && shape.returning != Returning::On) continue;
            const size_t codes = size_t{1} << (2 * length);
            for (size_t code = 0; code < codes; ++code) {
                std::vector<Row> rows(length);
                for (size_t i = 0; i < length; ++i) rows[i].match = 1 + (code >> (2 * i) & 3);
                for (uint32_t joins = 0; joins < uint32_t{1} << (length - 1); ++joins) {
                    rows[0].time = static_cast<Micros>(code % 3);
                    for (size_t i = 1; i < length; ++i) {
                        rows[i].time = rows[i - 1].time + ((joins >> (i - 1) & 1) != 0 ? 0 : 1);
                    }
                    kernel.expect_defined(rows);
                    if (HasFatalFailure()) return;
                }
            }
        }
    }
}

TEST(Retention, AgreesWithTheDefinitionOnAHundredThousandRandomSequences) {
    SeededRandom random(2);
    const auto all = shapes();
    for (int i = 0; i < 100'000; ++i) {
        Kernel kernel(all[random.below(all.size())]);
        std::vector<Row> rows(1 + random.below(14));
        for (Row& row : rows) {
            row = {static_cast<Micros>(random.below(12)), 1 + random.below(4)};
        }
        std::sort(rows.begin(), rows.end());
        kernel.expect_defined(rows);
        if (HasFatalFailure()) return;
    }
}

uint64_t number(DocView object, std::string_view key) {
    return static_cast<uint64_t>(object.find(key).as_integer().value_or(-1));
}

std::vector<DocView> list(DocView array) {
    std::vector<DocView> items;
    for (const DocView item : array.items()) items.push_back(item);
    return items;
}

std::string answer_doc(World& world, const std::string& query) {
    const auto json = world.run(query);
    EXPECT_TRUE(json) << json.error().message;
    return model::doc_from_json(json ? *json : "{}").value();
}

std::set<uint32_t> people(World& world, const std::string& query, std::string_view token) {
    const std::string packed = model::doc_from_json(query).value();
    std::string cell;
    model::DocWriter(cell).string(token);
    const auto page = world.ask([&](const Environment& e) {
        return people_behind(DocView(packed), DocView(cell), {.limit = 1000}, e);
    });
    EXPECT_TRUE(page) << page.error().message;
    if (!page) return {};
    return {page->roots.begin(), page->roots.end()};
}

/// Weeks that begin on Mondays in UTC, by hand.
int64_t week_of(Micros at) {
    return floor_div(floor_div(at, kDay) - 4, 7);
}

TEST(RetentionQuestion, AgreesWithTheDefinitionByWeekAndOpensToPeople) {
    World world(5, 1200, {.identities = 700, .padding_max = 10});
    const std::string query = R"({"kind":"retention","from":"2026-01-05","to":"2026-02-02",
        "timezone":"UTC","interval":"week","periods":5,
        "cohort":{"event":"*","type":"page"},"return":{"event":"*"}})";
    std::map<uint32_t, std::vector<EventView>> events;
    for (const TestEvent& stored : world.events) {
        events[Tens::root_of(stored.identity)].push_back(stored.event());
    }
    // (cohort, period) -> people; period -1: the size.
    std::map<std::pair<int64_t, int64_t>, std::set<uint32_t>> expected;
    const Micros from = *parse_instant("2026-01-05");
    const Micros to = *parse_instant("2026-02-02");
    for (const auto& [root, theirs] : events) {
        Micros entered = to;
        for (const EventView& event : theirs) {
            const bool enters = event.type() == model::EventType::Page && event.time() >= from;
            if (enters) entered = std::min(entered, event.time());
        }
        if (entered == to) continue;
        const int64_t cohort = week_of(entered) - week_of(from);
        expected[{cohort, -1}].insert(root);
        std::map<int64_t, int> rows;
        for (const EventView& event : theirs) {
            if (event.time() >= entered) ++rows[week_of(event.time()) - week_of(entered)];
        }
        --rows[0];  // The entry itself.
        for (const auto& [period, count] : rows) {
            if (count > 0) expected[{cohort, period}].insert(root);
        }
    }
    const std::string doc = answer_doc(world, query);
    const auto cohorts = list(DocView(doc).find("cohorts"));
    ASSERT_EQ(cohorts.size(), 4u);
    for (int64_t cohort = 0; cohort < 4; ++cohort) {
        const DocView line = cohorts[static_cast<size_t>(cohort)];
        EXPECT_EQ(number(line, "size"), (expected[{cohort, -1}].size()));
        EXPECT_EQ(people(world, query, line.find("people").as_string()), (expected[{cohort, -1}]));
        EXPECT_EQ(number(line, "complete"), 6u);
        const auto returned = list(line.find("returned"));
        const auto tokens = list(line.find("people_returned"));
        ASSERT_EQ(returned.size(), 6u);
        for (int64_t period = 0; period < 6; ++period) {
            const auto& wanted = expected[{cohort, period}];
            EXPECT_EQ(returned[static_cast<size_t>(period)].as_integer(), wanted.size());
            EXPECT_EQ(people(world, query, tokens[static_cast<size_t>(period)].as_string()),
                      wanted);
        }
    }
}

TEST(RetentionQuestion, MarksWhatIsNotOverAndLeavesOutWhatHasNotBegun) {
    World world(5, 300, {.identities = 200, .padding_max = 10});
    world.clock.set(*parse_instant("2026-01-14T12:00:00Z"));
    const std::string query = R"({"kind":"retention","from":"2026-01-05","to":"2026-01-19",
        "timezone":"UTC","interval":"week","periods":3,"cohort":{"event":"*"},
        "return":{"event":"*"},"mode":")";
    const std::string calendar = answer_doc(world, query + R"(calendar"})");
    const auto cohorts = list(DocView(calendar).find("cohorts"));
    ASSERT_EQ(cohorts.size(), 2u);
    EXPECT_EQ(number(cohorts[0], "complete"), 1u);
    EXPECT_FALSE(list(cohorts[0].find("returned"))[1].is_null());
    EXPECT_TRUE(list(cohorts[0].find("returned"))[2].is_null());
    EXPECT_EQ(number(cohorts[1], "complete"), 0u);
    EXPECT_TRUE(list(cohorts[1].find("returned"))[1].is_null());
    const auto average = list(DocView(calendar).find("average"));
    EXPECT_EQ(number(average[0], "cohorts"), 1u);
    EXPECT_EQ(number(average[1], "cohorts"), 0u);
    EXPECT_TRUE(average[1].find("share").is_null());

    // Who came last in the first week has had only two and a half of her seven days.
    const std::string rolling = answer_doc(world, query + R"(rolling"})");
    EXPECT_EQ(number(list(DocView(rolling).find("cohorts"))[0], "complete"), 0u);
}

TEST(RetentionQuestion, LinesOfABreakdownAddUpToTheWhole) {
    World world(6, 2000, {.identities = 900, .padding_max = 10});
    for (const std::string returning :
         {R"("on_or_after")", R"("bracket","brackets":[[0,1],[2,9]])"}) {
        const std::string query =
            R"({"kind":"retention","from":"2026-01-01","to":"2026-03-01","interval":"month",
            "timezone":"Europe/Istanbul","cohort":{"event":"Order Completed"},
            "return":{"event":"*"},"breakdown":{"property":"currency","limit":1},"returning":)" +
            returning + "}";
        const std::string doc = answer_doc(world, query);
        const auto whole = list(DocView(doc).find("cohorts"));
        const auto lines = list(DocView(doc).find("lines"));
        ASSERT_EQ(lines.size(), 3u);
        for (size_t cohort = 0; cohort < whole.size(); ++cohort) {
            uint64_t size = 0;
            uint64_t back = 0;
            for (const DocView line : lines) {
                const DocView one = list(line.find("cohorts"))[cohort];
                size += number(one, "size");
                const auto returned = list(one.find("returned"))[1].as_integer();
                back += static_cast<uint64_t>(returned.value_or(0));
                const DocView tokens = one.find("people_returned");
                EXPECT_EQ(tokens.is_missing(), line.find("other").as_bool());
                if (tokens.is_missing() || !returned) continue;
                EXPECT_EQ(people(world, query, list(tokens)[1].as_string()).size(), *returned);
            }
            EXPECT_EQ(size, number(whole[cohort], "size"));
            EXPECT_EQ(back, list(whole[cohort].find("returned"))[1].as_integer());
        }
    }
}

TEST(RetentionQuestion, RefusesWhatItCannotAnswerAndNamesTheField) {
    World world(1, 1);
    const auto refusal = [&](const std::string& more) {
        const auto answer = world.run(R"({"kind":"retention","cohort":{"event":"A"})" + more + "}");
        return answer ? "answered" : answer.error().message;
    };
    EXPECT_EQ(refusal(""), "query: return: must be an object");
    EXPECT_EQ(refusal(R"(,"return":{"event":"*"},"interval":"hour")"),
              "query: interval: must be one of day week month");
    EXPECT_EQ(refusal(R"(,"return":{"event":"*"},"returning":"bracket")"),
              "query: brackets: missing, such as [[1,3],[4,7]]");
    EXPECT_EQ(refusal(R"(,"return":{"event":"*"},"periods":401)"),
              "query: periods: must be a whole number from 1 to 400");
}

}  // namespace
}  // namespace throughline::query
