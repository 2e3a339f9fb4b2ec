// Conditions, compiled once: the grammar of questions, segments, triggers and branches.
//
//   {"and":[...]} · {"or":[...]} · {"not":...} · a list is an `and`
//   {"property":"amount","op":"gte","value":100}    of the event
//   {"source":"web"} · {"channel":"email"}          of the event: who sent it, how it was reached
//   {"trait":"plan","op":"eq","value":"pro"} · {"identifier":"email","op":"exists"}
//   {"segment":"vip"}                                                           of the person, as
//   are
//   {"did":"Order Completed","where":...,"count":{"gte":3},"within":"90d"}      of the person
//   {"item":"order","where":...,"count":{"gte":2}}                              of her items
//   {"item":"stock","id":{"property":"sku"},"where":...}                        of one that is
//   named
//
// Operators and lists: criterion.h. docs/conditions.md has the whole grammar. Leaves on people are
// as of now; what is cheap to ask is asked first, so that a person is looked up only when the rest
// leaves her in question.
//
// Layer 4. Immutable, so safe from any thread; matching allocates nothing. Refused by name:
// `at_event`.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/event.h"
#include "query/criterion.h"

namespace throughline::query {

/// Where a property stands: `plan` in the event's properties (identify and group: its traits),
/// `$.context.page.path` from the top of the event.
class PropertyPath {
public:
    PropertyPath() = default;
    /// Errors: InvalidArgument, starting with `field`.
    static Result<PropertyPath> parse(model::DocView text, const std::string& field);

    model::DocView value_in(const model::EventView& event) const { return value_of(top(event)); }
    /// In an object that is no event.
    model::DocView value_of(model::DocView object) const;
    const std::string& text() const { return path_; }
    /// The value of another key of the object that holds this one.
    model::DocView beside(const model::EventView& event, std::string_view key) const;

    bool operator==(const PropertyPath&) const = default;

private:
    model::DocView top(const model::EventView& event) const;

    std::string path_;
    std::string parent_;  // Path of the object that holds it; empty: the top.
    bool from_event_ = false;
};

/// What a leaf is about; the dearer to ask, the later.
enum class Subject : uint8_t {
    Property,    // A value of the event.
    Source,      // The key of the source that sent it.
    Channel,     // The channel of its touch; nothing if it is no touch.
    Segment,     // Whether the person is in it.
    Did,         // What the person did.
    Trait,       // A value of the golden record.
    Identifier,  // The person's identifiers of one namespace.
    Item,        // Items: hers, or one that the event of the start names.
};

inline bool is_of_person(Subject subject) {
    return subject >= Subject::Segment;
}

struct Did;
struct AskedItems;

/// One condition that is not made of others.
struct Leaf {
    Subject subject = Subject::Property;
    PropertyPath property = {};  // Of Property.
    std::string name = {};  // Of Trait its path, of Identifier its namespace, of Segment its key.
    Criterion criterion = {};                      // Of all but Segment, Did and Item.
    std::shared_ptr<const Did> did = {};           // Of Did; shared with copies, as are
    std::shared_ptr<const AskedItems> items = {};  // those of Item.

    bool operator==(const Leaf& other) const;
};

/// Which leaves make sense where a condition stands.
enum class Leaves : uint8_t {
    All,
    OfEvents,    // Nothing of the person.
    Properties,  // Nothing else.
    OfPeople,    // Nothing of an event but in `did`; there what OfRecords has. No segments.
    OfRuns,      // As OfPeople, and segments and items: of the person of a journey's run.
    OfItems,     // Fields of an item, and nothing else.
    OfRecords,   // Of an event, what stands in it: no channel, which rules decide that may change.
};

/// As often as a `did` of OfPeople and OfRuns may ask for: so many times are kept of everybody.
inline constexpr uint64_t kTimesKeptMax = 100;
/// So many of a person's items of a type a condition looks at, and as many may be asked for.
inline constexpr uint64_t kItemsSeenMax = 1'000;

class Predicate {
public:
    /// One that always holds.
    Predicate() = default;
    /// Errors: InvalidArgument, starting with `field`: `query: where: ...`.
    static Result<Predicate> compile(model::DocView condition, const std::string& field,
                                     Leaves leaves = Leaves::All);

    /// One that holds where both do.
    static Predicate both(const Predicate& a, const Predicate& b);

    bool operator==(const Predicate&) const = default;

    bool always_holds() const { return nodes_.empty(); }
    /// Requires: compiled of Leaves::Properties.
    bool matches(const model::EventView& event) const {
        return holds([&](size_t part) {
            const Leaf& leaf = nodes_[part].leaf;
            return leaf.criterion.holds(leaf.property.value_in(event));
        });
    }
    /// Requires: compiled of Leaves::OfItems. `item`: as catalog/item.h, item_document, has it.
    bool fits(model::DocView item) const {
        return holds([&](size_t part) {
            const Leaf& leaf = nodes_[part].leaf;
            return leaf.criterion.holds(leaf.property.value_of(item));
        });
    }

    // For who finds what leaves ask for elsewhere than in an event.

    /// Parts are numbered from 0.
    size_t parts() const { return nodes_.size(); }
    /// The leaf that a part is; null: the part joins others.
    const Leaf* leaf(size_t part) const {
        return nodes_[part].op == Op::Leaf ? &nodes_[part].leaf : nullptr;
    }
    /// Whether all holds; `holds_of(part)` is asked about leaves, as few as it takes.
    template <typename HoldsOf>
    bool holds(HoldsOf&& holds_of) const {
        return nodes_.empty() || node_holds(nodes_.size() - 1, holds_of);
    }

private:
    enum class Op : uint8_t { And, Or, Not, Leaf };
    struct Node {
        Op op = Op::Leaf;
        std::vector<size_t> parts = {};  // Of And, Or, Not.
        query::Leaf leaf = {};
        Subject dearest = Subject::Property;  // That it asks for.

        bool operator==(const Node&) const = default;
    };
    class Compiler;

    void join(Op op, std::vector<size_t> parts);
    template <typename HoldsOf>
    bool node_holds(size_t index, HoldsOf&& holds_of) const {
        const Node& node = nodes_[index];
        if (node.op == Op::Leaf) return holds_of(index);
        const auto part_holds = [&](size_t part) { return node_holds(part, holds_of); };
        if (node.op == Op::Not) return !part_holds(node.parts[0]);
        return node.op == Op::And ? std::ranges::all_of(node.parts, part_holds)
                                  : std::ranges::any_of(node.parts, part_holds);
    }

    std::vector<Node> nodes_;  // Parts before wholes; the last is the whole condition.
};

/// How often a person did something, up to the moment at which the question is asked.
struct Did {
    std::optional<std::string> event = {};      // Name; none: every name.
    std::optional<model::EventType> type = {};  // None: every type.
    Predicate where = {};                       // Of Leaves::OfEvents.
    uint64_t least = 1;                         // Times, inclusive;
    uint64_t most = ~uint64_t{0};               // as is the most.
    Micros within = 0;                          // So long before that moment; 0: ever.

    bool operator==(const Did&) const = default;
};

/// How many items of a type there are that a condition fits: among those of the person, or whether
/// the one does that the event of a run's start names.
struct AskedItems {
    std::string catalog;                  // Key of the type.
    std::optional<PropertyPath> id = {};  // Where the event names it; none: all of hers.
    Predicate where = {};                 // Of Leaves::OfItems.
    uint64_t least = 1;                   // Inclusive,
    uint64_t most = ~uint64_t{0};         // as is the most.

    bool operator==(const AskedItems&) const = default;
};

}  // namespace throughline::query
