#include "engine/tasks/tasks.h"

#include <algorithm>

#include "engine/consents.h"
#include "engine/runs/person_runs.h"
#include "engine/tasks/task_rows.h"

namespace throughline::engine {

using identity::IdentityId;
using journey::TaskMove;
using model::DocView;
using model::DocWriter;

namespace {

constexpr std::string_view kOpened = "Journey Task Opened";
constexpr size_t kStep = 500;  // Rows read at a time.

/// What somebody wants of a task.
struct Wish {
    TaskMove move = TaskMove::Claimed;
    std::string by;
    std::string note;
    bool takes_over = false;
};

Result<Wish> wish_of(DocView record) {
    const std::string_view action = record.find("action").as_string();
    Wish wish{.by = std::string(record.find("by").as_string()),
              .note = std::string(record.find("note").as_string()),
              .takes_over = record.find("take_over").as_bool()};
    if (action == "task_done") wish.move = TaskMove::Done;
    if (action == "task_release") wish.move = TaskMove::Released;
    if (wish.by.empty() || wish.by.size() > kTaskNameMax) {
        return Error::invalid("task: by: need the name of who it is, 1 to 100 bytes");
    }
    if (wish.note.size() > kTaskNoteMax) {
        return Error::invalid("task: note: must be at most 1000 bytes");
    }
    return wish;
}

Error closed_error(const Task& task) {
    if (task.state == TaskState::Finished)
        return Error::conflict("task: is done already by " + task.by);
    if (task.state == TaskState::Escalated) {
        return Error::conflict("task: was not done when due, and went on to others");
    }
    return Error::conflict("task: its run has ended, nobody needs it any more");
}

// Whether the task is as wished already; else whether it may become so.
Result<bool> is_granted(const Task& task, const Wish& wish) {
    const bool is_own = task.by == wish.by;
    if (task.state == TaskState::Finished && wish.move == TaskMove::Done && is_own) return true;
    if (!task.is_open()) return closed_error(task);
    if (task.state == TaskState::Open) return wish.move == TaskMove::Released;
    if (is_own) return wish.move == TaskMove::Claimed;
    if (wish.move == TaskMove::Claimed && wish.takes_over) return false;
    return Error::conflict("task: " + task.by + " has it");
}

void take_item(const model::EventView& context, Task& task) {
    const DocView properties = context.doc().find("properties");
    const DocView catalog = properties.find("catalog");
    const DocView item = properties.find("item");
    if (!catalog.is_string() || !item.is_string()) return;
    task.catalog = catalog.as_string();
    task.item = item.as_string();
}

}  // namespace

// --- what runs do

Status Tasks::open(const Happening& now, const journey::Intent& intent,
                   const journey::Definition& definition) {
    TL_ASSERT(intent.kind == journey::IntentKind::Task);
    TL_TRY_ASSIGN(const auto known, parts_.tables.tasks.get(intent.key));
    if (known) return Status::ok();
    const journey::Step& step = definition.steps()[intent.step];
    const auto& asked = std::get<journey::TaskStep>(step.what);
    Task task{.key = intent.key,
              .run = intent.run,
              .owner = intent.owner,
              .journey = intent.journey,
              .version = intent.version,
              .cause = now.cause,
              .opened_at = intent.at,
              .due = intent.not_after,
              .journey_key = definition.key(),
              .step = step.id,
              .team = asked.team,
              .store = {},
              .title = asked.title,
              .catalog = {},
              .item = {},
              .by = {},
              .note = {}};
    const model::EventView context(intent.context);
    if (asked.store) task.store = asked.store->value_in(context).as_text().value_or("");
    take_item(context, task);
    TL_TRY(keep(task, nullptr));

    std::string properties;
    DocWriter out(properties);
    const size_t mark = out.open_object();
    out.field("journey", task.journey_key);
    out.field("version", int64_t{task.version});
    out.field("run", run_name(task.run));
    out.field("step", task.step);
    TL_TRY(describe(task.key, out));
    if (task.due != kNoTime) out.field("due", std::string_view(format_instant(task.due)));
    out.close(mark);
    parts_.consequences.follow({.cause = now.cause, .at = intent.at}, task.owner, kOpened,
                               properties);
    return Status::ok();
}

Status Tasks::overdue(const Happening& now, const Key128& key, bool goes_on) {
    TL_TRY_ASSIGN(auto task, load(key));
    if (!task || !task->is_open()) return Status::ok();
    const Task before = *task;
    task->overdue_at = now.at;
    if (goes_on) {
        task->state = TaskState::Escalated;
        task->closed_at = now.at;
    }
    return keep(*task, &before);
}

Status Tasks::postpone(const journey::Postponed& postponed) {
    TL_TRY_ASSIGN(auto task, load(postponed.task));
    if (!task || !task->is_open()) return Status::ok();
    const Task before = *task;
    task->due = postponed.due;
    return keep(*task, &before);
}

Status Tasks::withdraw(const Happening& now, const Key128& key) {
    TL_TRY_ASSIGN(auto task, load(key));
    if (!task || !task->is_open()) return Status::ok();
    const Task before = *task;
    task->state = TaskState::Withdrawn;
    task->closed_at = now.at;
    return keep(*task, &before);
}

Status Tasks::describe(const Key128& key, DocWriter& out) {
    TL_TRY_ASSIGN(const auto task, load(key));
    if (!task) return Status::ok();
    out.field("task", hex_of_key(key));
    const auto field = [&](std::string_view name, const std::string& text) {
        if (!text.empty()) out.field(name, text);
    };
    field("team", task->team);
    field("store", task->store);
    field("title", task->title);
    field("catalog", task->catalog);
    field("item", task->item);
    field("by", task->by);
    field("note", task->note);
    return Status::ok();
}

Status Tasks::forget(IdentityId identity) {
    store::OrderedTable& lists = parts_.tables.task_lists;
    store::KeyRange range = store::KeyRange::prefix(task_owner_prefix(identity));
    while (true) {
        TL_TRY_ASSIGN(const auto rows, lists.scan(range, kStep));
        for (const auto& [row, value] : rows) {
            TL_TRY_ASSIGN(const auto task, load(key_of_row(row)));
            if (!task) return Error::corrupt("engine: tasks: one is missing");
            for (const std::string& one : task_list_rows(*task)) lists.erase(one);
            lists.erase(row);
            TL_TRY(count(*task, -1));
            parts_.tables.tasks.erase(task->key);
        }
        if (rows.size() < kStep) return Status::ok();
        range.from = rows.back().first + '\0';
    }
}

// --- what people decide

Result<std::optional<TaskNews>> Tasks::decide(const Happening& now, DocView record) {
    TL_TRY_ASSIGN(const Wish wish, wish_of(record));
    const auto key = key_of_hex(record.find("task").as_string());
    std::optional<Task> task;
    if (key) {
        TL_TRY_ASSIGN(task, load(*key));
    }
    if (!task) return Error::not_found("task: there is none of this id");
    TL_TRY_ASSIGN(const bool is_so, is_granted(*task, wish));
    if (is_so) return std::optional<TaskNews>();
    const Task before = *task;
    task->by = wish.by;
    switch (wish.move) {
        case TaskMove::Claimed:
            task->state = TaskState::Claimed;
            task->claimed_at = now.at;
            break;
        case TaskMove::Released:
            task->state = TaskState::Open;
            task->claimed_at = kNoTime;
            task->by.clear();
            break;
        case TaskMove::Done:
            task->state = TaskState::Finished;
            task->closed_at = now.at;
            task->note = wish.note;
            break;
    }
    TL_TRY(keep(*task, &before));
    return std::optional(TaskNews{task->owner, {task->key, wish.move}});
}

// --- what is kept

Result<std::optional<Task>> Tasks::load(const Key128& key) {
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.tasks.get(key));
    if (!bytes) return std::optional<Task>();
    TL_TRY_ASSIGN(Task task, Task::decode(*bytes));
    return std::optional<Task>(std::move(task));
}

// Writes a task that was `before` (null: it is new), with all that names it.
Status Tasks::keep(const Task& task, const Task* before) {
    store::OrderedTable& lists = parts_.tables.task_lists;
    const auto had = before != nullptr ? task_list_rows(*before) : std::vector<std::string>();
    const auto has = task_list_rows(task);
    if (had != has) {
        for (const std::string& row : had) lists.erase(row);
        for (const std::string& row : has) lists.put(row, "");
    }
    if (before == nullptr) lists.put(task_owner_row(task), "");
    parts_.tables.tasks.put(task.key, task.encode());
    if (before != nullptr && before->state == task.state) return Status::ok();
    if (before != nullptr) TL_TRY(count(*before, -1));
    return count(task, 1);
}

// A team that has none any more is forgotten.
Status Tasks::count(const Task& task, int64_t by) {
    store::OrderedTable& lists = parts_.tables.task_lists;
    const std::string row = task_counts_row(task.team);
    TL_TRY_ASSIGN(const auto bytes, lists.get(row));
    TaskCounts counts;
    if (bytes) {
        TL_TRY_ASSIGN(counts, TaskCounts::decode(*bytes));
    }
    counts.of(task.state) += static_cast<uint64_t>(by);
    const bool is_empty = std::ranges::all_of(counts.by_state, [](uint64_t n) { return n == 0; });
    is_empty ? lists.erase(row) : lists.put(row, counts.encode());
    return Status::ok();
}

}  // namespace throughline::engine
