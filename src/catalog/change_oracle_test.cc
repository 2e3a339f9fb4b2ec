// change_of() against the definition: an item is what the newest word says, and it was told late
// once for each due time that was met in a state in which that counts. The oracle keeps all that
// was ever said and works everything out anew at each step.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "catalog/change.h"
#include "catalog/test_types.h"

namespace throughline::catalog {
namespace {

using testing::json_of;
using testing::type_from;

// Something that was said of the item, and when it came.
struct Word {
    Update update;
    Micros came = 0;
    bool is_history = false;
    std::map<std::string, std::string> fields;  // As JSON; `null` takes away.

    Micros at() const {
        return update.updated_at == kNoTime ? came : std::min(update.updated_at, came);
    }
};

// What the words so far make of the item.
struct Oracle {
    std::vector<Word> words;       // Those that were not older when they came.
    std::vector<std::string> log;  // What was told, in order.
    Micros told = kNoTime;         // Of the due time.

    bool is_there() const { return !words.empty(); }
    Micros newest() const { return words.back().at(); }

    std::map<std::string, std::string> fields() const {
        std::map<std::string, std::string> known;
        for (const Word& word : words) {
            if (word.update.rest == Fields::Whole) known.clear();
            for (const auto& [name, json] : word.fields) {
                if (json == "null") {
                    known.erase(name);
                } else {
                    known[name] = json;
                }
            }
        }
        return known;
    }
    std::string state() const {
        const auto known = fields();
        const auto found = known.find("state");
        return found == known.end() ? "" : found->second.substr(1, found->second.size() - 2);
    }
    Micros due() const {
        const auto known = fields();
        const auto found = known.find("by");
        if (found == known.end()) return kNoTime;
        return *parse_instant(found->second.substr(1, found->second.size() - 2));
    }
    bool counts() const { return state() == "open" || state() == "busy"; }

    // Time has come to `now`, or something was said at it.
    void look(Micros now, bool is_history) {
        if (!is_there() || due() == kNoTime || !counts() || due() > now || told == due()) return;
        told = due();
        if (!is_history) log.push_back("late " + std::to_string(told));
    }
    void hear(const Word& word) {
        if (word.update.if_state && *word.update.if_state != state()) return;
        if (is_there() && word.at() < newest()) return;
        if (word.update.removes) {
            words.clear();
            told = kNoTime;
            return;
        }
        const std::string before = state();
        words.push_back(word);
        if (state() != before) {
            log.push_back(before + ">" + state() + (word.is_history ? " then" : ""));
        }
        look(word.came, word.is_history);
    }
};

// The code under test, with the timers that it asks for.
struct Subject {
    const Type& type;
    std::optional<Item> item;
    std::vector<Micros> timers;
    std::vector<std::string> log;

    void pass(Micros now) {
        std::ranges::sort(timers);
        while (!timers.empty() && timers.front() <= now) {
            const Micros due = timers.front();
            timers.erase(timers.begin());
            if (!item || !is_late(type, *item, due)) continue;
            item->missed = due;
            log.push_back("late " + std::to_string(due));
        }
    }
    void hear(const Word& word) {
        const auto change = change_of(type, item, word.update, word.came);
        if (!change || change->verdict == Verdict::Older) return;
        if (change->verdict == Verdict::Elsewhere) return;
        if (change->verdict == Verdict::Removed) {
            item.reset();
            return;
        }
        item = change->item;
        if (change->moved_from) {
            log.push_back(*change->moved_from + ">" + std::string(item->state()) +
                          (change->is_history ? " then" : ""));
        }
        if (change->is_overdue) log.push_back("late " + std::to_string(item->due));
        if (change->wakes_at != kNoTime) timers.push_back(change->wakes_at);
    }
};

Word random_word(SeededRandom& random, const Type& type, Micros now) {
    constexpr std::string_view kStates[] = {"open", "busy", "done", "shut"};
    Word word{.update = {}, .came = now, .is_history = false, .fields = {}};
    std::string json = R"({"id":"x")";
    const auto add = [&](const std::string& name, const std::string& value) {
        word.fields[name] = value;
        json += ",\"" + name + "\":" + value;
    };
    if (random.chance(0.7)) add("state", "\"" + std::string(kStates[random.below(4)]) + "\"");
    if (random.chance(0.4)) {
        const Micros due = now + (static_cast<Micros>(random.below(9)) - 4) * kHour;
        add("by", random.chance(0.15) ? "null" : "\"" + format_instant_exact(due) + "\"");
    }
    if (random.chance(0.3)) add("note", random.chance(0.3) ? "null" : R"("n")");
    auto update = testing::update_from(type, json + "}");
    TL_ASSERT(update.is_ok());
    word.update = std::move(*update);
    if (random.chance(0.6)) {
        // Late, of one instant with others, ahead of the clock, or so old that it is history.
        const Micros step = random.chance(0.1) ? 20 * kHour : kHour;
        word.update.updated_at = now - (static_cast<Micros>(random.below(6)) - 1) * step;
    }
    word.update.is_history = random.chance(0.1);
    word.update.removes = random.chance(0.03);
    if (random.chance(0.3)) {
        word.update.if_state = random.chance(0.2) ? "" : std::string(kStates[random.below(4)]);
    }
    if (random.chance(0.2)) word.update.rest = Fields::Whole;
    word.is_history = word.update.is_history || now - word.at() > type.late_after();
    return word;
}

TEST(ItemChangeOracle, AgreesWithTheDefinitionInSeededWorlds) {
    const Type type = type_from(R"({"fields":[{"name":"state","type":"text"},
        {"name":"by","type":"time"},{"name":"note","type":"text"}],
        "state":{"field":"state","values":["open","busy","done","shut"]},
        "due":{"field":"by","in":["open","busy"]}})");
    size_t told = 0;
    for (uint64_t seed = 1; seed <= 3'000; ++seed) {
        SeededRandom random(seed);
        Oracle oracle;
        Subject subject{.type = type, .item = {}, .timers = {}, .log = {}};
        Micros now = 1'700'000'000 * kSecond;
        std::vector<Word> sent;
        for (int step = 0; step < 20; ++step) {
            // A jump of the clock now and then; it never goes back, as stamps do not.
            now += static_cast<Micros>(random.below(4)) * (random.chance(0.1) ? kDay : kHour / 2);
            oracle.look(now, false);
            subject.pass(now);
            Word word = random_word(random, type, now);
            if (!sent.empty() && random.chance(0.2)) {  // The same once more, or late.
                word = sent[random.below(sent.size())];
                word.came = now;
                word.is_history = word.update.is_history || now - word.at() > type.late_after();
            }
            sent.push_back(word);
            oracle.hear(word);
            subject.hear(word);
            ASSERT_EQ(subject.log, oracle.log) << "seed " << seed << ", step " << step;
            ASSERT_EQ(subject.item.has_value(), oracle.is_there()) << "seed " << seed;
            if (!subject.item) continue;
            ASSERT_EQ(subject.item->state(), oracle.state()) << "seed " << seed;
            ASSERT_EQ(subject.item->due, oracle.due()) << "seed " << seed;
            ASSERT_EQ(subject.item->updated_at, oracle.newest()) << "seed " << seed;
            for (const auto& [name, json] : oracle.fields()) {
                ASSERT_EQ(model::to_json(model::DocView(subject.item->fields).find(name)), json)
                    << "seed " << seed << ", " << name;
            }
        }
        told += oracle.log.size();
    }
    EXPECT_GT(told, 15'000u);
}

}  // namespace
}  // namespace throughline::catalog
