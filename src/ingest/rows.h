// Rows of a file, whatever the file: CSV in any dialect, blank-aligned text, JSON Lines, Parquet.
//
// Layer 6. Shard-owned. Memory is bounded by the longest row (kRowBytesMax).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/byte_source.h"
#include "model/doc.h"

namespace throughline::ingest {

inline constexpr size_t kRowBytesMax = 1 << 20;

/// One row. Borrowed from its reader until the next one is read.
struct Row {
    uint64_t line = 0;                        // Where it begins, counted from 1.
    std::string_view raw;                     // As it stands in the file (in UTF-8).
    std::span<const std::string> columns;     // CSV: names, in order.
    std::span<const std::string_view> cells;  // CSV: values, as many as columns.
    model::DocView doc;                       // JSON: the document; missing for CSV.
    std::string_view problem;                 // Not empty: the row cannot be read; why.
};

class RowReader {
public:
    virtual ~RowReader() = default;
    /// Moves to the next row. Returns false at the end. Errors: what the source says (I/O, damaged
    /// compression); rows that cannot be read are rows with a problem.
    virtual Result<bool> next(Row& row) = 0;
    /// What is read from, for progress.
    virtual const ByteSource& source() const = 0;
};

struct FileShape;

/// Opens a reader that fits the bytes: UTF-16 and byte-order marks are understood, delimiter, line
/// ends and quotes found by looking at the first 64 KiB, unless `shape` says.
Result<std::unique_ptr<RowReader>> open_rows(std::unique_ptr<ByteSource> source,
                                             const FileShape& shape);

}  // namespace throughline::ingest
