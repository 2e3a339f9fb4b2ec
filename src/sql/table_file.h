// A table, or a stretch of its time, as one file: Parquet, CSV or JSON Lines.
//
// Instants in CSV and JSON Lines are RFC 3339 in UTC; JSON columns are JSON in JSON Lines and its
// text elsewhere. The order of rows is that of storage: by month and person, newest at the end.
//
// Layer 5. One thread. Memory: memory_bytes, whatever the size.
#pragma once

#include <string>
#include <vector>

#include "sql/sources.h"
#include "sql/table.h"

namespace throughline::sql {

enum class FileFormat : uint8_t { Parquet, Csv, JsonLines };

struct TableFile {
    std::string table;                      // events, sessions or profiles.
    std::vector<std::string> columns = {};  // Empty: all of them.
    TimeRange range = {};
    FileFormat format = FileFormat::Parquet;
    bool is_compressed = false;  // CSV and JSON Lines, with gzip; Parquet always is.
    std::string path;            // Made, or emptied. Not synced.
};

/// Checks names of table and columns, which come from outside. Errors: InvalidArgument.
Status check_table_file(const TableFile& file);

/// Writes it. Returns how many rows it has. Requires: check_table_file() succeeded.
/// Errors: those of run_statement; Unavailable for the disk. The file is incomplete then.
Result<uint64_t> write_table_file(const TableFile& file, const Sources& sources,
                                  size_t memory_bytes = size_t{1} << 30);

}  // namespace throughline::sql
