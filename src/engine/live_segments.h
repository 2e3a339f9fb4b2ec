// The segments in force, compiled, and which of them want to hear of what.
//
// A definition's value carries the numbers that the fold gave it: `id`, under which standings are
// kept, and for each deed {number, kept}, under which its times are. A deed is shared by all
// segments that count the same thing, if enough times of it are kept.
//
// Layer 6. Immutable.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/identifier.h"
#include "segment/segment.h"

namespace throughline::engine {

struct LiveSegment {
    uint32_t id = 0;
    std::string key;
    segment::Segment conditions;
};

/// What is counted without anybody being in it: the deeds that the conditions of a version of a
/// journey ask for.
struct Counter {
    uint32_t id = 0;  // Among the numbers of segments.
    Micros at = 0;    // When it was defined.
    std::vector<segment::Deed> deeds = {};
    std::vector<bool> is_new = {};  // Of each: it is counted from then on only.
};

/// The number under which times of a deed are kept, as a definition's value has it.
struct KeptDeed {
    uint32_t number = 0;
    size_t kept = 0;
    bool is_new = false;  // Nobody counted it before.
};

/// A deed, and what asks for its number.
struct CountedDeed {
    struct Use {
        uint32_t segment = 0;  // Its place in all().
        segment::Counting counting;
    };
    segment::Deed deed;
    std::vector<Use> uses;
    std::vector<uint32_t> counters = {};  // Their numbers.
};

class LiveSegments {
public:
    using Places = std::vector<uint32_t>;  // In all(), ascending.

    /// Takes a definition's value in. Errors: of its conditions.
    Status add(std::string_view key, model::DocView value, const model::Namespaces& namespaces);
    void add_counter(Counter counter) { counters_.push_back(std::move(counter)); }
    /// Call after the last of these.
    void index();

    /// Whether nothing is counted and nobody can be in anything.
    bool empty() const { return all_.empty() && counters_.empty(); }
    const std::vector<LiveSegment>& all() const { return all_; }
    const LiveSegment* find(std::string_view key) const;
    const LiveSegment* find(uint32_t id) const;
    const std::vector<Counter>& counters() const { return counters_; }
    const Counter* find_counter(uint32_t id) const;

    /// Deeds of which an event of this name may be one, as places in counted().
    std::span<const uint32_t> counted_by_name(std::string_view name) const;
    const Places& counted_by_any_name() const { return any_name_; }
    const std::vector<CountedDeed>& counted() const { return counted_; }
    bool counts(uint32_t deed) const;

    const Places& everything() const { return everything_; }
    const Places& with_traits() const { return with_traits_; }
    const Places& with_identifiers() const { return with_identifiers_; }
    const Places& with_windows() const { return with_windows_; }
    /// Those that somebody is in, or may be, of whom only identifiers are known.
    const Places& of_newcomers() const { return of_newcomers_; }
    /// What all of them together want of a profile.
    const query::ProfileWants& wants() const { return wants_; }

private:
    void index_one(uint32_t place);
    CountedDeed& counted_as(const segment::Deed& deed);

    std::vector<LiveSegment> all_;
    std::vector<Counter> counters_;
    std::vector<CountedDeed> counted_;
    std::vector<uint32_t> numbers_;  // Of the deeds counted, ascending.
    std::map<std::string, Places, std::less<>> by_name_;
    Places any_name_;
    Places everything_;
    Places with_traits_;
    Places with_identifiers_;
    Places with_windows_;
    Places of_newcomers_;
    query::ProfileWants wants_;
};

}  // namespace throughline::engine
