#include "catalog/type.h"

#include <algorithm>
#include <array>
#include <span>

namespace throughline::catalog {

namespace {

using model::DocView;

constexpr std::array<std::string_view, 6> kTypeNames = {"text", "number", "bool",
                                                        "time", "list",   "money"};
// Properties of what follows from items, and fields of what is sent beside the item's own.
constexpr std::string_view kReserved[] = {"catalog",    "item",    "before", "id",
                                          "updated_at", "history", "remove", "if_state"};
constexpr int64_t kLateHoursMax = 24 * 365;

bool is_absent(DocView value) {
    return value.is_missing() || value.is_null();
}

Error bad(const std::string& place, std::string_view what) {
    return Error::invalid("catalog: " + place + ": " + std::string(what));
}

Status check_fields(DocView value, std::span<const std::string_view> known,
                    const std::string& place) {
    if (!value.is_object()) return bad(place, "need an object");
    for (const model::DocField& field : value.fields()) {
        if (std::ranges::find(known, field.key) == known.end()) {
            return bad(place + "." + std::string(field.key), "no such field");
        }
    }
    return Status::ok();
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

constexpr std::string_view kNeedName = "need 1 to 64 of a-z, A-Z, 0-9, _ and -";

Result<bool> flag_of(DocView value, bool usual, const std::string& place) {
    if (is_absent(value)) return usual;
    if (value.type() != model::DocType::Bool) return bad(place, "need true or false");
    return value.as_bool();
}

}  // namespace

std::string_view field_type_name(FieldType type) {
    return kTypeNames[static_cast<size_t>(type)];
}

// Reads a definition's value.
class TypeReader {
public:
    TypeReader(DocView value, const model::Namespaces& namespaces)
        : value_(value), namespaces_(namespaces) {}

    Result<Type> read(std::string_view key) {
        type_.key_ = key;
        const DocView owner = value_.find("owner");
        owns_people_ = owner.is_object() && is_absent(owner.find("account"));
        TL_TRY(read_fields());
        TL_TRY(read_id());
        TL_TRY(read_owner(owner));
        TL_TRY(read_state());
        TL_TRY(read_due());
        TL_TRY(check_names());
        return read_rest();
    }

private:
    Status read_fields() {
        const DocView fields = value_.find("fields");
        if (!fields.is_array()) return bad("fields", "need a list");
        for (const DocView item : fields.items()) {
            const std::string place = "fields[" + std::to_string(type_.fields_.size()) + "]";
            if (type_.fields_.size() == kFieldsMax) return bad("fields", "at most 100");
            TL_TRY_ASSIGN(Field field, read_field(item, place));
            if (type_.find(field.name) != nullptr) return bad(place + ".name", "is there twice");
            type_.fields_.push_back(std::move(field));
        }
        if (type_.fields_.empty()) return bad("fields", "need at least one");
        return Status::ok();
    }

    Result<Field> read_field(DocView item, const std::string& place) const {
        constexpr std::string_view kKnown[] = {"name", "type", "required", "personal"};
        TL_TRY(check_fields(item, kKnown, place));
        Field field{.name = std::string(item.find("name").as_string())};
        if (!is_name(field.name)) return bad(place + ".name", kNeedName);
        const auto* const type = std::ranges::find(kTypeNames, item.find("type").as_string());
        if (type == kTypeNames.end()) {
            return bad(place + ".type", "need text, number, bool, time, list or money");
        }
        field.type = static_cast<FieldType>(type - kTypeNames.begin());
        TL_TRY_ASSIGN(field.is_required,
                      flag_of(item.find("required"), false, place + ".required"));
        TL_TRY_ASSIGN(field.is_personal,
                      flag_of(item.find("personal"), owns_people_, place + ".personal"));
        return field;
    }

    // The field that a part of the definition names, which has one of these types.
    Result<std::string> field_named(DocView part, const std::string& place, FieldType type) const {
        const std::string_view name = part.find("field").as_string();
        const Field* const field = type_.find(name);
        if (field == nullptr || field->type != type) {
            return bad(place + ".field",
                       "need the name of a field of type " + std::string(field_type_name(type)));
        }
        return std::string(name);
    }

    Status read_id() {
        const DocView id = value_.find("id");
        if (is_absent(id)) return Status::ok();
        const Field* const field = type_.find(id.as_string());
        if (field == nullptr || field->type != FieldType::Text || !field->is_required) {
            return bad("id", "need the name of a required field of type text");
        }
        type_.id_field_ = field->name;
        return Status::ok();
    }

    Status read_owner(DocView owner) {
        if (is_absent(owner)) return Status::ok();
        constexpr std::string_view kKnown[] = {"field", "namespace", "account"};
        TL_TRY(check_fields(owner, kKnown, "owner"));
        OwnerRule rule;
        TL_TRY_ASSIGN(rule.field, field_named(owner, "owner", FieldType::Text));
        TL_TRY_ASSIGN(rule.is_account, flag_of(owner.find("account"), false, "owner.account"));
        const DocView space = owner.find("namespace");
        if (rule.is_account != is_absent(space)) {
            return bad("owner", "need a namespace of people, or account: true");
        }
        if (!rule.is_account) {
            const model::Namespace* const found = namespaces_.find(space.as_string());
            if (found == nullptr) return bad("owner.namespace", "no namespace has this key");
            rule.space = found->id;
        }
        type_.owner_ = std::move(rule);
        return Status::ok();
    }

    Status read_state() {
        const DocView state = value_.find("state");
        if (is_absent(state)) return Status::ok();
        constexpr std::string_view kKnown[] = {"field", "values", "moves"};
        TL_TRY(check_fields(state, kKnown, "state"));
        type_.state_.emplace();
        TL_TRY_ASSIGN(type_.state_->field, field_named(state, "state", FieldType::Text));
        for (const DocView value : state.find("values").items()) {
            const std::string place =
                "state.values[" + std::to_string(type_.state_->values.size()) + "]";
            if (type_.state_->values.size() == kStatesMax) return bad("state.values", "at most 50");
            const std::string_view name = value.as_string();
            if (!is_name(name)) return bad(place, kNeedName);
            if (type_.has_state(name)) return bad(place, "is there twice");
            type_.state_->values.emplace_back(name);
        }
        if (type_.state_->values.empty()) return bad("state.values", "need at least one");
        return read_moves(state.find("moves"));
    }

    Status read_moves(DocView moves) {
        if (is_absent(moves)) return Status::ok();
        if (!moves.is_object()) return bad("state.moves", "need an object");
        for (const model::DocField& from : moves.fields()) {
            const std::string place = "state.moves." + std::string(from.key);
            if (!type_.has_state(from.key)) return bad(place, "is none of the states");
            TL_TRY_ASSIGN(auto targets, states_in(from.value, place));
            type_.state_->moves.insert_or_assign(std::string(from.key), std::move(targets));
        }
        return Status::ok();
    }

    Result<std::vector<std::string>> states_in(DocView list, const std::string& place) const {
        std::vector<std::string> states;
        if (!list.is_array()) return bad(place, "need a list of states");
        for (const DocView value : list.items()) {
            if (!type_.has_state(value.as_string())) {
                return bad(place + "[" + std::to_string(states.size()) + "]",
                           "is none of the states");
            }
            if (states.size() == kStatesMax) return bad(place, "at most 50");
            states.emplace_back(value.as_string());
        }
        return states;
    }

    Status read_due() {
        const DocView due = value_.find("due");
        if (is_absent(due)) return Status::ok();
        constexpr std::string_view kKnown[] = {"field", "in"};
        TL_TRY(check_fields(due, kKnown, "due"));
        DueRule rule;
        TL_TRY_ASSIGN(rule.field, field_named(due, "due", FieldType::Time));
        if (const DocView in = due.find("in"); !is_absent(in)) {
            TL_TRY_ASSIGN(rule.in, states_in(in, "due.in"));
            if (rule.in.empty()) return bad("due.in", "need at least one");
        }
        type_.due_ = std::move(rule);
        return Status::ok();
    }

    // `state` and `due` are properties of what follows, so a field of this name is the one they
    // come from.
    Status check_names() const {
        for (size_t i = 0; i < type_.fields_.size(); ++i) {
            const std::string& name = type_.fields_[i].name;
            const bool is_taken =
                (std::ranges::find(kReserved, name) != std::end(kReserved) &&
                 name != type_.id_field_) ||
                (name == "state" && (!type_.state_ || type_.state_->field != name)) ||
                (name == "due" && (!type_.due_ || type_.due_->field != name));
            if (!is_taken) continue;
            return bad("fields[" + std::to_string(i) + "].name",
                       name + " has a meaning of its own, take another name");
        }
        return Status::ok();
    }

    Result<Type> read_rest() {
        if (const DocView hours = value_.find("late_after_hours"); !is_absent(hours)) {
            const int64_t number = hours.as_integer().value_or(-1);
            if (number < 0 || number > kLateHoursMax) {
                return bad("late_after_hours", "need a whole number from 0 to 8760");
            }
            type_.late_after_ = number * kHour;
        }
        if (const DocView unknown = value_.find("unknown"); !is_absent(unknown)) {
            if (unknown.as_string() == "drop") {
                type_.unknown_ = Unknown::Drop;
            } else if (unknown.as_string() != "refuse") {
                return bad("unknown", "need refuse or drop");
            }
        }
        return std::move(type_);
    }

    DocView value_;
    const model::Namespaces& namespaces_;
    bool owns_people_ = false;
    Type type_;
};

Result<Type> Type::from_doc(std::string_view key, DocView value,
                            const model::Namespaces& namespaces) {
    if (!value.is_object()) return Error::invalid("catalog: need an object");
    return TypeReader(value, namespaces).read(key);
}

const Field* Type::find(std::string_view name) const {
    const auto found = std::ranges::find(fields_, name, &Field::name);
    return found == fields_.end() ? nullptr : &*found;
}

bool Type::has_state(std::string_view state) const {
    return state_ && std::ranges::find(state_->values, state) != state_->values.end();
}

bool Type::may_move(std::string_view from, std::string_view to) const {
    if (!state_ || state_->moves.empty()) return true;
    const auto moves = state_->moves.find(from);
    // From a state that the type has no more, anywhere: nothing is stuck by a change of its type.
    if (moves == state_->moves.end()) return !has_state(from);
    return std::ranges::find(moves->second, to) != moves->second.end();
}

bool Type::counts_late(std::string_view state) const {
    return due_ && (due_->in.empty() || std::ranges::find(due_->in, state) != due_->in.end());
}

Status Type::may_become(const Type& other) const {
    const auto refuse = [](std::string_view what) {
        return Error::precondition("catalog: " + std::string(what) +
                                   ": cannot change while there are items, remove them first");
    };
    const auto owner_of = [](const Type& type) {
        return type.owner_
                   ? std::tuple(type.owner_->field, type.owner_->is_account, type.owner_->space)
                   : std::tuple(std::string(), false, model::NamespaceId{0});
    };
    const auto field_of = [](const auto& rule) { return rule ? rule->field : std::string(); };
    if (owner_of(*this) != owner_of(other)) return refuse("owner");
    if (field_of(state_) != field_of(other.state_)) return refuse("state.field");
    if (field_of(due_) != field_of(other.due_)) return refuse("due.field");
    return Status::ok();
}

}  // namespace throughline::catalog
