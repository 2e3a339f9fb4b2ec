// Questions that count sessions: trends by sessions, funnels within one session.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "query/attribution_oracle.h"
#include "query/funnel_definition.h"
#include "query/funnel_fold.h"
#include "query/marketing.h"
#include "query/test_world.h"
#include "query/trend_fold.h"

namespace throughline::query {
namespace {

using model::DocView;

constexpr Micros kFrom = 1'767'225'600 * kSecond;  // 2026-01-01
constexpr Micros kTo = kFrom + 4 * kDay;
constexpr std::string_view kRange = R"("from":"2026-01-01","to":"2026-01-05","timezone":"UTC")";

std::string packed(const std::string& json) {
    return model::doc_from_json(json).value();
}

const Marketing& usual() {
    static const Marketing kUsual;
    return kUsual;
}

SessionRules rules() {
    return {usual().channels, {}};
}

/// What a person does at an instant: indices into the texts below.
struct Visit {
    Micros at = 0;
    int campaign = 0;  // 0: none.
    int shelf = 0;     // 0: none.
    bool buys = false;
    bool is_activity = true;  // Else an identify call.
};
using Life = std::vector<Visit>;

constexpr std::string_view kCampaigns[] = {
    "{}", R"({"context":{"campaign":{"source":"paper","medium":"print","name":"spring"}}})",
    R"({"context":{"campaign":{"source":"paper","medium":"print","name":"autumn"}}})"};
constexpr std::string_view kShelves[] = {"", "top", "low"};

Life random_life(SeededRandom& random) {
    constexpr Micros kGaps[] = {0, kMinute, 29 * kMinute, 30 * kMinute, 7 * kHour};
    Life life(1 + random.below(10));
    // Some begin before the range, and some sessions go on into it.
    Micros at = kFrom + static_cast<Micros>(random.below(5 * 24)) * kHour - 12 * kHour - kMinute;
    for (Visit& visit : life) {
        at += kGaps[random.below(5)];
        visit = {.at = at,
                 .campaign = static_cast<int>(random.below(4)) % 3,
                 .shelf = static_cast<int>(random.below(3)),
                 .buys = random.chance(0.4),
                 .is_activity = random.chance(0.9)};
    }
    return life;
}

struct DefinedSession {
    Micros start = 0;
    std::vector<size_t> visits;
};

/// The sessions that began in the range, by the definition.
std::vector<DefinedSession> sessions_of(const Life& life) {
    std::vector<oracle::Row> rows;
    std::vector<size_t> visit_of;
    for (size_t i = 0; i < life.size(); ++i) {
        if (!life[i].is_activity || life[i].at >= kTo) continue;
        oracle::Row row{.at = life[i].at, .mark = {}};
        if (life[i].campaign > 0) {
            row.mark = {Arrival::Kind::Campaign, static_cast<uint32_t>(life[i].campaign)};
        }
        rows.push_back(row);
        visit_of.push_back(i);
    }
    const auto found = oracle::sessions_by_definition(rows);
    std::vector<DefinedSession> sessions;
    for (size_t i = 0; i < found.size(); ++i) {
        const size_t end = i + 1 < found.size() ? found[i + 1].first : rows.size();
        DefinedSession session{.start = rows[found[i].first].at, .visits = {}};
        for (size_t row = found[i].first; row < end; ++row) session.visits.push_back(visit_of[row]);
        if (session.start >= kFrom) sessions.push_back(std::move(session));
    }
    return sessions;
}

/// Shows lives to a fold as a pass would.
class Stage {
public:
    Stage(const Pass& pass, const SessionRows& sessions, std::optional<size_t> shelf)
        : pass_(pass), sessions_(sessions), shelf_(shelf), codes_(pass.dimensions.size()) {
        for (const std::string_view campaign : kCampaigns) {
            std::string payload;
            const std::string doc = packed(std::string(campaign));
            model::append_event(payload, {.identifiers = {}, .doc = doc});
            std::string scratch;
            const auto key = sessions.text->of(model::EventView(payload), scratch);
            campaigns_.push_back(key ? values_.code(*key) : kNoValue);
        }
        for (const std::string_view text : kShelves) {
            shelves_.push_back(text.empty() ? kNoValue : values_.code(text));
        }
    }
    const Values& values() const { return values_; }
    ValueCode shelf(int index) const { return shelves_[static_cast<size_t>(index)]; }

    /// `match_of_visit`: which conditions hold beside those of sessions.
    void show(const Life& life, Fold& fold, Match view, Match buy) {
        std::vector<Micros> time;
        std::vector<Match> match;
        for (auto& column : codes_) column.clear();
        for (const Visit& visit : life) {
            if (visit.at < pass_.from || visit.at >= pass_.to) continue;
            // Of the three types that are activity, the first.
            const Match active = sessions_.activity & (~sessions_.activity + 1);
            const Match matched =
                view | (visit.buys ? buy : 0) | (visit.is_activity ? active : Match{0});
            time.push_back(visit.at);
            match.push_back(matched);
            for (size_t i = 0; i < codes_.size(); ++i) {
                ValueCode code = kNoValue;
                if (i == sessions_.touch && visit.is_activity) {
                    code = campaigns_[static_cast<size_t>(visit.campaign)];
                }
                if (shelf_ && i == *shelf_) code = shelf(visit.shelf);
                codes_[i].push_back(code);
            }
        }
        if (time.empty()) return;
        std::vector<std::span<const ValueCode>> spans(codes_.begin(), codes_.end());
        fold.add({.root = ++root_,
                  .is_known = true,
                  .time = time,
                  .match = match,
                  .codes = spans,
                  .numbers = {},
                  .values = &values_});
    }

private:
    const Pass& pass_;
    const SessionRows& sessions_;
    std::optional<size_t> shelf_;
    Values values_;
    std::vector<ValueCode> campaigns_;
    std::vector<ValueCode> shelves_;
    std::vector<std::vector<ValueCode>> codes_;
    uint32_t root_ = 0;
};

/// (shelf, day) -> sessions in which somebody bought, by the definition.
void count_bought(const Life& life, std::map<std::pair<std::string, size_t>, uint64_t>& counts) {
    for (const DefinedSession& session : sessions_of(life)) {
        bool is_counted = false;
        int shelf = 0;
        for (const size_t visit : session.visits) {
            if (!life[visit].buys) continue;
            is_counted = true;
            if (shelf == 0) shelf = life[visit].shelf;
        }
        const auto day = static_cast<size_t>((session.start - kFrom) / kDay);
        if (is_counted) ++counts[{std::string(kShelves[shelf]), day}];
    }
}

TEST(SessionQuestion, TrendsAgreeWithTheDefinitionOnAHundredThousandRandomLives) {
    const std::string query =
        packed(R"({"kind":"trend",)" + std::string(kRange) +
               R"(,"breakdown":{"property":"shelf"},"series":[{"measure":"sessions"},
                   {"event":"Buy","type":"page","measure":"sessions"}]})");
    const TrendSpec spec = parse_trend(DocView(query), {"UTC", kTo + kDay}, rules()).value();
    Stage stage(spec.pass, spec.sessions, spec.breakdown);
    TrendFold fold(spec);
    const auto half = fold.fork();
    std::map<std::pair<std::string, size_t>, uint64_t> expected;
    uint64_t sessions = 0;
    SeededRandom random(7);
    for (int round = 0; round < 100'000; ++round) {
        const Life life = random_life(random);
        stage.show(life, round % 2 == 0 ? fold : *half, spec.series[0].match, spec.series[1].match);
        count_bought(life, expected);
        sessions += sessions_of(life).size();
    }
    fold.join(*half);
    uint64_t all = 0;
    for (const TallyLine& line : fold.tallies()[0].lines(stage.values())) all += line.total;
    EXPECT_EQ(all, sessions);
    std::map<std::pair<std::string, size_t>, uint64_t> counted;
    for (const TallyLine& line : fold.tallies()[1].lines(stage.values())) {
        for (size_t day = 0; day < line.counts.size(); ++day) {
            counted[{line.value.value_or(""), day}] = line.counts[day];
        }
    }
    EXPECT_EQ(counted, expected);
}

TEST(SessionQuestion, FunnelsAgreeWithTheDefinitionOnAHundredThousandRandomLives) {
    for (const std::string order : {"ordered", "strict", "any"}) {
        const std::string query =
            packed(R"({"kind":"funnel",)" + std::string(kRange) +
                   R"(,"count":"sessions","window":"20m",)" + R"("order":")" + order +
                   R"(","steps":[{"event":"*"},{"event":"Buy","type":"page"},{"event":"*"}]})");
        const FunnelSpec spec = parse_funnel(DocView(query), {"UTC", kTo + kDay}, rules()).value();
        Stage stage(spec.pass, spec.sessions, {});
        FunnelFold fold(spec);
        FunnelDefinition definition(spec.shape);
        std::vector<uint64_t> expected(3);
        std::vector<uint64_t> open(3);
        SeededRandom random(8);
        for (int round = 0; round < 34'000; ++round) {
            const Life life = random_life(random);
            stage.show(life, fold, spec.shape.steps[0].match, spec.shape.steps[1].match);
            for (const DefinedSession& session : sessions_of(life)) {
                std::vector<DefinedRow> rows;
                for (const size_t visit : session.visits) {
                    const Match buys = life[visit].buys ? spec.shape.steps[1].match : Match{0};
                    rows.push_back({life[visit].at, spec.shape.steps[0].match | buys});
                }
                std::sort(rows.begin(), rows.end());
                const DefinedResult best = definition.best(rows, spec.end);
                for (uint32_t step = 0; step < best.completed; ++step) ++expected[step];
                const bool is_over = rows.back().time + 30 * kMinute <= spec.end;
                open[best.completed - 1] += best.is_open && !is_over;
            }
        }
        ASSERT_EQ(fold.numbers().size(), 1u);
        EXPECT_EQ(fold.numbers().at(kNoValue).count, expected) << order;
        EXPECT_GT(expected[2], 0u);
        EXPECT_EQ(fold.numbers().at(kNoValue).open, open) << order;
    }
}

/// Random lives in files and tail.
struct Shop : World {
    std::map<uint32_t, Life> lives;  // By person.

    explicit Shop(uint64_t seed) : World(seed, 0) {
        SeededRandom random(seed);
        uint64_t position = 0;
        for (uint32_t person = 10; person < 600; person += 10) {
            const Life life = random_life(random);
            for (const Visit& visit : life) {
                add_visit(person + static_cast<uint32_t>(random.below(3)), visit, ++position);
            }
            lives.emplace(person, life);
        }
    }
    void add_visit(uint32_t identity, const Visit& visit, uint64_t position) {
        std::string json(kCampaigns[visit.campaign]);
        if (visit.shelf > 0) {
            json.pop_back();
            json += (json.size() > 1 ? "," : "") + std::string(R"("properties":{"shelf":")") +
                    std::string(kShelves[visit.shelf]) + "\"}}";
        }
        const std::string doc = packed(json);
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, {.type = visit.is_activity ? model::EventType::Page
                                                                 : model::EventType::Identify,
                                       .time = visit.at,
                                       .message_key = {position, 1},
                                       .identifiers = {},
                                       .name = visit.buys ? "Buy" : "View",
                                       .doc = doc});
        add({identity, position, payload}, position % 97 == 0);
    }
};

uint64_t total_of(const std::string& answer, size_t series) {
    const std::string doc = packed(answer);
    uint64_t total = 0;
    for (const DocView line : DocView(doc).find("series").items()) {
        if (line.find("series").as_integer() != static_cast<int64_t>(series)) continue;
        total += static_cast<uint64_t>(line.find("total").as_integer().value_or(0));
    }
    return total;
}

TEST(SessionQuestion, CountsTheSameSessionsAsAnAttributionAndOpensToTheirPeople) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        Shop shop(seed);
        const std::string query = R"({"kind":"trend",)" + std::string(kRange) +
                                  R"(,"series":[{"measure":"sessions"},
                                      {"event":"Buy","type":"page","measure":"sessions"},
                                      {"event":"Buy","type":"page","measure":"events"}]})";
        const auto answer = shop.run(query);
        ASSERT_TRUE(answer) << answer.error().message;
        const auto attribution = shop.run(
            R"({"kind":"attribution",)" + std::string(kRange) +
            R"(,"known":false,"models":["last"],"conversion":{"event":"Buy","type":"page"}})");
        ASSERT_TRUE(attribution) << attribution.error().message;
        const std::string doc = packed(*attribution);
        EXPECT_EQ(total_of(*answer, 0),
                  static_cast<uint64_t>(
                      DocView(doc).at_path("totals.everyone.sessions").as_integer().value()));

        std::set<uint32_t> buyers;
        uint64_t bought = 0;
        uint64_t purchases = 0;
        for (const auto& [person, life] : shop.lives) {
            for (const DefinedSession& session : sessions_of(life)) {
                const bool has = std::ranges::any_of(
                    session.visits, [&](size_t visit) { return life[visit].buys; });
                bought += has;
                if (has) buyers.insert(person);
            }
            for (const Visit& visit : life) {
                purchases += visit.buys && visit.is_activity && visit.at >= kFrom && visit.at < kTo;
            }
        }
        EXPECT_EQ(total_of(*answer, 1), bought);
        EXPECT_EQ(total_of(*answer, 2), purchases);  // The day before the range is not counted.
        const std::string asked = packed(query);
        const std::string cell = packed(R"({"series":1})");
        const auto page = shop.ask([&](const Environment& environment) {
            return people_behind(DocView(asked), DocView(cell), {.limit = 1000}, environment);
        });
        ASSERT_TRUE(page);
        EXPECT_EQ(std::set<uint32_t>(page->roots.begin(), page->roots.end()), buyers);
    }
}

}  // namespace
}  // namespace throughline::query
