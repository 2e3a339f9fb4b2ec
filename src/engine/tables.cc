#include "engine/tables.h"

namespace throughline::engine {

namespace {

// Calls `visit` for every table: the one list of them.
template <typename TablesT, typename Visit>
void for_each_table(TablesT& tables, Visit&& visit) {
    visit("identifiers", tables.identifiers);
    visit("identities", tables.identities);
    visit("leaves", tables.leaves);
    visit("acts", tables.acts);
    visit("runs", tables.runs);
    visit("run_owners", tables.run_owners);
    visit("run_counts", tables.run_counts);
    visit("members", tables.members);
    visit("timers", tables.timers);
    visit("accounts", tables.accounts);
    visit("tombstones", tables.tombstones);
    visit("consents", tables.consents);
    visit("messages", tables.messages);
    visit("sendings", tables.sendings);
    visit("decisions", tables.decisions);
    visit("search", tables.search);
    visit("rejects", tables.rejects);
    visit("definitions", tables.definitions);
    visit("audit", tables.audit);
    visit("past", tables.past);
    visit("statements", tables.statements);
    visit("suppressions", tables.suppressions);
    visit("outbox", tables.outbox);
    visit("items", tables.items);
    visit("item_lists", tables.item_lists);
    visit("forwarding", tables.forwarding);
    visit("tasks", tables.tasks);
    visit("task_lists", tables.task_lists);
}

}  // namespace

MemoryPlan MemoryPlan::of(size_t budget) {
    const auto percent = [&](size_t share) { return budget / 100 * share; };
    return {.identifiers = percent(14),
            .identities = percent(14),
            .leaves = percent(16),
            .acts = percent(3),
            .members = percent(1),
            .runs = percent(2),
            .accounts = percent(1),
            .tombstones = percent(1),
            .consents = percent(1),
            .messages = percent(1),
            .sendings = percent(1),
            .items = percent(2),
            .tasks = percent(1),
            .duplicates = percent(4),
            .cold_cache = percent(5),
            .tail = percent(14),
            .dirty = percent(18),
            .log = percent(100)};
}

Tables::Tables(store::StateStore& cold, const MemoryPlan& memory, uint64_t epoch)
    : epochs(epoch),
      identifiers(cold.family("identifiers"), epochs, memory.identifiers),
      identities(cold.family("identities"), epochs, memory.identities),
      leaves(cold.family("leaves"), epochs, memory.leaves),
      acts(cold.family("acts"), epochs, memory.acts),
      members(cold.family("members"), epochs, memory.members),
      runs(cold.family("runs"), epochs, memory.runs),
      accounts(cold.family("accounts"), epochs, memory.accounts),
      tombstones(cold.family("tombstones"), epochs, memory.tombstones),
      consents(cold.family("consents"), epochs, memory.consents),
      messages(cold.family("messages"), epochs, memory.messages),
      sendings(cold.family("sendings"), epochs, memory.sendings),
      items(cold.family("items"), epochs, memory.items),
      tasks(cold.family("tasks"), epochs, memory.tasks),
      run_owners(cold.family("run_owners")),
      run_counts(cold.family("run_counts")),
      timers(cold.family("timers")),
      decisions(cold.family("decisions")),
      search(cold.family("search")),
      rejects(cold.family("rejects")),
      definitions(cold.family("definitions")),
      audit(cold.family("audit")),
      past(cold.family("past")),
      statements(cold.family("statements")),
      suppressions(cold.family("suppressions")),
      outbox(cold.family("outbox")),
      item_lists(cold.family("item_lists")),
      task_lists(cold.family("task_lists")),
      forwarding(cold.family("forwarding")) {}

std::vector<std::string> Tables::families() {
    return {"identifiers", "identities", "leaves",     "acts",      "members",      "runs",
            "run_owners",  "run_counts", "timers",     "accounts",  "tombstones",   "consents",
            "decisions",   "search",     "rejects",    "audit",     "definitions",  "past",
            "statements",  "messages",   "sendings",   "outbox",    "suppressions", "items",
            "item_lists",  "tasks",      "task_lists", "forwarding"};
}

size_t Tables::dirty_bytes() const {
    size_t bytes = 0;
    for_each_table(*this, [&](const char*, const auto& table) { bytes += table.dirty_bytes(); });
    return bytes;
}

size_t Tables::memory_bytes() const {
    return identifiers.memory_bytes() + identities.memory_bytes() + leaves.memory_bytes() +
           acts.memory_bytes() + members.memory_bytes() + runs.memory_bytes() +
           run_owners.dirty_bytes() + run_counts.dirty_bytes() + timers.dirty_bytes() +
           accounts.memory_bytes() + tombstones.memory_bytes() + consents.memory_bytes() +
           messages.memory_bytes() + sendings.memory_bytes() + outbox.dirty_bytes() +
           items.memory_bytes() + item_lists.dirty_bytes() + tasks.memory_bytes() +
           task_lists.dirty_bytes() + decisions.dirty_bytes() + search.dirty_bytes() +
           rejects.dirty_bytes() + definitions.dirty_bytes() + audit.dirty_bytes() +
           past.dirty_bytes() + statements.dirty_bytes() + suppressions.dirty_bytes() +
           forwarding.dirty_bytes();
}

void Tables::settle() {
    for (store::StateTable* table :
         {&identifiers, &identities, &leaves, &acts, &members, &runs, &accounts, &tombstones,
          &consents, &messages, &sendings, &items, &tasks}) {
        table->settle();
    }
}

void Tables::begin_checkpoint() {
    for_each_table(*this, [](const char*, auto& table) { table.begin_checkpoint(); });
}
void Tables::end_checkpoint() {
    for_each_table(*this, [](const char*, auto& table) { table.end_checkpoint(); });
}
void Tables::abort_checkpoint() {
    for_each_table(*this, [](const char*, auto& table) { table.abort_checkpoint(); });
}

std::vector<store::StateStore::Part> Tables::parts() {
    std::vector<store::StateStore::Part> parts;
    for_each_table(*this, [&](const char* family, auto& table) {
        parts.push_back({family, &table});
    });
    return parts;
}

std::string ordered_key(uint64_t number) {
    const uint64_t swapped = __builtin_bswap64(number);
    return {reinterpret_cast<const char*>(&swapped), sizeof swapped};
}

uint64_t number_of_key(std::string_view key) {
    uint64_t swapped = 0;
    if (key.size() == sizeof swapped) __builtin_memcpy(&swapped, key.data(), sizeof swapped);
    return __builtin_bswap64(swapped);
}

}  // namespace throughline::engine
