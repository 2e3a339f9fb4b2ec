// Conditions on one event, compiled once: the property leaves of the conditions grammar.
//
//   {"property":"amount","op":"gte","value":100} · {"and":[...]} · {"or":[...]} · {"not":...} · a
//   list is an `and`
//
// Numbers compare by value, exactly; text as bytes; values of different types are never equal and
// never in order. `ne`, `not_in` and `not_exists` are the exact opposites of `eq`, `in` and
// `exists`, so they hold for an event without the property; null counts as absent. `contains` is a
// part of a text or an element of a list.
//
// A path into a list, `products[].sku`, asks each element. "quantifier":"any" (as when nothing is
// said) holds when the comparison holds for some element, "all" when there are elements and it
// holds for each. `ne`, `not_in` and `not_exists` are of the element here: any + ne means that some
// element differs; for "no element is" there is {"not":{... "op":"eq"}}.
//
// Layer 4. Immutable, so safe from any thread; matching allocates nothing. Left out for now, and
// refused by name: `matches`, leaves on people (traits, segments, `did`).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/doc.h"
#include "model/event.h"

namespace throughline::query {

/// Where a property stands: `plan` in the event's properties (identify and group: its traits),
/// `$.context.page.path` from the top of the event.
class PropertyPath {
public:
    PropertyPath() = default;
    /// Errors: InvalidArgument, starting with `field`.
    static Result<PropertyPath> parse(model::DocView text, const std::string& field);

    model::DocView value_in(const model::EventView& event) const;
    /// The value of another key of the object that holds this one.
    model::DocView beside(const model::EventView& event, std::string_view key) const;

    bool operator==(const PropertyPath&) const = default;

private:
    model::DocView top(const model::EventView& event) const;

    std::string path_;
    std::string parent_;  // Path of the object that holds it; empty: the top.
    bool from_event_ = false;
};

class Predicate {
public:
    /// One that always holds.
    Predicate() = default;
    /// Errors: InvalidArgument, starting with `field`: `query: where: ...`.
    static Result<Predicate> compile(model::DocView condition, const std::string& field);

    /// One that holds where both do.
    static Predicate both(const Predicate& a, const Predicate& b);

    bool operator==(const Predicate&) const = default;

    bool always_holds() const { return nodes_.empty(); }
    bool matches(const model::EventView& event) const {
        return holds(
            [&](size_t part) { return part_holds(part, nodes_[part].property.value_in(event)); });
    }

    // For who finds the values of properties elsewhere than in an event.

    /// Parts are numbered from 0.
    size_t parts() const { return nodes_.size(); }
    /// The property that a part asks for; null: the part joins others.
    const PropertyPath* property(size_t part) const {
        return is_joint(nodes_[part].op) ? nullptr : &nodes_[part].property;
    }
    /// Whether a part holds for a value of its property. Requires: property(part).
    bool part_holds(size_t part, model::DocView value) const;
    /// Whether all holds; `holds_of(part)` is asked about parts with a property, as few as it
    /// takes.
    template <typename HoldsOf>
    bool holds(HoldsOf&& holds_of) const {
        return nodes_.empty() || node_holds(nodes_.size() - 1, holds_of);
    }

private:
    enum class Op : uint8_t {
        And,
        Or,
        Not,
        In,  // Also eq: a list of one.
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
        Contains,
        StartsWith,
        Exists
    };
    struct Node {
        Op op = Op::And;
        std::vector<size_t> parts;          // Of And, Or, Not.
        PropertyPath property;              // Of the others.
        std::vector<std::string> operands;  // Packed values.
        // Of a path into lists: the rest of the path after each `[]`, which may be empty.
        std::vector<std::string> elements = {};
        bool needs_all = false;   // Elements.
        bool is_negated = false;  // For each element.

        bool operator==(const Node&) const = default;
    };

    static constexpr size_t kNodesMax = 1000;
    static constexpr size_t kOperandsMax = 10'000;

    Result<size_t> add(model::DocView condition, const std::string& field);
    Result<size_t> add_all(Op op, model::DocView conditions, const std::string& field);
    Result<size_t> add_leaf(model::DocView leaf, const std::string& field);
    Result<size_t> add_node(Node node, const std::string& field);
    static Status read_path(model::DocView leaf, const std::string& field, Node& node);
    Status read_operands(model::DocView leaf, std::string_view op, const std::string& field,
                         Node& node) const;
    static bool leaf_holds(const Node& leaf, model::DocView value);
    static bool elements_hold(const Node& leaf, model::DocView list, size_t depth);
    static bool is_joint(Op op) { return op == Op::And || op == Op::Or || op == Op::Not; }
    template <typename HoldsOf>
    bool node_holds(size_t index, HoldsOf&& holds_of) const {
        const Node& node = nodes_[index];
        if (!is_joint(node.op)) return holds_of(index);
        const auto part_holds = [&](size_t part) { return node_holds(part, holds_of); };
        if (node.op == Op::Not) return !part_holds(node.parts[0]);
        return node.op == Op::And ? std::ranges::all_of(node.parts, part_holds)
                                  : std::ranges::any_of(node.parts, part_holds);
    }

    std::vector<Node> nodes_;  // Parts before wholes; the last is the whole condition.
};

}  // namespace throughline::query
