// The fold of forwarding: where each forward is to begin, and how far it is.
#include <charconv>

#include "engine/fold.h"
#include "engine/fold_cursor.h"
#include "engine/forwarding/forward.h"

namespace throughline::engine {

using model::DocView;
using model::Position;

namespace {

// A definition without its wish to begin somewhere, which is heard once.
std::string without_from(DocView value) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const model::DocField& field : value.fields()) {
        if (field.key == "from") continue;
        out.key(field.key);
        out.copy(field.value);
    }
    out.close(mark);
    return doc;
}

// `now`, or the position of a record that is there: `0:123`. `next`: of the next record.
Result<Position> begin_of(DocView from, Position next) {
    const std::string_view text = from.as_string();
    if (text == "now") return next;
    Position position = 0;
    const char* const end = text.data() + text.size();
    const bool is_position = text.starts_with("0:") && text.size() > 2;
    const auto read = std::from_chars(text.data() + (is_position ? 2 : 0), end, position);
    if (!is_position || read.ec != std::errc{} || read.ptr != end || position > next) {
        return Error::invalid("forward: from: need now, or a position such as 0:123 that is there");
    }
    return position;
}

}  // namespace

Status Fold::define_forward(const Cursor& at, Definition definition, bool exists) {
    store::OrderedTable& table = parts_.tables.forwarding;
    const std::string row = forward_row(definition.key);
    const std::string value = std::exchange(definition.value, {});
    if (DocView(value).is_null()) {
        definition.value = value;
        table.erase(row);
        return replace_definition(at, std::move(definition), "remove");
    }
    TL_TRY_ASSIGN(const auto standing, find_forward(table, definition.key));
    const DocView from = DocView(value).find("from");
    if (!standing || !(from.is_missing() || from.is_null())) {
        const bool is_new = from.is_missing() || from.is_null();
        const auto begin =
            is_new ? Result<Position>(at.position + 1) : begin_of(from, at.position + 1);
        if (!begin) {
            refuse(at, code_name(begin.error().code), begin.error().message);
            return Status::ok();
        }
        ForwardRow place = standing.value_or(ForwardRow());
        place.position = *begin;
        place.began = at.position;
        table.put(row, place.encode());
    }
    definition.value = without_from(DocView(value));
    return replace_definition(at, std::move(definition), exists ? "define" : "create");
}

// {"action":"forwarded","key":KEY,"began":POSITION,"position":POSITION,"sent":NEW,"refused":NEW,
// "repeated":NEW}. Who was told meanwhile to begin elsewhere says nothing of where it is now.
Status Fold::note_forwarded(DocView doc) {
    const auto number = [&](std::string_view field) {
        return static_cast<uint64_t>(
            std::max<int64_t>(doc.find(field).as_integer().value_or(0), 0));
    };
    const std::string_view key = doc.find("key").as_string();
    TL_TRY_ASSIGN(auto place, find_forward(parts_.tables.forwarding, key));
    if (!place) return Status::ok();
    place->sent += number("sent");
    place->refused += number("refused");
    place->repeated += number("repeated");
    if (place->began == number("began")) {
        place->position = std::max(place->position, number("position"));
    }
    parts_.tables.forwarding.put(forward_row(key), place->encode());
    return Status::ok();
}

}  // namespace throughline::engine
