// A value while a template runs: 16 bytes that point into the input, the template or the arena.
//
// What comes from outside stays a packed document (model/doc.h) and is read in place; only what
// filters make is new. The meaning of a value (what is true, equal, less, how a number is written)
// is JavaScript's, because the templates people have were written against it: value_text.h,
// compare.h.
//
// Layer 2. Pure. A Value borrows what it points to.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/doc.h"

namespace throughline::tmpl {

enum class Kind : uint8_t {
    Missing,  // No such variable or field.
    Null,     // A null of the input.
    Bool,
    Number,
    Text,
    List,    // Made by a filter or a range.
    Array,   // Of the input.
    Object,  // Of the input.
    Record,  // Made by a filter: a few named values.
    Loop,    // `forloop`, `tablerowloop`.
    Nil,     // The words nil, empty and blank in a template.
    Empty,
    Blank,
};

struct Field;

/// Where a loop stands.
struct Loop {
    uint32_t index = 0;
    uint32_t length = 0;
    uint32_t columns = 0;  // 0: a `for`, else a `tablerow`.
    std::string_view variable;
    std::string_view collection;
};

class Value {
public:
    Value() = default;
    static Value null() { return Value(Kind::Null); }
    static Value word(Kind kind) { return Value(kind); }
    static Value boolean(bool truth) {
        Value value(Kind::Bool);
        value.truth_ = truth;
        return value;
    }
    static Value number(double number) {
        Value value(Kind::Number);
        value.number_ = number;
        return value;
    }
    static Value text(std::string_view text) {
        return Value(Kind::Text, text.data(), static_cast<uint32_t>(text.size()));
    }
    /// Text that is in the form of its channel already, so it is written as it is.
    static Value markup(std::string_view text) {
        Value value = Value::text(text);
        value.is_markup_ = true;
        return value;
    }
    static Value list(std::span<const Value> items) {
        return Value(Kind::List, items.data(), static_cast<uint32_t>(items.size()));
    }
    static Value record(std::span<const Field> fields) {
        return Value(Kind::Record, fields.data(), static_cast<uint32_t>(fields.size()));
    }
    static Value loop(const Loop* loop) { return Value(Kind::Loop, loop, 0); }
    /// A value of the input; what is missing there is missing here.
    static Value of(model::DocView doc);

    Kind kind() const { return kind_; }
    bool is_missing() const { return kind_ == Kind::Missing; }
    /// Missing, null, or the word nil.
    bool is_nil() const {
        return kind_ == Kind::Missing || kind_ == Kind::Null || kind_ == Kind::Nil;
    }
    bool is_text() const { return kind_ == Kind::Text; }
    bool is_number() const { return kind_ == Kind::Number; }
    bool is_list() const { return kind_ == Kind::List || kind_ == Kind::Array; }
    bool is_object() const { return kind_ == Kind::Object || kind_ == Kind::Record; }
    bool is_markup() const { return is_markup_; }
    /// Everything but false and nil is true.
    bool is_truthy() const { return !is_nil() && !(kind_ == Kind::Bool && !truth_); }

    /// Requires: the kind.
    bool truth() const { return truth_; }
    double number() const { return number_; }
    std::string_view text() const { return {static_cast<const char*>(at_), size_}; }
    std::span<const Value> list() const { return {static_cast<const Value*>(at_), size_}; }
    std::span<const Field> record() const;
    const Loop& loop() const { return *static_cast<const Loop*>(at_); }
    model::DocView doc() const { return model::DocView(text()); }

    /// Whether both are the same thing, not only alike: how objects are compared.
    bool is_same(const Value& other) const {
        return kind_ == other.kind_ && at_ == other.at_ && size_ == other.size_;
    }

private:
    explicit Value(Kind kind) : kind_(kind) {}
    Value(Kind kind, const void* at, uint32_t size) : kind_(kind), size_(size), at_(at) {}

    Kind kind_ = Kind::Missing;
    bool is_markup_ = false;
    uint32_t size_ = 0;
    union {
        const void* at_ = nullptr;
        double number_;
        bool truth_;
    };
};

/// A named value of a record.
struct Field {
    std::string_view name;
    Value value;
};

inline std::span<const Field> Value::record() const {
    return {static_cast<const Field*>(at_), size_};
}

/// Reads a number as JavaScript's Number() does a text; NaN for what is none.
double number_of_text(std::string_view text);

}  // namespace throughline::tmpl
