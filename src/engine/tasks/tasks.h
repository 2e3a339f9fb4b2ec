// Tasks in the fold: what runs ask of teams and stores, who took it, and what became of it.
//
// A run that comes to a step `task` gives one out (open) and waits; somebody claims it, gives it
// back or does it (records, fold_tasks.cc), which the run hears; when it is due and not done, the
// run says so (overdue); when the run ends, nobody needs it (withdraw). A task belongs to the
// identity whose run it is: merges and splits move nothing, an erasure takes it.
//
// Tables, written here only:
//   tasks       key          task.h
//   task_lists  task_rows.h  tasks by what they are looked for
//
// Every task that is to be done is the one that a run waits on, and the other way round, but for
// runs whose journey is paused after it was done.
//
// Layer 6. The fold's thread. Cost: about 3 us a change.
#pragma once

#include <optional>
#include <string>

#include "engine/consequences.h"
#include "engine/tables.h"
#include "engine/tasks/task.h"
#include "journey/act.h"
#include "model/doc.h"

namespace throughline::engine {

struct TasksParts {
    Tables& tables;
    Consequences& consequences;
};

/// What somebody decided about a task, for its run.
struct TaskNews {
    identity::IdentityId owner = 0;
    journey::TaskMoved moved;
};

class Tasks {
public:
    explicit Tasks(TasksParts parts) : parts_(parts) {}

    /// A run gives a task out. One that is known does nothing.
    /// Requires: `definition` is that of the intent's journey and version. Errors: of the reads.
    Status open(const Happening& now, const journey::Intent& intent,
                const journey::Definition& definition);
    /// It is due and not done. `goes_on`: its run has left it.
    Status overdue(const Happening& now, const Key128& key, bool goes_on);
    /// It is due later than it was.
    Status postpone(const journey::Postponed& postponed);
    /// Its run ended. What is done or gone stays so.
    Status withdraw(const Happening& now, const Key128& key);
    /// Adds what a row of a person's history says of a task.
    Status describe(const Key128& key, model::DocWriter& out);
    /// An identity is erased: nothing of its tasks is left.
    Status forget(identity::IdentityId identity);

    /// {"action":"task_claim","task":HEX,"by":NAME,"take_over":bool} · "task_release" ·
    /// "task_done","note":TEXT. Nothing: it is so already, by the same.
    /// Errors: NotFound, Conflict with who has it, InvalidArgument, to be told to who decided; of
    /// the reads.
    Result<std::optional<TaskNews>> decide(const Happening& now, model::DocView record);

private:
    Result<std::optional<Task>> load(const Key128& key);
    Status keep(const Task& task, const Task* before);
    Status count(const Task& task, int64_t by);

    TasksParts parts_;
};

}  // namespace throughline::engine
