// All mutable state of a partition, opened together: the tables, the duplicates, the roots.
//
// docs/design/0001-spine.md lists the families and who owns each. Every table here is written by
// the fold only (through its owner module) and made durable by checkpoints only.
//
// Layer 6. Thread-safe as each table says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/dense_table.h"
#include "store/duplicates.h"
#include "store/epochs.h"
#include "store/ordered_table.h"
#include "store/state_store.h"
#include "store/state_table.h"

namespace throughline::engine {

/// Bytes of memory for each part, cut from one budget (`--memory`).
struct MemoryPlan {
    size_t identifiers = 0;
    size_t identities = 0;
    size_t leaves = 0;
    size_t acts = 0;
    size_t members = 0;
    size_t runs = 0;
    size_t accounts = 0;
    size_t tombstones = 0;
    size_t consents = 0;
    size_t messages = 0;
    size_t sendings = 0;
    size_t items = 0;
    size_t tasks = 0;
    size_t duplicates = 0;  // Of each of the two sets.
    size_t cold_cache = 0;
    size_t tail = 0;   // Rows in memory before a checkpoint begins.
    size_t dirty = 0;  // Changed state before a checkpoint begins.
    size_t log = 0;    // Of disk, not memory: log before a checkpoint begins, so that it is short.

    static MemoryPlan of(size_t budget);
};

struct Tables {
    Tables(store::StateStore& cold, const MemoryPlan& memory, uint64_t epoch);

    store::Epochs epochs;
    store::StateTable identifiers;
    store::StateTable identities;
    store::StateTable leaves;
    store::StateTable acts;     // segment/acts.h
    store::StateTable members;  // Of segments: membership.h
    store::StateTable runs;     // Of journeys: runs/person_runs.h, as are the owners and counts.
    store::StateTable accounts;
    store::StateTable tombstones;
    store::StateTable consents;
    store::StateTable messages;  // outbox/message.h
    store::StateTable sendings;  // outbox/send_book.h
    store::StateTable items;     // items/item_rows.h
    store::StateTable tasks;     // tasks/task.h
    store::OrderedTable run_owners;
    store::OrderedTable run_counts;
    store::OrderedTable timers;  // timers.h
    store::OrderedTable decisions;
    store::OrderedTable search;
    store::OrderedTable rejects;
    store::OrderedTable definitions;
    store::OrderedTable audit;
    store::OrderedTable past;
    store::OrderedTable statements;    // Consents by the record that brought them.
    store::OrderedTable suppressions;  // engine/suppressions.h
    store::OrderedTable outbox;        // outbox/rows.h
    store::OrderedTable item_lists;    // items/item_rows.h
    store::OrderedTable task_lists;    // tasks/task_rows.h
    store::OrderedTable forwarding;    // forwarding/forward_rows.h

    size_t dirty_bytes() const;
    size_t memory_bytes() const;

    void settle();
    void begin_checkpoint();
    void end_checkpoint();
    void abort_checkpoint();
    std::vector<store::StateStore::Part> parts();

    static std::vector<std::string> families();
};

/// A key of an ordered table that sorts by number.
std::string ordered_key(uint64_t number);
uint64_t number_of_key(std::string_view key);

}  // namespace throughline::engine
