// One comparison of a condition: an operator with its operand, asked of a value.
//
// Numbers compare by value, exactly; text as bytes; values of different types are never equal and
// never in order. `ne`, `not_in` and `not_exists` are the exact opposites of `eq`, `in` and
// `exists`, so they hold where there is no value; null counts as none. `contains` is a part of a
// text or an element of a list; `matches` a regular expression (pattern.h) that a text holds.
//
// A path into a list, `products[].sku`, asks each element. "quantifier":"any" (as when nothing is
// said) holds when the comparison holds for some element, "all" when there are elements and it
// holds for each. `ne`, `not_in` and `not_exists` are of the element here: any + ne means that some
// element differs; for "no element is" there is {"not":{... "op":"eq"}}.
//
// Layer 4. Immutable, so safe from any thread; asking allocates nothing.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/doc.h"
#include "query/pattern.h"

namespace throughline::query {

class Criterion {
public:
    /// Reads an operator by its name and its operand. Errors: InvalidArgument: `field`.op, or
    /// `operand_field`.
    static Result<Criterion> make(std::string_view op, model::DocView operand,
                                  const std::string& field, const std::string& operand_field);

    /// Takes `quantifier` of a leaf, and from its path what stands behind the first `[]`; leaves in
    /// `path` what stands before. Errors: InvalidArgument, starting with `field`; `path_field` is
    /// the path's own name.
    Status read_elements(model::DocView quantifier, std::string& path, const std::string& field,
                         const std::string& path_field);

    bool holds(model::DocView value) const {
        return elements_.empty() ? holds_for(value) != is_negated_ : elements_hold(value, 0);
    }
    /// Of a number, where that can be said without a document of it: less and greater.
    std::optional<bool> holds_for_number(model::Decimal value) const;
    /// Of several values that somebody has at once: whether it holds for some of them; negated,
    /// whether it is so of none.
    bool holds_for_some(model::DocView values) const;

    /// The texts that are compared with for equality; empty for other operators.
    std::vector<std::string> equal_texts() const;
    /// The same criterion with other texts in their place.
    Criterion with_equal_texts(const std::vector<std::string>& texts) const;

    bool operator==(const Criterion&) const = default;

private:
    enum class Op : uint8_t {
        In,  // Also eq: a list of one.
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
        Contains,
        StartsWith,
        Matches,
        Exists
    };
    struct Operator;

    static constexpr size_t kOperandsMax = 10'000;

    Status read_operands(std::string_view op, model::DocView operand, const std::string& field);
    Status read_list(model::DocView list, const std::string& field);
    bool holds_for(model::DocView value) const;         // Not negated.
    bool is_met_by(std::partial_ordering order) const;  // Of less and greater.
    bool elements_hold(model::DocView list, size_t depth) const;

    Op op_ = Op::Exists;
    bool is_negated_ = false;
    bool needs_all_ = false;               // Elements.
    std::vector<std::string> operands_;    // Packed values.
    std::optional<model::Decimal> bound_;  // The operand of less and greater, if it is a number.
    std::optional<Pattern> pattern_;       // Of Matches.
    // Of a path into lists: the rest of the path after each `[]`, which may be empty.
    std::vector<std::string> elements_;
};

/// The value at a path in an object: of a key that is called so whole, else by its dots.
model::DocView value_at(model::DocView object, std::string_view path);

}  // namespace throughline::query
