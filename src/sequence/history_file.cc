#include "sequence/history_file.h"

#include <lz4.h>

#include <algorithm>
#include <limits>

#include "base/hash.h"

namespace throughline::sequence {

Result<std::shared_ptr<const HistoryFile>> HistoryFile::open(store::Files& files,
                                                             const std::string& directory,
                                                             const std::string& name) {
    TL_TRY_ASSIGN(auto mapped, files.map(store::join_path(directory, name)));
    TL_TRY_ASSIGN(auto file, make(mapped->bytes(), name));
    file->mapped_ = std::move(mapped);
    return std::shared_ptr<const HistoryFile>(std::move(file));
}

Result<std::shared_ptr<const HistoryFile>> HistoryFile::from_bytes(std::string_view bytes,
                                                                   const std::string& name) {
    TL_TRY_ASSIGN(auto file, make(bytes, name));
    return std::shared_ptr<const HistoryFile>(std::move(file));
}

Result<std::shared_ptr<HistoryFile>> HistoryFile::make(std::string_view bytes,
                                                       const std::string& name) {
    const auto parts = parse_file_name(name);
    if (!parts) return Error::corrupt("history: " + name + ": not the name of a history file");
    auto footer = read_footer(*parts, bytes);
    if (!footer) return Error::corrupt("history: " + name + ": " + footer.error().message);

    std::shared_ptr<HistoryFile> file(new HistoryFile());
    file->name_ = name;
    file->parts_ = *parts;
    file->bytes_ = bytes;
    file->footer_ = std::move(footer).value();
    return file;
}

Error HistoryFile::corrupt(std::string_view what, size_t block) const {
    return Error::corrupt("history: " + name_ + ": block " + std::to_string(block) + ": " +
                          std::string(what));
}

Result<std::string_view> HistoryFile::checked(size_t block, uint64_t offset, uint64_t size,
                                              uint64_t sum) const {
    const std::string_view bytes = bytes_.substr(offset, size);
    TL_ASSERT(bytes.size() == size);  // read_footer made sure.
    if (checksum(bytes, checksum_seed(parts_, offset)) != sum) {
        return corrupt("stored bytes fail their checksum", block);
    }
    return bytes;
}

Result<ColumnView> HistoryFile::column(size_t block, Column which) const {
    TL_ASSERT(block < footer_.blocks.size());
    const BlockEntry& entry = footer_.blocks[block];
    const ColumnEntry& column = entry.column(which);
    TL_TRY_ASSIGN(auto bytes, checked(block, column.offset,
                                      uint64_t{entry.rows} * column.head.width, column.checksum));
    return ColumnView(column.head, bytes, entry.rows);
}

std::pair<size_t, size_t> HistoryFile::blocks_of(uint32_t identity) const {
    const auto& blocks = footer_.blocks;
    const auto first = std::partition_point(
        blocks.begin(), blocks.end(),
        [&](const BlockEntry& block) { return block.identity_max < identity; });
    const auto last = std::partition_point(first, blocks.end(), [&](const BlockEntry& block) {
        return block.identity_min() <= identity;
    });
    return {first - blocks.begin(), last - blocks.begin()};
}

Result<std::pair<uint32_t, uint32_t>> HistoryFile::rows_of(size_t block, uint32_t identity) const {
    TL_TRY_ASSIGN(const ColumnView identities, column(block, Column::Identity));
    const uint32_t first = identities.lower_bound(identity);
    const uint32_t last = identities.lower_bound(int64_t{identity} + 1, first);
    return std::pair(first, last);
}

Row RowColumns::row(uint32_t at) const {
    return {.identity = static_cast<uint32_t>(identity.at(at)),
            .name = static_cast<uint32_t>(name.at(at)),
            .time = time.at(at),
            .position = static_cast<model::Position>(position.at(at)),
            .tie = static_cast<uint32_t>(tie.at(at)),
            .source = static_cast<model::SourceId>(source.at(at)),
            .type = static_cast<model::EventType>(type.at(at)),
            .flags = static_cast<uint8_t>(flags.at(at))};
}

Result<RowColumns> HistoryFile::row_columns(size_t block) const {
    TL_TRY_ASSIGN(const ColumnView identity, column(block, Column::Identity));
    TL_TRY_ASSIGN(const ColumnView time, column(block, Column::Time));
    TL_TRY_ASSIGN(const ColumnView name, column(block, Column::Name));
    TL_TRY_ASSIGN(const ColumnView type, column(block, Column::Type));
    TL_TRY_ASSIGN(const ColumnView source, column(block, Column::Source));
    TL_TRY_ASSIGN(const ColumnView flags, column(block, Column::Flags));
    TL_TRY_ASSIGN(const ColumnView tie, column(block, Column::Tie));
    TL_TRY_ASSIGN(const ColumnView position, column(block, Column::Position));
    return RowColumns{identity, time, name, type, source, flags, tie, position};
}

Status HistoryFile::verify() const {
    std::optional<Row> last;
    for (size_t block = 0; block < footer_.blocks.size(); ++block) {
        TL_TRY(verify_block(block, last));
    }
    return Status::ok();
}

Status HistoryFile::verify_block(size_t block, std::optional<Row>& last) const {
    TL_TRY_ASSIGN(const RowColumns rows, row_columns(block));
    const BlockEntry& entry = footer_.blocks[block];
    PayloadReader payloads(*this, block);
    uint32_t identity_max = 0;
    Micros time_max = std::numeric_limits<Micros>::min();
    uint64_t position_max = 0;
    for (uint32_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.row(i);
        if (last &&
            std::pair(row.identity, key_of(row)) <= std::pair(last->identity, key_of(*last))) {
            return corrupt("rows are out of order", block);
        }
        if (month_of(row.time) != parts_.month) return corrupt("a row of another month", block);
        TL_TRY_ASSIGN(const auto payload, payloads.read(i));
        if (!model::is_event(payload)) return corrupt("a payload is no event", block);
        const model::EventView event(payload);
        if (event.time() != row.time || event.tie() != row.tie || event.type() != row.type ||
            event.source() != row.source || event.flags() != row.flags) {
            return corrupt("columns and payload disagree", block);
        }
        identity_max = std::max(identity_max, row.identity);
        time_max = std::max(time_max, row.time);
        position_max = std::max(position_max, row.position);
        last = row;
    }
    if (identity_max != entry.identity_max || time_max != entry.time_max ||
        position_max != entry.position_max) {
        return corrupt("footer and columns disagree", block);
    }
    return Status::ok();
}

Result<std::string_view> PayloadReader::read(uint32_t row) {
    if (frames_.empty()) {
        TL_TRY(load_directory());
    }
    TL_ASSERT(row < sizes_.size());
    const auto after = std::upper_bound(
        frames_.begin(), frames_.end(), row,
        [](uint32_t wanted, const FrameEntry& frame) { return wanted < frame.first_row; });
    const auto index = static_cast<size_t>(after - frames_.begin()) - 1;
    if (frame_ != index) TL_TRY(load_frame(index));
    const uint32_t at = row - frames_[index].first_row;
    return std::string_view(raw_).substr(starts_[at], starts_[at + 1] - starts_[at]);
}

Status PayloadReader::load_directory() {
    const BlockEntry& entry = file_->blocks()[block_];
    TL_TRY_ASSIGN(const ColumnView sizes, file_->column(block_, Column::PayloadSize));
    sizes.decode(sizes_);
    TL_TRY_ASSIGN(const auto bytes, file_->checked(block_, entry.directory_offset,
                                                   uint64_t{entry.frames} * kFrameEntryBytes,
                                                   entry.directory_checksum));
    ByteReader in(bytes);
    std::vector<FrameEntry> frames(entry.frames);
    uint64_t offset = entry.directory_offset + bytes.size();
    const uint64_t end = offset + entry.frames_bytes;
    uint64_t rows = 0;
    for (FrameEntry& frame : frames) {
        frame.rows = in.fixed<uint32_t>();
        frame.raw_bytes = in.fixed<uint32_t>();
        frame.stored_bytes = in.fixed<uint32_t>();
        frame.checksum = in.fixed<uint64_t>();
        frame.first_row = static_cast<uint32_t>(rows);
        frame.offset = offset;
        rows += frame.rows;
        offset += frame.stored_bytes;
        const bool is_possible = frame.rows > 0 && rows <= entry.rows && offset <= end &&
                                 frame.raw_bytes <= kPayloadBytesMax &&
                                 frame.stored_bytes <= frame.raw_bytes;
        if (!is_possible) return file_->corrupt("its directory of frames cannot be true", block_);
    }
    if (rows != entry.rows || offset != end) {
        return file_->corrupt("its directory of frames does not fit", block_);
    }
    frames_ = std::move(frames);
    return Status::ok();
}

Status PayloadReader::load_frame(size_t index) {
    const FrameEntry& frame = frames_[index];
    frame_.reset();
    TL_TRY_ASSIGN(const auto stored,
                  file_->checked(block_, frame.offset, frame.stored_bytes, frame.checksum));
    starts_.assign(1, 0);
    uint64_t total = 0;
    for (uint32_t i = 0; i < frame.rows; ++i) {
        total += sizes_[frame.first_row + i];
        starts_.push_back(static_cast<uint32_t>(total));
    }
    if (total != frame.raw_bytes) return file_->corrupt("payload sizes do not fit", block_);
    if (frame.stored_bytes == frame.raw_bytes) {
        raw_.assign(stored);
    } else {
        raw_.resize(frame.raw_bytes);
        const int raw =
            LZ4_decompress_safe(stored.data(), raw_.data(), static_cast<int>(stored.size()),
                                static_cast<int>(raw_.size()));
        if (raw < 0 || static_cast<uint32_t>(raw) != frame.raw_bytes) {
            return file_->corrupt("a frame does not decompress", block_);
        }
    }
    frame_ = index;
    return Status::ok();
}

}  // namespace throughline::sequence
