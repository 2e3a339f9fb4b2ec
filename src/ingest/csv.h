// CSV as it is really written.
//
// RFC 4180, and: any of , ; tab | as delimiter, or columns parted by blanks; line ends LF, CRLF or
// a bare CR; line ends inside quotes; text after a closing quote (it is kept). A quote that never
// closes costs one line, not the rest of the file.
//
// Layer 6. Pure. Cost: one pass over the record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/mapping.h"

namespace throughline::ingest {

struct CsvDialect {
    char delimiter = ',';
    bool is_aligned = false;  // Columns are parted by blanks; there are no quotes.
    char line_end = '\n';     // '\r' in files that have nothing else.
    bool operator==(const CsvDialect&) const = default;
};

/// Finds out by looking at the beginning of a file what `shape` does not say.
CsvDialect find_dialect(std::string_view sample, const FileShape& shape);

/// What a look at the front of a text found.
enum class CsvFound : uint8_t {
    Record,
    NeedsMore,  // It ends before the record does.
    OpenQuote,  // It is the end of the file, or too long, and a quote is open.
};

/// One record. Cells point into the text, or into `room` where quotes had to be taken out.
struct CsvRecord {
    std::vector<std::string_view> cells;
    size_t size = 0;   // Bytes, line end included; without a record those looked at.
    size_t lines = 0;  // How many line ends it holds.
    std::string room;

    CsvFound read(std::string_view text, const CsvDialect& dialect, bool is_whole);

private:
    bool read_quoted(std::string_view text, size_t& at, const CsvDialect& dialect, bool is_whole,
                     bool& is_open);
    void read_aligned(std::string_view line);
    struct Cell {
        size_t begin;
        size_t size;
        bool is_in_room;
    };
    std::vector<Cell> found_;
};

}  // namespace throughline::ingest
