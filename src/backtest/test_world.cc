#include "backtest/test_world.h"

#include <algorithm>
#include <tuple>

#include "base/random.h"
#include "journey/test_story.h"
#include "model/json.h"

namespace throughline::backtest::testing {

namespace {

constexpr const char* kNames[] = {"A", "B", "C"};

std::string packed(const std::string& json) {
    return model::doc_from_json(json).value();
}

segment::Segment segment_of(const std::string& json) {
    const std::string doc = packed(json);
    return segment::Segment::compile(model::DocView(doc), model::Namespaces::built_in(), "test")
        .value();
}

/// Draws a world.
class Maker {
public:
    explicit Maker(uint64_t seed) : seed_(seed), random_(seed) {}

    World make() {
        // Two days before clocks change in spring or in autumn.
        now_ = *parse_instant(chance(0.5) ? "2026-03-27T05:00Z" : "2026-10-23T05:00Z");
        const Micros begin = now_;
        for (uint32_t id = 0; id <= kIdentities; ++id) roots_.push_back(id);
        world_.roots = roots_;
        const int records = 20 + below(120);
        for (int i = 0; i < records; ++i) {
            if (chance(0.7)) now_ += below(5) * kHour;
            if (chance(0.4)) now_ += below(90) * kMinute;
            record();
        }
        draft(begin);
        facts();
        return std::move(world_);
    }

private:
    int below(int bound) { return static_cast<int>(random_.below(static_cast<uint64_t>(bound))); }
    bool chance(double p) { return random_.chance(p); }
    uint32_t identity() { return 1 + static_cast<uint32_t>(below(kIdentities)); }

    void record() {
        Record record{.position = ++position_, .stamp = now_, .identity = identity()};
        const int dice = below(100);
        if (dice < 8) merge(record.identity, identity());
        if (dice >= 8 && dice < 12) part(record.identity);
        if (dice >= 4 && dice < 10) {
            record.identity = 0;
        } else {
            record.event = event(record);
        }
        record.roots = roots_;
        world_.records.push_back(std::move(record));
        position_ += static_cast<uint64_t>(below(3));
    }

    void merge(uint32_t a, uint32_t b) {
        const uint32_t from = std::max(roots_[a], roots_[b]);
        const uint32_t to = std::min(roots_[a], roots_[b]);
        std::ranges::replace(roots_, from, to);
    }
    void part(uint32_t identity) {
        const uint32_t root = roots_[identity];
        roots_[identity] = 0;
        const auto rest = std::ranges::find(roots_.begin() + 1, roots_.end(), root);
        if (rest != roots_.end()) {
            const auto lowest = static_cast<uint32_t>(rest - roots_.begin());
            std::ranges::replace(roots_, root, lowest);
        }
        roots_[identity] = identity;
    }

    std::shared_ptr<const std::string> event(const Record& record) {
        static constexpr const char* kZones[] = {"Europe/Bucharest", "America/New_York",
                                                 "Asia/Kathmandu", "Australia/Lord_Howe"};
        static constexpr const char* kValues[] = {"0", "1", "2",    "0",     "1",
                                                  "2", "1", "null", "[1,2]", R"({"a":1})"};
        model::Event event;
        std::string json;
        const bool identifies = chance(0.15);
        const std::string traits = chance(0.5)
                                       ? R"({"t":)" + std::string(kValues[below(10)]) + '}'
                                       : R"({"timezone":")" + std::string(kZones[below(4)]) + "\"}";
        if (identifies) {
            event.type = model::EventType::Identify;
            json = R"({"traits":)" + traits + '}';
        } else {
            event.name = kNames[below(3)];
            json = R"({"properties":{"order":)" + std::to_string(below(4)) + R"(,"amount":)" +
                   std::to_string(below(10)) + "}";
            if (chance(0.1)) json += R"(,"context":{"traits":)" + traits + "}";
            json += "}";
        }
        const std::string doc = packed(json);
        const bool is_late = chance(0.15);
        const Micros ago = is_late || chance(0.2) ? below(30) * kHour : 0;
        event.flags = is_late ? model::kEventHistory : 0;
        event.tie = static_cast<uint32_t>(below(3));
        event.time = event.original = event.sent = record.stamp - ago;
        event.received = record.stamp;
        const std::string id = std::to_string(record.position);
        event.message_id = id;
        event.doc = doc;
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, event);
        return payload;
    }

    void draft(Micros begin) {
        Draft& draft = world_.draft;
        const std::string json = journey::testing::make_story(seed_).journeys[0].json(0);
        const std::string doc = packed(json);
        draft.journey = journey::Definition::compile(model::DocView(doc)).definition;
        TL_ASSERT(draft.journey != nullptr);
        for (const auto& condition : draft.journey->conditions()) {
            draft.conditions.push_back(segment::Segment::compile(model::DocView(condition.document),
                                                                 model::Namespaces::built_in(),
                                                                 "test", query::Leaves::OfRuns)
                                           .value());
        }
        const bool has_segment = json.find(R"("segment":"s")") != std::string::npos;
        const bool has_often = json.find(R"("segment":"often")") != std::string::npos;
        static constexpr const char* kSegments[] = {
            R"([{"did":"A","count":{"gte":2},"within":"12h"}])",
            R"([{"trait":"t","op":"eq","value":1}])", R"([{"not":{"did":"B","within":"1d"}}])",
            R"([{"or":[{"did":"C","where":{"property":"amount","op":"gte","value":5}},)"
            R"({"trait":"t","op":"eq","value":2}]}])"};
        if (has_often) {
            draft.segments.push_back(
                {.key = "often",
                 .conditions = segment_of(R"({"did":"A","count":{"gte":2},"within":"20h"})")});
        }
        if (has_segment) {
            draft.segments.push_back({.key = "s", .conditions = segment_of(kSegments[below(4)])});
        }
        // A segment is decided anew where the range begins, so that those begin with the world.
        const Micros length = now_ - begin;
        draft.from = has_segment || chance(0.4) ? begin - kDay : begin + length / 4;
        draft.to = chance(0.5) ? now_ + 3 * kDay : begin + length * 3 / 4 + kMinute;
        draft.rules.zone = *TimeZone::find("Europe/Istanbul");
        rules(draft.rules.privacy);
    }

    void rules(privacy::Rules& rules) {
        privacy::Purpose& purpose = rules.purposes["p"];
        purpose.key = "p";
        purpose.basis = chance(0.5) ? privacy::Basis::Consent : privacy::Basis::LegitimateInterest;
        if (chance(0.5)) rules.messaging.caps.push_back({2, 2 * kDay});
        if (chance(0.5)) rules.messaging.quiet = {21 * kHour, 9 * kHour};
    }

    void facts() {
        world_.says_nothing = chance(0.2);
        const model::Namespaces spaces = model::Namespaces::built_in();
        for (uint32_t id = 1; id <= kIdentities; ++id) {
            IdentityFacts& facts = world_.facts[id];
            facts.space = spaces.find(chance(0.6) ? "email" : "user_id")->id;
            facts.value = "v" + std::to_string(id);
            facts.last_seen = below(3);
            if (chance(0.1)) {
                facts.suppressed.push_back({.reason = privacy::SuppressionReason::Unsubscribe,
                                            .at = world_.draft.from + below(100) * kHour});
            }
            std::vector<privacy::Statement> gone;
            for (int i = below(3); i > 0; --i) {
                privacy::Statement said;
                said.subject = privacy::Subject::Purpose;
                said.is_given = chance(0.7);
                said.key = "p";
                said.at = world_.draft.from + below(100) * kHour;
                said.stamp = said.at + below(10) * kHour;
                said.position = static_cast<model::Position>(below(100));
                facts.book.take(said, gone);
            }
        }
    }

    const uint64_t seed_;
    SeededRandom random_;
    Micros now_ = 0;
    model::Position position_ = 0;
    std::vector<uint32_t> roots_;
    World world_;
};

/// Roots as they are in the end.
class LastRoots final : public query::People {
public:
    explicit LastRoots(const World& world) : roots_(world.records.back().roots) {}
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        std::ranges::transform(identities, roots.begin(), [&](uint32_t id) { return roots_[id]; });
    }
    bool is_known(uint32_t) const override { return false; }

private:
    const std::vector<uint32_t>& roots_;
};

class Writer final : public Listener {
public:
    explicit Writer(Telling& telling) : telling_(telling) {}
    void heard(const journey::Consequences& out) override {
        for (const journey::Row& row : out.rows) telling_.insert(line_of(row));
        for (const journey::Refused& refused : out.refused) telling_.insert(line_of(refused));
    }
    void heard(const MessageFate& fate, uint32_t) override { telling_.insert(line_of(fate)); }

private:
    Telling& telling_;
};

/// Half of a world in files, written under the homes of that time; the rest in the tail.
std::unique_ptr<sequence::History> history_of(const World& world, store::MemoryFiles& disk) {
    auto history = sequence::History::open(disk, {.directory = "h", .touch = nullptr}, {}).value();
    for (size_t i = 0; i < world.records.size(); ++i) {
        const Record& record = world.records[i];
        if (record.event) {
            history->hold(record.event);
            history->append(record.identity, record.position, *record.event);
            history->publish();
        }
        if (i != world.records.size() / 3 && i != world.records.size() / 2) continue;
        const auto change = history
                                ->flush(*history->snapshot(),
                                        {.home_of = [&](uint32_t id) { return record.roots[id]; }})
                                .value();
        TL_ASSERT(history->commit(std::span(&change, 1)).is_ok());
    }
    return history;
}

std::vector<RootChange> changes_of(const World& world) {
    std::vector<RootChange> changes;
    std::vector<uint32_t> roots = world.roots;
    for (const Record& record : world.records) {
        const Micros at = floor_div(record.stamp, kMinute) * kMinute;
        for (uint32_t id = 1; id <= kIdentities && record.stamp >= world.draft.from; ++id) {
            if (roots[id] == record.roots[id]) continue;
            changes.push_back({record.position, record.event ? at : record.stamp, id, roots[id]});
        }
        roots = record.roots;
    }
    return changes;
}

}  // namespace

World make_world(uint64_t seed) {
    return Maker(seed).make();
}

World with_segment(const World& world, uint64_t seed) {
    static constexpr const char* kSegments[] = {
        R"([{"did":"A","count":{"gte":2},"within":"12h"}])",
        R"([{"did":"A"},{"not":{"did":"B","within":"1d"}}])",
        R"([{"trait":"t","op":"in","value":[1,2]},{"did":"C","count":{"lte":3},"within":"3d"}])"};
    World other = world;
    other.draft.journey = nullptr;
    other.draft.conditions.clear();
    other.draft.segments = {
        {.key = "s", .conditions = segment_of(kSegments[seed % std::size(kSegments)])}};
    other.draft.stays = {.most = kIdentities + 1};
    return other;
}

World as_happened(const World& world) {
    World other = world;
    other.roots = world.records.back().roots;
    std::erase_if(other.records, [](const Record& record) { return !record.event; });
    const auto place = [](const Record& record) {
        const model::EventView event(*record.event);
        return std::tuple(event.time(), event.tie(), record.position);
    };
    std::ranges::sort(other.records, {}, place);
    for (Record& record : other.records) {
        const model::EventView event(*record.event);
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, {.type = event.type(),
                                       .tie = event.tie(),
                                       .time = event.time(),
                                       .original = event.time(),
                                       .sent = event.time(),
                                       .received = event.time(),
                                       .message_key = {},
                                       .identifiers = {},
                                       .name = event.name(),
                                       .message_id = event.message_id(),
                                       .doc = event.doc().bytes()});
        record.event = payload;
        record.stamp = event.time();
        record.roots = world.records.back().roots;
    }
    for (auto& [id, facts] : other.facts) {
        for (privacy::Statement& said : facts.book.statements) said.stamp = said.at;
    }
    return other;
}

std::string line_of(const journey::Row& row) {
    return format_instant_exact(row.at) + ' ' + std::string(journey::row_name(row.kind)) + ' ' +
           std::to_string(row.detail) + " of " + std::to_string(row.owner) + " step " +
           std::to_string(row.step) + " visit " + std::to_string(row.visit);
}

std::string line_of(const journey::Refused& refused) {
    return "refused " + std::string(journey::refusal_name(refused.why));
}

std::string line_of(const MessageFate& fate) {
    return format_instant_exact(fate.at) + " message of " + std::to_string(fate.step) + " fate " +
           std::to_string(static_cast<int>(fate.fate)) + ' ' + std::to_string(fate.reason);
}

Told tell_by_backtest(const World& world, size_t threads) {
    store::MemoryFiles disk;
    const auto history = history_of(world, disk);
    const auto snapshot = history->snapshot();
    const LastRoots people(world);
    const WorldFacts facts(world);
    const FakeClock clock(0);
    const query::Environment environment{
        .history = *snapshot,
        .names = history->dictionary(),
        .people = people,
        .clock = clock,
        .source_name = [](model::SourceId) { return std::string("web"); },
        .threads = threads,
        .thread_rows_min = 1};
    const Plan plan = Plan::make(world.draft).value();
    const auto changes = changes_of(world);
    const Question question{.plan = plan,
                            .source = {environment, kIdentities + 1, changes},
                            .knowledge = world.says_nothing ? nullptr : &facts};
    Told told{.telling = {}, .tally = Tally(plan)};
    Writer writer(told.telling);
    told.tally =
        (threads == 1 ? run_backtest(question, writer) : run_backtest(question)).value().tally;
    return told;
}

}  // namespace throughline::backtest::testing
