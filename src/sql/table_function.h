// Makes a Table known to a database, under its name and, where rows have a time, as
// `NAME_between(from, to)`, which reads only the blocks of that range.
//
// Layer 5. What a table says went wrong is kept, since DuckDB hands on no more than its text.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "sql/duckdb_library.h"
#include "sql/needs.h"
#include "sql/table.h"

namespace throughline::sql {

/// How a statement is doing, shared by all who work on it. Thread-safe.
class Course {
public:
    /// Keeps the first error.
    void fail(const Error& error);
    std::optional<Error> failure() const;
    /// Makes every scan end with Cancelled at its next batch.
    void stop() { is_stopped_ = true; }
    bool is_stopped() const { return is_stopped_; }

private:
    std::atomic<bool> is_stopped_ = false;
    mutable std::mutex mutex_;
    std::optional<Error> failure_;
};

/// `range` is what the table shows under its plain name, `needs` what a statement needs of it when
/// it begins to run. All that is borrowed must outlive the database.
Status add_table(Database& database, Table& table, TimeRange range, Course& course,
                 const StatementNeeds& needs);

}  // namespace throughline::sql
