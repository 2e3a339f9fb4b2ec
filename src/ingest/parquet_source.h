// A Parquet file as bytes of JSON Lines, so that it goes the way of all other imports: a line is a
// row, counted from 1.
//
// Layer 6. Shard-owned. Needs DuckDB (sql/parquet_lines.h).
#pragma once

#include <memory>
#include <string>

#include "ingest/byte_source.h"

namespace throughline::ingest {

/// What a Parquet file begins with.
inline constexpr std::string_view kParquetMagic = "PAR1";

/// Errors: those of ParquetLines::open.
Result<std::unique_ptr<ByteSource>> open_parquet(const std::string& path, uint64_t file_bytes);

}  // namespace throughline::ingest
