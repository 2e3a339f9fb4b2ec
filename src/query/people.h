// Who is who, as a question sees it: the way from the identity of a row to a person.
//
// Layer 4. The asker implements it over the snapshot of its view. Thread-safe: a question may run
// in several threads.
#pragma once

#include <cstdint>
#include <span>

namespace throughline::query {

/// The root of rows that count nowhere: their person was erased, and they go with the next merge.
inline constexpr uint32_t kNobody = 0x7fffffff;

class People {
public:
    virtual ~People() = default;

    /// Writes the root (the person) of each identity. Called once a block, so its cost is paid
    /// thousands of rows at a time. Requires: spans of one size.
    virtual void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const = 0;

    /// Whether a person has an identifier of a namespace that marks a known person.
    virtual bool is_known(uint32_t root) const = 0;
};

}  // namespace throughline::query
