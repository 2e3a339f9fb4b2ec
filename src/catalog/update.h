// What is said of one item: read from what was sent, and as the log keeps it.
//
// Sent is one object: the id, the fields of the type, and beside them
//
//   updated_at   when it was so, RFC 3339; without it, when it came
//   history      true: this tells of the past and wakes nothing
//   remove       true: there is no such item any more
//   if_state     only if this is its state now; null: only if it has none, or is not known yet
//
// Fields are kept in one form each, in the order of the type: a time as RFC 3339 in UTC, money and
// numbers as they are written, to the digit. `null` takes a field away.
//
// Layer 3. Pure. Cost: a pass over the object for each field of the type.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "catalog/type.h"
#include "model/doc.h"

namespace throughline::catalog {

inline constexpr size_t kIdBytesMax = 200;
inline constexpr size_t kItemBytesMax = 32 * 1024;  // Of the fields of one item, packed.

/// How values are written.
enum class Form : uint8_t {
    Json,
    Text,  // As cells of a table: numbers, booleans and lists as text, an empty cell is null.
};

/// What fields that are not named become.
enum class Fields : uint8_t {
    Merge,  // They stay.
    Whole,  // They go.
};

struct Update {
    std::string id;
    Micros updated_at = kNoTime;  // kNoTime: when it came.
    bool is_history = false;
    bool removes = false;
    std::optional<std::string> if_state = {};  // Empty: none. Nothing: whatever it is.
    Fields rest = Fields::Merge;
    std::string fields;  // Packed object; null takes a field away.

    bool operator==(const Update&) const = default;
};

/// Reads what was sent of an item.
/// Errors: InvalidArgument, e.g. `item: total: need a number`.
Result<Update> read_update(const Type& type, model::DocView sent, Form form);

/// Writes it as fields of an object of the log, and back. Errors: Corrupt.
void write_update(model::DocWriter& out, const Update& update);
Result<Update> update_of(model::DocView doc);

}  // namespace throughline::catalog
