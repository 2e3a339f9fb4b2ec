// A task as the fold keeps it: what a run asks of a team, who has it, and what became of it.
//
//   version u8 · key, run u128 · state u8 · owner, journey, version, cause varint · times i64 ·
//   texts
//
// Layer 6. A value; coding is Pure. Cost: about 300 bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "identity/node.h"
#include "model/record.h"

namespace throughline::engine {

inline constexpr size_t kTaskNameMax = 100;    // Bytes of the name of who has it.
inline constexpr size_t kTaskNoteMax = 1'000;  // Bytes of a note.

enum class TaskState : uint8_t {
    Open,       // Nobody has it.
    Claimed,    // `by` has it.
    Finished,   // `by` did it: `done`.
    Escalated,  // It was not done when due, and its run went on by what is written for that.
    Withdrawn,  // Its run ended: nobody needs it any more.
};
inline constexpr size_t kTaskStates = 5;

std::string_view task_state_name(TaskState state);

struct Task {
    Key128 key;  // Of its intent: hash(run, step, visit).
    Key128 run;
    TaskState state = TaskState::Open;
    identity::IdentityId owner = 0;  // Whose run it is.
    uint32_t journey = 0;
    uint32_t version = 0;
    model::Position cause = 0;  // The record because of which it was given out.
    Micros opened_at = 0;
    Micros due = kNoTime;         // kNoTime: it has no due time.
    Micros overdue_at = kNoTime;  // The due time that it was not done by.
    Micros claimed_at = kNoTime;
    Micros closed_at = kNoTime;      // Done, escalated, withdrawn.
    std::string journey_key, step;   // As they are called in the definition.
    std::string team, store, title;  // No store: empty.
    std::string catalog, item;       // What it is about; empty: no item started the run.
    std::string by;                  // Who has it, or did it.
    std::string note;                // What was said when it was done.

    bool is_open() const { return state == TaskState::Open || state == TaskState::Claimed; }

    std::string encode() const;
    /// Errors: Corrupt.
    static Result<Task> decode(std::string_view bytes);
    bool operator==(const Task&) const = default;
};

}  // namespace throughline::engine
