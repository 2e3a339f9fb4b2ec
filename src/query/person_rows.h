// What a fold sees: one person's rows, in sequence order, however many files, identities and
// threads they came from.
//
// Only rows for which some condition of the pass holds are there, less those that Quiet leaves out.
// All spans are of one size and hold during the call only. Rows of one instant stand in the
// source's own order, then in that of arrival; a fold whose answer must not hang on arrival treats
// an instant as a set.
//
// Layer 4. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/time.h"
#include "model/doc.h"

namespace throughline::query {

/// A set of the pass's conditions: bit c says that condition c holds.
using Match = uint64_t;
inline constexpr size_t kConditionsMax = 64;

/// The set of one condition.
inline Match match_of(size_t condition) {
    return Match{1} << condition;
}

/// The number of a dimension's value in the pass's Values.
using ValueCode = uint32_t;
inline constexpr ValueCode kNoValue = 0;     // The row has none.
inline constexpr ValueCode kOtherValue = 1;  // One past the limits: longer, or one too many.
inline constexpr ValueCode kFirstValue = 2;  // The first of Pass::values, if it has any.

/// The scale of a number that is absent, or is none that can be added.
inline constexpr uint8_t kNoNumber = 255;

class Values;

struct PersonRows {
    uint32_t root = 0;                                         // As people are merged now.
    bool is_known = false;                                     // Of a namespace marked `person`.
    std::span<const Micros> time;                              // Never falls.
    std::span<const Match> match;                              // Never 0.
    std::span<const std::span<const ValueCode>> codes;         // [dimension][row]
    std::span<const std::span<const model::Decimal>> numbers;  // [number][row]
    const Values* values = nullptr;                            // The texts of the codes.
    /// Of a pass with Quiet: the time of the last quiet activity that the row stands for, else its
    /// own. Further rows may come before it.
    std::span<const Micros> until = {};

    size_t size() const { return time.size(); }
};

/// An answer that grows by one person at a time, in any order of people.
///
/// One thread each: other threads have forks, which join at the end. Adding all people to one fold
/// and adding them to several that are joined give the same answer.
class Fold {
public:
    virtual ~Fold() = default;

    /// Counts one person. Requires: rows.size() > 0; each person comes once.
    virtual void add(const PersonRows& rows) = 0;
    /// An empty one of the same question.
    virtual std::unique_ptr<Fold> fork() const = 0;
    /// Takes over what another has counted. Requires: it was forked from this one, or this one
    /// from it, or both from one.
    virtual void join(Fold& other) = 0;
    /// Memory that grows with the number of people: a pass stops when it passes its limit.
    virtual size_t bytes() const { return 0; }
};

}  // namespace throughline::query
