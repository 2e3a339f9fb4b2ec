#include "query/pass.h"

#include <gtest/gtest.h>

#include <map>

#include "model/consequence.h"
#include "query/test_world.h"

namespace throughline::query {
namespace {

using model::DocView;
using model::EventView;

/// All it was shown, written down: root -> a line a row.
class Notes final : public Fold {
public:
    void add(const PersonRows& rows) override {
        ASSERT_FALSE(lines.contains(rows.root)) << "a person came twice";
        auto& person = lines[rows.root];
        for (size_t i = 0; i < rows.size(); ++i) {
            std::string line = std::to_string(rows.time[i]) + "|" + std::to_string(rows.match[i]);
            for (const auto& codes : rows.codes) line += "|" + std::to_string(codes[i]);
            for (const auto& numbers : rows.numbers) {
                const model::Decimal number = numbers[i];
                line += number.scale == kNoNumber ? "|none"
                                                  : "|" + std::to_string(number.units) + "e-" +
                                                        std::to_string(number.scale);
            }
            person.push_back(line + (rows.is_known ? "|known" : ""));
        }
        held += rows.size();
    }
    std::unique_ptr<Fold> fork() const override { return std::make_unique<Notes>(); }
    void join(Fold& other) override { lines.merge(static_cast<Notes&>(other).lines); }
    size_t bytes() const override { return held; }

    std::map<uint32_t, std::vector<std::string>> lines;
    size_t held = 0;
};

PropertyPath path(const std::string& text) {
    const std::string packed = model::doc_from_json("\"" + text + "\"").value();
    return PropertyPath::parse(DocView(packed), "test").value();
}

Predicate predicate(const std::string& json) {
    const std::string packed = model::doc_from_json(json).value();
    return Predicate::compile(DocView(packed), "test").value();
}

/// Three conditions that overlap, a currency, a value to compare, and a number.
Pass make_pass() {
    Pass pass{.from = 1'768'000'000 * kSecond, .to = 1'772'000'000 * kSecond};
    const size_t orders = pass.add({.event = "Order Completed"});
    const size_t dear =
        pass.add({.where = predicate(R"({"property":"revenue","op":"gte","value":20})")});
    pass.add({.event = "Çay", .type = model::EventType::Track});
    EXPECT_EQ(pass.add({.event = "Order Completed"}), orders) << "the same condition is one";
    pass.add({.kind = Dimension::Kind::Currency, .property = path("revenue")},
             match_of(orders) | match_of(dear));
    pass.add({.use = Dimension::Use::Compare, .property = path("quantity")}, match_of(dear));
    pass.add_number(path("revenue"), match_of(orders));
    pass.values = {"RON", "EUR", "TRY"};
    return pass;
}

/// What Notes must hold for make_pass(), by definition.
std::map<uint32_t, std::vector<std::string>> by_definition(const World& world, const Pass& pass) {
    std::map<uint32_t, std::map<sequence::RowKey, EventView>> people;
    for (const TestEvent& stored : world.events) {
        const EventView event = stored.event();
        if (event.time() < pass.from || event.time() >= pass.to) continue;
        people[Tens::root_of(stored.identity)].emplace(stored.key(), event);
    }
    std::map<uint32_t, std::vector<std::string>> lines;
    for (const auto& [root, rows] : people) {
        std::map<std::string, int> quantities;
        std::vector<std::pair<std::string, std::string>> made;  // Line before and after the code.
        std::vector<std::string> quantity_of;
        for (const auto& [key, event] : rows) {
            const bool has_traits = event.type() == model::EventType::Identify ||
                                    event.type() == model::EventType::Group;
            const DocView properties = event.doc().find(has_traits ? "traits" : "properties");
            const auto revenue = properties.find("revenue").as_decimal();
            const bool is_order = event.name() == "Order Completed";
            const bool is_dear = revenue && revenue->as_double() >= 20;
            const bool is_tea = event.name() == "Çay" && event.type() == model::EventType::Track;
            const int match = (is_order ? 1 : 0) + (is_dear ? 2 : 0) + (is_tea ? 4 : 0);
            if (match == 0) continue;
            const std::string currency(properties.find("currency").as_string());
            const std::string code = (match & 3) == 0 || currency.empty() ? "0"
                                     : currency == "RON"                  ? "2"
                                     : currency == "EUR"                  ? "3"
                                                                          : "4";
            std::string number = "|none";
            if (is_order && revenue) {
                number =
                    "|" + std::to_string(revenue->units) + "e-" + std::to_string(revenue->scale);
            }
            made.emplace_back(
                std::to_string(key.time) + "|" + std::to_string(match) + "|" + code + "|",
                number + (root % 20 == 0 ? "|known" : ""));
            quantity_of.push_back(is_dear ? properties.find("quantity").as_text().value_or("")
                                          : "");
        }
        // Which value a code to compare stands for is not said, only which are equal.
        for (size_t i = 0; i < made.size(); ++i) {
            lines[root].push_back(made[i].first + quantity_of[i] + made[i].second);
        }
    }
    return lines;
}

/// Exchanges the codes to compare (field 3) for the values they stand for in `expected`.
void expect_same(const std::map<uint32_t, std::vector<std::string>>& expected,
                 const std::map<uint32_t, std::vector<std::string>>& answer) {
    const auto fields = [](const std::string& line) {
        std::vector<std::string> parts(1);
        for (const char c : line) {
            if (c == '|') {
                parts.emplace_back();
            } else {
                parts.back() += c;
            }
        }
        return parts;
    };
    ASSERT_EQ(expected.size(), answer.size());
    for (const auto& [root, lines] : expected) {
        const auto& given = answer.at(root);
        ASSERT_EQ(lines.size(), given.size());
        std::map<std::string, std::string> value_of{{"0", ""}};
        std::map<std::string, std::string> code_of{{"", "0"}};
        for (size_t i = 0; i < lines.size(); ++i) {
            auto wanted = fields(lines[i]);
            auto got = fields(given[i]);
            EXPECT_EQ(value_of.emplace(got[3], wanted[3]).first->second, wanted[3]);
            EXPECT_EQ(code_of.emplace(wanted[3], got[3]).first->second, got[3]);
            got[3] = wanted[3];
            EXPECT_EQ(got, wanted);
        }
    }
}

TEST(Pass, ShowsEachPersonsMatchingRowsOnceInSequenceOrder) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        World world(seed, 1500, {.identities = 120, .padding_max = 20});
        const Pass pass = make_pass();
        Notes notes;
        Fold* const folds[] = {&notes};
        const auto result = world.ask(
            [&](const Environment& environment) { return run_pass(pass, environment, folds); });
        ASSERT_TRUE(result) << result.error().message;
        expect_same(by_definition(world, pass), notes.lines);
        EXPECT_EQ(result->values.text(2), "RON");
        EXPECT_EQ(result->values.text(3), "EUR");
        EXPECT_FALSE(result->values.is_limited());
    }
}

// Runs written while people were others than they are now, some merged since, in up to three
// threads.
TEST(Pass, ShowsTheSameWhateverHomesRunsAndThreads) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        World world(seed, 0);
        SeededRandom random(seed);
        const sequence::TestWorld shape{.identities = 150, .padding_max = 20};
        for (size_t i = 1; i <= 2500; ++i) {
            world.add(make_test_event(random, i, shape), false);
            if (i % 300 != 0) continue;
            const auto wide = static_cast<uint32_t>(random.chance(0.6) ? 10 : 1 + random.below(12));
            const sequence::RewriteOptions homes{
                .home_of = [wide](uint32_t identity) { return identity / wide * wide; }};
            world.flush(homes);
            if (random.chance(0.3)) world.merge(homes);
        }
        const Pass pass = make_pass();
        for (const size_t threads : {1, 2, 3}) {
            Notes notes;
            Fold* const folds[] = {&notes};
            const auto result = world.ask([&](Environment environment) {
                environment.threads = threads;
                environment.thread_rows_min = 1;
                return run_pass(pass, environment, folds);
            });
            ASSERT_TRUE(result) << result.error().message;
            ASSERT_NO_FATAL_FAILURE(expect_same(by_definition(world, pass), notes.lines));
        }
    }
}

TEST(Pass, TellsWhatItLookedAt) {
    World world(3, 800);
    const Pass pass = make_pass();
    uint64_t rows = 0;
    std::map<uint32_t, bool> people;
    for (const TestEvent& stored : world.events) {
        const Micros at = stored.event().time();
        if (at < pass.from || at >= pass.to) continue;
        ++rows;
        people[Tens::root_of(stored.identity)] = true;
    }
    Progress progress;
    const auto result = world.ask([&](Environment environment) {
        environment.progress = &progress;
        return run_pass(pass, environment, {});
    });
    ASSERT_TRUE(result);
    EXPECT_EQ(result->rows, rows);
    EXPECT_EQ(result->people, people.size());
    uint64_t known = 0;
    for (const auto& [root, present] : people) known += root % 20 == 0;
    EXPECT_EQ(result->people_known, known);
    EXPECT_EQ(progress.rows_total, 800u);
    EXPECT_GT(progress.rows_done, 0u);
}

TEST(Pass, ConsequencesCountOnlyWhereTheyAreAskedFor) {
    World world(5, 200);
    const size_t sent = world.events.size();
    for (const bool in_file : {true, false}) {
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, {.type = model::kConsequence,
                                       .source = model::kOwnSource,
                                       .time = world.events.front().event().time(),
                                       .name = "Order Completed",
                                       .message_id = in_file ? "a" : "b"});
        world.add({.identity = 3, .position = in_file ? 1'000u : 1'001u, .payload = payload},
                  in_file);
    }
    const auto count = [&](const std::string& series) {
        const std::string answer =
            world
                .run(R"({"kind":"trend","from":"2026-01-01","to":"2026-04-02","series":[)" +
                     series + "]}")
                .value();
        return std::stoul(answer.substr(answer.find("\"total\":") + 8));
    };
    EXPECT_EQ(count(R"({"measure":"events"})"), sent);
    EXPECT_EQ(count(R"({"event":"*","measure":"events"})"), sent);
    EXPECT_EQ(count(R"({"type":"consequence","measure":"events"})"), 2u);
    EXPECT_EQ(count(R"({"event":"Order Completed","type":"consequence","measure":"events"})"), 2u);
}

TEST(Pass, GathersInPartsWhenMemoryIsShortAndShowsTheSame) {
    World world(7, 3000, {.identities = 400, .padding_max = 20});
    Pass pass = make_pass();
    pass.known_only = true;
    Notes whole;
    Notes parts;
    const auto run = [&](Notes& notes, size_t bytes) {
        return world.ask([&](Environment environment) {
            environment.pass_bytes_max = bytes;
            Fold* const folds[] = {&notes};
            return run_pass(pass, environment, folds);
        });
    };
    const auto one = run(whole, size_t{1} << 30);
    const auto many = run(parts, 12'000);
    ASSERT_TRUE(one);
    ASSERT_TRUE(many) << many.error().message;
    EXPECT_EQ(whole.lines, parts.lines);
    EXPECT_EQ(one->rows, many->rows);
    EXPECT_EQ(one->people, many->people);
}

TEST(Pass, RefusesWhatMemoryCannotHold) {
    World world(7, 3000, {.identities = 9, .padding_max = 20});
    const Pass pass = make_pass();
    Notes notes;
    Fold* const folds[] = {&notes};
    const auto answer = world.ask([&](Environment environment) {
        environment.pass_bytes_max = 2'000;
        return run_pass(pass, environment, folds);
    });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::ResourceExhausted);
}

TEST(Pass, StopsWhenToldAndWhenItTakesTooLong) {
    World world(7, 100);
    const Pass pass = make_pass();
    const std::atomic<bool> cancelled{true};
    const auto told = world.ask([&](Environment environment) {
        environment.cancelled = &cancelled;
        return run_pass(pass, environment, {});
    });
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code, Code::Cancelled);
    const auto late = world.ask([&](Environment environment) {
        environment.time_limit = -1;
        return run_pass(pass, environment, {});
    });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::DeadlineExceeded);
}

TEST(Values, PastTheLimitShareOne) {
    Values values;
    for (size_t i = 0; i < kValuesMax; ++i) {
        EXPECT_EQ(values.code(std::to_string(i)), kFirstValue + i);
    }
    EXPECT_FALSE(values.is_limited());
    EXPECT_EQ(values.code("one more"), kOtherValue);
    EXPECT_EQ(values.code("7"), kFirstValue + 7);
    EXPECT_TRUE(values.is_limited());
    EXPECT_EQ(values.text(kFirstValue + 7), "7");
}

}  // namespace
}  // namespace throughline::query
