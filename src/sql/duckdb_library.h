// Where DuckDB is found and how it is opened: a sealed database in memory, or one that may read and
// write files for exports and imports.
//
// The library is looked for at THROUGHLINE_DUCKDB, beside the program, and where the system keeps
// libraries; once found it stays loaded. Databases are made for one question and thrown away.
//
// Layer 5. load_duckdb: any thread. Database: one thread, but for interrupt().
// Cost: 15 to 20 ms to open a database.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sql/duckdb_api.h"

namespace throughline::sql {

/// Loads DuckDB at the first call.
/// Errors: FailedPrecondition when it is not there or does not fit, saying what to do.
Result<const duck::Api*> load_duckdb();

struct DatabaseOptions {
    size_t memory_bytes = size_t{512} << 20;
    size_t threads = 1;
    std::string timezone = "UTC";
    /// Files may be read and written: for statements of our own making. Otherwise the database
    /// sees nothing but its tables.
    bool has_files = false;
};

class Database {
public:
    static Result<Database> open(const DatabaseOptions& options);
    Database(Database&& other) noexcept;
    Database& operator=(Database&&) = delete;
    ~Database();

    const duck::Api& api() const { return *api_; }
    duck::Connection connection() const { return connection_; }

    /// Runs a statement of ours that has no answer. Errors: error_of().
    Status run(const std::string& statement);
    /// Forbids further settings: what is asked cannot take the limits off.
    Status lock();
    /// Stops what runs. Any thread.
    void interrupt() const { api_->interrupt(connection_); }

private:
    explicit Database(const duck::Api& api) : api_(&api) {}
    Status configure(const DatabaseOptions& options);

    const duck::Api* api_;
    duck::Database database_ = nullptr;
    duck::Connection connection_ = nullptr;
};

/// `text` as a literal of SQL.
std::string sql_literal(std::string_view text);

/// What DuckDB says went wrong, in our form: a code, and the message with its place in the
/// statement, as in `sql: Parser Error: syntax error at or near "form" (line 1, column 10)`.
Error error_of(const char* message);

}  // namespace throughline::sql
