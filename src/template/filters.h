// The table of filters.
//
// Layer 2. Pure.
#pragma once

#include <span>
#include <string_view>

#include "template/value.h"
#include "template/work.h"

namespace throughline::tmpl {

struct RenderInput;

/// What a filter may use besides its arguments.
struct FilterContext {
    Work& work;
    const RenderInput& input;
};

using FilterArguments = std::span<const Value>;
using FilterFunction = Value (*)(FilterContext& context, Value value, FilterArguments arguments);

/// How the value of an expression filter comes about: see Filter::expression.
enum class ItemTest : uint8_t {
    None,     // Not an expression filter.
    Where,    // Keeps the items for which it is true,
    Reject,   // or false.
    Has,      // Whether there is one,
    Find,     // which,
    FindAt,   // and where.
    GroupBy,  // Groups them by what it gives.
};

/// In what form the text is that a filter gives: not escaped again for the channel of that form.
enum class Form : uint8_t { Plain, Html, Url, Json, AsItIs };

struct Filter {
    std::string_view name;
    FilterFunction function;  // Null for expression filters.
    uint8_t arguments_min;
    uint8_t arguments_max;
    ItemTest item_test = ItemTest::None;  // `where_exp: "item", "item.price > 10"`
    Form form = Form::Plain;
};

/// The filter of a name, or null.
const Filter* find_filter(std::string_view name);

/// The name of a filter that is spelled nearly so; empty if there is none.
std::string_view filter_spelled_like(std::string_view name);

/// The argument at a place; missing if there are fewer.
inline Value argument(FilterArguments arguments, size_t at) {
    return at < arguments.size() ? arguments[at] : Value();
}

// The filters by area (filters_*.cc).
std::span<const Filter> array_filters();
std::span<const Filter> coding_filters();
std::span<const Filter> date_filters();
std::span<const Filter> expression_filters();
std::span<const Filter> html_filters();
std::span<const Filter> math_filters();
std::span<const Filter> string_filters();
std::span<const Filter> url_filters();

}  // namespace throughline::tmpl
