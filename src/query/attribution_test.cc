#include "query/attribution.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "model/json.h"
#include "query/attribution_oracle.h"
#include "query/attribution_tally.h"
#include "query/marketing.h"
#include "query/test_world.h"

namespace throughline::query {
namespace {

using model::DocView;

constexpr Micros kStart = 1'772'323'200 * kSecond;  // 2026-03-01, a Sunday.

std::string packed(const std::string& json) {
    return model::doc_from_json(json).value();
}

// --- Through history: what a question about a small shop answers.

/// Where somebody comes from, as an event's context says it.
const std::string kSearchAd = R"({"campaign":{"source":"google","medium":"cpc","name":"spring"}})";
const std::string kLetter = R"({"campaign":{"source":"crm","medium":"email","content":"hero"}})";
const std::string kNowhere = "{}";

struct Shop : World {
    Marketing marketing;
    model::Position next = 1;

    Shop() : World(1, 0) {}

    void see(uint32_t person, Micros at, const std::string& context,
             const std::string& name = "Product Viewed", const std::string& properties = "{}") {
        const std::string doc =
            packed(R"({"context":)" + context + R"(,"properties":)" + properties + "}");
        auto payload = std::make_shared<std::string>();
        model::append_event(
            *payload,
            {.time = at, .message_key = {next, 1}, .identifiers = {}, .name = name, .doc = doc});
        add({person, next, payload}, next % 3 == 0);
        ++next;
    }
    void order(uint32_t person, Micros at, const std::string& money) {
        see(person, at, kNowhere, "Order Completed", "{" + money + "}");
    }
    Result<std::string> answer(const std::string& more) {
        const std::string query =
            packed(R"({"kind":"attribution","from":"2026-03-02","to":"2026-03-09",)"
                   R"("conversion":{"event":"Order Completed","value":"revenue"})" +
                   more + "}");
        return ask([&](Environment environment) {
            environment.marketing = &marketing;
            return run_query(DocView(query), environment);
        });
    }
    /// The value at a path of one row of the answer, as JSON.
    std::string at(const std::string& answer, std::string_view row, std::string_view path) {
        const std::string doc = packed(answer);
        for (const DocView item : DocView(doc).find("rows").items()) {
            if (item.find("channel").as_string() == row) return model::to_json(item.at_path(path));
        }
        return row == "totals" ? model::to_json(DocView(doc).find("totals").at_path(path)) : "-";
    }
};

TEST(Attribution, CountsSessionsPeopleConversionsAndValueAsTheContractDefinesThem) {
    Shop shop;
    // Person 20 is known: she came by an ad before the range, by a letter in it, and ordered.
    shop.see(20, kStart, kSearchAd);
    shop.see(20, kStart + 2 * kDay, kLetter);
    shop.order(20, kStart + 2 * kDay + kMinute, R"("revenue":10.10,"currency":"EUR")");
    shop.order(20, kStart + 4 * kDay, R"("revenue":0.20,"currency":"EUR")");
    // Person 40 is new, and known; person 10 is new, and not.
    shop.see(40, kStart + 3 * kDay, kSearchAd);
    shop.see(10, kStart + 3 * kDay, kSearchAd);
    shop.order(10, kStart + 3 * kDay + kMinute, R"("revenue":"five")");

    const std::string answer = shop.answer("").value();
    EXPECT_EQ(shop.at(answer, "email", "sessions"), "1");
    EXPECT_EQ(shop.at(answer, "direct", "sessions"), "1");
    EXPECT_EQ(shop.at(answer, "paid-search", "sessions"), "1");
    EXPECT_EQ(shop.at(answer, "paid-search", "everyone"), R"({"sessions":2,"people":2})");
    EXPECT_EQ(shop.at(answer, "paid-search", "people"), "1");
    EXPECT_EQ(shop.at(answer, "email", "people"), "0");
    EXPECT_EQ(shop.at(answer, "paid-search", "models.first.conversions"), "2");
    EXPECT_EQ(shop.at(answer, "paid-search", "models.first.value"), "10.3");
    EXPECT_EQ(shop.at(answer, "email", "models.last.value"), "10.1");
    EXPECT_EQ(shop.at(answer, "direct", "models.last.value"), "0.2");
    EXPECT_EQ(shop.at(answer, "email", "models.last_non_direct.value"), "10.3");
    EXPECT_EQ(shop.at(answer, "totals", "models.last.conversions"), "2");
    EXPECT_EQ(shop.at(answer, "paid-search", "name"), R"("Paid Search")");
    EXPECT_EQ(shop.at(answer, "paid-search", "media"), R"("paid")");

    const std::string everyone = shop.answer(R"(,"known":false)").value();
    EXPECT_EQ(shop.at(everyone, "totals", "models.first.conversions"), "3");
    EXPECT_EQ(shop.at(everyone, "totals", "models.first.value"), "10.3");
    EXPECT_NE(everyone.find(R"("ignored_values":1)"), std::string::npos);
    EXPECT_NE(everyone.find(R"("currency":"EUR")"), std::string::npos);
}

TEST(Attribution, LooksBackAsFarAsItIsToldAndCountsTheSessionOfTheConversionAlways) {
    Shop shop;
    shop.see(20, kStart, kSearchAd);
    shop.order(20, kStart + 3 * kDay, R"("revenue":1)");
    shop.see(40, kStart + 3 * kDay, kLetter);
    shop.order(40, kStart + 3 * kDay + 29 * kMinute, R"("revenue":1)");
    const std::string two_days = shop.answer(R"(,"lookback":"2d")").value();
    EXPECT_EQ(shop.at(two_days, "direct", "models.first.conversions"), "1");
    const std::string three_days = shop.answer(R"(,"lookback":"3d")").value();
    EXPECT_EQ(shop.at(three_days, "paid-search", "models.first.conversions"), "1");
    const std::string second = shop.answer(R"(,"lookback":"1s")").value();
    EXPECT_EQ(shop.at(second, "email", "models.first.conversions"), "1");
}

TEST(Attribution, NeverAddsMoneyOfTwoCurrencies) {
    Shop shop;
    shop.see(20, kStart + 2 * kDay, kLetter);
    shop.order(20, kStart + 2 * kDay, R"("revenue":1.5,"currency":"EUR")");
    shop.order(20, kStart + 2 * kDay, R"("revenue":20,"currency":"RON")");
    const std::string answer = shop.answer("").value();
    EXPECT_EQ(shop.at(answer, "email", "models.first.value"), "null");
    EXPECT_EQ(shop.at(answer, "email", "models.first.values"),
              R"([{"currency":"EUR","value":1.5},{"currency":"RON","value":20}])");
}

TEST(Attribution, CountsWhoBecameQualifiedForTheFirstTimeInTheRange) {
    Shop shop;
    shop.marketing.qualified = packed(R"({"event":"Demo Requested"})");
    shop.see(20, kStart, kNowhere, "Demo Requested");
    shop.see(20, kStart + 2 * kDay, kLetter, "Demo Requested");
    shop.see(40, kStart + 2 * kDay, kSearchAd);
    shop.see(40, kStart + 3 * kDay, kLetter, "Demo Requested");
    const std::string answer = shop.answer("").value();
    EXPECT_EQ(shop.at(answer, "paid-search", "qualified"), "1");
    EXPECT_EQ(shop.at(answer, "email", "qualified"), "0");
    EXPECT_EQ(shop.at(answer, "email", "models.last.qualified"), "1");
    const std::string other = shop.answer(R"(,"qualified":{"event":"Order Completed"})").value();
    EXPECT_EQ(shop.at(other, "totals", "qualified"), "0");
}

TEST(Attribution, SetsCostsOfTheRangeBesideWhatTheyReturned) {
    Shop shop;
    const auto day = [](std::string_view text) { return *parse_instant(text) / kDay; };
    shop.marketing.costs = {{day("2026-03-01"), "email", "", "EUR", {99, 0}},
                            {day("2026-03-02"), "Email", "", "EUR", {25, 1}},
                            {day("2026-03-08"), "email", "march", "EUR", {15, 1}},
                            {day("2026-03-09"), "email", "", "EUR", {99, 0}},
                            {day("2026-03-02"), "Bus stops", "", "EUR", {7, 0}}};
    shop.see(20, kStart + 2 * kDay, kLetter);
    shop.order(20, kStart + 2 * kDay, R"("revenue":10,"currency":"EUR")");
    const std::string answer = shop.answer("").value();
    EXPECT_EQ(shop.at(answer, "email", "cost"), "4");
    EXPECT_EQ(shop.at(answer, "email", "models.first.return"), "2.5");
    EXPECT_EQ(shop.at(answer, "Bus stops", "cost"), "7");
    EXPECT_EQ(shop.at(answer, "Bus stops", "models.first.return"), "0");
    EXPECT_EQ(shop.at(answer, "totals", "cost"), "11");
    const std::string by_campaign = shop.answer(R"(,"by":["channel","campaign"])").value();
    EXPECT_EQ(shop.at(by_campaign, "totals", "cost"), "11");
    EXPECT_NE(by_campaign.find(R"("campaign":"march","sessions":0)"), std::string::npos);
    EXPECT_EQ(shop.at(shop.answer(R"(,"by":"asset")").value(), "totals", "cost"), "0");
}

TEST(Attribution, NamesThePeopleBehindEachNumber) {
    Shop shop;
    for (const uint32_t person : {20, 40, 60}) {
        shop.see(person, kStart + 2 * kDay, person == 60 ? kLetter : kSearchAd);
        shop.order(person, kStart + 4 * kDay, R"("revenue":1)");
    }
    const std::string query =
        packed(R"({"kind":"attribution","from":"2026-03-02","to":"2026-03-09",)"
               R"("conversion":{"event":"Order Completed"},"models":["linear"]})");
    const auto people = [&](const std::string& token) {
        std::string cell;
        model::DocWriter(cell).string(token);
        return shop.ask([&](const Environment& environment) {
            return people_of_attribution(DocView(query), DocView(cell), {.limit = 2}, environment);
        });
    };
    const PeoplePage direct = people(R"(a_conversions_linear_{"channel":"direct"})").value();
    EXPECT_EQ(direct.total, 3u);
    EXPECT_EQ(direct.roots, (std::vector<uint32_t>{20, 40}));
    EXPECT_EQ(direct.next, 40u);
    EXPECT_EQ(people(R"(a_sessions_-_{"channel":"email"})")->roots, std::vector<uint32_t>{60});
    EXPECT_EQ(people("a_people_-")->total, 3u);
    EXPECT_EQ(people("a_qualified_linear")->total, 0u);
    for (const char* bad : {"", "a_", "a_x_first", "a_conversions_first", "a_people_-_{"}) {
        EXPECT_FALSE(people(bad)) << bad;
    }
}

TEST(Attribution, RefusesWhatItCannotAnswerAndNamesTheField) {
    Shop shop;
    const auto error = [&](const std::string& more) { return shop.answer(more).error().message; };
    EXPECT_EQ(error(R"(,"models":["markov"])"), "query: models[0]: markov is not supported yet");
    EXPECT_EQ(error(R"(,"models":[])"), "query: models: need at least 1");
    EXPECT_EQ(error(R"(,"by":"colour")").substr(0, 22), "query: by: must be of ");
    EXPECT_EQ(error(R"(,"steps":[])"), "query: steps: not known here, or not supported yet");
    EXPECT_EQ(error(R"(,"lookback":"1y")").substr(0, 16), "query: lookback:");
    EXPECT_EQ(error(R"(,"qualified":{"events":"x"})").substr(0, 24), "query: qualified.events:");
}

// --- One person by hand: every short life, and many random ones, against the definition.

struct Row {
    Micros at = 0;
    std::string_view touch;  // JSON; empty: none.
    bool is_activity = true;
    bool converts = false;
    bool qualifies = false;
    int64_t cents = 0;
};

const std::string& key_of(std::string_view touch) {
    static std::map<std::string_view, std::string> keys;
    std::string& key = keys[touch];
    if (key.empty()) key = packed(std::string(touch));
    return key;
}

/// Rows as a pass shows them.
struct Person {
    Values values;
    std::vector<Micros> time;
    std::vector<Match> match;
    std::vector<ValueCode> touch;
    std::vector<ValueCode> currency;
    std::vector<model::Decimal> money;

    static AttributionRows places() {
        return {.activity = 2, .conversion = 4, .qualified = 8, .touch = 0, .currency = 1};
    }
    void show(const std::vector<Row>& rows, Fold& fold) {
        time.clear(), match.clear(), touch.clear(), currency.clear(), money.clear();
        for (const Row& row : rows) {
            time.push_back(row.at);
            match.push_back(Match{1} + 2 * row.is_activity + 4 * row.converts + 8 * row.qualifies);
            touch.push_back(row.touch.empty() ? kNoValue : values.code(key_of(row.touch)));
            currency.push_back(row.converts ? values.code("EUR") : kNoValue);
            money.push_back({row.cents, 2});
        }
        const std::span<const ValueCode> codes[] = {touch, currency};
        const std::span<const model::Decimal> numbers[] = {money};
        fold.add({.root = 1,
                  .is_known = true,
                  .time = time,
                  .match = match,
                  .codes = codes,
                  .numbers = numbers,
                  .values = &values});
    }
};

const std::vector<std::string_view> kTouches = {
    "", R"({"referrer":"blog.example"})", R"({"source":"google","medium":"cpc"})",
    R"({"source":"crm","medium":"email"})", R"({"channel":"direct"})"};

/// channel|what -> how much, by definition.
using Numbers = std::map<std::string, double>;

Numbers by_definition(const std::vector<Row>& rows, const AttributionQuestion& question) {
    const AttributionSpec& spec = question.spec;
    const auto is_in = [&](Micros at) { return at >= spec.range.from && at < spec.range.to; };
    std::vector<oracle::Row> active;
    std::vector<size_t> place;  // Of each active row among all.
    static const std::map<std::string_view, std::pair<oracle::Row, std::string>> kMeaning = {
        {kTouches[0], {{}, "direct"}},
        {kTouches[1], {{0, {Arrival::Kind::Passing, 0}}, "referral"}},
        {kTouches[2], {{0, {Arrival::Kind::Campaign, 1}}, "paid-search"}},
        {kTouches[3], {{0, {Arrival::Kind::Campaign, 2}}, "email"}},
        {kTouches[4], {{0, {Arrival::Kind::Campaign, 3}}, "direct"}}};
    for (size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].is_activity) continue;
        active.push_back({rows[i].at, kMeaning.at(rows[i].touch).first.mark});
        place.push_back(i);
    }
    const auto sessions = oracle::sessions_by_definition(active);
    Numbers numbers;
    std::vector<std::string> channel;
    for (const oracle::Found& session : sessions) {
        channel.push_back(session.touch ? kMeaning.at(rows[place[*session.touch]].touch).second
                                        : "direct");
        if (is_in(active[session.first].at)) numbers[channel.back() + "|sessions"] += 1;
    }
    if (is_in(rows[0].at)) numbers[(channel.empty() ? "direct" : channel[0]) + "|people"] += 1;

    const auto credit = [&](size_t row, const std::string& what, double amount) {
        for (const Model model : spec.models) {
            std::vector<CreditTouch> touches;
            std::vector<std::string> names;
            for (size_t s = 0; s < sessions.size(); ++s) {
                const size_t begin = place[sessions[s].first];
                const size_t end =
                    s + 1 < sessions.size() ? place[sessions[s + 1].first] : rows.size();
                const bool holds = rows[row].is_activity && row >= begin && row < end;
                if (begin > row) continue;
                if (!holds && rows[begin].at < rows[row].at - spec.lookback) continue;
                touches.push_back({rows[begin].at, channel[s] == "direct"});
                names.push_back(channel[s]);
            }
            if (touches.empty()) touches = {{0, true}}, names = {"direct"};
            const auto shares =
                oracle::shares_by_definition(model, touches, rows[row].at, spec.half_life);
            for (size_t i = 0; i < shares.size(); ++i) {
                numbers[names[i] + "|" + what + "|" + std::string(model_name(model))] +=
                    shares[i] * amount;
            }
        }
    };
    bool was_qualified = false;
    for (size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].qualifies && !was_qualified && is_in(rows[i].at)) credit(i, "qualified", 1);
        was_qualified |= rows[i].qualifies;
        if (!rows[i].converts || !is_in(rows[i].at)) continue;
        credit(i, "conversions", 1);
        credit(i, "value", static_cast<double>(rows[i].cents) / 100);
    }
    return numbers;
}

Numbers numbers_of(const AttributionFold& fold, const AttributionSpec& spec) {
    Numbers numbers;
    for (size_t group = 0; group < fold.tallies().size(); ++group) {
        const AttributionTally& tally = fold.tallies()[group];
        const std::string key = fold.facts().key(static_cast<Group>(group));
        const std::string name(DocView(key).find("channel").as_string());
        numbers[name + "|sessions"] = static_cast<double>(tally.sessions);
        numbers[name + "|people"] = static_cast<double>(tally.people);
        for (size_t i = 0; i < spec.models.size(); ++i) {
            const std::string model = "|" + std::string(model_name(spec.models[i]));
            numbers[name + "|qualified" + model] = tally.models[i].qualified.as_double();
            numbers[name + "|conversions" + model] = tally.models[i].conversions.as_double();
            for (const auto& [currency, sum] : tally.models[i].values) {
                numbers[name + "|value" + model] += sum.as_double();
            }
        }
    }
    return numbers;
}

std::string difference(Numbers a, Numbers b) {
    for (const auto& [key, number] : b) a[key] -= number;
    for (const auto& [key, number] : a) {
        if (std::abs(number) > 1e-6) return key + " differs by " + std::to_string(number);
    }
    return "";
}

/// A question over all models, from the second to the fifth day after kStart.
AttributionQuestion question_of(const Channels& channels) {
    auto spec = parse_attribution(
        DocView(packed(R"({"from":"2026-03-02","to":"2026-03-06","lookback":"2d","known":false,
                           "half_life":"1d","conversion":{"event":"x","value":"y"},
                           "models":["first","last","last_non_direct","linear","position",
                                     "time_decay"]})")),
        {"UTC", kStart}, {});
    return {std::move(spec).value(), Person::places(), channels, {}};
}

TEST(Attribution, AgreesWithItsDefinitionOnEveryShortLife) {
    const Channels channels;
    const AttributionQuestion question = question_of(channels);
    Person person;
    for (int code = 0; code < 20 * 20 * 20; ++code) {  // Three rows of 20 kinds, and an order.
        std::vector<Row> rows;
        Micros at = kStart + kDay - 20 * kMinute;
        for (int rest = code; rows.size() < 3; rest /= 20) {
            rows.push_back({at, kTouches[static_cast<size_t>(rest % 5)]});
            rows.back().converts = rest / 5 % 2 == 1;
            rows.back().cents = rows.back().converts ? 1001 : 0;
            at += rest / 10 % 2 == 1 ? 40 * kMinute : 10 * kMinute;
        }
        rows.push_back({at, kTouches[0]});
        rows.back().converts = true;
        AttributionFold fold(question);
        person.show(rows, fold);
        ASSERT_EQ(difference(numbers_of(fold, question.spec), by_definition(rows, question)), "")
            << code;
    }
}

std::vector<Row> random_life(SeededRandom& random) {
    std::vector<Row> rows(1 + random.below(12));
    Micros at = kStart + static_cast<Micros>(random.below(3 * 24)) * kHour;
    for (Row& row : rows) {
        at += random.chance(0.5) ? static_cast<Micros>(random.below(45)) * kMinute
                                 : static_cast<Micros>(random.below(30)) * kHour;
        row.at = at;
        row.is_activity = random.chance(0.9);
        if (row.is_activity) row.touch = kTouches[random.below(kTouches.size())];
        row.converts = random.chance(0.3);
        row.qualifies = random.chance(0.15);
        row.cents = static_cast<int64_t>(random.below(10'000)) - 2000;
    }
    return rows;
}

TEST(Attribution, AgreesWithItsDefinitionOnRandomLivesHoweverTheyAreDividedAmongFolds) {
    const Channels channels;
    const AttributionQuestion question = question_of(channels);
    SeededRandom random(3);
    Person person;
    for (int round = 0; round < 2'000; ++round) {
        AttributionFold whole(question);
        const auto fork = whole.fork();
        Numbers expected;
        for (int i = 0; i < 50; ++i) {
            const std::vector<Row> rows = random_life(random);
            person.show(rows, random.chance(0.5) ? whole : *fork);
            for (const auto& [key, number] : by_definition(rows, question)) expected[key] += number;
        }
        whole.join(*fork);
        ASSERT_EQ(difference(numbers_of(whole, question.spec), expected), "") << round;
        // Whatever the model, the credit is that of all conversions, to the last digit.
        AttributionTally total;
        for (const AttributionTally& tally : whole.tallies()) total.add(tally);
        const auto text = [](const ExactSum& sum) {
            std::string digits;
            sum.append_to(digits);
            return digits;
        };
        for (ModelTally& model : total.models) {
            ASSERT_EQ(text(model.conversions), text(total.models[0].conversions));
            ASSERT_EQ(text(model.values["EUR"]), text(total.models[0].values["EUR"]));
            ASSERT_EQ(text(model.qualified), text(total.models[0].qualified));
        }
    }
}

}  // namespace
}  // namespace throughline::query
