// Bytes of a file, front to back, inflated on the way.
//
// Layer 6. Shard-owned. Compression is recognised by its first bytes (gzip, zstd), not by the name.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace throughline::ingest {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// Fills `into` from the front; returns how many bytes, 0 at the end only.
    virtual Result<size_t> read(std::span<char> into) = 0;
    /// How many bytes of the stored (compressed) form were taken.
    virtual uint64_t stored_bytes_read() const = 0;
    /// How many there are in all; 0 if unknown.
    virtual uint64_t stored_bytes_total() const = 0;
    /// Whether the bytes are JSON Lines for certain, whatever a mapping says of its files.
    virtual bool is_json_lines() const { return false; }
};

/// Opens a file; of Parquet, its rows as JSON Lines. Errors: NotFound, Unavailable with the
/// system's reason; those of open_parquet().
Result<std::unique_ptr<ByteSource>> open_file(const std::string& path);

/// Bytes in memory, for webhooks, uploads and tests. Errors: InvalidArgument for Parquet, which is
/// read from its end.
Result<std::unique_ptr<ByteSource>> open_bytes(std::string bytes);

}  // namespace throughline::ingest
