#include "sim/reference.h"

#include <tuple>

#include "engine/roots.h"
#include "engine/test_world.h"
#include "model/event.h"
#include "store/rocks_env.h"

namespace throughline::sim {

namespace {

using engine::Tables;

// Nothing is ever written to it, so that one serves all.
std::shared_ptr<store::StateStore> empty_store() {
    static const engine::testing::TemporaryDirectory directory;
    static const std::shared_ptr<store::StateStore> cold = [] {
        auto opened = store::StateStore::open({.path = directory.path() + "/state",
                                               .families = Tables::families(),
                                               .cache_bytes = 1 << 20});
        TL_ASSERT(opened.is_ok());
        return std::shared_ptr<store::StateStore>(std::move(*opened));
    }();
    return cold;
}

// Names the first counter that differs; nothing if none does.
std::string state_difference(const engine::FoldState& here, const engine::FoldState& there) {
    const auto differ = [](const char* what, int64_t a, int64_t b) {
        return std::string("counters: ") + what + " " + std::to_string(a) + ", not " +
               std::to_string(b);
    };
    const std::tuple<const char*, int64_t, int64_t> numbers[] = {
        {"next_position", static_cast<int64_t>(here.next_position),
         static_cast<int64_t>(there.next_position)},
        {"stamp", here.stamp, there.stamp},
        {"next_identity", here.next_identity, there.next_identity},
        {"next_source", here.next_source, there.next_source},
        {"events", static_cast<int64_t>(here.events), static_cast<int64_t>(there.events)},
        {"duplicates", static_cast<int64_t>(here.duplicates),
         static_cast<int64_t>(there.duplicates)},
        {"rejects", static_cast<int64_t>(here.rejects), static_cast<int64_t>(there.rejects)},
        {"merges", static_cast<int64_t>(here.merges), static_cast<int64_t>(there.merges)},
        {"tombstones", static_cast<int64_t>(here.tombstones),
         static_cast<int64_t>(there.tombstones)}};
    for (const auto& [what, a, b] : numbers) {
        if (a != b) return differ(what, a, b);
    }
    return here == there ? "" : "counters: of a source";
}

Key128 key_of_row(std::string_view row) {
    TL_ASSERT(row.size() == sizeof(store::RowKey));
    return {__builtin_bswap64(load<uint64_t>(row.data())),
            __builtin_bswap64(load<uint64_t>(row.data() + 8))};
}

const store::StateTable* state_table(const Tables& tables, std::string_view family) {
    if (family == "identifiers") return &tables.identifiers;
    if (family == "identities") return &tables.identities;
    if (family == "leaves") return &tables.leaves;
    if (family == "acts") return &tables.acts;
    if (family == "members") return &tables.members;
    if (family == "runs") return &tables.runs;
    if (family == "accounts") return &tables.accounts;
    if (family == "tombstones") return &tables.tombstones;
    if (family == "consents") return &tables.consents;
    if (family == "messages") return &tables.messages;
    if (family == "sendings") return &tables.sendings;
    if (family == "items") return &tables.items;
    if (family == "tasks") return &tables.tasks;
    return nullptr;
}

const store::OrderedTable* ordered_table(const Tables& tables, std::string_view family) {
    if (family == "run_owners") return &tables.run_owners;
    if (family == "run_counts") return &tables.run_counts;
    if (family == "timers") return &tables.timers;
    if (family == "decisions") return &tables.decisions;
    if (family == "search") return &tables.search;
    if (family == "rejects") return &tables.rejects;
    if (family == "definitions") return &tables.definitions;
    if (family == "audit") return &tables.audit;
    if (family == "past") return &tables.past;
    if (family == "statements") return &tables.statements;
    if (family == "suppressions") return &tables.suppressions;
    if (family == "outbox") return &tables.outbox;
    if (family == "item_lists") return &tables.item_lists;
    if (family == "forwarding") return &tables.forwarding;
    if (family == "task_lists") return &tables.task_lists;
    return nullptr;
}

std::string cannot_read(const Error& error) {
    return std::string(kCannotRead) + error.message;
}

std::string roots_difference(const store::Dense32::Snapshot& here,
                             const store::Dense32::Snapshot& there) {
    if (here.size() != there.size()) return "number of identities";
    for (size_t i = 0; i < here.size(); ++i) {
        if (here[i] != there[i]) return "root of identity " + std::to_string(i);
    }
    return {};
}

}  // namespace

Result<HistoryRows> history_rows(const sequence::HistorySnapshot& history,
                                 const sequence::Dictionary& names,
                                 const store::Dense32::Snapshot& roots) {
    HistoryRows rows;
    const auto visit = [&](const sequence::ScanBlock& block) -> Status {
        for (size_t i = 0; i < block.size(); ++i) {
            const uint32_t identity = block.identity[i];
            if (engine::root_of_word(roots[identity]) == engine::kErasedRoot) continue;
            TL_TRY_ASSIGN(const auto payload, block.payload(i));
            std::string id(model::EventView(payload).message_id());
            const bool is_new =
                rows.try_emplace({block.position[i], id},
                                 HistoryRow{.identity = identity,
                                            .time = block.time[i],
                                            .name = std::string(names.name(block.name[i])),
                                            .message_id = id})
                    .second;
            if (!is_new) {
                return Error::corrupt("history: position " + std::to_string(block.position[i]) +
                                      " stands in it twice");
            }
        }
        return Status::ok();
    };
    TL_TRY(history.scan(INT64_MIN + 1, INT64_MAX, {.name = true, .position = true}, visit));
    return rows;
}

Reference::Reference() : cold_(empty_store()) {
    tables_ = std::make_unique<Tables>(*cold_, engine::MemoryPlan::of(64 << 20), 0);
    live_ = std::move(*store::DuplicateSet::open({.files = &disk_, .directory = "/live"}, ""));
    imported_ = std::move(*store::DuplicateSet::open(
        {.files = &disk_, .directory = "/imported", .window_days = store::DuplicateSet::kForever},
        ""));
    history_ = std::move(*sequence::History::open(disk_, {.directory = "/history"}, {}));
    fold_ = std::make_unique<engine::Fold>(
        engine::FoldParts{*tables_, *live_, *imported_, roots_, *history_, 0, kSecret},
        engine::FoldState{}, *engine::Settings::from_definitions({}), 1);
}

Status Reference::apply(const LoggedRecord& record) {
    engine::Epoch epoch;
    epoch.batches.push_back(
        {engine::single_record(record.payload, {}), next_position(), record.stamp, {}});
    TL_TRY(fold_->apply(epoch));
    fold_->publish();
    tables_->settle();
    return Status::ok();
}

std::map<std::string, Reference::Rows> Reference::rows() {
    std::map<std::string, Rows> all;
    const auto pin = tables_->epochs.pin();
    tables_->begin_checkpoint();
    for (const auto& part : tables_->parts()) {
        Rows& rows = all[std::string(part.family)];
        const Status status = part.rows->for_each_sealed(
            pin, [&](std::string_view key, std::optional<std::string_view> value) -> Status {
                if (value) rows.emplace(key, *value);
                return Status::ok();
            });
        TL_ASSERT(status.is_ok());
    }
    tables_->abort_checkpoint();
    return all;
}

std::string Reference::difference(engine::Engine& engine) {
    const engine::View view = engine.view();
    if (auto text = state_difference(view.state, fold_->state()); !text.empty()) return text;
    for (const auto& [family, rows] : rows()) {
        if (const auto* ordered = ordered_table(view.tables, family)) {
            const auto stored = ordered->scan({}, SIZE_MAX);
            if (!stored) return cannot_read(stored.error());
            if (Rows(stored->begin(), stored->end()) != rows) {
                return "table " + family + ": " + std::to_string(stored->size()) + " rows, not " +
                       std::to_string(rows.size()) + ", or others";
            }
            continue;
        }
        const store::StateTable* table = state_table(view.tables, family);
        for (const auto& [key, value] : rows) {
            const auto stored = table->read(key_of_row(key), view.pin);
            if (!stored) return cannot_read(stored.error());
            if (*stored != value) return "table " + family;
        }
    }
    const auto roots = engine.query_view().roots;
    if (auto text = roots_difference(roots, roots_.snapshot()); !text.empty()) return text;

    const auto here = history_rows(*view.history, view.dictionary, roots);
    const auto there = history_rows(*history_->snapshot(), history_->dictionary(), roots);
    if (!here) return cannot_read(here.error());
    TL_ASSERT(there.is_ok());
    return *here == *there ? ""
                           : "history: " + std::to_string(here->size()) + " rows, not " +
                                 std::to_string(there->size()) + ", or others";
}

std::string Reference::cold_difference(const store::StateStore& cold) {
    for (const auto& [family, rows] : rows()) {
        Rows stored;
        const Status status = cold.family(family).scan(
            {}, store::ScanOrder::Ascending, [&](std::string_view key, std::string_view value) {
                stored.emplace(key, value);
                return true;
            });
        if (!status) return status.error().message;
        if (stored != rows) return "cold family " + family;
    }
    return {};
}

}  // namespace throughline::sim
