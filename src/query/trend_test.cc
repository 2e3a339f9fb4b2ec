#include "query/trend.h"

#include <date/tz.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "model/json.h"
#include "query/exact_sum.h"
#include "query/test_world.h"

namespace throughline::query {
namespace {

using model::DocView;
using sequence::TestEvent;

/// The day that clocks show, from the zone's offset alone.
int64_t local_day(Micros at, const std::string& zone) {
    const auto info = date::locate_zone(zone)->get_info(
        date::sys_time<std::chrono::microseconds>(std::chrono::microseconds(at)));
    return floor_div(at + info.offset.count() * kSecond, kDay);
}

/// Names the interval of an instant, by definition.
std::string interval_key(Micros at, const std::string& interval, const std::string& zone) {
    if (interval == "hour") return std::to_string(floor_div(at, kHour));  // Whole-hour offsets.
    const int64_t day = local_day(at, zone);
    const CivilDate date = civil_from_days(day);
    if (interval == "month") return std::to_string(date.year * 12 + date.month);
    return std::to_string(interval == "week" ? floor_div(day + 3, 7) : day);
}

struct Oracle {
    std::string measure;
    std::string interval;
    std::string zone;
    Micros from = 0;
    Micros to = 0;
    bool known = false;
    std::function<bool(const model::EventView&)> matches;
    std::function<std::string(const model::EventView&)> breakdown;  // "-" for none.
};

std::string number_text(const ExactSum& sum) {
    std::string text;
    sum.append_to(text);
    return text;
}

/// (breakdown | currency | interval or "total") -> value; zeros left out.
std::map<std::string, std::string> by_definition(const std::vector<TestEvent>& events,
                                                 const Oracle& oracle) {
    std::map<std::string, uint64_t> counts;
    std::map<std::string, std::set<uint32_t>> people;
    std::map<std::string, ExactSum> sums;
    for (const TestEvent& stored : events) {
        const model::EventView event = stored.event();
        const uint32_t root = Tens::root_of(stored.identity);
        if (event.time() < oracle.from || event.time() >= oracle.to) continue;
        if (!oracle.matches(event) || (oracle.known && root % 20 != 0)) continue;
        const bool has_traits =
            event.type() == model::EventType::Identify || event.type() == model::EventType::Group;
        const DocView properties = event.doc().find(has_traits ? "traits" : "properties");
        const auto amount = properties.find("revenue").as_decimal();
        std::string key = oracle.breakdown(event) + "|";
        if (oracle.measure == "sum" && !amount) continue;
        if (oracle.measure == "sum") key += properties.find("currency").as_string();
        for (const std::string& at :
             {interval_key(event.time(), oracle.interval, oracle.zone), std::string("total")}) {
            ++counts[key + "|" + at];
            people[key + "|" + at].insert(root);
            if (amount) sums[key + "|" + at].add(*amount);
        }
    }
    std::map<std::string, std::string> values;
    for (const auto& [key, count] : counts) {
        std::string text = std::to_string(count);
        if (oracle.measure == "people") text = std::to_string(people[key].size());
        if (oracle.measure == "sum") text = number_text(sums[key]);
        if (text != "0") values[key] = text;
    }
    return values;
}

/// The same of an answer; checks that its points are all intervals of the range, in order.
std::map<std::string, std::string> by_answer(const std::string& answer, const Oracle& oracle) {
    std::vector<std::string> expected_points;
    for (Micros at = oracle.from; at < oracle.to; at += 15 * kMinute) {
        const std::string key = interval_key(at, oracle.interval, oracle.zone);
        if (expected_points.empty() || expected_points.back() != key)
            expected_points.push_back(key);
    }
    std::map<std::string, std::string> values;
    const std::string packed = model::doc_from_json(answer).value();
    for (const DocView series : DocView(packed).find("series").items()) {
        const DocView breakdown = series.find("breakdown");
        const std::string name = breakdown.is_string()    ? std::string(breakdown.as_string())
                                 : breakdown.is_missing() ? "-"
                                                          : "null";
        const std::string key = name + "|" + std::string(series.find("currency").as_string()) + "|";
        std::vector<std::string> points;
        for (const DocView point : series.find("points").items()) {
            const Micros at = *parse_instant(point.find("at").as_string());
            points.push_back(interval_key(at, oracle.interval, oracle.zone));
            const std::string value = model::to_json(point.find("value"));
            if (value != "0") values[key + points.back()] = value;
        }
        EXPECT_EQ(points, expected_points);
        const std::string total = model::to_json(series.find("total"));
        if (total != "0") values[key + "total"] = total;
    }
    return values;
}

TEST(Trend, AgreesWithTheDefinitionInEveryZoneIntervalMeasureAndBreakdown) {
    // Around both changes of the clocks in Bucharest and New York, of which Istanbul has none.
    const Micros spring = *parse_instant("2026-03-07T00:00:00Z");
    const Micros autumn = *parse_instant("2026-10-20T00:00:00Z");
    int checked = 0;
    for (const Micros start : {spring, autumn}) {
        sequence::TestWorld shape{.identities = 60, .from = start, .to = start + 25 * kDay};
        shape.padding_max = 10;
        World world(static_cast<uint64_t>(start), 1500, shape);
        for (const char* zone : {"Europe/Istanbul", "Europe/Bucharest", "America/New_York"}) {
            for (const char* interval : {"hour", "day", "week", "month"}) {
                for (const char* measure : {"events", "people", "sum"}) {
                    const int variant = checked++ % 4;
                    Oracle oracle{
                        measure,           interval,     zone, start + 5 * kHour + 7 * kMinute,
                        start + 24 * kDay, variant == 3, {},   {}};
                    std::string series =
                        R"({"event":"Order Completed","measure":")" + std::string(measure) + "\"";
                    oracle.matches = [](const model::EventView& event) {
                        return event.type() == model::EventType::Track &&
                               event.name() == "Order Completed";
                    };
                    oracle.breakdown = [](const model::EventView&) { return std::string("-"); };
                    if (oracle.measure == "sum") series += R"(,"property":"revenue")";
                    std::string rest;
                    if (variant == 1) {
                        rest = R"(,"breakdown":{"property":"quantity"})";
                        oracle.breakdown = [](const model::EventView& event) {
                            return model::to_json(event.doc().at_path("properties.quantity"));
                        };
                    } else if (variant == 2) {
                        rest = R"(,"breakdown":{"source":true})";
                        oracle.breakdown = [](const model::EventView& event) {
                            return "s" + std::to_string(event.source());
                        };
                    } else if (variant == 3) {
                        rest = R"(,"known":true)";
                        series += R"(,"where":{"property":"quantity","op":"gte","value":4})";
                        oracle.matches = [](const model::EventView& event) {
                            return event.type() == model::EventType::Track &&
                                   event.name() == "Order Completed" &&
                                   event.doc().at_path("properties.quantity").as_integer() >= 4;
                        };
                    }
                    const std::string query =
                        R"({"kind":"trend","from":")" + format_instant_exact(oracle.from) +
                        R"(","to":")" + format_instant_exact(oracle.to) + R"(","timezone":")" +
                        zone + R"(","interval":")" + interval + R"(","series":[)" + series + "}]" +
                        rest + "}";
                    const auto answer = world.run(query);
                    ASSERT_TRUE(answer.is_ok()) << answer.error().message;
                    ASSERT_EQ(by_answer(*answer, oracle), by_definition(world.events, oracle))
                        << query;
                }
            }
        }
    }
}

TEST(Trend, BreaksDownByTypeAndEvent) {
    World world(3, 600);
    for (const bool by_type : {true, false}) {
        Oracle oracle{"people",
                      "month",
                      "UTC",
                      sequence::TestWorld{}.from,
                      sequence::TestWorld{}.to,
                      false,
                      [](const auto&) { return true; },
                      {}};
        oracle.breakdown = [&](const model::EventView& event) {
            return std::string(by_type ? model::event_type_name(event.type()) : event.name());
        };
        const std::string breakdown = by_type ? "type" : "event";
        const auto answer = world.run(
            R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","interval":"month",
                "series":[{"measure":"people"}],"breakdown":{")" +
            breakdown + R"(":true}})");
        ASSERT_TRUE(answer.is_ok()) << answer.error().message;
        EXPECT_EQ(by_answer(*answer, oracle), by_definition(world.events, oracle));
    }
}

TEST(Trend, PutsValuesPastFiftyUnderOther) {
    World world(4, 4000, {.identities = 500});
    const std::string head =
        R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","interval":"month","series":[)";
    for (const char* measure : {"events", "people"}) {
        const auto answer = world.run(head + R"({"measure":")" + measure +
                                      R"("}],"breakdown":{"property":"salt"}})");
        const std::string packed = model::doc_from_json(*answer).value();
        size_t lines = 0;
        int64_t total = 0;
        DocView other;
        for (const DocView line : DocView(packed).find("series").items()) {
            ++lines;
            total += *line.find("total").as_integer();
            if (line.find("other").as_bool()) other = line;
        }
        EXPECT_EQ(lines, 52u);  // 50, those without a value, other.
        ASSERT_FALSE(other.is_missing());
        std::set<uint32_t> people;
        for (const TestEvent& event : world.events) people.insert(Tens::root_of(event.identity));
        if (std::string_view(measure) == "events") {
            EXPECT_EQ(total, 4000);
        } else {
            // Nearly everybody has a value under other: each counts once there.
            EXPECT_LE(*other.find("total").as_integer(), static_cast<int64_t>(people.size()));
            EXPECT_GT(*other.find("total").as_integer(), static_cast<int64_t>(people.size()) / 2);
        }
    }
}

TEST(Trend, NamesPeopleBehindEachNumber) {
    World world(5, 800);
    const std::string query =
        model::doc_from_json(
            R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","interval":"week",
            "timezone":"Europe/Bucharest","series":[{"event":"Order Completed","measure":"people"}],
            "breakdown":{"source":true}})")
            .value();
    const std::string answer =
        world.ask([&](const Environment& e) { return run_query(DocView(query), e); }).value();
    const std::string packed = model::doc_from_json(answer).value();
    for (const DocView line : DocView(packed).find("series").items()) {
        const std::string value(line.find("breakdown").as_string());
        const auto behind = [&](const std::string& at, PageRequest page) {
            const std::string cell =
                model::doc_from_json(R"({"series":0,"breakdown":")" + value + "\"" + at + "}")
                    .value();
            return world
                .ask([&](const Environment& e) {
                    return people_behind(DocView(query), DocView(cell), page, e);
                })
                .value();
        };
        EXPECT_EQ(behind("", {}).total, static_cast<uint64_t>(*line.find("total").as_integer()));
        for (const DocView point : line.find("points").items()) {
            const std::string at = R"(,"at":")" + std::string(point.find("at").as_string()) + "\"";
            const auto all = behind(at, {});
            ASSERT_EQ(all.roots.size(), static_cast<size_t>(*point.find("value").as_integer()));
            PageRequest one{.after = std::nullopt, .limit = 1};
            for (const uint32_t root : all.roots) {
                const auto page = behind(at, one);
                ASSERT_EQ(page.roots, std::vector<uint32_t>{root});
                ASSERT_EQ(page.next.has_value(), root != all.roots.back());
                one.after = page.next;
            }
        }
    }
}

TEST(Trend, FindsNamesThatHaveNoNumber) {
    World world(6, 10);
    for (uint32_t i = 0; i < sequence::kNamesMax; ++i) {
        world.history->dictionary().intern("filler " + std::to_string(i));
    }
    std::string doc;
    model::DocWriter writer(doc);
    writer.close(writer.open_object());
    model::Event event;
    event.time = sequence::TestWorld{}.from;
    event.doc = doc;
    for (uint64_t i = 0; i < 5; ++i) {
        event.name = i < 3 ? "late name" : "later name";
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, event);
        world.add({1, 100 + i, payload}, i == 1);
    }
    const auto answer = world.run(
        R"({"kind":"trend","from":"2026-01-01","to":"2026-01-02","series":[{"event":"late name"}]})");
    EXPECT_NE(answer->find(R"("total":3,)"), std::string::npos) << *answer;
    EXPECT_FALSE(world.history->dictionary().find("late name"));
}

TEST(Trend, CountsPropertiesThatAreNoNumbersAsIgnored) {
    World world(7, 0);
    const char* amounts[] = {"1.10", "\"2\"", "null", "2.2", "[1]", "1e400"};
    for (uint64_t i = 0; i < 6; ++i) {
        const std::string doc =
            model::doc_from_json(R"({"properties":{"total":)" + std::string(amounts[i]) + "}}")
                .value();
        model::Event event;
        event.time = sequence::TestWorld{}.from;
        event.doc = doc;
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, event);
        world.add({1, i + 1, payload}, false);
    }
    const std::string head = R"({"kind":"trend","from":"2026-01-01","to":"2026-01-02","series":[)";
    const auto sum = world.run(head + R"({"measure":"sum","property":"total"}]})");
    EXPECT_NE(sum->find(R"("total":3.3,"ignored":4,)"), std::string::npos) << *sum;
    const auto average = world.run(head + R"({"measure":"avg","property":"total"}]})");
    EXPECT_NE(average->find(R"("total":1.65,"ignored":4,)"), std::string::npos) << *average;
    const auto none = world.run(head + R"({"measure":"avg","property":"nothing"}]})");
    EXPECT_NE(none->find(R"("value":null)"), std::string::npos) << *none;
}

TEST(Trend, AsksListsInFilesAsInTheEventItself) {
    World world(15, 1500, {.identities = 60, .padding_max = 10});
    for (const std::string comparison :
         {R"("op":"eq","value":"s3")", R"("op":"ne","value":"s3","quantifier":"all")",
          R"("op":"not_exists")"}) {
        for (const std::string path : {"products[].sku", "products[].quantity", "products[]"}) {
            const std::string where = R"({"property":")" + path + R"(",)" + comparison + "}";
            const std::string packed = model::doc_from_json(where).value();
            const auto predicate = Predicate::compile(DocView(packed), "where").value();
            const auto expected = std::ranges::count_if(
                world.events, [&](const TestEvent& one) { return predicate.matches(one.event()); });
            const auto answer = world.run(
                R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","series":[{"where":)" +
                where + "}]}");
            ASSERT_TRUE(answer) << answer.error().message;
            EXPECT_NE(answer->find("\"total\":" + std::to_string(expected) + ","),
                      std::string::npos)
                << where << *answer;
        }
    }
}

TEST(Trend, QuantilesAreThoseOfAllNumbersOfACurrency) {
    World world(8, 2000);
    std::map<std::string, std::vector<double>> numbers;
    for (const TestEvent& stored : world.events) {
        const model::EventView event = stored.event();
        if (event.type() != model::EventType::Track || event.name() != "Order Completed") continue;
        const DocView properties = event.doc().find("properties");
        const std::string currency(properties.find("currency").as_string());
        numbers[currency].push_back(properties.find("revenue").as_double().value());
    }
    for (const auto& [measure, share] :
         std::map<std::string, double>{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}}) {
        const auto answer = world.run(
            R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","interval":"month","series":[
            {"event":"Order Completed","measure":")" +
            measure + R"(","property":"revenue"}]})");
        ASSERT_TRUE(answer) << answer.error().message;
        const std::string packed = model::doc_from_json(*answer).value();
        size_t lines = 0;
        for (const DocView line : DocView(packed).find("series").items()) {
            auto sorted = numbers.at(std::string(line.find("currency").as_string()));
            std::sort(sorted.begin(), sorted.end());
            const double place = share * static_cast<double>(sorted.size() - 1);
            const auto below = static_cast<size_t>(place);
            const double above = sorted[std::min(below + 1, sorted.size() - 1)];
            const double expected =
                sorted[below] + (place - static_cast<double>(below)) * (above - sorted[below]);
            EXPECT_NEAR(line.find("total").as_double().value(), expected, 1e-9);
            ++lines;
        }
        EXPECT_EQ(lines, numbers.size());
    }
}

TEST(Trend, RefusesWhatItCannotAnswerAndNamesTheField) {
    World world(8, 10);
    const auto refusal = [&](const std::string& query) {
        const auto answer = world.run(query);
        return answer ? "accepted" : answer.error().message;
    };
    EXPECT_EQ(refusal(R"({"kind":"sql"})"),
              "query: kind: must be one of trend funnel retention attribution");
    EXPECT_EQ(refusal(R"({"kind":"trend"})"), "query: series: must be a list");
    EXPECT_EQ(refusal(R"({"kind":"trend","series":[]})"), "query: series: need at least 1");
    EXPECT_EQ(
        refusal(R"({"kind":"trend","series":[{"measure":"p75"}]})"),
        "query: series[0].measure: must be one of events people sessions sum avg p50 p90 p99");
    EXPECT_EQ(refusal(R"({"kind":"trend","series":[{},{"measure":"sum"}]})"),
              "query: series[1].property: must be the name of a property");
    EXPECT_EQ(refusal(R"({"kind":"trend","series":[{"evnt":"x"}]})"),
              "query: series[0].evnt: not known here, or not supported yet");
    EXPECT_EQ(refusal(R"({"kind":"trend","as_known_at":"2026-01-01","series":[{}]})"),
              "query: as_known_at: not offered here");
    EXPECT_EQ(refusal(R"({"kind":"trend","as_known_at":"2036-01-01","series":[{}]})"),
              "query: as_known_at: must not be after now");
    EXPECT_EQ(refusal(R"({"kind":"trend","series":[{}],"breakdown":{"trait":"plan"}})"),
              "query: where: traits and identifiers are as of now, and cannot be asked here");
    EXPECT_EQ(refusal(R"({"kind":"trend","timezone":"Mars","series":[{}]})"),
              "query: timezone: not a time zone of the IANA database, such as Europe/Istanbul");
    EXPECT_EQ(refusal(R"({"kind":"trend","from":"2026-02-01","to":"2026-01-01","series":[{}]})"),
              "query: to: must be after from");
    EXPECT_EQ(refusal(R"({"kind":"trend","from":"-9000d","interval":"hour","series":[{}]})"),
              "query: interval: more than 10000 intervals: take a longer one or a shorter range");
    EXPECT_EQ(refusal(R"({"kind":"trend","breakdown":{"type":false},"series":[{}]})"),
              "query: breakdown.type: must be true");
}

TEST(Trend, StopsWhenToldAndWhenItTakesTooLongOrTooMuch) {
    World world(9, 300);
    const std::string query =
        model::doc_from_json(
            R"({"kind":"trend","from":"2026-01-01","series":[{"measure":"people"}]})")
            .value();
    const auto code_with = [&](const std::function<void(Environment&)>& change) {
        return world.ask([&](Environment environment) {
            change(environment);
            const auto answer = run_query(DocView(query), environment);
            return answer ? std::optional<Code>() : answer.error().code;
        });
    };
    std::atomic<bool> stop{true};
    EXPECT_EQ(code_with([](Environment&) {}), std::nullopt);
    EXPECT_EQ(code_with([&](Environment& e) { e.cancelled = &stop; }), Code::Cancelled);
    EXPECT_EQ(code_with([](Environment& e) { e.time_limit = -1; }), Code::DeadlineExceeded);
    EXPECT_EQ(code_with([](Environment& e) { e.pass_bytes_max = 10; }), Code::ResourceExhausted);
}

}  // namespace
}  // namespace throughline::query
