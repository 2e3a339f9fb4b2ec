// A partition whose journeys give out tasks, for tests: people, records about tasks, and a view.
//
// Layer 6, tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "engine/consents.h"
#include "engine/roots.h"
#include "engine/runs/runs_view.h"
#include "engine/tasks/task_list.h"
#include "engine/test_fold.h"

namespace throughline::engine::testing {

class TaskWorld {
public:
    explicit TaskWorld(Micros start) : now_(start) {}

    Micros now() const { return now_; }
    void pass(Micros time) { now_ += time; }
    void tick() { add(model::make_record(model::RecordKind::Tick, {})); }

    /// Why it was refused; empty: it was not.
    std::string add(const std::string& record) {
        Epoch epoch;
        epoch.batches.push_back({single_record(record, {}), next_++, now_, {}});
        const Status status = partition_.fold->apply(epoch);
        EXPECT_TRUE(status) << status.error().message;
        partition_.fold->publish();
        partition_.tables->settle();
        const Outcome& outcome = epoch.batches[0].outcome;
        is_repeat_ = !outcome.duplicates.empty();
        return outcome.refused.empty() ? "" : outcome.refused[0].message;
    }
    void publish(const std::string& key, const std::string& document) {
        EXPECT_EQ(add(journey_record(key, document)), "");
        EXPECT_EQ(add(journey_decision(key, R"("publish")")), "");
    }
    void send(const std::string& user, const std::string& name,
              const std::string& properties = "{}") {
        add(event_payload({.user = user,
                           .name = name,
                           .message_id = "m" + std::to_string(next_),
                           .extra = R"({"properties":)" + properties + "}",
                           .time = now_}));
        pass(kSecond);  // Rows of one instant would stand in no order.
    }
    /// `move`: task_claim, task_release, task_done.
    std::string decide(const Key128& task, const std::string& move, const std::string& by,
                       const std::string& more = "") {
        pass(kSecond);
        return add(decision_record(R"({"action":")" + move + R"(","actor":"token:board","task":")" +
                                   hex_of_key(task) + R"(","by":")" + by + "\"" + more + "}"));
    }
    bool is_repeat() const { return is_repeat_; }

    View view() {
        return {.pin = partition_.tables->epochs.pin(),
                .state = partition_.fold->state(),
                .settings = partition_.fold->settings(),
                .history = partition_.history->snapshot(),
                .tables = *partition_.tables,
                .dictionary = partition_.history->dictionary(),
                .secret = kSecret};
    }
    std::vector<Task> list(const TaskFilter& filter = {}, size_t limit = 1'000) {
        const View here = view();
        std::vector<Task> all;
        std::string cursor;
        do {
            auto page = list_tasks(here, filter, cursor, limit);
            EXPECT_TRUE(page.is_ok());
            EXPECT_LE(page->tasks.size(), limit);
            all.insert(all.end(), page->tasks.begin(), page->tasks.end());
            cursor = page->next;
        } while (!cursor.empty());
        return all;
    }
    std::optional<Task> task(const Key128& key) { return find_task(view(), key).value(); }

    /// Rows of history called `Journey Task …`, as `Opened put-back by=mia`, by time.
    std::vector<std::string> rows() {
        std::vector<std::string> lines;
        const auto page = partition_.history->snapshot()->timeline(everybody(), "", 1'000);
        for (const auto& stored : page->events) {
            constexpr std::string_view kOfTasks = "Journey Task ";
            const model::EventView event = stored.event();
            if (!event.name().starts_with(kOfTasks)) continue;
            const model::DocView said = event.doc().find("properties");
            std::string line(event.name().substr(kOfTasks.size()));
            line += " " + std::string(said.find("step").as_string());
            for (const char* field : {"by", "note"}) {
                const std::string value(said.find(field).as_string());
                if (!value.empty()) line += std::string(" ") + field + "=" + value;
            }
            lines.push_back(line);
        }
        std::ranges::reverse(lines);
        return lines;
    }
    std::vector<identity::IdentityId> everybody() {
        std::vector<identity::IdentityId> all;
        for (uint32_t id = 1; id < partition_.fold->state().next_identity; ++id) all.push_back(id);
        return all;
    }
    bool is_erased(identity::IdentityId identity) {
        return root_of_word(partition_.roots.snapshot()[identity]) == kErasedRoot;
    }
    Partition& partition() { return partition_; }

private:
    Partition partition_{1};
    Micros now_;
    uint64_t next_ = 0;
    bool is_repeat_ = false;
};

}  // namespace throughline::engine::testing
