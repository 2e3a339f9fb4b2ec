// Values of an answer as JSON: numbers as numbers (exact where SQL is), instants as RFC 3339 in
// UTC (those of no zone without one), dates as `2026-01-31`, JSON as itself, lists as arrays,
// structs as objects, all else as the text that a person would type.
//
// Layer 5. One thread. Errors: InvalidArgument for a type without such a form, saying to cast it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sql/duckdb_library.h"

namespace throughline::sql {

/// A column's type with what is needed to write its values.
class ValueType {
public:
    /// Takes the handle over.
    static Result<ValueType> make(const duck::Api& api, duck::LogicalType type);

    /// `text`, `number`, `boolean`, `time`, `date`, `json`: what a reader may do with it.
    std::string_view kind() const;
    /// Appends the value of a row. `vector` is of this type.
    void append(const duck::Api& api, duck::Vector vector, uint64_t row, std::string& out) const;

private:
    void append_simple(const void* data, uint64_t row, std::string& out) const;
    void append_list(const duck::Api& api, duck::Vector vector, uint64_t row,
                     std::string& out) const;
    void append_struct(const duck::Api& api, duck::Vector vector, uint64_t row,
                       std::string& out) const;
    Status read_parts(const duck::Api& api, duck::LogicalType type);

    duck::Type id_ = duck::Type::SqlNull;
    duck::Type stored_ = duck::Type::SqlNull;  // How decimals and enums lie in memory.
    uint8_t scale_ = 0;                        // Of a decimal.
    bool is_json_ = false;
    std::vector<std::string> names_;  // Of a struct's fields, or an enum's values by number.
    std::vector<ValueType> parts_;    // Of a struct's fields; of a list's elements.
};

}  // namespace throughline::sql
