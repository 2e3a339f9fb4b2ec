// Equal, less, contains: as JavaScript and liquidjs have it.
//
// `==` never converts ("1" is not 1); lists are equal item by item, objects when they are the same
// one. `<` compares two texts by their characters and everything else as numbers, so nothing that
// is no number is less than anything. The words nil, empty and blank stand for what they say on
// either side of `==`, and are neither less nor greater.
//
// Layer 2. Pure. Cost: the length of both; a step for each item.
#pragma once

#include "template/work.h"

namespace throughline::tmpl {

bool are_equal(Work& work, Value left, Value right, int depth = 0);

/// Less, greater, or neither (`unordered`: one is no number).
std::partial_ordering compared(Work& work, Value left, Value right);

bool contains(Work& work, Value container, Value part);

/// How `uniq` and `group_by` tell keys apart: lists, too, are the same or different things.
bool is_same_key(Work& work, Value left, Value right);

/// The order of `sort`: nil last, what cannot be compared stays where it is.
bool sorts_before(Work& work, Value left, Value right);

}  // namespace throughline::tmpl
