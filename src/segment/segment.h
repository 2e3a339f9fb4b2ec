// A segment: conditions on a person, compiled once, and asked at a moment.
//
// The conditions are the grammar of questions (query/predicate.h) over traits, identifiers and what
// people did: `{"did":"Order Completed","where":…,"count":{"gte":3},"within":"90d"}` holds at t
// when the person did so at least three times in [t - 90 d, t]. What asks of one event stands in
// the `where` of a `did`, and asks only for what the event itself says.
//
// A count of at most 100 needs no more of the past than the latest times of each deed: as many as
// it asks for, and one more where it asks for a most (`kept`). So membership is decided from kept
// times, traits and identifiers alone, and the next moment at which time changes it is known.
//
// Layer 5, above the grammar that it shares with questions. Immutable, Pure: no clock, no tables.
// Cost: of the conditions asked; a wholly `did` segment asks for no profile.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/event.h"
#include "model/identifier.h"
#include "query/predicate.h"
#include "query/profiles.h"

namespace throughline::segment {

inline constexpr size_t kDeedsMax = 32;  // Different things that one segment counts.

/// One thing that people do, as it is counted: by one `did`, or by several that differ in number.
struct Deed {
    std::optional<std::string> event = {};      // Name; none: every name.
    std::optional<model::EventType> type = {};  // None: every type.
    query::Predicate where = {};
    size_t kept = 1;      // Latest times that have to be kept of it.
    uint32_t number = 0;  // Under which times of it are kept; unless given one, its place.

    /// `source`: the key of the source that sent the event, as a packed text.
    bool matches(const model::EventView& event, model::DocView source) const;
    bool asks_same(const Deed& other) const {
        return event == other.event && type == other.type && where == other.where;
    }
};

/// How often a deed is asked for: one `did` of a segment.
struct Counting {
    size_t deed = 0;               // Its place among the segment's deeds.
    uint64_t least = 1;            // Times, inclusive;
    uint64_t most = ~uint64_t{0};  // as is the most.
    Micros within = 0;             // So long before the moment asked about; 0: ever.

    /// Requires: the latest times up to `at`, ascending, as many as are kept.
    bool holds(std::span<const Micros> times, Micros at) const {
        const Micros from = within == 0 ? kNoTime : at - within;
        const auto reaches = [&](uint64_t count) {
            return count <= times.size() && times[times.size() - count] >= from;
        };
        return (least == 0 || reaches(least)) && (most == ~uint64_t{0} || !reaches(most + 1));
    }
    /// The first moment after `at` at which holds() may answer otherwise if nothing but time
    /// happens; nothing when there is none.
    std::optional<Micros> next_change(std::span<const Micros> times, Micros at) const;
};

/// What there is of a person at a moment. Whoever keeps it implements this; a read that fails there
/// answers with nothing and is remembered there.
class Facts {
public:
    virtual ~Facts() = default;
    /// The latest times of a deed up to the moment that is asked about, ascending: at least
    /// `deed.kept` of them if there are as many.
    virtual std::span<const Micros> times(const Deed& deed) = 0;
    /// Traits that stand, and identifiers: of those that the segment wants at least.
    virtual const query::ProfileFacts& profile() = 0;
    /// Whether the person is in a segment, by its key. Asked by conditions of journeys alone.
    virtual bool is_in(std::string_view segment) = 0;
    /// The items that are asked for, at most query::kItemsSeenMax of hers or the one that is named,
    /// as catalog/item.h, item_document, has them. Asked by conditions of journeys alone, where
    /// they are decided; who looks at the past has no items and refuses such conditions before.
    virtual std::span<const std::string> items(const query::AskedItems&) { return {}; }
};

class Segment {
public:
    /// One that everybody is in.
    Segment() = default;

    /// `leaves`: OfPeople, or OfRuns for the conditions of a journey, which may ask for segments
    /// and items.
    /// Errors: InvalidArgument, starting with `field`: `segment: conditions[1].count: …`.
    static Result<Segment> compile(model::DocView conditions, const model::Namespaces& namespaces,
                                   const std::string& field,
                                   query::Leaves leaves = query::Leaves::OfPeople);

    /// What it counts, each once.
    const std::vector<Deed>& deeds() const { return deeds_; }
    /// Its `did`, each as often as it stands there.
    std::vector<Counting> countings() const;
    /// Gives deed `place` the number under which its times are kept, and how many are.
    void bind_deed(size_t place, uint32_t number, size_t kept);
    /// Of whom it asks traits and identifiers.
    const query::ProfileWants& wants() const { return wants_; }
    /// Segments that it asks for, by key, each once.
    const std::vector<std::string>& segments() const { return segments_; }
    /// What it asks of items, as often as it stands there; borrowed from the segment.
    std::vector<const query::AskedItems*> items() const;
    /// Whether time alone can change who is in it.
    bool has_windows() const { return has_windows_; }

    /// Whether a person is in it at `at`. Requires: facts as of `at`.
    bool holds(Facts& facts, Micros at) const;
    /// The first moment after `at` at which holds() answers otherwise if nothing but time happens;
    /// nothing when there is none. Exact.
    std::optional<Micros> next_change(Facts& facts, Micros at) const;
    /// A moment that is not after next_change(), and much cheaper to tell: the first at which one
    /// of its `did` may answer otherwise.
    std::optional<Micros> next_look(Facts& facts, Micros at) const;
    /// Whether somebody is in it of whom nothing is known.
    bool holds_for_strangers() const;

private:
    /// What a leaf of the predicate asks for, ready to be asked.
    struct Part {
        std::optional<Counting> counting;  // Of a `did`.
        query::Criterion criterion;        // Of the others, in the form in which values are kept.
    };

    Status add_part(const query::Leaf& leaf, const model::Namespaces& namespaces,
                    const std::string& field);
    Status add_deed(const query::Did& did, Part& part, const std::string& field);
    Status bind_identifier(const query::Leaf& leaf, const model::Namespaces& namespaces, Part& part,
                           const std::string& field);
    void want_trait(const std::string& path);
    void want_segment(const std::string& key);
    bool part_holds(size_t part, Facts& facts, Micros at) const;

    query::Predicate conditions_;
    std::vector<Part> parts_;  // By the numbers of the predicate's parts.
    std::vector<Deed> deeds_;
    query::ProfileWants wants_;
    std::vector<std::string> segments_;
    bool has_windows_ = false;
};

}  // namespace throughline::segment
