// What is inside a value: fields, items, and `size`, `first`, `last`.
//
// Layer 2. Pure. Cost: a walk over the fields of one object, or to an item of an array.
#pragma once

#include "template/work.h"

namespace throughline::tmpl {

/// `object.key` or `object[key]`; what is in nil is nil.
Value property(Work& work, Value object, Value key);

/// A field of an object by name, and nothing else of it.
Value field(Value object, std::string_view name);

/// `a.b.c` cut at each point, as `map` and `sort` take it.
Value at_points(Work& work, Value value, std::string_view path);

/// `a.b[0]["c"]`, as `where` and `group_by` take it. What is no path is missing.
Value at_path(Work& work, Value value, std::string_view path);

/// The items that a loop or a filter sees: those of a list; a text as one; pairs of an object.
std::span<const Value> loop_items(Work& work, Value value);

/// The items that filters of lists see: those of a list; anything else as one; none of nil.
std::span<const Value> filter_items(Work& work, Value value);

}  // namespace throughline::tmpl
