// A file that is written from its front, compressed on the way.
//
// The bytes are the same wherever they are made: gzip without a time or a name, one level each.
//
// Layer 8. Used by one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace throughline::cli {

enum class Compression { None, Gzip, Zstd };

/// Reads `none`, `gz` or `zst`. Errors: usage errors.
Result<Compression> parse_compression(std::string_view option, std::string_view text);
/// ``, `.gz` or `.zst`.
std::string_view file_suffix(Compression compression);

class OutputFile {
public:
    virtual ~OutputFile() = default;
    virtual Status write(std::string_view bytes) = 0;
    /// Ends the file; without it, it is incomplete.
    virtual Status finish() = 0;

    /// Makes the file, or empties it. Errors: Unavailable.
    static Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                      Compression compression);
};

}  // namespace throughline::cli
