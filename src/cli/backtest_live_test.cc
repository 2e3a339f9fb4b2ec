// A backtest of a journey tells of each person what live running of it did to her: over the events
// of a simulated shop, with people who sign in on several devices, late events and repeats.
#include <gtest/gtest.h>

#include <set>

#include "backtest/backtest.h"
#include "engine/past.h"
#include "engine/test_fold.h"
#include "journey/shipped.h"
#include "model/consequence.h"
#include "model/yaml.h"
#include "server/view_people.h"
#include "simulate/packer.h"

namespace throughline::cli {
namespace {

using Lines = std::multiset<std::string>;  // What happened, each line naming its person.

const Micros kFrom = days_from_civil(2026, 1, 1) * kDay;

// Asks what people did, and for a segment, at the start and later.
const char* const kAsking = R"({"key":"asking",
    "trigger":{"event":"Product Viewed","if":{"or":[
        {"did":"Product Added","count":{"gte":2},"within":"3d"},{"segment":"buyers"}]}},
    "reentry":{"after":"12h"},
    "exits":[{"name":"no buyer","segment":"buyers","move":"out"}],
    "steps":[{"id":"wait","type":"wait","for":"8h"},
             {"id":"ask","type":"branch","paths":[
                {"if":{"did":"Order Completed","count":{"eq":0},"within":"1d"},"next":"none"},
                {"if":{"not":{"segment":"buyers"}},"next":"end"}],"else":"some"},
             {"id":"none","type":"wait","for":"2d","next":"end"},
             {"id":"some","type":"goal","goal":"bought"}]})";
const char* const kBuyers = R"({"did":"Order Completed","count":{"gte":1},"within":"5d"})";

std::string packed(const std::string& json) {
    return model::doc_from_json(json).value();
}

std::string line_of(Micros at, uint32_t owner, std::string_view name, std::string_view step) {
    return format_instant_exact(at) + ' ' + std::to_string(owner) + ' ' + std::string(name) + ' ' +
           std::string(step);
}

/// A fold that takes a world as its events arrive.
class LiveShop {
public:
    LiveShop() {
        add(engine::testing::segment_record("buyers", kBuyers), kFrom - 1);
        const std::string cart =
            model::doc_from_yaml(journey::shipped_journey("abandoned-cart")).value();
        publish("abandoned-cart", model::to_json(model::DocView(cart)));
        publish("asking", kAsking);
        auto world = simulate::World::make({.seed = 3,
                                            .people = 300,
                                            .events = 10'000,
                                            .from = kFrom,
                                            .days = 20,
                                            .late_permille = 50,
                                            .repeat_permille = 20});
        std::array<model::SourceId, simulate::kOrigins> sources{};
        for (size_t i = 0; i < sources.size(); ++i) sources[i] = static_cast<uint16_t>(i + 1);
        simulate::Packer packer(engine::testing::kSecret, sources);
        simulate::EventWriter writer(*world);
        while (const simulate::Planned* planned = world->next()) {
            std::string payload;
            packer.append(payload, writer.write(*planned));
            add(payload, planned->arrival);
            if (next_ == 5'000) write_files();
        }
        to_ = last_ + 10 * kDay;
        add(model::make_record(model::RecordKind::Tick, {}), to_ - 1);
    }

    Micros to() const { return to_; }
    engine::testing::Partition& partition() { return partition_; }

    /// What the journey did, as history has it.
    Lines lines(const std::string& journey) {
        Lines found;
        EXPECT_TRUE(partition_.history->snapshot()->scan(
            kNoTime + 1, INT64_MAX, {.type = true},
            [&](const sequence::ScanBlock& block) -> Status {
                for (size_t row = 0; row < block.size(); ++row) {
                    if (block.type[row] != static_cast<uint8_t>(model::kConsequence)) continue;
                    TL_TRY_ASSIGN(const auto payload, block.payload(row));
                    const model::EventView event(payload);
                    const model::DocView properties = event.doc().find("properties");
                    if (properties.find("journey").as_string() != journey) continue;
                    if (!event.name().starts_with("Journey ")) continue;
                    found.insert(line_of(event.time(), block.identity[row], event.name(),
                                         properties.find("step").as_string()));
                }
                return Status::ok();
            }));
        return found;
    }

private:
    void add(const std::string& record, Micros stamp) {
        engine::Epoch epoch;
        epoch.batches.push_back({engine::single_record(record, {}), next_++, stamp, {}});
        ASSERT_TRUE(partition_.fold->apply(epoch));
        ASSERT_TRUE(epoch.batches[0].outcome.refused.empty())
            << epoch.batches[0].outcome.refused[0].message;
        partition_.fold->publish();
        partition_.tables->settle();
        last_ = stamp;
    }
    void publish(const std::string& key, const std::string& document) {
        add(engine::testing::journey_record(key, document), kFrom - 1);
        add(engine::testing::journey_decision(key, R"("publish")"), kFrom - 1);
    }
    void write_files() {
        const auto view = partition_.query_view();
        const server::ViewPeople people(view);
        const auto home_of = [&](uint32_t identity) {
            uint32_t root = 0;
            people.roots(std::span(&identity, 1), std::span(&root, 1));
            return root;
        };
        const auto change = partition_.history->flush(*view.history, {.home_of = home_of});
        ASSERT_TRUE(change.is_ok());
        ASSERT_TRUE(partition_.history->commit(std::span(&*change, 1)));
    }

    engine::testing::Partition partition_{1};
    uint64_t next_ = 0;
    Micros last_ = 0;
    Micros to_ = 0;
};

class Hearer final : public backtest::Listener {
public:
    explicit Hearer(const journey::Definition& definition) : definition_(definition) {}
    void heard(const journey::Consequences& out) override {
        for (const journey::Row& row : out.rows) {
            const bool is_entry = row.kind == journey::RowKind::Entered;
            lines.insert(line_of(row.at, row.owner, engine::run_row_name(row.kind),
                                 is_entry ? "" : definition_.steps()[row.step].id));
        }
    }
    void heard(const backtest::MessageFate&, uint32_t) override {}

    Lines lines;

private:
    const journey::Definition& definition_;
};

Lines told_by_backtest(LiveShop& shop, const std::string& key) {
    const engine::QueryView view = shop.partition().query_view();
    const engine::LiveJourney& live = *view.settings->journeys().find(key);
    const model::Namespaces& spaces = view.settings->namespaces();
    backtest::Draft draft{.journey = live.versions[0].definition};
    draft.conditions = engine::compile_conditions(*draft.journey, spaces).value();
    const std::string buyers = packed(kBuyers);
    draft.segments.push_back(
        {"buyers", segment::Segment::compile(model::DocView(buyers), spaces, "buyers").value()});
    draft.from = kFrom;
    draft.to = shop.to();
    const auto plan = backtest::Plan::make(std::move(draft)).value();
    const server::ViewPeople people(view);
    const query::Environment environment =
        server::environment_of(system_clock(), view, people, nullptr);
    std::vector<backtest::RootChange> changes;
    const auto kept = engine::changes_since(shop.partition().tables->past, kFrom);
    EXPECT_TRUE(kept.is_ok());
    for (const engine::PastChange& one : *kept) {
        changes.push_back({one.position, one.at, one.identity, one.before});
    }
    Hearer hearer(*live.versions[0].definition);
    const auto outcome = backtest::run_backtest(
        {.plan = plan, .source = {environment, view.state.next_identity, changes}}, hearer);
    EXPECT_TRUE(outcome.is_ok());
    return hearer.lines;
}

TEST(BacktestOfAShop, TellsPersonByPersonWhatLiveRunningDid) {
    LiveShop shop;
    ASSERT_FALSE(::testing::Test::HasFatalFailure());
    EXPECT_GT(shop.partition().fold->state().merges, 20u);
    EXPECT_GT(shop.partition().fold->state().duplicates, 20u);
    for (const std::string key : {"abandoned-cart", "asking"}) {
        const Lines live = shop.lines(key);
        const Lines told = told_by_backtest(shop, key);
        EXPECT_GT(live.size(), 500u) << key;
        std::vector<std::string> only_live, only_told;
        std::ranges::set_difference(live, told, std::back_inserter(only_live));
        std::ranges::set_difference(told, live, std::back_inserter(only_told));
        EXPECT_EQ(only_live, std::vector<std::string>()) << key;
        EXPECT_EQ(only_told, std::vector<std::string>()) << key;
    }
}

}  // namespace
}  // namespace throughline::cli
