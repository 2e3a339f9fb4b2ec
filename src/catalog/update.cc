#include "catalog/update.h"

#include <algorithm>

#include "model/json.h"

namespace throughline::catalog {

namespace {

using model::DocType;
using model::DocView;
using model::DocWriter;

Error bad(std::string_view field, std::string_view what) {
    return Error::invalid("item: " + std::string(field) + ": " + std::string(what));
}

bool is_printable(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// A cell that is JSON itself, of the type that is wanted; empty if it is not.
std::string doc_of_cell(std::string_view cell) {
    return model::doc_from_json(cell).value_or("");
}

bool is_number(const Field& field, DocView value) {
    return field.type == FieldType::Money ? value.as_decimal().has_value() : value.is_number();
}

Status write_number(DocWriter& out, const Field& field, DocView value, Form form) {
    const std::string cell = form == Form::Text ? doc_of_cell(value.as_string()) : "";
    const DocView number = form == Form::Text ? DocView(cell) : value;
    if (!is_number(field, number)) {
        return bad(field.name, field.type == FieldType::Money
                                   ? "need an amount of at most 18 digits, such as 12.50"
                                   : "need a number");
    }
    out.copy(number);
    return Status::ok();
}

Status write_bool(DocWriter& out, const Field& field, DocView value, Form form) {
    const std::string_view text = value.as_string();
    const bool is_cell = form == Form::Text;
    const bool is_true = is_cell ? text == "true" || text == "1" : value.as_bool(false);
    const bool is_false = is_cell ? text == "false" || text == "0"
                                  : value.type() == DocType::Bool && !value.as_bool();
    if (!is_true && !is_false) return bad(field.name, "need true or false");
    out.boolean(is_true);
    return Status::ok();
}

Status write_list(DocWriter& out, const Field& field, DocView value, Form form) {
    const std::string cell = form == Form::Text ? doc_of_cell(value.as_string()) : "";
    const DocView list = form == Form::Text ? DocView(cell) : value;
    if (!list.is_array()) return bad(field.name, "need a list");
    out.copy(list);
    return Status::ok();
}

Status write_value(DocWriter& out, const Field& field, DocView value, Form form) {
    switch (field.type) {
        case FieldType::Text: {
            // Numbers are taken as text: shops have customer 4711.
            const bool is_text = value.is_string() || value.is_number();
            if (!is_text) return bad(field.name, "need text");
            out.string(value.as_text().value_or(""));
            return Status::ok();
        }
        case FieldType::Number:
        case FieldType::Money:
            return write_number(out, field, value, form);
        case FieldType::Bool:
            return write_bool(out, field, value, form);
        case FieldType::Time: {
            const auto at = parse_instant(value.as_string());
            if (!at) return bad(field.name, "need a time such as 2026-01-31T09:15:00Z");
            out.string(format_instant_exact(*at));
            return Status::ok();
        }
        case FieldType::List:
            return write_list(out, field, value, form);
    }
    return bad(field.name, "of no known type");
}

bool is_beside(const Type& type, std::string_view key) {
    return key == type.id_field() || key == "updated_at" || key == "history" || key == "remove" ||
           key == "if_state";
}

Status check_known(const Type& type, DocView sent) {
    if (type.unknown() == Unknown::Drop) return Status::ok();
    for (const model::DocField& field : sent.fields()) {
        if (is_beside(type, field.key) || type.find(field.key) != nullptr) continue;
        return bad(field.key, "no such field of " + type.key());
    }
    return Status::ok();
}

Result<bool> flag_of(DocView sent, std::string_view key, Form form) {
    const DocView value = sent.find(key);
    if (value.is_missing() || value.is_null()) return false;
    const std::string_view text = value.as_string();
    if (form == Form::Text && (text.empty() || text == "false" || text == "0")) return false;
    if (form == Form::Text && (text == "true" || text == "1")) return true;
    if (value.type() != DocType::Bool) return bad(key, "need true or false");
    return value.as_bool();
}

// A cell that is empty asks for nothing, where `null` asks for an item without a state.
Result<std::optional<std::string>> condition_of(const Type& type, DocView sent, Form form) {
    const DocView value = sent.find("if_state");
    const bool is_empty = form == Form::Text && value.as_string().empty();
    if (value.is_missing() || is_empty) return std::optional<std::string>();
    if (!type.state()) return bad("if_state", "items of " + type.key() + " have no state");
    if (!value.is_null() && value.as_string().empty()) return bad("if_state", "need a state");
    return std::optional(std::string(value.as_string()));
}

Status read_head(const Type& type, DocView sent, Form form, Update& update) {
    const DocView id = sent.find(type.id_field());
    update.id = id.is_string() || id.is_number() ? id.as_text().value_or("") : "";
    if (update.id.empty() || update.id.size() > kIdBytesMax || !is_printable(update.id)) {
        return bad(type.id_field(), "need an id of 1 to 200 bytes");
    }
    const DocView at = sent.find("updated_at");
    if (!at.is_missing() && !at.is_null() && !(form == Form::Text && at.as_string().empty())) {
        const auto instant = parse_instant(at.as_string());
        if (!instant) return bad("updated_at", "need a time such as 2026-01-31T09:15:00Z");
        update.updated_at = *instant;
    }
    TL_TRY_ASSIGN(update.is_history, flag_of(sent, "history", form));
    TL_TRY_ASSIGN(update.removes, flag_of(sent, "remove", form));
    TL_TRY_ASSIGN(update.if_state, condition_of(type, sent, form));
    return Status::ok();
}

Status read_fields(const Type& type, DocView sent, Form form, Update& update) {
    DocWriter out(update.fields);
    const size_t mark = out.open_object();
    for (const Field& field : type.fields()) {
        const DocView value = sent.find(field.name);
        if (value.is_missing()) continue;
        const bool is_empty = form == Form::Text && value.as_string().empty();
        if ((value.is_null() || is_empty) && field.is_required) {
            return bad(field.name, "is required");
        }
        out.key(field.name);
        if (value.is_null() || is_empty) {
            out.null();
            continue;
        }
        TL_TRY(write_value(out, field, value, form));
    }
    out.close(mark);
    if (update.fields.size() > kItemBytesMax) return bad("fields", "more than 32 KiB");
    const auto& state = type.state();
    const DocView said = state ? DocView(update.fields).find(state->field) : DocView();
    if (said.is_string() && !type.has_state(said.as_string())) {
        return bad(state->field, "is none of the states of " + type.key());
    }
    return Status::ok();
}

}  // namespace

Result<Update> read_update(const Type& type, DocView sent, Form form) {
    if (!sent.is_object()) return Error::invalid("item: need an object");
    Update update;
    TL_TRY(read_head(type, sent, form, update));
    TL_TRY(check_known(type, sent));
    TL_TRY(read_fields(type, sent, form, update));
    return update;
}

void write_update(DocWriter& out, const Update& update) {
    out.field("id", update.id);
    if (update.updated_at != kNoTime) out.field("updated_at", update.updated_at);
    const auto flag = [&](std::string_view name, bool value) {
        if (!value) return;
        out.key(name);
        out.boolean(true);
    };
    flag("history", update.is_history);
    flag("remove", update.removes);
    flag("whole", update.rest == Fields::Whole);
    if (update.if_state) out.field("if_state", *update.if_state);
    out.key("fields");
    out.copy(DocView(update.fields));
}

Result<Update> update_of(DocView doc) {
    const DocView fields = doc.find("fields");
    if (!fields.is_object() || doc.find("id").as_string().empty()) {
        return Error::corrupt("item: update: damaged");
    }
    const DocView if_state = doc.find("if_state");
    return Update{.id = std::string(doc.find("id").as_string()),
                  .updated_at = doc.find("updated_at").as_integer().value_or(kNoTime),
                  .is_history = doc.find("history").as_bool(),
                  .removes = doc.find("remove").as_bool(),
                  .if_state = if_state.is_missing()
                                  ? std::nullopt
                                  : std::optional(std::string(if_state.as_string())),
                  .rest = doc.find("whole").as_bool() ? Fields::Whole : Fields::Merge,
                  .fields = std::string(fields.bytes())};
}

}  // namespace throughline::catalog
