// `advance`, called as the fold will call it, against the slow interpreter, in worlds by chance.
//
// THROUGHLINE_JOURNEY_WORLDS sets how many worlds, THROUGHLINE_JOURNEY_SEED where they begin.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>

#include "journey/test_telling.h"
#include "model/json.h"

namespace throughline::journey::testing {

namespace {

/// Keeps runs as bytes by identity and timers in a calendar, and calls advance().
class Fold {
public:
    explicit Fold(const Story& story) {
        for (size_t i = 0; i < story.journeys.size(); ++i) {
            publish(static_cast<uint32_t>(i), story.journeys[i]);
        }
        for (int i = 0; i < kIdentities; ++i) people_.push_back(i);
    }

    void apply(const StoryHappening& happening) {
        while (!timers_.empty() && timers_.begin()->due <= happening.at) {
            const Timer timer = *timers_.begin();
            timers_.erase(timers_.begin());
            act({.at = timer.due, .owner = timer.owner, .what = TimerDue{timer.slot, timer.timer}});
        }
        at_ = happening.at;
        here_ = happening.identity;
        ++cause_;
        std::visit([&](const auto& what) { happen(what); }, happening.what);
    }

    const Telling& telling() const { return telling_; }

private:
    /// What is asked of the person of `owner`.
    class Person final : public Facts {
    public:
        Person(Fold& fold, uint32_t owner) : fold_(fold), owner_(static_cast<int>(owner)) {}
        bool holds(const Definition& definition, uint16_t condition, const model::EventView&,
                   Micros at) override {
            const model::DocView document(definition.conditions()[condition].document);
            if (document.find("trait").is_string()) {
                return fold_.latest(fold_.traits_, owner_, kNone) ==
                       document.find("value").as_integer();
            }
            return fold_.did(owner_, document, at);
        }
        TimeZone zone() override {
            return *TimeZone::find(kZones[fold_.latest(fold_.zones_, owner_, 0)]);
        }
        Key128 person() override { return person_key(fold_.people_[static_cast<size_t>(owner_)]); }
        void update(uint32_t owner, std::string_view traits) override {
            const auto value = *model::DocView(traits).find("t").as_integer();
            fold_.traits_.emplace_back(static_cast<int>(owner), static_cast<int>(value));
        }

    private:
        Fold& fold_;
        const int owner_;
    };

    int latest(const std::vector<std::pair<int, int>>& log, int identity, int other) const {
        const auto person = [&](int i) { return people_[static_cast<size_t>(i)]; };
        for (auto it = log.rbegin(); it != log.rend(); ++it) {
            if (person(it->first) == person(identity)) return it->second;
        }
        return other;
    }

    bool did(int owner, model::DocView asked, Micros at) const {
        if (asked.find("segment").is_string()) {
            const auto often =
                model::doc_from_json(R"({"did":"A","count":{"gte":2},"within":"20h"})");
            return did(owner, model::DocView(*often), at);
        }
        const model::DocView count = asked.find("count");
        const std::string within(asked.find("within").as_string());
        const Micros from = within.empty() ? kNoTime : at - std::stoi(within) * kHour;
        const auto times = std::ranges::count_if(deeds_, [&](const Deed& deed) {
            return std::string(1, deed.name) == asked.find("did").as_string() &&
                   people_[static_cast<size_t>(deed.identity)] ==
                       people_[static_cast<size_t>(owner)] &&
                   deed.time >= from;
        });
        const auto exactly = count.find("eq").as_integer();
        return times >= exactly.value_or(count.find("gte").as_integer().value_or(0)) &&
               times <= exactly.value_or(count.find("lte").as_integer().value_or(INT64_MAX));
    }

    void publish(uint32_t journey, const StoryJourney& story) {
        const auto document = model::doc_from_json(story.json(static_cast<int>(journey)));
        const auto compiled = Definition::compile(model::DocView(*document));
        ASSERT_TRUE(compiled.definition)
            << story.json(static_cast<int>(journey)) << '\n'
            << compiled.problems[0].path << ": " << compiled.problems[0].message;
        published_.publish(journey, ++versions_[journey], compiled.definition);
    }

    void act(Happening happening) {
        happening.cause = cause_;
        const int person = people_[happening.owner];
        std::vector<Run> runs;
        for (uint32_t i = 0; i < kIdentities; ++i) {
            if (people_[i] != person) continue;
            ASSERT_TRUE(decode_runs(bytes_[i], i, runs));
        }
        Person facts(*this, happening.owner);
        out_.clear();
        advance(published_, facts, happening, runs, out_);
        for (uint32_t i = 0; i < kIdentities; ++i) {
            if (people_[i] == person) keep(i, runs);
        }
        take();
    }

    // What is not said to have changed has not, but for ended runs that nobody asks about.
    void keep(uint32_t owner, const std::vector<Run>& runs) {
        std::string bytes;
        encode_runs(runs, owner, bytes);
        if (std::ranges::find(out_.changed, owner) != out_.changed.end()) {
            bytes_[owner] = bytes;
            return;
        }
        std::vector<Run> before;
        ASSERT_TRUE(decode_runs(bytes_[owner], owner, before));
        for (const Run& run : before) {
            ASSERT_TRUE(run.is_over() || std::ranges::find(runs, run) != runs.end());
        }
    }

    void take() {
        for (const Timer& timer : out_.timers) timers_.insert(timer);
        for (const Row& row : out_.rows) {
            ASSERT_TRUE(keys_.insert(row_key(row)).second) << "two rows have one key";
            if (row.kind == RowKind::Entered) {
                ASSERT_TRUE(numbers_.emplace(row.run, numbers_.size()).second);
                starts_.push_back({row.run, row.owner});
            }
            telling_.rows.push_back(
                row_line(row.at, row.kind, numbers_.at(row.run), row.step, row.visit, row.detail));
        }
        // A run stands on one step once a visit: the rows tell which visit an intent is of.
        for (const Intent& intent : out_.intents) {
            ASSERT_TRUE(keys_.insert(intent.key).second) << "two intents have one key";
            const int visit = visit_of(intent);
            telling_.intents.push_back(intent_line(intent.kind, numbers_.at(intent.run),
                                                   intent.step, visit, intent.not_after));
            if (intent.kind == IntentKind::Task) tasks_.push_back({intent.key, intent.owner});
        }
        for (const Refused& refused : out_.refused) {
            telling_.refused.push_back(
                refused_line(static_cast<int>(refused.journey), refused.why));
        }
    }

    int visit_of(const Intent& intent) const {
        for (const Row& row : out_.rows) {
            Run run;
            run.id = row.run, run.step = row.step, run.visit = row.visit;
            if (row.kind == RowKind::Reached && effect_key(run) == intent.key) return row.visit;
        }
        return -1;
    }

    auto here() const { return static_cast<uint32_t>(here_); }

    void happen(const Did& did) {
        deeds_.push_back({here_, did.name, did.time});
        std::string doc;
        model::DocWriter out(doc);
        const size_t whole = out.open_object();
        out.key("properties");
        const size_t properties = out.open_object();
        out.field("amount", did.amount);
        if (did.order != 0) out.field("order", did.order);
        if (did.name == 'I') out.field("catalog", "c");
        if (did.name == 'I' && did.order != 0) out.field("item", did.order);
        out.close(properties), out.close(whole);
        model::Event event;
        const std::string name = event_name(did.name);
        event.name = name, event.doc = doc, event.time = did.time;
        event.flags = did.is_late ? model::kEventHistory : 0;
        std::string payload;
        model::append_event(payload, event);
        act({.at = at_, .owner = here(), .what = EventHappened{model::EventView(payload)}});
    }
    void happen(const Moved& moved) {
        act({.at = at_, .owner = here(), .what = SegmentMoved{"s", moved.is_entry, moved.is_late}});
    }
    void happen(const TraitSet& set) {
        traits_.emplace_back(here_, set.value);
        act({.at = at_, .owner = here(), .what = PersonChanged{}});
    }
    void happen(const ZoneSet& set) {
        zones_.emplace_back(here_, set.zone);
        act({.at = at_, .owner = here(), .what = PersonChanged{}});
    }
    void happen(const Merged& merged) {
        if (people_[here()] == people_[static_cast<size_t>(merged.other)]) return;
        merge(people_, here_, merged.other);
        act({.at = at_, .owner = here(), .what = PeopleMerged{}});
    }
    void happen(const Split&) {
        const People before = people_;
        split_off(people_, here_);
        act({.at = at_, .owner = here(), .what = PersonChanged{}});
        for (uint32_t i = 0; i < kIdentities; ++i) {
            if (i == here() || before[i] != before[here()]) continue;
            return act({.at = at_, .owner = i, .what = PersonChanged{}});
        }
    }
    void happen(const Edited& edited) {
        publish(static_cast<uint32_t>(edited.journey), edited.definition);
    }
    void happen(const Paused& paused) {
        const auto journey = static_cast<uint32_t>(paused.journey);
        if (published_.paused_at(journey) == kNoTime) published_.pause(journey, at_);
    }
    void happen(const Resumed& resumed) {
        const auto journey = static_cast<uint32_t>(resumed.journey);
        const Micros paused_at = published_.paused_at(journey);
        if (paused_at == kNoTime) return;
        published_.resume(journey);
        published_.sweep(
            journey,
            {.number = ++sweeps_, .mode = resumed.mode, .paused_at = paused_at, .at = at_});
        act_on_all(Swept{});
    }
    void happen(const Tasked& tasked) {
        if (tasked.task >= tasks_.size()) return;
        const auto& [key, owner] = tasks_[tasked.task];
        act({.at = at_, .owner = owner, .what = TaskMoved{key, tasked.how}});
    }
    void happen(const Stopped& stopped) {
        if (stopped.run >= starts_.size()) return;
        const auto& [run, owner] = starts_[stopped.run];
        act({.at = at_, .owner = owner, .what = RunStopped{run}});
    }
    void happen(const StoppedAll& stopped) {
        published_.sweep(static_cast<uint32_t>(stopped.journey),
                         {.number = ++sweeps_, .is_stop = true, .at = at_});
        act_on_all(Swept{});
    }
    template <typename What>
    void act_on_all(const What& what) {
        for (int i = 0; i < kIdentities; ++i) {
            if (people_[static_cast<size_t>(i)] != i) continue;
            act({.at = at_, .owner = static_cast<uint32_t>(i), .what = what});
        }
    }

    Published published_;
    std::map<uint32_t, uint32_t> versions_;
    People people_;
    std::vector<std::pair<int, int>> traits_, zones_;
    std::vector<Deed> deeds_;
    std::array<std::string, kIdentities> bytes_;
    std::set<Timer> timers_;
    std::set<Key128> keys_;
    std::map<Key128, size_t> numbers_;
    std::vector<std::pair<Key128, uint32_t>> tasks_, starts_;
    Consequences out_;
    Telling telling_;
    Micros at_ = 0;
    int here_ = 0;
    uint64_t cause_ = 0;
    uint32_t sweeps_ = 0;
};

uint64_t setting(const char* name, uint64_t usual) {
    const char* text = std::getenv(name);
    return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

// The first line that differs, and those before it.
std::string difference(const std::vector<std::string>& got, const std::vector<std::string>& right) {
    const auto [at, other] = std::ranges::mismatch(got, right);
    std::string text;
    for (auto it = at - std::min<ptrdiff_t>(at - got.begin(), 8); it != at; ++it)
        text += *it + '\n';
    return text + "told:  " + (at == got.end() ? "nothing" : *at) +
           "\nright: " + (other == right.end() ? "nothing" : *other);
}

// After each happening the fold has told what the interpreter tells when it begins anew.
void compare(uint64_t seed) {
    Story story = make_story(seed, seed % 2 == 0 ? Items::Some : Items::None);
    // The last lets every wait end that still can.
    story.happenings.push_back({story.happenings.back().at + 90 * kDay, 0, TraitSet{0}});
    Fold fold(story);
    for (size_t i = 0; i < story.happenings.size(); ++i) {
        ASSERT_NO_FATAL_FAILURE(fold.apply(story.happenings[i]));
        const Telling anew = tell_anew(story, i + 1);
        ASSERT_TRUE(fold.telling().rows == anew.rows) << "after happening " << i << '\n'
                                                      << difference(fold.telling().rows, anew.rows);
        ASSERT_TRUE(fold.telling().intents == anew.intents)
            << "after happening " << i << '\n'
            << difference(fold.telling().intents, anew.intents);
        ASSERT_TRUE(fold.telling().refused == anew.refused)
            << "after happening " << i << '\n'
            << difference(fold.telling().refused, anew.refused);
    }
}

TEST(Act, TellsWhatASlowInterpreterTellsThatDecidesEverythingAnew) {
    const uint64_t first = setting("THROUGHLINE_JOURNEY_SEED", 1);
    const uint64_t worlds = setting("THROUGHLINE_JOURNEY_WORLDS", 1'000);
    for (uint64_t seed = first; seed < first + worlds; ++seed) {
        compare(seed);
        ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "THROUGHLINE_JOURNEY_SEED=" << seed;
    }
}

// Worlds are of use only where much happens in them.
TEST(Act, StoriesMeetEveryKindOfRowAndEnd) {
    std::map<std::string, size_t> seen;
    for (uint64_t seed = 1; seed <= 1'000; ++seed) {
        const Story story = make_story(seed);
        for (const std::string& row : tell_anew(story, story.happenings.size()).rows) {
            const std::string kind = row.substr(25, row.find(" run") - 25);
            ++seen[kind == "ended" ? row.substr(row.find("detail")) : kind];
        }
    }
    for (const char* kind : {"entered", "reached", "chosen", "updated", "goal", "claimed", "done",
                             "escalated", "held"}) {
        EXPECT_GT(seen[kind], 20u) << kind;
    }
    for (int reason = 1; reason <= static_cast<int>(EndReason::Stuck); ++reason) {
        EXPECT_GT(seen["detail " + std::to_string(reason)], 10u) << reason;
    }
}

// A run for each order, none of which ends: what is too many is refused, and told.
TEST(Act, AnIdentityHasSoManyRunsAtMost) {
    Story story = make_story(1);
    StoryJourney keyed;
    keyed.on = {'A', 0, false};
    keyed.is_keyed = true;
    keyed.steps = {{.type = "wait", .hours = 24}};
    story.journeys = {keyed};
    story.happenings.clear();
    for (int order = 1; order <= static_cast<int>(kRunsMax) + 3; ++order) {
        story.happenings.push_back({kDay, 0, Did{.name = 'A', .order = order, .time = kDay}});
    }
    Fold fold(story);
    for (const StoryHappening& happening : story.happenings) {
        ASSERT_NO_FATAL_FAILURE(fold.apply(happening));
    }
    EXPECT_EQ(fold.telling().rows.size(), 2 * kRunsMax);
    EXPECT_EQ(fold.telling().refused,
              std::vector<std::string>(3, refused_line(0, Refusal::TooMany)));
}

// Of runs that ended marks are left, which bar their key for ever and nothing else.
TEST(Act, EndedRunsBarTheirKeyForEverAndLeaveRoomForOthers) {
    Story story = make_story(1);
    StoryJourney keyed;
    keyed.on = {'A', 0, false};
    keyed.is_keyed = true;
    keyed.reentry = Reentry::Never;
    keyed.steps = {{.type = "end"}};
    story.journeys = {keyed};
    story.happenings.clear();
    const int orders = static_cast<int>(kRunsMax) * 3;
    for (int i = 1; i <= 2 * orders; ++i) {
        const int order = i <= orders ? i : i - orders;
        story.happenings.push_back({i * kHour, 0, Did{.name = 'A', .order = order, .time = kDay}});
    }
    Fold fold(story);
    for (const StoryHappening& happening : story.happenings) {
        ASSERT_NO_FATAL_FAILURE(fold.apply(happening));
    }
    EXPECT_EQ(fold.telling().rows.size(), 3u * static_cast<size_t>(orders));
    EXPECT_EQ(fold.telling().refused, std::vector<std::string>(static_cast<size_t>(orders),
                                                               refused_line(0, Refusal::Never)));
}

}  // namespace
}  // namespace throughline::journey::testing
