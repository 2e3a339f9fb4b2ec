// A mapping document, checked: what mapping.cc reads and mapping_run.cc follows.
//
// Layer 6. Immutable once made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingest/mapping.h"
#include "ingest/time_format.h"
#include "model/event.h"

namespace throughline::ingest {

/// A column of CSV or a dotted path of JSON. `@.a` is read from the item at hand.
struct PathPlan {
    std::string text;          // Without `@.`.
    bool is_of_item = false;   // Written `@` or `@.…`.
    bool is_optional = false;  // A CSV file may lack the column.
};

enum class ValueKind : uint8_t {
    Constant,  // {"value": …}
    Column,    // "Name" or {"column": "Name", …}
    Template,  // {"template": "invoice:{InvoiceNo}"}
    Product,   // {"product": [value, value, …]}
    First,     // {"first": [value, …]}: the first that is not empty
    Case,      // {"case": [{"when": condition, "then": value}], "else": value}
    Object,    // {"object": {"key": value}}
    List,      // {"list": path, "of": value}: one for each item
};

enum class ValueType : uint8_t {
    AsIs,  // CSV: text. JSON: what is there.
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    Time,
    Json,
};

struct Condition;

struct ValuePlan {
    ValueKind kind = ValueKind::Constant;
    ValueType type = ValueType::AsIs;
    bool trims = true;
    char decimal_mark = '.';
    size_t path = 0;                   // Column, List: place in MappingPlan::paths.
    std::string constant;              // Packed; also the `default` of a column.
    std::vector<std::string> empties;  // Texts that mean nothing is there.
    std::vector<std::pair<std::string, std::string>> renames;  // `map`: text to packed value.
    std::shared_ptr<const TimeFormat> time;  // Date, Time. Shared by copies of the plan.
    std::vector<std::string> texts;          // Template: literals; Object: keys.
    std::vector<size_t> paths;               // Template: between the literals.
    std::vector<ValuePlan> parts;            // Product, First, Object, Case (then …, else), List.
    std::vector<Condition> conditions;       // Case: one for each part but the `else`.
};

enum class ConditionKind : uint8_t { Always, And, Or, Not, Leaf };
enum class Operator : uint8_t {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
    In,
    NotIn,
    Contains,
    StartsWith,
    Exists,
    NotExists
};

struct Condition {
    ConditionKind kind = ConditionKind::Always;
    Operator op = Operator::Exists;
    size_t path = 0;
    std::vector<std::string> values;  // Leaf: as text.
    std::vector<Condition> parts;
};

struct EventPlan {
    Condition when;
    std::optional<size_t> each;   // Path of an array: one event for each item.
    bool is_as_is = false;        // The document itself is the event,
    std::optional<size_t> as_is;  // or what stands here; type, time and message_id go before it.
    bool has_type = false;        // `type` was said.
    model::EventType type = model::EventType::Track;
    ValuePlan name;
    ValuePlan time;
    ValuePlan group_id;
    ValuePlan previous_id;
    ValuePlan message_id;
    std::vector<std::pair<std::string, ValuePlan>> identifiers;  // By namespace.
    ValuePlan properties;  // Objects; Constant and empty when there are none.
    ValuePlan traits;
    ValuePlan context;
};

struct MappingPlan {
    std::string name;
    FileShape shape;
    Condition skip;
    bool skips = false;
    std::vector<PathPlan> paths;
    std::vector<size_t> id;  // Paths; empty: the whole row.
    std::vector<EventPlan> events;
};

}  // namespace throughline::ingest
