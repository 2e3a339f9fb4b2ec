#include "store/dense_table.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace throughline::store {

namespace {

// A file is a header {magic, ids, checksum} and spans of values, each with its checksum before it.
constexpr uint64_t kMagic = 0x31323345'534e4544;  // "DENSE321"
constexpr size_t kHeaderBytes = 24;

std::string_view bytes_of(std::span<const uint32_t> values) {
    return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

std::span<const uint32_t> Dense32::Snapshot::span_of(size_t index) const {
    const Chunk& chunk = *(*(*pages_)[index / kPageChunks])[index % kPageChunks];
    return std::span(chunk).first(std::min(kChunkIds, size_ - index * kChunkIds));
}

void Dense32::extend(size_t size) {
    size_ = size;
    const size_t chunks = (size + kChunkIds - 1) / kChunkIds;
    while (chunks_ < chunks) {
        if (chunks_ % kPageChunks == 0) {
            pages_.push_back(std::make_shared<Page>());
            owned_pages_.push_back(true);
        }
        const size_t page = chunks_ / kPageChunks;
        if (!owned_pages_[page]) {
            pages_[page] = std::make_shared<Page>(*pages_[page]);
            owned_pages_[page] = true;
        }
        (*pages_[page])[chunks_ % kPageChunks] = std::make_shared<Chunk>();
        owned_chunks_.push_back(true);
        touched_.push_back(chunks_++);
    }
}

// The chunk for changing a value that a snapshot may show: a copy, once between two publishes.
Dense32::Chunk& Dense32::own_chunk(size_t index) {
    const size_t page = index / kPageChunks;
    if (!owned_pages_[page]) {
        pages_[page] = std::make_shared<Page>(*pages_[page]);
        owned_pages_[page] = true;
    }
    std::shared_ptr<Chunk>& at = (*pages_[page])[index % kPageChunks];
    if (!owned_chunks_[index]) {
        at = std::make_shared<Chunk>(*at);
        owned_chunks_[index] = true;
        touched_.push_back(index);
    }
    return *at;
}

void Dense32::set(size_t id, uint32_t value) {
    if (id >= size_) extend(id + 1);
    is_changed_ = true;
    // Behind the published end no snapshot looks, so the value may go into a shared chunk.
    Chunk& at = id >= published_size_ ? *chunk(id / kChunkIds) : own_chunk(id / kChunkIds);
    at[id % kChunkIds] = value;
}

void Dense32::publish() {
    if (!is_changed_) return;
    for (const size_t index : touched_) {
        owned_chunks_[index] = false;
        owned_pages_[index / kPageChunks] = false;
    }
    touched_.clear();
    is_changed_ = false;
    published_size_ = size_;
    Snapshot next;
    next.pages_ = std::make_shared<const Pages>(pages_);
    next.size_ = size_;
    std::lock_guard lock(mutex_);
    std::swap(published_, next);
}

Dense32::Snapshot Dense32::snapshot() const {
    std::lock_guard lock(mutex_);
    return published_;
}

Status Dense32::save(Files& files, const std::string& path, const Snapshot& snapshot) {
    constexpr size_t kBufferBytes = 512 << 10;
    TL_TRY_ASSIGN(const auto file, files.open(path, OpenMode::Fresh));
    std::string buffer;
    ByteWriter out(buffer);
    out.fixed(kMagic);
    out.fixed(uint64_t{snapshot.size()});
    out.fixed(checksum(buffer, kMagic));
    uint64_t written = 0;
    const auto flush = [&]() -> Status {
        TL_TRY(file->write_at(written, buffer));
        file->write_back(written, buffer.size());
        written += buffer.size();
        buffer.clear();
        return Status::ok();
    };
    for (size_t i = 0; i < snapshot.spans(); ++i) {
        const std::string_view values = bytes_of(snapshot.span_of(i));
        out.fixed(checksum(values, i));
        out.raw(values);
        if (buffer.size() >= kBufferBytes) {
            const Status flushed = flush();
            if (!flushed) return flushed;
        }
    }
    const Status flushed = flush();
    if (!flushed) return flushed;
    TL_TRY(file->sync());
    return files.sync_directory(parent_path(path));
}

Status Dense32::load(Files& files, const std::string& path) {
    TL_TRY_ASSIGN(const auto file, files.map(path));
    const std::string_view bytes = file->bytes();
    const Error damaged = Error::corrupt("store: " + path + ": damaged");
    ByteReader in(bytes);
    const auto magic = in.fixed<uint64_t>();
    const auto size = in.fixed<uint64_t>();
    if (bytes.size() < kHeaderBytes || magic != kMagic ||
        in.fixed<uint64_t>() != checksum(bytes.substr(0, kHeaderBytes - 8), kMagic)) {
        return damaged;
    }
    const uint64_t spans = (size + kChunkIds - 1) / kChunkIds;
    if (in.left() != size * sizeof(uint32_t) + spans * sizeof(uint64_t)) return damaged;

    Dense32 loaded;
    loaded.extend(size);
    for (size_t i = 0; i < spans; ++i) {
        const size_t ids = std::min<size_t>(kChunkIds, size - i * kChunkIds);
        const auto sum = in.fixed<uint64_t>();
        const std::string_view values = in.raw(ids * sizeof(uint32_t));
        if (checksum(values, i) != sum) return damaged;
        std::memcpy(loaded.chunk(i)->data(), values.data(), values.size());
    }
    pages_ = std::move(loaded.pages_);
    owned_pages_ = std::move(loaded.owned_pages_);
    owned_chunks_ = std::move(loaded.owned_chunks_);
    touched_ = std::move(loaded.touched_);
    size_ = loaded.size_;
    chunks_ = loaded.chunks_;
    is_changed_ = true;
    publish();
    return Status::ok();
}

}  // namespace throughline::store
