// Keys of the ordered table `task_lists`: tasks by what they are looked for.
//
//   'a' scope u128 · due i64 · key         to be done, the first due first, those without due last
//   'z' scope u128 · closed at i64 · key   done, escalated and withdrawn
//   'p' owner u32 · cause u64 · key        those of an identity
//   'c' team                               how many of it are in each state (TaskCounts)
//
// A scope is a hash of nothing, of a team, or of a team and a store: so a task is in two or three.
//
// Layer 6. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/row_place.h"
#include "engine/tasks/task.h"

namespace throughline::engine {

/// How many tasks of a team are in each state.
struct TaskCounts {
    std::array<uint64_t, kTaskStates> by_state{};

    uint64_t& of(TaskState state) { return by_state[static_cast<size_t>(state)]; }
    uint64_t of(TaskState state) const { return by_state[static_cast<size_t>(state)]; }
    std::string encode() const;
    /// Errors: Corrupt.
    static Result<TaskCounts> decode(std::string_view bytes);
};

enum class TaskList : char { ToDo = 'a', Closed = 'z' };

/// `team` empty: of all teams; `store` empty: of all its stores.
std::string task_list_prefix(TaskList list, std::string_view team, std::string_view store);
std::string task_owner_prefix(identity::IdentityId owner);
std::string task_counts_row(std::string_view team);

/// The rows of a task in lists, those of its owner and counts apart.
std::vector<std::string> task_list_rows(const Task& task);
std::string task_owner_row(const Task& task);

}  // namespace throughline::engine
