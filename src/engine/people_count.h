// Counting people: how many there are, and which of them are known.
//
// A person is a component of identities, counted at its root; she is known when one of her
// identities is of a namespace that marks a person. Erased people count nowhere.
//
// Layer 6. Immutable. Cost: about 2 ns an identity, and one bit for each.
#pragma once

#include <vector>

#include "store/dense_table.h"

namespace throughline::engine {

struct PeopleCount {
    uint64_t known = 0;
    uint64_t unknown = 0;
    bool operator==(const PeopleCount&) const = default;
};

/// Who is known, as of one snapshot of the roots (words of roots.h).
class KnownPeople {
public:
    explicit KnownPeople(const store::Dense32::Snapshot& roots);

    bool is_known(uint32_t root) const { return root < is_known_.size() && is_known_[root]; }
    const PeopleCount& count() const { return count_; }
    /// Identities of erased people, in all.
    uint64_t erased_identities() const { return erased_; }

private:
    std::vector<bool> is_known_;
    PeopleCount count_;
    uint64_t erased_ = 0;
};

}  // namespace throughline::engine
