#include "engine/tasks/task_rows.h"

#include <limits>

#include "base/bytes.h"
#include "engine/tables.h"
#include "journey/run.h"

namespace throughline::engine {

std::string TaskCounts::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    for (const uint64_t count : by_state) out.varint(count);
    return bytes;
}

Result<TaskCounts> TaskCounts::decode(std::string_view bytes) {
    ByteReader in(bytes);
    TaskCounts counts;
    for (uint64_t& count : counts.by_state) count = in.varint();
    if (!in.ok() || !in.at_end()) return Error::corrupt("engine: tasks: counts are damaged");
    return counts;
}

std::string task_list_prefix(TaskList list, std::string_view team, std::string_view store) {
    std::string scope;
    ByteWriter out(scope);
    out.string(team), out.string(store);
    return static_cast<char>(list) + key_bytes(journey::hash_key(scope));
}

std::string task_owner_prefix(identity::IdentityId owner) {
    return "p" + identity_bytes(owner);
}

std::string task_counts_row(std::string_view team) {
    return "c" + std::string(team);
}

std::vector<std::string> task_list_rows(const Task& task) {
    const TaskList list = task.is_open() ? TaskList::ToDo : TaskList::Closed;
    const Micros due = task.due == kNoTime ? std::numeric_limits<Micros>::max() : task.due;
    const std::string place =
        time_bytes(task.is_open() ? due : task.closed_at) + key_bytes(task.key);
    std::vector<std::string> rows{task_list_prefix(list, "", "") + place,
                                  task_list_prefix(list, task.team, "") + place};
    if (!task.store.empty()) rows.push_back(task_list_prefix(list, task.team, task.store) + place);
    return rows;
}

std::string task_owner_row(const Task& task) {
    return task_owner_prefix(task.owner) + ordered_key(task.cause) + key_bytes(task.key);
}

}  // namespace throughline::engine
