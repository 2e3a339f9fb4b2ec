// Runs tests/spec/journey/*.tlspec: what happens, and the table of what comes of it.
//
//   case ONE LINE WHAT IT SHOWS
//   journey KEY                                   a shipped journey
//   zone NAME                                     of everybody, and of the times in the file
//   2026-03-02 10:00 ana Product Added {"a":1}    an event; {"a":1} may be left out
//   2026-03-02 10:00 ana claims STEP · ana does STEP          her task
//   2026-03-02 10:00 pause · resume fire|shift|skip
//   until 2026-03-10 00:00                        timers go on until then
//   expect
//   time | who | what
//
// THROUGHLINE_UPDATE_SPECS=1 writes the tables anew, to be read as a change.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "journey/act.h"
#include "journey/shipped.h"
#include "model/json.h"
#include "model/yaml.h"

namespace throughline::journey {
namespace {

constexpr size_t kTimeSize = 16;  // 2026-03-02 10:00

/// One case: its people, each an identity, and what came of it.
class Case final : public Facts {
public:
    bool run(const std::string& line) {
        if (line.starts_with("journey ")) return take_journey(line.substr(8));
        if (line.starts_with("zone ")) return take_zone(line.substr(5));
        if (line.starts_with("until ")) return fire_until(time(line.substr(6))), true;
        if (line.size() <= kTimeSize + 1 || line[kTimeSize] != ' ') return false;
        at_ = time(line.substr(0, kTimeSize));
        fire_until(at_);
        return happen(line.substr(kTimeSize + 1));
    }

    const std::vector<std::string>& table() const { return table_; }

    bool holds(const Definition&, uint16_t, const model::EventView&, Micros) override {
        return false;
    }
    TimeZone zone() override { return zone_; }
    Key128 person() override { return hash_key(people_[here_]); }
    void update(uint32_t, std::string_view traits) override {
        updates_.push_back("sets " + model::to_json(model::DocView(traits)));
    }

private:
    bool take_journey(const std::string& key) {
        const auto document = model::doc_from_yaml(shipped_journey(key));
        if (!document) return false;
        const auto compiled = Definition::compile(model::DocView(*document));
        if (!compiled.definition) return false;
        definition_ = compiled.definition;
        published_.publish(1, 1, definition_);
        return true;
    }
    bool take_zone(const std::string& name) {
        const auto found = TimeZone::find(name);
        if (found) zone_ = *found;
        return found.is_ok();
    }

    Micros time(const std::string& text) const {
        const auto local = parse_instant(text);
        return local ? zone_.instant_of(*local) : kNoTime;
    }
    std::string shown(Micros at) const {
        std::string text = format_instant(zone_.local_of(at)).substr(0, kTimeSize);
        text[10] = ' ';
        return text;
    }

    void fire_until(Micros at) {
        while (!timers_.empty() && timers_.begin()->due <= at) {
            const Timer timer = *timers_.begin();
            timers_.erase(timers_.begin());
            at_ = timer.due;
            act(timer.owner, TimerDue{timer.slot, timer.timer});
        }
        at_ = at;
    }

    bool happen(const std::string& text) {
        if (text == "pause") return published_.pause(1, at_), true;
        if (text.starts_with("resume ")) return resume(text.substr(7));
        const size_t blank = text.find(' ');
        if (blank == std::string::npos) return false;
        const uint32_t who = number_of(text.substr(0, blank));
        const std::string what = text.substr(blank + 1);
        if (what.starts_with("claims ")) {
            return move_task(who, what.substr(7), TaskMove::Claimed);
        }
        if (what.starts_with("releases ")) {
            return move_task(who, what.substr(9), TaskMove::Released);
        }
        if (what.starts_with("does ")) return move_task(who, what.substr(5), TaskMove::Done);
        return send(who, what);
    }

    bool resume(const std::string& mode) {
        const Micros paused_at = published_.paused_at(1);
        published_.resume(1);
        const auto sweeps = static_cast<uint32_t>(published_.sweeps(1).size());
        published_.sweep(1, {.number = sweeps + 1,
                             .mode = mode == "fire"    ? Resume::Fire
                                     : mode == "shift" ? Resume::Shift
                                                       : Resume::Skip,
                             .paused_at = paused_at,
                             .at = at_});
        for (uint32_t who = 0; who < people_.size(); ++who) act(who, Swept{});
        return true;
    }

    bool move_task(uint32_t who, const std::string& step, TaskMove how) {
        const auto found = tasks_.find({who, step});
        if (found == tasks_.end()) return false;
        act(who, TaskMoved{found->second, how});
        return true;
    }

    bool send(uint32_t who, const std::string& what) {
        const size_t brace = what.find(" {");
        const std::string name = what.substr(0, brace);
        const std::string properties = brace == std::string::npos ? "{}" : what.substr(brace + 1);
        const auto document = model::doc_from_json("{\"properties\":" + properties + "}");
        if (!document) return false;
        model::Event event;
        event.name = name;
        event.doc = *document;
        event.time = at_;
        std::string payload;
        model::append_event(payload, event);
        act(who, EventHappened{model::EventView(payload)});
        return true;
    }

    uint32_t number_of(const std::string& name) {
        const auto found = std::ranges::find(people_, name);
        const auto number = static_cast<uint32_t>(found - people_.begin());
        if (found == people_.end()) people_.push_back(name);
        runs_.resize(people_.size());
        return number;
    }

    template <typename What>
    void act(uint32_t who, const What& what) {
        here_ = who;
        out_.clear();
        updates_.clear();
        advance(published_, *this, {.at = at_, .cause = ++cause_, .owner = who, .what = what},
                runs_[who], out_);
        for (const Run& run : runs_[who]) keys_[run.id] = run.key;
        auto intent = out_.intents.begin();
        auto update = updates_.begin();
        for (const Row& row : out_.rows) {
            const bool is_done = row.kind == RowKind::Reached && intent != out_.intents.end() &&
                                 intent->run == row.run && intent->step == row.step;
            if (is_done) {
                note(row, told(*intent++));
            } else if (row.kind == RowKind::Updated) {
                note(row, *update++);
            } else if (const std::string text = told(row); !text.empty()) {
                note(row, text);
            }
        }
        for (const Refused& refused : out_.refused) {
            table_.push_back(shown(at_) + " | " + people_[who] +
                             " | not entered: " + std::string(refusal_name(refused.why)));
        }
        for (const Timer& timer : out_.timers) timers_.insert(timer);
    }

    void note(const Row& row, const std::string& what) {
        const std::string& key = keys_[row.run];
        table_.push_back(shown(at_) + " | " + people_[row.owner] + (key.empty() ? "" : " " + key) +
                         " | " + what);
    }
    // Nothing of a step that goes on at once.
    std::string told(const Row& row) const {
        const Step& step = definition_->steps()[row.step];
        if (row.kind == RowKind::Reached) return is_waiting(step) ? "waits at " + step.id : "";
        std::string text(row_name(row.kind));
        if (row.kind == RowKind::Chosen) {
            text += ' ' + std::get<SplitStep>(step.what).parts[row.detail].name;
        }
        if (row.kind == RowKind::Ended) {
            text += ' ' + std::string(reason_name(static_cast<EndReason>(row.detail)));
        }
        return text;
    }
    std::string told(const Intent& intent) {
        const Step& step = definition_->steps()[intent.step];
        if (intent.kind == IntentKind::Task) tasks_[{intent.owner, step.id}] = intent.key;
        const std::string text = std::string(type_name(step)) + ' ' + step.id;
        const bool has_limit = intent.not_after != kNoTime;
        return text + (has_limit ? ", not after " + shown(intent.not_after) : "");
    }

    Published published_;
    std::shared_ptr<const Definition> definition_;
    TimeZone zone_;
    std::vector<std::string> people_;
    std::vector<std::vector<Run>> runs_;
    std::set<Timer> timers_;
    std::map<std::pair<uint32_t, std::string>, Key128> tasks_;
    std::map<Key128, std::string> keys_;  // Of runs.
    std::vector<std::string> updates_;
    std::vector<std::string> table_;
    Consequences out_;
    Micros at_ = 0;
    uint64_t cause_ = 0;
    uint32_t here_ = 0;
};

/// The file with its tables as they come out now.
std::string told(const std::string& text, const std::string& path) {
    std::istringstream lines(text);
    std::string out;
    std::unique_ptr<Case> running;
    bool is_table = false;
    for (std::string line; std::getline(lines, line);) {
        if (is_table && !line.empty()) continue;
        is_table = false;
        out += line + '\n';
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with("case ")) {
            running = std::make_unique<Case>();
        } else if (line == "expect" && running) {
            for (const std::string& row : running->table()) out += row + '\n';
            is_table = true;
        } else if (!running || !running->run(line)) {
            ADD_FAILURE() << path << ": not understood: " << line;
        }
    }
    return out;
}

TEST(JourneySpec, EveryTableIsWhatComesOut) {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TL_SPECS)) {
        if (entry.path().extension() != ".tlspec") continue;
        ++files;
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const std::string now = told(text, entry.path());
        if (std::getenv("THROUGHLINE_UPDATE_SPECS") != nullptr) {
            std::ofstream(entry.path()) << now;
        } else {
            EXPECT_EQ(text, now) << entry.path();
        }
    }
    EXPECT_EQ(files, shipped_journeys().size());
}

TEST(JourneySpec, ShippedJourneysCompileWithoutAWarning) {
    for (const std::string_view key : shipped_journeys()) {
        const auto document = model::doc_from_yaml(shipped_journey(key));
        ASSERT_TRUE(document) << key << ": " << document.error().message;
        const auto compiled = Definition::compile(model::DocView(*document));
        for (const Problem& problem : compiled.problems) {
            ADD_FAILURE() << key << ": " << problem.path << ": " << problem.message;
        }
        EXPECT_TRUE(compiled.warnings.empty()) << key << ": " << compiled.warnings[0].message;
        ASSERT_TRUE(compiled.definition);
        EXPECT_EQ(compiled.definition->key(), key);
    }
    EXPECT_EQ(shipped_journey("none"), "");
}

TEST(JourneySpec, ThePageShowsShippedJourneysAsTheyAre) {
    std::ifstream file(TL_JOURNEYS_PAGE);
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    for (const std::string_view key : shipped_journeys()) {
        EXPECT_NE(page.find("```yaml\n" + std::string(shipped_journey(key)) + "```"),
                  std::string::npos)
            << key;
    }
}

}  // namespace
}  // namespace throughline::journey
