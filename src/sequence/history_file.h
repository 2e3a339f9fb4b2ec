// One history file, mapped and read in place.
//
// Layer 3. HistoryFile is Immutable and shared by every FileSet that lists it. A PayloadReader
// belongs to one thread. Each read checks the checksum of the bytes it decodes: 1 ns for 10 bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sequence/column.h"
#include "sequence/file_format.h"
#include "sequence/row.h"
#include "store/files.h"

namespace throughline::sequence {

/// The core columns of one block.
struct RowColumns {
    ColumnView identity;
    ColumnView time;
    ColumnView name;
    ColumnView type;
    ColumnView source;
    ColumnView flags;
    ColumnView tie;
    ColumnView position;

    uint32_t size() const { return time.size(); }
    Row row(uint32_t at) const;
};

class HistoryFile {
public:
    /// Opens one file. Errors: NotFound; Corrupt when header, footer or name disagree.
    static Result<std::shared_ptr<const HistoryFile>> open(store::Files& files,
                                                           const std::string& directory,
                                                           const std::string& name);
    /// The same over bytes already in memory. Errors: Corrupt.
    static Result<std::shared_ptr<const HistoryFile>> from_bytes(std::string_view bytes,
                                                                 const std::string& name);

    const std::string& name() const { return name_; }
    const FileName& parts() const { return parts_; }
    uint64_t rows() const { return footer_.rows; }
    uint64_t bytes() const { return bytes_.size(); }
    const std::vector<BlockEntry>& blocks() const { return footer_.blocks; }

    /// Returns one column, checked.
    Result<ColumnView> column(size_t block, Column which) const;

    /// Returns the rows [first, second) of an identity in a block.
    Result<std::pair<uint32_t, uint32_t>> rows_of(size_t block, uint32_t identity) const;
    /// Returns the blocks [first, second) that may hold rows of an identity.
    std::pair<size_t, size_t> blocks_of(uint32_t identity) const;

    /// Returns the columns that make up a Row, checked.
    Result<RowColumns> row_columns(size_t block) const;

    /// Reads every byte; checks order, ranges and that columns agree with payloads.
    Status verify() const;

    Error corrupt(std::string_view what, size_t block) const;

private:
    friend class PayloadReader;
    HistoryFile() = default;
    static Result<std::shared_ptr<HistoryFile>> make(std::string_view bytes,
                                                     const std::string& name);
    Status verify_block(size_t block, std::optional<Row>& last) const;
    /// Returns stored bytes once their checksum is right.
    Result<std::string_view> checked(size_t block, uint64_t offset, uint64_t size,
                                     uint64_t sum) const;

    std::string name_;
    FileName parts_;
    std::unique_ptr<store::MappedFile> mapped_;  // Null for from_bytes.
    std::string_view bytes_;
    Footer footer_;
};

/// Decompresses payloads of one block, a frame (some 64 KB of neighbours) at a time.
class PayloadReader {
public:
    PayloadReader(const HistoryFile& file, size_t block) : file_(&file), block_(block) {}

    /// Returns the payload of a row; the view holds until the next call. Errors: Corrupt.
    Result<std::string_view> read(uint32_t row);

private:
    Status load_directory();
    Status load_frame(size_t frame);

    const HistoryFile* file_;
    size_t block_;
    std::vector<FrameEntry> frames_;  // Empty until the first read.
    std::optional<size_t> frame_;     // The one in raw_.
    std::string raw_;
    std::vector<uint32_t> starts_;  // Of each row of the frame in raw_, and its end.
    std::vector<uint32_t> sizes_;   // Payload sizes of the whole block.
};

}  // namespace throughline::sequence
