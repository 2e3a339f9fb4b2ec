// Writes rows that come in file order as the files of one run.
//
// Layer 3. One thread. Holds one block in memory. Files begun when an error comes are left to the
// next History::open().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sequence/block_writer.h"
#include "sequence/file_format.h"
#include "sequence/row.h"
#include "store/files.h"

namespace throughline::sequence {

struct RunPlace {
    std::string directory;
    int64_t month = 0;
    uint64_t run = 0;
    uint64_t file_bytes_max = 0;         // A part ends with the block that reaches it.
    const DerivedText* touch = nullptr;  // Kept of each row; must outlive the writer. Null: none.
};

class RunWriter {
public:
    RunWriter(store::Files& files, RunPlace place) : files_(files), place_(std::move(place)) {}

    /// Adds a row. Requires: rising (home, key_of(row)), all of the place's month.
    Status add(uint32_t home, const Row& row, std::string_view payload);
    /// Adds a row of another file. Requires: as add(). Errors: also Corrupt.
    Status copy(uint32_t home, const Row& row, Block& from, uint32_t at);
    /// Writes and syncs what is left. Returns the names; the directory is not synced yet.
    Result<std::vector<std::string>> finish();

private:
    /// A file in work.
    struct Part {
        explicit Part(const DerivedText* touch) : block(footer, touch) {}

        FileName name;
        std::unique_ptr<store::File> file;
        Footer footer;
        BlockWriter block;
        std::string out;  // Not yet written.
        uint64_t written = 0;
    };

    Status start_part();
    Status end_full_block();
    Status end_block();
    Status end_part();
    Status write_out();

    store::Files& files_;
    RunPlace place_;
    std::vector<std::string> names_;
    std::unique_ptr<Part> part_;
};

}  // namespace throughline::sequence
