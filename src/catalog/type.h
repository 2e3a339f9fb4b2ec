// A type of items: which fields they have, whose they are, which states they pass, when they are
// due.
//
//   catalogs/{key}  {"fields":[{"name":"total","type":"money","required":true,"personal":false}],
//                    "id":"sku",
//                    "owner":{"field":"customer_id","namespace":"user_id"},
//                    "state":{"field":"state","values":["placed","ready"],
//                             "moves":{"placed":["ready"]}},
//                    "due":{"field":"ready_by","in":["placed"]},
//                    "late_after_hours":24,"unknown":"refuse"}
//
// docs/items.md tells what each means. Fields of an item that belongs to a person are personal
// unless they say that they are not: what is forgotten when she is erased is too much rather than
// too little.
//
// Layer 3. Immutable.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/identifier.h"

namespace throughline::catalog {

inline constexpr size_t kFieldsMax = 100;
inline constexpr size_t kStatesMax = 50;
inline constexpr size_t kNameBytesMax = 64;  // Of a field, and of a state.

enum class FieldType : uint8_t {
    Text,
    Number,
    Bool,
    Time,   // RFC 3339.
    List,   // Of anything.
    Money,  // A decimal number, exact.
};

std::string_view field_type_name(FieldType type);

struct Field {
    std::string name;
    FieldType type = FieldType::Text;
    bool is_required = false;
    bool is_personal = false;
};

/// Which field names the owner, and what it names.
struct OwnerRule {
    std::string field;
    bool is_account = false;       // It is the id of an account; else
    model::NamespaceId space = 0;  // a person's identifier of this namespace.
};

struct StateRule {
    std::string field;
    std::vector<std::string> values;
    // Where an item may go from a state. Empty: anywhere.
    std::map<std::string, std::vector<std::string>, std::less<>> moves;
};

struct DueRule {
    std::string field;
    std::vector<std::string> in;  // States in which being late counts; empty: in all.
};

/// What becomes of fields that the type does not have.
enum class Unknown : uint8_t { Refuse, Drop };

class Type {
public:
    /// Errors: InvalidArgument naming the field, e.g. `catalog: fields[2].type: need text...`.
    static Result<Type> from_doc(std::string_view key, model::DocView value,
                                 const model::Namespaces& namespaces);

    const std::string& key() const { return key_; }
    const std::vector<Field>& fields() const { return fields_; }
    const Field* find(std::string_view name) const;
    /// The field of what is sent that holds the item's id: `id`, or one of fields().
    const std::string& id_field() const { return id_field_; }
    const std::optional<OwnerRule>& owner() const { return owner_; }
    const std::optional<StateRule>& state() const { return state_; }
    const std::optional<DueRule>& due() const { return due_; }
    /// What was so longer ago than this when it comes is history: it wakes nothing.
    Micros late_after() const { return late_after_; }
    Unknown unknown() const { return unknown_; }

    bool has_state(std::string_view state) const;
    /// Requires: has_state(to).
    bool may_move(std::string_view from, std::string_view to) const;
    /// Whether an item of this state can be late.
    bool counts_late(std::string_view state) const;
    /// Whether items of this type may stay as they are under another one: the same owner, the same
    /// field of the state and the same of the due time. Errors: FailedPrecondition naming what is
    /// not.
    Status may_become(const Type& other) const;

private:
    friend class TypeReader;

    std::string key_;
    std::vector<Field> fields_;
    std::string id_field_ = "id";
    std::optional<OwnerRule> owner_;
    std::optional<StateRule> state_;
    std::optional<DueRule> due_;
    Micros late_after_ = kDay;
    Unknown unknown_ = Unknown::Refuse;
};

}  // namespace throughline::catalog
