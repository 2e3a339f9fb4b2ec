#include "template/compare.h"

#include <algorithm>
#include <cmath>

#include "template/characters.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

bool is_word(Value value) {
    return value.kind() == Kind::Nil || value.kind() == Kind::Empty || value.kind() == Kind::Blank;
}

bool is_empty(Value value) {
    switch (value.kind()) {
        case Kind::Text:
            return value.text().empty();
        case Kind::List:
            return value.list().empty();
        case Kind::Record:
            return value.record().empty();
        case Kind::Array:
            return !(value.doc().items().begin() != value.doc().items().end());
        case Kind::Object:
            return !(value.doc().fields().begin() != value.doc().fields().end());
        default:
            return false;
    }
}

// Whether a value is what one of the words nil, empty and blank says.
bool is_what_word_says(Kind word, Value value) {
    if (word == Kind::Nil) return value.is_nil();
    if (word == Kind::Blank) {
        if (value.is_nil() || (value.kind() == Kind::Bool && !value.truth())) return true;
        if (value.is_text()) return trimmed(value.text()).empty();
    }
    return is_empty(value);
}

bool are_lists_equal(Work& work, Value left, Value right, int depth) {
    if (!right.is_list() || work.failed()) return false;
    if (depth >= kValueDepthMax) {
        work.fail(Code::ResourceExhausted,
                  "lists in lists deeper than " + std::to_string(kValueDepthMax));
        return false;
    }
    const auto lefts = work.items(left);
    const auto rights = work.items(right);
    if (lefts.size() != rights.size()) return false;
    for (size_t i = 0; i < lefts.size(); ++i) {
        if (!are_equal(work, lefts[i], rights[i], depth + 1)) return false;
    }
    return true;
}

// What is a text when it is compared with `<`.
bool is_textual(Value value) {
    switch (value.kind()) {
        case Kind::Text:
        case Kind::List:
        case Kind::Array:
        case Kind::Object:
        case Kind::Record:
        case Kind::Loop:
            return true;
        default:
            return false;
    }
}

}  // namespace

bool are_equal(Work& work, Value left, Value right, int depth) {
    work.step();
    if (is_word(left)) return is_what_word_says(left.kind(), right);
    if (is_word(right)) return is_what_word_says(right.kind(), left);
    if (left.is_list()) return are_lists_equal(work, left, right, depth);
    if (left.kind() != right.kind()) return false;
    switch (left.kind()) {
        case Kind::Bool:
            return left.truth() == right.truth();
        case Kind::Number:
            return left.number() == right.number();
        case Kind::Text:
            work.step(left.text().size() / kTextBytesAStep);
            return left.text() == right.text();
        case Kind::Missing:
        case Kind::Null:
            return true;
        default:
            return left.is_same(right);
    }
}

std::partial_ordering compared(Work& work, Value left, Value right) {
    work.step();
    if (is_word(left) || is_word(right)) return std::partial_ordering::unordered;
    if (is_textual(left) && is_textual(right)) {
        const std::string_view a = as_string(work, left);
        const std::string_view b = as_string(work, right);
        return a <=> b;
    }
    return as_number(work, left) <=> as_number(work, right);
}

bool contains(Work& work, Value container, Value part) {
    if (container.is_list()) {
        for (const Value& item : work.items(container)) {
            if (are_equal(work, item, part)) return true;
            if (work.failed()) return false;
        }
        return false;
    }
    // The words empty and blank are what they hold: nothing.
    if (container.kind() == Kind::Empty || container.kind() == Kind::Blank) {
        container = Value::text("");
    }
    if (!container.is_text()) return false;
    std::string_view wanted;
    if (part.kind() == Kind::Nil) wanted = "null";
    if (!is_word(part)) wanted = as_string(work, part);
    return find_text(printed(work, container), wanted) != std::string_view::npos;
}

bool is_same_key(Work& work, Value left, Value right) {
    if (left.kind() != right.kind()) return false;
    switch (left.kind()) {
        case Kind::Bool:
            return left.truth() == right.truth();
        case Kind::Number:
            return left.number() == right.number() ||
                   (std::isnan(left.number()) && std::isnan(right.number()));
        case Kind::Text:
            if (left.text().size() != right.text().size()) return false;
            work.step(left.text().size() / kTextBytesAStep);
            return left.text() == right.text();
        default:
            return left.is_same(right);
    }
}

bool sorts_before(Work& work, Value left, Value right) {
    if (left.is_nil()) return false;
    if (right.is_nil()) return true;
    return compared(work, left, right) == std::partial_ordering::less;
}

}  // namespace throughline::tmpl
