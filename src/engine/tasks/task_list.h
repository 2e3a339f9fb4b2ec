// Reading tasks: one with all that is known of it, and lists of a team, a store or a person.
//
// Layer 6. Pure over a View; lists may be ahead of it by an epoch. Cost: a read a task.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tasks/task_rows.h"
#include "engine/view.h"

namespace throughline::engine {

/// Nothing: there is none of this key, or its person was erased.
Result<std::optional<Task>> find_task(const View& view, const Key128& key);

/// Which tasks a list is about; empty: all.
struct TaskFilter {
    std::vector<identity::IdentityId> owners;  // Of a person: all her identities, in any list.
    TaskList list = TaskList::ToDo;            // Else.
    std::string team;
    std::string store;
    std::optional<TaskState> state;
    bool is_overdue = false;  // Those alone that were not done when due.
    std::string by;           // Who has or did them.
};

struct TaskPage {
    std::vector<Task> tasks;
    std::string next;  // Cursor; empty at the end.
};

/// What is to be done, the first due first; what is closed or of a person, the newest first.
/// `cursor`: of the page before, empty for the first. A page may hold fewer than `limit`, and yet
/// have a next one: not more than some thousand rows are looked at.
/// Errors: InvalidArgument for a cursor that is none; of the reads.
Result<TaskPage> list_tasks(const View& view, const TaskFilter& filter, std::string_view cursor,
                            size_t limit);

struct TeamTasks {
    std::string team;
    TaskCounts counts;
};
/// How many tasks of each team are in each state. Errors: of the read.
Result<std::vector<TeamTasks>> count_tasks(const Tables& tables);

}  // namespace throughline::engine
