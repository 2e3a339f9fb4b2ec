#include "sequence/run_writer.h"

#include <algorithm>
#include <utility>

namespace throughline::sequence {

namespace {

// Large enough that the call costs nothing, small enough that the log's sync waits for no more.
constexpr size_t kWriteBytes = 512 << 10;

}  // namespace

Status RunWriter::add(uint32_t home, const Row& row, std::string_view payload) {
    TL_ASSERT(!payload.empty() && payload.size() <= kPayloadBytesMax);
    if (!part_) TL_TRY(start_part());
    part_->block.add(home, row, payload);
    return end_full_block();
}

Status RunWriter::copy(uint32_t home, const Row& row, Block& from, uint32_t at) {
    if (!part_) TL_TRY(start_part());
    TL_TRY(part_->block.copy(home, row, from, at));
    return end_full_block();
}

Status RunWriter::end_full_block() {
    const bool is_full =
        part_->block.rows() == kBlockRows || part_->block.payload_bytes() >= kBlockBytesMax;
    return is_full ? end_block() : Status::ok();
}

Status RunWriter::start_part() {
    part_ = std::make_unique<Part>(place_.touch);
    part_->name = {place_.month, place_.run, names_.size()};
    names_.push_back(format_file_name(part_->name));
    TL_TRY_ASSIGN(part_->file, files_.open(store::join_path(place_.directory, names_.back()),
                                           store::OpenMode::Fresh));
    part_->out = encode_header(part_->name);
    return Status::ok();
}

Status RunWriter::end_block() {
    Part& part = *part_;
    if (part.block.rows() == 0) return Status::ok();
    const BlockEntry block = part.block.finish(part.name, part.written + part.out.size(), part.out);
    part.footer.rows += block.rows;
    part.footer.blocks.push_back(block);
    if (part.out.size() >= kWriteBytes) TL_TRY(write_out());
    const bool is_full = part.written + part.out.size() >= place_.file_bytes_max ||
                         part.footer.names.size() + kBlockRows > kFileNamesMax;
    return is_full ? end_part() : Status::ok();
}

Status RunWriter::write_out() {
    Part& part = *part_;
    TL_TRY(part.file->write_at(part.written, part.out));
    part.file->write_back(part.written, part.out.size());
    part.written += part.out.size();
    part.out.clear();
    return Status::ok();
}

Status RunWriter::end_part() {
    Part& part = *part_;
    auto& moved = part.footer.moved;
    std::sort(moved.begin(), moved.end());
    moved.erase(std::unique(moved.begin(), moved.end()), moved.end());
    const std::string statistics = part.block.statistics();
    part.footer.statistics = statistics;
    append_footer(part.name, part.footer, part.written + part.out.size(), part.out);
    TL_TRY(write_out());
    TL_TRY(part.file->sync());
    part_.reset();
    return Status::ok();
}

Result<std::vector<std::string>> RunWriter::finish() {
    if (part_) TL_TRY(end_block());
    if (part_) TL_TRY(end_part());
    return std::move(names_);
}

}  // namespace throughline::sequence
