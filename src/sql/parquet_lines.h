// A Parquet file as JSON Lines: one object a row, its columns by name, without those that are null.
//
// Instants with a zone are RFC 3339 in UTC, those without one stay without; decimals keep their
// digits; JSON columns are themselves; lists and structs are arrays and objects.
//
// Layer 5. One thread. Memory: one row group of the file at a time.
// Cost: 1 to 3 us a row of ten columns.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace throughline::sql {

class ParquetLines {
public:
    /// Errors: InvalidArgument when it is no Parquet file or damaged; NotFound, Unavailable of the
    /// disk; FailedPrecondition without DuckDB.
    static Result<std::unique_ptr<ParquetLines>> open(const std::string& path);
    ~ParquetLines();

    /// Appends the next lines. Returns false at the end. Errors: InvalidArgument for damage.
    Result<bool> read(std::string& out);

    uint64_t rows() const;  // In the file.
    uint64_t rows_read() const;

private:
    struct Parts;
    explicit ParquetLines(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace throughline::sql
