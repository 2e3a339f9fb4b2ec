// Writes rows that come in file order as the files of one run.
//
// Layer 3. One thread. Cost: about 1 us a row of 500 bytes, most of it LZ4; holds one block in
// memory. Files begun when an error comes are left to the next History::open().
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sequence/file_format.h"
#include "sequence/row.h"
#include "store/files.h"

namespace throughline::sequence {

struct RunPlace {
    std::string directory;
    int64_t month = 0;
    uint64_t run = 0;
    uint64_t file_bytes_max = 0;  // A part ends with the block that reaches it.
};

class RunWriter {
public:
    RunWriter(store::Files& files, RunPlace place);

    /// Adds a row. Requires: rising (identity, key_of(row)), all of the place's month.
    Status add(const Row& row, std::string_view payload);
    /// Writes and syncs what is left. Returns the names; the directory is not synced yet.
    Result<std::vector<std::string>> finish();

private:
    Status end_frame();
    Status end_block();
    Status start_file();
    Status end_file();
    Status write_out();
    BlockEntry encode_block();

    store::Files& files_;
    RunPlace place_;
    std::vector<std::string> names_;

    // The file in work; none when file_ is null.
    std::unique_ptr<store::File> file_;
    FileName name_;
    Footer footer_;
    std::string out_;  // Bytes from written_ on.
    uint64_t written_ = 0;

    // The block in work.
    std::array<std::vector<int64_t>, kColumns> columns_;
    std::string raw_;  // Payloads of the frame in work.
    uint32_t raw_rows_ = 0;
    std::vector<FrameEntry> frames_;
    std::string stored_;  // Frames of the block, compressed.
    uint64_t payload_bytes_ = 0;
    std::vector<char> lz4_state_;
};

}  // namespace throughline::sequence
