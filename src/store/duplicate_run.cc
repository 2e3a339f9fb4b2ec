#include "store/duplicate_run.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::store {

namespace {

constexpr uint64_t kMagic = 0x314e5552'50554454;  // "TDUPRUN1"
constexpr size_t kHeaderBytes = 4096;
constexpr size_t kHeaderUsed = 48;  // Then the checksum.
constexpr size_t kLineBytes = 64;
constexpr size_t kLineBits = 480;
constexpr size_t kLineUsed = kLineBits / 8;
constexpr size_t kBitsPerHash = 12;
constexpr size_t kBlockBytes = 4096;
constexpr size_t kBlockUsed = kBlockBytes - 8;
constexpr size_t kPerBlock = 226;
constexpr size_t kHashesAt = 8;
constexpr size_t kDaysAt = kHashesAt + kPerBlock * 16;
constexpr size_t kBufferBytes = 256 << 10;
static_assert(kDaysAt + kPerBlock * 2 <= kBlockUsed);

uint64_t fast_range(uint64_t value, uint64_t size) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(value) * size) >> 64);
}

// Calls `visit(byte, mask)` for the bits of a hash in its line; stops at false.
template <typename Visit>
bool for_each_bit(const Key128& hash, const Visit& visit) {
    uint64_t bits = mix(hash.low);
    for (int i = 0; i < 6; ++i, bits >>= 10) {
        const size_t bit = ((bits & 1023) * kLineBits) >> 10;
        if (!visit(bit / 8, static_cast<uint8_t>(1 << (bit % 8)))) return false;
    }
    return true;
}

uint32_t line_checksum(const char* line, uint64_t index) {
    return static_cast<uint32_t>(checksum({line, kLineUsed}, kMagic + index));
}
uint64_t block_checksum(const char* block, uint64_t index) {
    return checksum({block, kBlockUsed}, ~kMagic + index);
}
uint32_t block_size(const char* block) {
    return load<uint32_t>(block);
}
Key128 block_hash(const char* block, size_t at) {
    const char* from = block + kHashesAt + at * 16;
    return {load<uint64_t>(from), load<uint64_t>(from + 8)};
}
uint16_t block_day(const char* block, size_t at) {
    return load<uint16_t>(block + kDaysAt + at * 2);
}
uint64_t lines_for(uint64_t size) {
    return size * kBitsPerHash / kLineBits + 1;
}
uint64_t blocks_for(uint64_t size) {
    return (size + kPerBlock - 1) / kPerBlock;
}

}  // namespace

Error DuplicateRun::corrupt(std::string_view what) const {
    return Error::corrupt("store: " + path_ + ": damaged " + std::string(what));
}

Result<std::shared_ptr<const DuplicateRun>> DuplicateRun::open(Files& files,
                                                               const std::string& path) {
    std::shared_ptr<DuplicateRun> run(new DuplicateRun);
    run->path_ = path;
    TL_TRY_ASSIGN(run->file_, files.map(path));
    const std::string_view bytes = run->file_->bytes();
    if (bytes.size() < kHeaderBytes) return run->corrupt("length");
    ByteReader header(bytes.substr(0, kHeaderUsed + 8));
    const auto magic = header.fixed<uint64_t>();
    run->size_ = header.fixed<uint64_t>();
    run->lines_ = header.fixed<uint64_t>();
    run->newest_day_ = static_cast<uint16_t>(header.fixed<uint64_t>());
    header.raw(kHeaderUsed - 32);
    if (magic != kMagic ||
        header.fixed<uint64_t>() != checksum(bytes.substr(0, kHeaderUsed), kMagic)) {
        return run->corrupt("header");
    }
    run->block_count_ = blocks_for(run->size_);
    const uint64_t filter_bytes = run->lines_ * kLineBytes;
    if (bytes.size() != kHeaderBytes + filter_bytes + run->block_count_ * kBlockBytes) {
        return run->corrupt("length");
    }
    run->filter_ = bytes.substr(kHeaderBytes, filter_bytes);
    run->blocks_ = bytes.substr(kHeaderBytes + filter_bytes);
    return std::shared_ptr<const DuplicateRun>(std::move(run));
}

void DuplicateRun::prefetch_hint(const Key128& hash) const {
    __builtin_prefetch(filter_.data() + fast_range(hash.high, lines_) * kLineBytes);
}

Result<bool> DuplicateRun::may_hold(const Key128& hash) const {
    const uint64_t index = fast_range(hash.high, lines_);
    const char* line = filter_.data() + index * kLineBytes;
    if (load<uint32_t>(line + kLineUsed) != line_checksum(line, index)) return corrupt("filter");
    return for_each_bit(hash, [&](size_t byte, uint8_t mask) { return (line[byte] & mask) != 0; });
}

Result<const char*> DuplicateRun::block(uint64_t index) const {
    const char* bytes = blocks_.data() + index * kBlockBytes;
    if (load<uint64_t>(bytes + kBlockUsed) != block_checksum(bytes, index)) {
        return corrupt("block");
    }
    const uint64_t before = index * kPerBlock;
    if (block_size(bytes) != std::min<uint64_t>(kPerBlock, size_ - before)) return corrupt("block");
    return bytes;
}

// The block whose span holds the hash. Guesses by the hash's place among all hashes, which is right
// to within a few blocks, then narrows from both sides; every second step halves what is left.
Result<std::optional<uint64_t>> DuplicateRun::block_of(const Key128& hash) const {
    uint64_t from = 0;
    uint64_t to = block_count_;
    uint64_t low_high = 0;  // No hash in [from, to) has a smaller (larger) high half.
    uint64_t high_high = ~uint64_t{0};
    for (unsigned step = 0; from < to; ++step) {
        uint64_t guess = from + (to - from) / 2;
        if (step % 3 != 2 && high_high > low_high) {
            const long double share = static_cast<long double>(hash.high - low_high) /
                                      static_cast<long double>(high_high - low_high);
            const auto offset = static_cast<uint64_t>(share * static_cast<long double>(to - from));
            guess = from + std::min(offset, to - from - 1);
        }
        TL_TRY_ASSIGN(const char* bytes, block(guess));
        const Key128 first = block_hash(bytes, 0);
        const Key128 last = block_hash(bytes, block_size(bytes) - 1);
        if (hash < first) {
            to = guess;
            high_high = first.high;
        } else if (hash > last) {
            from = guess + 1;
            low_high = last.high;
        } else {
            return std::optional<uint64_t>(guess);
        }
    }
    return std::optional<uint64_t>();
}

Result<std::optional<uint16_t>> DuplicateRun::find(const Key128& hash) const {
    const std::optional<uint16_t> none;
    TL_TRY_ASSIGN(const bool is_possible, may_hold(hash));
    if (!is_possible) return none;
    TL_TRY_ASSIGN(const auto index, block_of(hash));
    if (!index) return none;
    const char* bytes = blocks_.data() + *index * kBlockBytes;  // Checked by block_of.
    size_t from = 0;
    size_t to = block_size(bytes);
    while (from < to) {
        const size_t middle = (from + to) / 2;
        const Key128 at = block_hash(bytes, middle);
        if (at == hash) return std::optional<uint16_t>(block_day(bytes, middle));
        (at < hash ? from : to) = at < hash ? middle + 1 : middle;
    }
    return none;
}

Result<DatedHash> DuplicateRun::at(uint64_t index) const {
    TL_ASSERT(index < size_);
    const uint64_t in_block = index % kPerBlock;
    const char* bytes = blocks_.data() + index / kPerBlock * kBlockBytes;
    if (in_block == 0) {
        TL_TRY(block(index / kPerBlock));
    }
    return DatedHash{block_hash(bytes, in_block), block_day(bytes, in_block)};
}

Status DuplicateRun::verify() const {
    for (uint64_t i = 0; i < lines_; ++i) {
        const char* line = filter_.data() + i * kLineBytes;
        if (load<uint32_t>(line + kLineUsed) != line_checksum(line, i)) return corrupt("filter");
    }
    for (uint64_t i = 0; i < block_count_; ++i) TL_TRY(block(i));
    // The rest of the header page is zeros.
    const std::string_view rest =
        file_->bytes().substr(kHeaderUsed + 8, kHeaderBytes - kHeaderUsed - 8);
    if (rest.find_first_not_of('\0') != std::string_view::npos) return corrupt("header");
    return Status::ok();
}

Result<DuplicateRunWriter> DuplicateRunWriter::create(Files& files, const std::string& path,
                                                      uint64_t size_max) {
    DuplicateRunWriter writer;
    TL_TRY_ASSIGN(writer.file_, files.open(path, OpenMode::Fresh));
    writer.lines_ = lines_for(size_max);
    writer.filter_offset_ = kHeaderBytes;
    writer.block_offset_ = kHeaderBytes + writer.lines_ * kLineBytes;
    writer.line_.assign(kLineBytes, '\0');
    writer.block_.assign(kBlockBytes, '\0');
    return writer;
}

Status DuplicateRunWriter::add(const DatedHash& entry) {
    TL_ASSERT(size_ == 0 || last_ < entry.hash);
    last_ = entry.hash;
    for (const uint64_t line = fast_range(entry.hash.high, lines_); line_index_ < line;) {
        TL_TRY(close_line());
    }
    for_each_bit(entry.hash, [&](size_t byte, uint8_t mask) {
        line_[byte] = static_cast<char>(line_[byte] | mask);
        return true;
    });
    std::memcpy(block_.data() + kHashesAt + in_block_ * 16, &entry.hash.high, 8);
    std::memcpy(block_.data() + kHashesAt + in_block_ * 16 + 8, &entry.hash.low, 8);
    std::memcpy(block_.data() + kDaysAt + in_block_ * 2, &entry.day, 2);
    newest_day_ = std::max(newest_day_, entry.day);
    ++size_;
    return ++in_block_ == kPerBlock ? close_block() : Status::ok();
}

Status DuplicateRunWriter::close_line() {
    const uint32_t sum = line_checksum(line_.data(), line_index_++);
    std::memcpy(line_.data() + kLineUsed, &sum, sizeof sum);
    filter_buffer_ += line_;
    line_.assign(kLineBytes, '\0');
    return filter_buffer_.size() >= kBufferBytes ? flush(filter_buffer_, filter_offset_)
                                                 : Status::ok();
}

Status DuplicateRunWriter::close_block() {
    std::memcpy(block_.data(), &in_block_, sizeof in_block_);
    const uint64_t sum = block_checksum(block_.data(), block_index_++);
    std::memcpy(block_.data() + kBlockUsed, &sum, sizeof sum);
    block_buffer_ += block_;
    block_.assign(kBlockBytes, '\0');
    in_block_ = 0;
    return block_buffer_.size() >= kBufferBytes ? flush(block_buffer_, block_offset_)
                                                : Status::ok();
}

Status DuplicateRunWriter::flush(std::string& buffer, uint64_t& offset) {
    TL_TRY(file_->write_at(offset, buffer));
    file_->write_back(offset, buffer.size());
    offset += buffer.size();
    buffer.clear();
    return Status::ok();
}

Status DuplicateRunWriter::finish() {
    while (line_index_ < lines_) TL_TRY(close_line());
    if (in_block_ > 0) TL_TRY(close_block());
    TL_TRY(flush(filter_buffer_, filter_offset_));
    TL_TRY(flush(block_buffer_, block_offset_));
    std::string header;
    ByteWriter out(header);
    out.fixed(kMagic);
    out.fixed(size_);
    out.fixed(lines_);
    out.fixed(uint64_t{newest_day_});
    header.resize(kHeaderUsed);
    out.fixed(checksum(header, kMagic));
    header.resize(kHeaderBytes);
    TL_TRY(file_->write_at(0, header));
    return file_->sync();
}

}  // namespace throughline::store
