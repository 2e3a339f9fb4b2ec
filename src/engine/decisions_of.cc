#include "engine/decisions_of.h"

namespace throughline::engine {

namespace {

using identity::Decision;
using identity::DecisionId;
using identity::IdentityId;

constexpr std::string_view kMergeOrSplit = "d";

std::string prefix_of(IdentityId identity) {
    return "d" + ordered_key(identity);
}

model::Position position_of_row(std::string_view key) {
    return number_of_key(key.substr(key.size() - sizeof(model::Position)));
}

void note_sides(Tables& tables, const Decision& sides, DecisionId id, std::string_view value) {
    for (const identity::Members& side : {sides.left, sides.right}) {
        for (const IdentityId identity : side) {
            tables.search.put(prefix_of(identity) + ordered_key(id), value);
        }
    }
}

Status forget_in_decision(store::OrderedTable& decisions, DecisionId id) {
    TL_TRY_ASSIGN(const auto bytes, decisions.get(identity::decision_key(id)));
    if (!bytes) return Status::ok();
    Decision decision;
    decision.decode(*bytes);
    if (decision.reason.empty()) return Status::ok();
    decision.reason.clear();
    std::string emptied;
    decision.encode(emptied);
    decisions.put(identity::decision_key(id), emptied);
    return Status::ok();
}

Status forget_in_audit(store::OrderedTable& audit, model::Position position) {
    TL_TRY_ASSIGN(const auto bytes, audit.get(ordered_key(position)));
    if (!bytes) return Status::ok();
    std::string emptied;
    model::DocWriter out(emptied);
    const size_t mark = out.open_object();
    for (const model::DocField& field : model::DocView(*bytes).fields()) {
        if (field.key == "reason") continue;
        out.key(field.key);
        out.copy(field.value);
    }
    out.close(mark);
    audit.put(ordered_key(position), emptied);
    return Status::ok();
}

}  // namespace

Status note_decision(Tables& tables, DecisionId id) {
    Decision decision;
    TL_TRY(identity::read_decision(tables.decisions, id, decision));
    if (decision.kind != identity::DecisionKind::Lift) {
        note_sides(tables, decision, id, kMergeOrSplit);
        return Status::ok();
    }
    for (const DecisionId lifted : decision.lifts) {
        Decision split;
        TL_TRY(identity::read_decision(tables.decisions, lifted, split));
        note_sides(tables, split, id, "");
    }
    return Status::ok();
}

void note_about(Tables& tables, IdentityId identity, model::Position position) {
    tables.search.put(prefix_of(identity) + ordered_key(position), "");
}

Result<std::vector<DecisionId>> decisions_of(const View& view, IdentityId identity, size_t limit) {
    TL_TRY_ASSIGN(const auto rows,
                  view.tables.search.scan(store::KeyRange::prefix(prefix_of(identity)), limit,
                                          store::ScanOrder::Descending));
    std::vector<DecisionId> ids;
    for (const auto& [key, value] : rows) {
        if (value == kMergeOrSplit) ids.push_back(position_of_row(key));
    }
    return ids;
}

Status forget_reasons(Tables& tables, IdentityId identity) {
    constexpr size_t kStep = 1000;
    const store::KeyRange range = store::KeyRange::prefix(prefix_of(identity));
    while (true) {
        TL_TRY_ASSIGN(const auto rows, tables.search.scan(range, kStep));
        for (const auto& [key, value] : rows) {
            const model::Position position = position_of_row(key);
            TL_TRY(forget_in_decision(tables.decisions, position));
            TL_TRY(forget_in_audit(tables.audit, position));
            tables.search.erase(key);
        }
        if (rows.size() < kStep) return Status::ok();
    }
}

}  // namespace throughline::engine
