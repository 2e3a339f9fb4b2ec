// What conditions on people read of them: traits that stand, identifiers, and segments.
//
// Layer 4. The asker implements it over its golden records. Thread-safe: a question may run in
// several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace throughline::query {

/// What is asked of each person.
struct ProfileWants {
    std::vector<std::string> traits;      // Names.
    std::vector<std::string> namespaces;  // Keys.
    bool operator==(const ProfileWants&) const = default;
};

/// What there is of it, as packed objects.
struct ProfileFacts {
    std::string traits;       // {"plan":"pro"}.
    std::string identifiers;  // {"email":["ana@example.com"]}: normalised values of a namespace.
};

class Profiles {
public:
    virtual ~Profiles() = default;

    /// The form in which a value of a namespace is kept; nothing for one that nobody can have.
    /// Errors: InvalidArgument when there is no such namespace.
    virtual Result<std::optional<std::string>> normalised(std::string_view space,
                                                          std::string_view value) const = 0;
    /// Reads a person as she is now; one who is no more has nothing. Errors: of the reads.
    virtual Status read(uint32_t root, const ProfileWants& wants, ProfileFacts& out) const = 0;
    /// Tells who is in a segment now, by roots. Errors: InvalidArgument when there is none of that
    /// key; FailedPrecondition while it is built; of the reads.
    virtual Status members(std::string_view segment,
                           const std::function<void(uint32_t root)>& tell) const = 0;
};

}  // namespace throughline::query
