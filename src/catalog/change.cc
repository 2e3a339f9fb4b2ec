#include "catalog/change.h"

#include <algorithm>

namespace throughline::catalog {

namespace {

using model::DocView;
using model::DocWriter;

// The fields that an update leaves, in the order of the type.
Result<std::string> fields_after(const Type& type, DocView before, const Update& update) {
    const DocView said(update.fields);
    std::string fields;
    DocWriter out(fields);
    const size_t mark = out.open_object();
    for (const Field& field : type.fields()) {
        DocView value = said.find(field.name);
        if (value.is_missing() && update.rest == Fields::Merge) value = before.find(field.name);
        if (value.is_missing() || value.is_null()) {
            if (!field.is_required) continue;
            return Error::invalid("item: " + field.name + ": is required");
        }
        out.key(field.name);
        out.copy(value);
    }
    out.close(mark);
    if (fields.size() > kItemBytesMax) return Error::invalid("item: fields: more than 32 KiB");
    return fields;
}

Status move(const Type& type, Change& change) {
    if (!type.state()) return Status::ok();
    const std::string_view state =
        DocView(change.item.fields).find(type.state()->field).as_string();
    const std::string before(change.item.state());
    if (state == before) return Status::ok();
    if (!state.empty() && !type.has_state(state)) {
        return Error::invalid("item: " + type.state()->field + ": is none of the states of " +
                              type.key());
    }
    if (!before.empty() && !type.may_move(before, state)) {
        return Error::precondition("item: " + type.state()->field + ": no move from " + before +
                                   " to " + std::string(state));
    }
    std::vector<Visit>& visits = change.item.visits;
    if (visits.size() == kVisitsMax) visits.erase(visits.begin());
    visits.push_back({std::string(state), change.item.updated_at});
    change.moved_from = before;
    return Status::ok();
}

// What of time follows from the item as it is.
void look_at_due(const Type& type, Micros now, Change& change) {
    Item& item = change.item;
    if (!is_late(type, item, item.due)) return;
    if (item.due > now) {
        change.wakes_at = item.due;
        return;
    }
    item.missed = item.due;
    change.is_overdue = !change.is_history;
}

}  // namespace

bool is_late(const Type& type, const Item& item, Micros due) {
    return due != kNoTime && item.due == due && item.missed != due &&
           type.counts_late(item.state());
}

std::optional<std::string> owner_text(const Type& type, const Item& item) {
    if (!type.owner()) return {};
    const DocView value = DocView(item.fields).find(type.owner()->field);
    if (value.as_string().empty()) return {};
    return std::string(value.as_string());
}

Result<Change> change_of(const Type& type, const std::optional<Item>& before, const Update& update,
                         Micros now) {
    const Micros at = update.updated_at == kNoTime ? now : std::min(update.updated_at, now);
    Change change;
    const std::string_view state = before ? before->state() : std::string_view();
    if (update.if_state && *update.if_state != state) {
        change.verdict = Verdict::Elsewhere;
        return change;
    }
    if (before && at < before->updated_at) {
        change.verdict = Verdict::Older;
        return change;
    }
    if (update.removes) {
        if (!before) return Error::not_found("item: no item has this id");
        change.verdict = Verdict::Removed;
        change.item = *before;
        return change;
    }
    Item& item = change.item;
    if (before) {
        item = *before;
    } else {
        item.catalog = type.key();
        item.id = update.id;
        item.created = now;
    }
    TL_TRY_ASSIGN(item.fields,
                  fields_after(type, before ? DocView(before->fields) : DocView(), update));
    // What says nothing new may still be newer: what is older than it is not to count.
    item.updated_at = at;
    change.is_history = update.is_history || now - at > type.late_after();
    item.due = kNoTime;
    if (type.due()) {
        const DocView due = DocView(item.fields).find(type.due()->field);
        item.due = parse_instant(due.as_string()).value_or(kNoTime);
    }
    TL_TRY(move(type, change));
    look_at_due(type, now, change);
    const bool says_more =
        !before || item.fields != before->fields || item.missed != before->missed;
    if (!says_more) return change;
    item.changed = now;
    change.verdict = Verdict::Changed;
    return change;
}

}  // namespace throughline::catalog
