// A regular expression of the operator `matches`: whether a text holds a match, anywhere in it
// unless the expression says `^` and `$`.
//
// RE2's syntax: no back-references, no look-around, and so no text on which a match takes longer
// than its length times the size of the expression.
//
// Layer 4. Immutable; any number of threads. Cost: linear in the text; up to kPatternMemory of
// memory while it is used.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace throughline::query {

inline constexpr size_t kPatternBytesMax = 1000;
inline constexpr size_t kPatternMemory = 1 << 20;  // Of the compiled form and what it remembers.

class Pattern {
public:
    /// Errors: InvalidArgument, starting with `field`: no expression, or one that would take too
    /// much memory.
    static Result<Pattern> make(std::string_view text, const std::string& field);

    bool matches(std::string_view text) const;
    bool operator==(const Pattern& other) const;

private:
    explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

    std::shared_ptr<const re2::RE2> compiled_;  // Shared with copies: it cannot be copied itself.
};

}  // namespace throughline::query
