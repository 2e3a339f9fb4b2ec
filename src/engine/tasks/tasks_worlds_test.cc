// Seeded worlds of tasks: claimed, given back, done, overdue, withdrawn by goals, merges, stops and
// erasures, against a model that keeps a plain list and walks over all of it after every record.
#include <cstdlib>
#include <map>
#include <set>

#include "base/random.h"
#include "engine/tasks/test_tasks.h"

namespace throughline::engine {
namespace {

using identity::IdentityId;
using journey::RunState;
using testing::decision_record;
using testing::journey_decision;
using testing::TaskWorld;

constexpr Micros kStart = 1'772'791'200 * kSecond;
constexpr int kPeople = 6;

// A task that goes on to others, one that stays when it is late, one that is never due.
const char* const kChain = R"({"key":"chain","trigger":{"event":"A","key":"order"},
    "goals":[{"name":"bought","event":"B","hold":["order"]}],
    "steps":[{"id":"pack","type":"task","team":"store","title":"Pack","store":"shop","due":"3h",
              "escalated":"ask"},
             {"id":"call","type":"task","team":"sales","title":"Call","due":"2h"},
             {"id":"check","type":"task","team":"store","title":"Check","store":"shop",
              "next":"end"},
             {"id":"ask","type":"task","team":"managers","title":"Ask","due":"1h",
              "next":"pack"}]})";

/// What is known of a task by somebody who has only seen what was said of it.
struct Known {
    Task task;  // As it was given out.
    std::string state = "open";
    std::string by;
    bool is_gone = false;
};

class Worlds {
public:
    explicit Worlds(uint64_t seed) : random_(seed), world_(kStart) {
        world_.publish("chain", kChain);
    }

    void step() {
        const double dice = random_.unit();
        world_.pass(static_cast<Micros>(random_.below(20)) * kMinute);
        if (dice < 0.25) {
            world_.send(user(), "A", order(true));
        } else if (dice < 0.35) {
            world_.send(user(), "B", order(false));
        } else if (dice < 0.80) {
            decide();
        } else if (dice < 0.86) {
            join_or_part();
        } else if (dice < 0.88) {
            erase();
        } else if (dice < 0.92) {
            pause_or_resume();
        } else {
            world_.pass(kHour);
            world_.tick();
        }
        learn();
    }

    // Tasks that are to be done are those that runs wait on; the lists say what the tasks say.
    void check() {
        std::set<Key128> waited;
        std::map<Key128, journey::Run> runs;
        const View view = world_.view();
        const auto all_runs = runs_of(view, world_.everybody());
        ASSERT_TRUE(all_runs.is_ok());
        for (const journey::Run& run : *all_runs) {
            if (run.is_over()) continue;
            const bool is_done = run.state == RunState::Held && run.held_by == journey::Wake::Task;
            if (!is_done) waited.insert(journey::effect_key(run));
        }
        std::set<std::string> rows;
        std::map<std::string, TaskCounts> counts;
        std::set<Key128> to_do;
        for (auto& [key, known] : known_) {
            known.is_gone = known.is_gone || world_.is_erased(known.task.owner);
            const auto task = world_.task(key);
            ASSERT_EQ(task.has_value(), !known.is_gone);
            if (!task) continue;
            check_task(*task, known);
            if (task->is_open()) to_do.insert(key);
            for (const std::string& row : task_list_rows(*task)) rows.insert(row);
            rows.insert(task_owner_row(*task));
            ++counts[task->team].of(task->state);
        }
        ASSERT_EQ(to_do, waited);
        const auto stored = world_.partition().tables->task_lists.scan({}, SIZE_MAX).value();
        std::set<std::string> stored_rows;
        for (const auto& [row, value] : stored) {
            if (row[0] != 'c') stored_rows.insert(row);
        }
        ASSERT_EQ(stored_rows, rows);
        const auto teams = count_tasks(*world_.partition().tables).value();
        ASSERT_EQ(teams.size(), counts.size());
        for (const TeamTasks& one : teams) {
            ASSERT_EQ(one.counts.by_state, counts[one.team].by_state) << one.team;
        }
    }

    // A list is what a walk over all tasks finds, in any size of pages.
    void check_lists() {
        for (const char* team : {"", "store", "sales"}) {
            for (const char* store : {"", "s1"}) {
                for (const TaskList list : {TaskList::ToDo, TaskList::Closed}) {
                    std::set<Key128> right;
                    for (const auto& [key, known] : known_) {
                        const auto task = world_.task(key);
                        const bool is_of = task && (*team == 0 || task->team == team) &&
                                           (*store == 0 || task->store == store) &&
                                           task->is_open() == (list == TaskList::ToDo);
                        if (is_of) right.insert(key);
                    }
                    const auto found = world_.list({.list = list, .team = team, .store = store},
                                                   1 + random_.below(5));
                    std::set<Key128> keys;
                    for (const Task& task : found) ASSERT_TRUE(keys.insert(task.key).second);
                    ASSERT_EQ(keys, right);
                }
            }
        }
    }

    int times(const std::string& what) { return met_[what]; }

private:
    std::string user() { return "u" + std::to_string(random_.below(kPeople)); }
    std::string order(bool with_shop) {
        const std::string shop = R"(,"shop":"s)" + std::to_string(random_.below(3)) + "\"";
        return R"({"order":)" + std::to_string(random_.below(3)) + (with_shop ? shop : "") + "}";
    }

    void decide() {
        if (known_.empty()) return;
        auto one = known_.begin();
        std::advance(one, static_cast<ptrdiff_t>(random_.below(known_.size())));
        Known& known = one->second;
        const std::string by = random_.chance(0.5) ? "Mia" : "Jon";
        const bool takes_over = random_.chance(0.3);
        static constexpr const char* kMoves[] = {"task_claim", "task_release", "task_done"};
        const std::string move = kMoves[random_.below(3)];
        // What is due by now happens before anything is decided.
        world_.tick();
        learn();
        const std::string wrong = wrong_with(known, move, by, takes_over);
        const std::string refused =
            world_.decide(one->first, move, by, takes_over ? R"(,"take_over":true)" : "");
        ASSERT_EQ(refused, wrong) << move << " by " << by;
        ++met_[wrong.empty() ? move : wrong];
        if (!wrong.empty()) return;
        if (move == "task_done") known.state = "done";
        if (move == "task_claim") known.state = "claimed";
        if (move == "task_release") known.state = "open";
        known.by = move == "task_release" ? "" : by;
    }

    static std::string wrong_with(const Known& known, const std::string& move,
                                  const std::string& by, bool takes_over) {
        if (known.is_gone) return "task: there is none of this id";
        const bool is_own = known.by == by;
        if (known.state == "done") {
            return move == "task_done" && is_own ? "" : "task: is done already by " + known.by;
        }
        if (known.state == "escalated") {
            return "task: was not done when due, and went on to others";
        }
        if (known.state == "withdrawn") {
            return "task: its run has ended, nobody needs it any more";
        }
        if (known.state == "open" || is_own) return "";
        return move == "task_claim" && takes_over ? "" : "task: " + known.by + " has it";
    }

    void join_or_part() {
        const std::string a = std::to_string(1 + random_.below(kPeople));
        const std::string b = std::to_string(1 + random_.below(kPeople));
        const std::string what = random_.chance(0.5) ? R"("merge","a":)" + a + R"(,"b":)" + b
                                                     : R"("split","identities":[)" + a + "]";
        world_.add(decision_record(R"({"action":)" + what + R"(,"actor":"t","reason":"r"})"));
    }
    void erase() {
        const std::string who = std::to_string(1 + random_.below(kPeople));
        world_.add(decision_record(R"({"action":"erase","actor":"t","identity":)" + who + "}"));
        for (auto& [key, known] : known_) {
            known.is_gone = known.is_gone || world_.is_erased(known.task.owner);
        }
    }
    void pause_or_resume() {
        static constexpr const char* kWhat[] = {R"("pause")",
                                                R"("pause")",
                                                R"("resume","mode":"fire")",
                                                R"("resume","mode":"shift")",
                                                R"("resume","mode":"shift")",
                                                R"("resume","mode":"skip")",
                                                R"("end_runs")"};
        world_.add(journey_decision("chain", kWhat[random_.below(7)]));
        if (random_.chance(0.5)) world_.tick();  // Which everybody goes through.
    }

    // Runs go on and end by themselves: what became of tasks is taken from the tasks, as far as it
    // may come about without a decision. What may not is found by check_task().
    void learn() {
        for (const TaskList list : {TaskList::ToDo, TaskList::Closed}) {
            for (const Task& task : world_.list({.list = list})) {
                const auto [known, is_new] = known_.try_emplace(task.key, Known{.task = task});
                Known& one = known->second;
                const bool may_end = one.state == "open" || one.state == "claimed";
                const std::string state(task_state_name(task.state));
                const bool is_end = state == "withdrawn" || state == "escalated";
                if (!may_end || !is_end) continue;
                ++met_[state];
                if (state == "escalated") {
                    ASSERT_TRUE(one.task.step != "call" && one.task.step != "check");
                    ASSERT_GE(world_.now(), task.due);
                }
                one.state = state;
            }
        }
    }

    void check_task(const Task& task, const Known& known) {
        ASSERT_EQ(std::string(task_state_name(task.state)), known.state);
        ASSERT_EQ(task.by, known.by);
        ASSERT_EQ(task.owner, known.task.owner) << "merges and splits move nothing";
        ASSERT_EQ(task.store, known.task.store);
        ASSERT_EQ(task.team, known.task.team);
        ASSERT_EQ(task.closed_at == kNoTime, task.is_open());
        if (task.overdue_at != kNoTime) ++met_["overdue"];
    }

    SeededRandom random_;
    TaskWorld world_;
    std::map<Key128, Known> known_;
    std::map<std::string, int> met_;
};

uint64_t setting(const char* name, uint64_t usual) {
    const char* const text = std::getenv(name);
    return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

TEST(TaskWorlds, KeepWhatAPlainListKeepsThroughMergesErasuresAndPauses) {
    const uint64_t worlds = setting("THROUGHLINE_TASK_WORLDS", 8);
    const uint64_t first = setting("THROUGHLINE_TASK_SEED", 1);
    std::map<std::string, int> met;
    for (uint64_t seed = first; seed < first + worlds; ++seed) {
        SCOPED_TRACE("THROUGHLINE_TASK_SEED=" + std::to_string(seed));
        Worlds world(seed);
        for (int i = 0; i < 150; ++i) {
            ASSERT_NO_FATAL_FAILURE(world.step());
            if (i % 3 != 0) continue;
            ASSERT_NO_FATAL_FAILURE(world.check()) << "after step " << i;
        }
        ASSERT_NO_FATAL_FAILURE(world.check_lists());
        for (const char* what :
             {"task_claim", "task_release", "task_done", "withdrawn", "escalated", "overdue",
              "task: Mia has it", "task: is done already by Jon",
              "task: there is none of this id"}) {
            met[what] += world.times(what);
        }
    }
    if (worlds < 8) return;
    for (const auto& [what, times] : met) EXPECT_GT(times, 0) << what;
}

}  // namespace
}  // namespace throughline::engine
