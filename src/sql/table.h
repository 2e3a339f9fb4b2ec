// A table as SQL sees it, filled from our own files without a copy in between: its columns, and
// scans that several threads share.
//
//   Table -> scan(columns wanted, range) -> Scan, one a use of the table in a statement
//         -> worker() -> Worker, one a thread -> fill(rows) until it gives none
//
// Layer 5. Table: Immutable. Scan: Thread-safe. Worker: one thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "sql/duckdb_api.h"

namespace throughline::sql {

enum class ColumnType : uint8_t { Text, Json, Time, Integer, Boolean, Money };

struct Column {
    std::string_view name;
    ColumnType type = ColumnType::Text;
};

/// Rows with from <= their time < to.
struct TimeRange {
    Micros from = INT64_MIN + 1;
    Micros to = INT64_MAX;
    bool contains(Micros at) const { return at >= from && at < to; }
};

struct TableNeeds;

/// One batch of rows on its way into DuckDB: columns are those wanted, in the order of the scan.
class RowsOut {
public:
    RowsOut(const duck::Api& api, duck::Chunk chunk, size_t columns);

    size_t capacity() const { return capacity_; }
    void text(size_t column, size_t row, std::string_view text) {
        api_.vector_assign_string_element_len(vectors_[column], row, text.data(), text.size());
    }
    /// kNoTime is null.
    void time(size_t column, size_t row, Micros at) {
        if (at == kNoTime) return null(column, row);
        static_cast<int64_t*>(data_[column])[row] = at;
    }
    void integer(size_t column, size_t row, int64_t number) {
        static_cast<int64_t*>(data_[column])[row] = number;
    }
    /// In units of kMoneyScale (event_fields.h).
    void money(size_t column, size_t row, __int128 units) {
        static_cast<__int128*>(data_[column])[row] = units;
    }
    void boolean(size_t column, size_t row, bool is) {
        static_cast<bool*>(data_[column])[row] = is;
    }
    void null(size_t column, size_t row);
    /// How many rows there are. The last call of a batch; 0 ends the worker's part.
    void finish(size_t rows) { api_.data_chunk_set_size(chunk_, rows); }

private:
    const duck::Api& api_;
    duck::Chunk chunk_;
    size_t capacity_;
    std::vector<duck::Vector> vectors_;
    std::vector<void*> data_;
};

class Worker {
public:
    virtual ~Worker() = default;
    /// Writes the next rows; none at the end.
    virtual Status fill(RowsOut& rows) = 0;
};

class Scan {
public:
    virtual ~Scan() = default;
    virtual size_t workers_max() const = 0;
    virtual std::unique_ptr<Worker> worker() = 0;
};

class Table {
public:
    virtual ~Table() = default;
    virtual std::string_view name() const = 0;
    virtual std::span<const Column> columns() const = 0;
    /// Whether rows have a time, so that a statement may ask for a range of it.
    virtual bool has_time() const = 0;
    /// `wanted` are places in columns(), each once. Rows that are not needed may be left out, if
    /// they are not within `needs.range` they must be.
    virtual Result<std::unique_ptr<Scan>> scan(std::vector<size_t> wanted,
                                               const TableNeeds& needs) = 0;
};

}  // namespace throughline::sql
