// Filters of lists. A single value is a list of itself, nil a list of nothing.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
#include "model/unicode.h"
#include "template/characters.h"
#include "template/compare.h"
#include "template/filters.h"
#include "template/groups.h"
#include "template/property.h"
#include "template/template.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

std::vector<Value> copied(FilterContext& context, Value value) {
    const auto items = filter_items(context.work, value);
    context.work.step(items.size() / 8);
    return {items.begin(), items.end()};
}

std::string_view text_of(FilterContext& context, Value value) {
    return printed(context.work, value);
}

Value join(FilterContext& context, Value value, FilterArguments arguments) {
    const Value between = argument(arguments, 0);
    const std::string_view separator = between.is_nil() ? " " : text_of(context, between);
    TextBuilder out(context.work);
    bool first = true;
    for (const Value& item : filter_items(context.work, value)) {
        if (!first) out.add(separator);
        first = false;
        if (!item.is_nil()) append_as_string(out, item);
        if (context.work.failed()) break;
    }
    return out.value();
}

// The first or last item, or character of a text.
Value end_of(FilterContext& context, Value value, const char* which) {
    if (value.is_list()) return property(context.work, value, Value::text(which));
    if (!value.is_text() || value.text().empty()) return Value::text("");
    const std::string_view text = text_of(context, value);
    if (*which == 'f') return Value::text(text.substr(0, first_character(text).size));
    return Value::text(
        text.substr(byte_of_character(text, static_cast<double>(character_count(text)) - 1)));
}
Value first(FilterContext& context, Value value, FilterArguments) {
    return end_of(context, value, "first");
}
Value last(FilterContext& context, Value value, FilterArguments) {
    return end_of(context, value, "last");
}

Value reverse(FilterContext& context, Value value, FilterArguments) {
    auto items = copied(context, value);
    std::ranges::reverse(items);
    return context.work.keep(items);
}

Value size(FilterContext& context, Value value, FilterArguments) {
    if (value.is_text() || value.is_list()) {
        return property(context.work, value, Value::text("size"));
    }
    const Value length = field(value, "length");
    return length.is_truthy() ? length : Value::number(0);
}

// What an item is sorted, mapped or summed by: the field of a path, or itself.
Value at_field(FilterContext& context, Value item, FilterArguments arguments) {
    const Value path = argument(arguments, 0);
    if (path.is_nil()) return item;
    const std::string_view text = text_of(context, path);
    return text.empty() ? item : at_points(context.work, item, text);
}

Value sorted(FilterContext& context, Value value, FilterArguments arguments, auto key_of) {
    struct Keyed {
        Value item;
        Value key;
    };
    std::vector<Keyed> keyed;
    for (const Value& item : filter_items(context.work, value)) {
        keyed.push_back({item, key_of(at_field(context, item, arguments))});
        if (context.work.failed()) return {};
    }
    std::ranges::stable_sort(keyed, [&](const Keyed& a, const Keyed& b) {
        // Past the limit nothing needs an order any more.
        return !context.work.failed() && sorts_before(context.work, a.key, b.key);
    });
    std::vector<Value> items;
    for (const Keyed& one : keyed) items.push_back(one.item);
    return context.work.keep(items);
}

Value sort(FilterContext& context, Value value, FilterArguments arguments) {
    return sorted(context, value, arguments, [](Value key) { return key; });
}

Value sort_natural(FilterContext& context, Value value, FilterArguments arguments) {
    return sorted(context, value, arguments, [&](Value key) {
        if (key.is_nil()) return key;
        const std::string_view text = as_string(context.work, key);
        return Value::text(context.work.keep(model::lower_case(text, model::Casing::Common)));
    });
}

Value map(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view path = text_of(context, argument(arguments, 0));
    std::vector<Value> found;
    for (const Value& item : filter_items(context.work, value)) {
        found.push_back(at_points(context.work, item, path));
        if (context.work.failed()) return {};
    }
    return context.work.keep(found);
}

Value sum(FilterContext& context, Value value, FilterArguments arguments) {
    double total = 0;
    for (const Value& item : filter_items(context.work, value)) {
        total += as_operand(context.work, at_field(context, item, arguments));
        if (context.work.failed()) return {};
    }
    return Value::number(total);
}

Value compact(FilterContext& context, Value value, FilterArguments) {
    auto items = copied(context, value);
    std::erase_if(items, [](const Value& item) { return item.is_nil(); });
    return context.work.keep(items);
}

Value concat(FilterContext& context, Value value, FilterArguments arguments) {
    auto items = copied(context, value);
    const auto more = filter_items(context.work, argument(arguments, 0));
    items.insert(items.end(), more.begin(), more.end());
    return context.work.keep(items);
}

Value push(FilterContext& context, Value value, FilterArguments arguments) {
    auto items = copied(context, value);
    items.push_back(arguments[0]);
    return context.work.keep(items);
}

Value unshift(FilterContext& context, Value value, FilterArguments arguments) {
    auto items = copied(context, value);
    items.insert(items.begin(), arguments[0]);
    return context.work.keep(items);
}

Value pop(FilterContext& context, Value value, FilterArguments) {
    auto items = copied(context, value);
    if (!items.empty()) items.pop_back();
    return context.work.keep(items);
}

Value shift(FilterContext& context, Value value, FilterArguments) {
    auto items = copied(context, value);
    if (!items.empty()) items.erase(items.begin());
    return context.work.keep(items);
}

size_t place_in(double place, size_t size) {
    if (!(place > 0)) return 0;
    return place < static_cast<double>(size) ? static_cast<size_t>(place) : size;
}

Value slice(FilterContext& context, Value value, FilterArguments arguments) {
    if (value.is_nil()) return Value::list({});
    double begin = as_operand(context.work, arguments[0]);
    const double length = arguments.size() > 1 ? as_operand(context.work, arguments[1]) : 1;
    const bool is_list = value.is_list();
    const auto items = is_list ? context.work.items(value) : std::span<const Value>();
    const std::string_view text = is_list ? std::string_view() : text_of(context, value);
    const size_t size = is_list ? items.size() : character_count(text);
    if (begin < 0) begin += static_cast<double>(size);
    const bool is_nothing = begin < 0 || length < 0;
    if (is_list) {
        const size_t from = is_nothing ? 0 : place_in(begin, size);
        const size_t to = is_nothing ? 0 : std::max(from, place_in(begin + length, size));
        return Value::list(items.subspan(from, to - from));
    }
    if (is_nothing) return Value::text("");
    const std::string_view rest = text.substr(byte_of_character(text, begin));
    return Value::text(rest.substr(0, byte_of_character(rest, length)));
}

// Whether the field of an item is the wanted value, or true if none is named.
bool is_match(FilterContext& context, Value item, FilterArguments arguments) {
    const std::string_view path = text_of(context, arguments[0]);
    const Value found = at_path(context.work, item, path);
    const Value wanted = argument(arguments, 1);
    if (wanted.is_missing()) return found.is_truthy();
    return are_equal(context.work, found, wanted);
}

// `where` and its kind.
template <ItemTest kTest>
Value by_field(FilterContext& context, Value value, FilterArguments arguments) {
    ItemSearch search(kTest);
    for (const Value& item : filter_items(context.work, value)) {
        const bool matches = is_match(context, item, arguments);
        if (context.work.failed() || search.add(item, Value::boolean(matches))) break;
    }
    return search.result(context.work);
}

Value group_by(FilterContext& context, Value value, FilterArguments arguments) {
    const std::string_view path = text_of(context, arguments[0]);
    Groups groups(context.work);
    for (const Value& item : loop_items(context.work, value)) {
        groups.add(at_path(context.work, item, path), item);
        if (context.work.failed()) break;
    }
    return groups.result();
}

Value uniq(FilterContext& context, Value value, FilterArguments) {
    std::vector<Value> kept;
    for (const Value& item : filter_items(context.work, value)) {
        context.work.step(kept.size() / 8);
        if (context.work.failed()) break;
        const bool is_known = std::ranges::any_of(
            kept, [&](const Value& one) { return is_same_key(context.work, one, item); });
        if (!is_known) kept.push_back(item);
    }
    return context.work.keep(kept);
}

// Items taken by chance. The same for the same moment, so that a render can be repeated.
Value sample(FilterContext& context, Value value, FilterArguments arguments) {
    if (value.is_nil()) return Value::list({});
    const double count = arguments.empty() ? 1 : as_operand(context.work, arguments[0]);
    std::vector<Value> items;
    if (value.is_list()) {
        items = copied(context, value);
    } else {
        for (std::string_view rest = text_of(context, value); !rest.empty();) {
            items.push_back(Value::text(rest.substr(0, first_character(rest).size)));
            rest.remove_prefix(items.back().text().size());
            context.work.step();
            if (context.work.failed()) return {};
        }
    }
    SeededRandom random(static_cast<uint64_t>(context.input.now));
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
    context.work.step(items.size() / 8);
    if (count == 1) return items.empty() ? Value() : items[0];
    items.resize(place_in(count, items.size()));
    return context.work.keep(items);
}

}  // namespace

std::span<const Filter> array_filters() {
    static constexpr std::array<Filter, 24> kFilters{
        {{"compact", compact, 0, 0},
         {"concat", concat, 1, 1},
         {"find", by_field<ItemTest::Find>, 1, 2},
         {"find_index", by_field<ItemTest::FindAt>, 1, 2},
         {"first", first, 0, 0},
         {"group_by", group_by, 1, 1},
         {"has", by_field<ItemTest::Has>, 1, 2},
         {"join", join, 0, 1},
         {"last", last, 0, 0},
         {"map", map, 1, 1},
         {"pop", pop, 0, 0},
         {"push", push, 1, 1},
         {"reject", by_field<ItemTest::Reject>, 1, 2},
         {"reverse", reverse, 0, 0},
         {"sample", sample, 0, 1},
         {"shift", shift, 0, 0},
         {"size", size, 0, 0},
         {"slice", slice, 1, 2},
         {"sort", sort, 0, 1},
         {"sort_natural", sort_natural, 0, 1},
         {"sum", sum, 0, 1},
         {"uniq", uniq, 0, 0},
         {"unshift", unshift, 1, 1},
         {"where", by_field<ItemTest::Where>, 1, 2}}};
    return kFilters;
}

}  // namespace throughline::tmpl
