// The packed document: one JSON value as tagged bytes, written once and read in place.
//
//   value   := tag [payload]
//   0 null · 1 false · 2 true
//   3 integer: zigzag varint                       4 decimal: scale u8, zigzag varint (v /
//   10^scale) 5 double: 8 bytes                              6 string: varint size, UTF-8 7 number
//   kept as its JSON text: varint size, bytes (past 18 digits, or with a large exponent) 8 array:
//   u32 size of the content, values       9 object: u32 size, then key value key value ... 0x40 + n
//   string of n < 64 bytes                0x80 + n integer n < 128 key     := varint k: k odd ->
//   well-known key k/2 (doc_keys.h), k even -> k/2 bytes follow
//
// It keeps every field in the order sent, and every number exactly: money is a decimal, so sums
// are exact. Duplicate keys stay; look-ups take the last, as JavaScript does. `view.find("a")`
// costs a walk over the keys of one object; nothing is allocated.
//
// Layer 1. Pure. A DocView borrows its bytes. Requires: bytes made by DocWriter, or checked by
// is_doc() when they come from outside (a file).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace throughline::model {

enum class DocType : uint8_t {
    Null,
    Bool,
    Integer,
    Decimal,
    Double,
    NumberText,
    String,
    Array,
    Object
};

inline constexpr int kDocDepthMax = 64;

/// A decimal number: units / 10^scale.
struct Decimal {
    int64_t units = 0;
    uint8_t scale = 0;
    bool operator==(const Decimal&) const = default;
    double as_double() const;
};

class DocItems;
class DocFields;

class DocView {
public:
    /// Nothing at all: is_missing().
    DocView() = default;
    explicit DocView(std::string_view bytes) : bytes_(bytes) {}

    bool is_missing() const { return bytes_.empty(); }
    bool is_null() const { return !bytes_.empty() && bytes_[0] == 0; }
    bool is_string() const { return type() == DocType::String; }
    bool is_object() const { return type() == DocType::Object; }
    bool is_array() const { return type() == DocType::Array; }
    bool is_number() const;

    /// The type; Null for what is missing.
    DocType type() const;

    bool as_bool(bool other = false) const;
    /// The text of a string; empty for anything else.
    std::string_view as_string() const;
    /// An integer, or a number without a fraction that fits.
    std::optional<int64_t> as_integer() const;
    /// A number that is an integer or a decimal of at most 18 digits; doubles are not guessed.
    std::optional<Decimal> as_decimal() const;
    std::optional<double> as_double() const;
    /// What a person would type for it: a string as it is, a number or boolean as JSON text;
    /// nothing for null, arrays and objects.
    std::optional<std::string> as_text() const;

    /// The value of a key of an object (the last, if repeated); missing if there is none.
    DocView find(std::string_view key) const;
    /// The value at `a.b.c`. A key that itself holds dots is found by find().
    DocView at_path(std::string_view dotted_path) const;

    DocItems items() const;    // Empty unless an array.
    DocFields fields() const;  // Empty unless an object.

    /// The bytes of exactly this value.
    std::string_view bytes() const { return bytes_; }

private:
    std::string_view bytes_;
};

/// Returns how many bytes the value at the start of `bytes` takes. Requires: well-formed bytes.
size_t doc_size(std::string_view bytes);

/// Returns whether `bytes` is one well-formed value at most kDocDepthMax deep, and nothing after.
bool is_doc(std::string_view bytes);

/// Range over an array.
class DocItems {
public:
    explicit DocItems(std::string_view content) : rest_(content) {}
    class Iterator {
    public:
        explicit Iterator(std::string_view rest) : rest_(rest) { measure(); }
        DocView operator*() const { return DocView(rest_.substr(0, size_)); }
        Iterator& operator++() {
            rest_.remove_prefix(size_);
            measure();
            return *this;
        }
        bool operator!=(const Iterator& other) const { return rest_.size() != other.rest_.size(); }

    private:
        void measure() { size_ = rest_.empty() ? 0 : doc_size(rest_); }
        std::string_view rest_;
        size_t size_ = 0;
    };
    Iterator begin() const { return Iterator(rest_); }
    Iterator end() const { return Iterator(rest_.substr(rest_.size())); }

private:
    std::string_view rest_;
};

struct DocField {
    std::string_view key;
    DocView value;
    int known = -1;  // Place among the well-known keys (doc_keys.h); -1: not one of them.
};

/// Range over the fields of an object, in the order sent.
class DocFields {
public:
    explicit DocFields(std::string_view content) : rest_(content) {}
    class Iterator {
    public:
        explicit Iterator(std::string_view rest) : rest_(rest) { measure(); }
        const DocField& operator*() const { return field_; }
        const DocField* operator->() const { return &field_; }
        Iterator& operator++() {
            rest_.remove_prefix(size_);
            measure();
            return *this;
        }
        bool operator!=(const Iterator& other) const { return rest_.size() != other.rest_.size(); }

    private:
        void measure();
        std::string_view rest_;
        DocField field_;
        size_t size_ = 0;
    };
    Iterator begin() const { return Iterator(rest_); }
    Iterator end() const { return Iterator(rest_.substr(rest_.size())); }

private:
    std::string_view rest_;
};

/// Appends values to a string. Containers are opened and closed in pairs; in an object, key()
/// comes before each value.
class DocWriter {
public:
    explicit DocWriter(std::string& out) : out_(out) {}

    void null() { out_.push_back(0); }
    void boolean(bool value) { out_.push_back(value ? 2 : 1); }
    void integer(int64_t value);
    void decimal(Decimal value);
    void real(double value);
    void number_text(std::string_view json);
    void string(std::string_view utf8);
    /// A value that is packed already.
    void copy(DocView value);

    void key(std::string_view key);
    void field(std::string_view name, std::string_view value) { key(name), string(value); }
    void field(std::string_view name, int64_t value) { key(name), integer(value); }

    /// Returns a mark to pass to close().
    size_t open_object() { return open(9); }
    size_t open_array() { return open(8); }
    void close(size_t mark);

private:
    size_t open(char tag);

    std::string& out_;
};

}  // namespace throughline::model
