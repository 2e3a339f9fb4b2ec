#include "template/property.h"

#include <algorithm>
#include <cmath>

#include "template/characters.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

size_t count_of(const auto& range) {
    size_t count = 0;
    for (auto at = range.begin(), end = range.end(); at != end; ++at) ++count;
    return count;
}

size_t size_of_list(Work& work, Value list) {
    if (list.kind() == Kind::List) return list.list().size();
    const size_t count = count_of(list.doc().items());
    work.step(count / 16);
    return count;
}

// A whole number counts from the end when it is negative; nothing is between two items.
Value item_at(Work& work, Value list, double index) {
    if (index < 0) index += static_cast<double>(size_of_list(work, list));
    if (!(index >= 0) || index != std::trunc(index)) return {};
    if (list.kind() == Kind::List) {
        const auto items = list.list();
        return index < static_cast<double>(items.size()) ? items[static_cast<size_t>(index)]
                                                         : Value();
    }
    double at = 0;
    for (const model::DocView item : list.doc().items()) {
        if (at++ != index) continue;
        work.step(static_cast<uint64_t>(index) / 16);
        return Value::of(item);
    }
    return {};
}

// A name that is an index: digits without a sign.
std::optional<double> index_of(std::string_view name) {
    if (name.empty() || name.size() > 9 || !std::ranges::all_of(name, is_digit)) return {};
    if (name[0] == '0' && name.size() > 1) return {};
    return number_of_text(name);
}

Value list_property(Work& work, Value list, std::string_view name) {
    if (name == "size" || name == "length") {
        return Value::number(static_cast<double>(size_of_list(work, list)));
    }
    if (name == "first") return item_at(work, list, 0);
    if (name == "last") return item_at(work, list, -1);
    const auto index = index_of(name);
    return index ? item_at(work, list, *index) : Value();
}

Value text_property(std::string_view text, std::string_view name) {
    if (name == "size" || name == "length") {
        return Value::number(static_cast<double>(utf16_length(text)));
    }
    const auto index = index_of(name);
    if (!index) return {};
    const std::string_view rest = text.substr(byte_of_character(text, *index));
    return rest.empty() ? Value() : Value::text(rest.substr(0, first_character(rest).size));
}

Value loop_property(const Loop& loop, std::string_view name) {
    const uint32_t index = loop.index;
    const auto number = [](double value) { return Value::number(value); };
    if (name == "index") return number(index + 1.0);
    if (name == "index0" || name == "i") return number(index);
    if (name == "rindex") return number(static_cast<double>(loop.length) - index);
    if (name == "rindex0") return number(static_cast<double>(loop.length) - index - 1);
    if (name == "length") return number(loop.length);
    if (name == "first") return Value::boolean(index == 0);
    if (name == "last") return Value::boolean(index + 1 == loop.length);
    if (loop.columns == 0) return {};
    const uint32_t column = index % loop.columns;
    if (name == "cols") return number(loop.columns);
    if (name == "row") return number(index / loop.columns + 1.0);
    if (name == "col0") return number(column);
    if (name == "col") return number(column + 1.0);
    if (name == "col_first") return Value::boolean(column == 0);
    if (name == "col_last") return Value::boolean(column + 1 == loop.columns);
    return {};
}

Value object_property(Work& work, Value object, std::string_view name) {
    const Value found = field(object, name);
    if (!found.is_missing() || name != "size") return found;
    const size_t count =
        object.kind() == Kind::Record ? object.record().size() : count_of(object.doc().fields());
    work.step(count / 16);
    return Value::number(static_cast<double>(count));
}

}  // namespace

Value field(Value object, std::string_view name) {
    if (object.kind() == Kind::Object) return Value::of(object.doc().find(name));
    if (object.kind() != Kind::Record) return {};
    for (const Field& one : object.record()) {
        if (one.name == name) return one.value;
    }
    return {};
}

Value property(Work& work, Value object, Value key) {
    work.step();
    if (object.is_nil()) return object;
    if (object.is_list() && key.is_number()) return item_at(work, object, key.number());
    const std::string_view name = as_string(work, key);
    switch (object.kind()) {
        case Kind::List:
        case Kind::Array:
            return list_property(work, object, name);
        case Kind::Object:
        case Kind::Record:
            return object_property(work, object, name);
        case Kind::Text:
            return text_property(printed(work, object), name);
        case Kind::Loop:
            return loop_property(object.loop(), name);
        default:
            return {};
    }
}

Value at_points(Work& work, Value value, std::string_view path) {
    while (true) {
        const size_t point = path.find('.');
        value = property(work, value, Value::text(path.substr(0, point)));
        if (point == path.npos) return value;
        path.remove_prefix(point + 1);
    }
}

namespace {

std::string_view take_word(std::string_view& path) {
    size_t size = 0;
    while (const size_t more = word_character_size(path.substr(size))) size += more;
    const std::string_view word = path.substr(0, size);
    path.remove_prefix(size);
    return word;
}

// `[0]` or `["name"]`; missing for anything else.
Value take_bracket(std::string_view& path) {
    const size_t end = path.find(']');
    if (end == path.npos) return {};
    const std::string_view inside = trimmed(path.substr(1, end - 1));
    path.remove_prefix(end + 1);
    const bool is_quoted =
        inside.size() >= 2 && (inside[0] == '"' || inside[0] == '\'') && inside.back() == inside[0];
    if (is_quoted) return Value::text(inside.substr(1, inside.size() - 2));
    const double number = number_of_text(inside);
    return inside.empty() || std::isnan(number) ? Value() : Value::number(number);
}

}  // namespace

Value at_path(Work& work, Value value, std::string_view path) {
    path = trimmed(path);
    if (value.is_nil()) return {};
    bool is_first = true;
    while (!path.empty()) {
        Value key;
        if (path.front() == '[') {
            key = take_bracket(path);
        } else {
            if (!is_first && path.front() != '.') break;
            if (!is_first) path.remove_prefix(1);
            const std::string_view word = take_word(path);
            if (!word.empty()) key = Value::text(word);
        }
        if (key.is_missing()) return {};
        value = property(work, value, key);
        is_first = false;
    }
    return is_first ? Value() : value;
}

std::span<const Value> loop_items(Work& work, Value value) {
    if (value.is_list()) return work.items(value);
    if (value.is_text() && !value.text().empty()) return work.keep(std::vector{value}).list();
    std::vector<Value> pairs;
    const auto add = [&](std::string_view name, Value item) {
        pairs.push_back(work.keep(std::vector{Value::text(name), item}));
    };
    if (value.kind() == Kind::Record) {
        for (const Field& one : value.record()) add(one.name, one.value);
    } else if (value.kind() == Kind::Object) {
        for (const model::DocField& one : value.doc().fields()) add(one.key, Value::of(one.value));
    }
    work.step(pairs.size() / 8);
    return work.keep(pairs).list();
}

std::span<const Value> filter_items(Work& work, Value value) {
    if (value.is_list()) return work.items(value);
    // A word such as `empty` is the text that it stands for.
    if (value.kind() == Kind::Empty || value.kind() == Kind::Blank) value = Value::text("");
    return value.is_nil() ? std::span<const Value>() : work.keep(std::vector{value}).list();
}

}  // namespace throughline::tmpl
