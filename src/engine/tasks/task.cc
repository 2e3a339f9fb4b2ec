#include "engine/tasks/task.h"

#include "base/bytes.h"

namespace throughline::engine {

namespace {

constexpr uint8_t kVersion = 1;

template <typename TaskT, typename Visit>
void for_each_time(TaskT& task, Visit&& visit) {
    for (auto* at :
         {&task.opened_at, &task.due, &task.overdue_at, &task.claimed_at, &task.closed_at}) {
        visit(*at);
    }
}

template <typename TaskT, typename Visit>
void for_each_text(TaskT& task, Visit&& visit) {
    for (auto* text : {&task.journey_key, &task.step, &task.team, &task.store, &task.title,
                       &task.catalog, &task.item, &task.by, &task.note}) {
        visit(*text);
    }
}

}  // namespace

std::string_view task_state_name(TaskState state) {
    static constexpr std::string_view kNames[kTaskStates] = {"open", "claimed", "done", "escalated",
                                                             "withdrawn"};
    return kNames[static_cast<size_t>(state)];
}

std::string Task::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(kVersion);
    out.fixed(key), out.fixed(run);
    out.u8(static_cast<uint8_t>(state));
    for (const uint64_t number : {uint64_t{owner}, uint64_t{journey}, uint64_t{version}, cause}) {
        out.varint(number);
    }
    for_each_time(*this, [&](Micros at) { out.fixed(at); });
    for_each_text(*this, [&](const std::string& text) { out.string(text); });
    return bytes;
}

Result<Task> Task::decode(std::string_view bytes) {
    ByteReader in(bytes);
    Task task;
    const bool is_known = in.u8() == kVersion;
    task.key = in.fixed<Key128>();
    task.run = in.fixed<Key128>();
    const uint8_t state = in.u8();
    task.state = static_cast<TaskState>(state);
    const uint64_t owner = in.varint();
    const uint64_t journey = in.varint();
    const uint64_t version = in.varint();
    task.owner = static_cast<identity::IdentityId>(owner);
    task.journey = static_cast<uint32_t>(journey);
    task.version = static_cast<uint32_t>(version);
    task.cause = in.varint();
    for_each_time(task, [&](Micros& at) { at = in.fixed<Micros>(); });
    for_each_text(task, [&](std::string& text) { text = in.string(); });
    const bool is_good = is_known && state < kTaskStates && owner <= UINT32_MAX &&
                         journey <= UINT32_MAX && version <= UINT32_MAX && in.ok() && in.at_end() &&
                         task.is_open() == (task.closed_at == kNoTime);
    if (!is_good) return Error::corrupt("engine: tasks: one is damaged");
    return task;
}

}  // namespace throughline::engine
