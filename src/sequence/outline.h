// What the shape of an event says without its values: which fields the event has, and where in the
// columns the value of each stands.
//
// Layer 3. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sequence/schema.h"

namespace throughline::sequence {

struct Outline {
    /// A value outside of lists.
    struct Leaf {
        uint32_t token = kNull;  // kName, kMessageId or kLeaf + column.
        uint32_t before = 0;     // Values of the same column that the event has before it.
    };
    std::string doc;  // The document: each value is the number of its leaf, lists are empty.
    std::vector<Leaf> leaves;  // Of the document.
    /// How many values of a column the event has: all columns outside of lists, by number.
    std::vector<std::pair<uint32_t, uint32_t>> counts;

    uint32_t count(uint32_t column) const;
};

/// Requires: a shape of the schema, not kSpilled.
Outline outline_of(const Schema& schema, uint32_t shape);

}  // namespace throughline::sequence
