// One statement from its text to its last row.
//
// Layer 5. One thread. The database must outlive it.
#pragma once

#include <string>
#include <vector>

#include "sql/answer_values.h"
#include "sql/duckdb_library.h"

namespace throughline::sql {

class Cursor {
public:
    explicit Cursor(const Database& database) : database_(database), api_(database.api()) {}
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    /// Reads the text and begins to run it.
    /// Errors: error_of(); InvalidArgument unless it is one statement; PermissionDenied unless it
    /// only reads.
    Status run(const std::string& text);

    size_t columns() const { return types_.size(); }
    std::string name(size_t column);
    const ValueType& type(size_t column) const { return types_[column]; }

    /// Moves to the next rows. Returns how many; 0 at the end.
    Result<size_t> fetch();
    bool is_null(size_t column, size_t row) const;
    /// Appends a value of the rows at hand as JSON.
    void append(size_t column, size_t row, std::string& out) const;

private:
    Status prepare(const std::string& text);

    const Database& database_;
    const duck::Api& api_;
    duck::Statements statements_ = nullptr;
    duck::Prepared prepared_ = nullptr;
    duck::Result result_{};
    duck::Chunk chunk_ = nullptr;
    bool has_result_ = false;
    std::vector<ValueType> types_;
};

}  // namespace throughline::sql
