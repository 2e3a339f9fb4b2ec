#include "sequence/tail.h"

#include <algorithm>

#include "base/hash.h"
#include "base/thread.h"

namespace throughline::sequence {

TailColumns TailChunk::columns(uint32_t from, uint32_t to) const {
    TL_ASSERT(from <= to && to <= kTailChunkRows);
    const auto part = [&](const auto& column) {
        return std::span(column).subspan(from, to - from);
    };
    return {part(identity_), part(name_), part(time_),     part(type_),   part(source_),
            part(flags_),    part(tie_),  part(position_), part(payload_)};
}

Row TailChunk::row(uint32_t at) const {
    return {.identity = identity_[at],
            .name = name_[at],
            .time = time_[at],
            .position = position_[at],
            .tie = tie_[at],
            .source = source_[at],
            .type = static_cast<model::EventType>(type_[at]),
            .flags = flags_[at]};
}

uint32_t TailChunk::slot_of(uint32_t identity) const {
    auto slot = static_cast<uint32_t>(mix(identity)) % kSlots;
    for (;; slot = (slot + 1) % kSlots) {
        const uint32_t held = last_[slot].load(std::memory_order_acquire);
        if (held == 0 || identity_[held - 1] == identity) return slot;
    }
}

uint32_t TailChunk::last_of(uint32_t identity) const {
    // 0 - 1 is kNone.
    return last_[slot_of(identity)].load(std::memory_order_acquire) - 1;
}

void TailChunk::put(uint32_t at, const Row& row, std::string_view payload) {
    identity_[at] = row.identity;
    name_[at] = row.name;
    time_[at] = row.time;
    type_[at] = static_cast<uint8_t>(row.type);
    source_[at] = row.source;
    flags_[at] = row.flags;
    tie_[at] = row.tie;
    position_[at] = row.position;
    payload_[at] = payload;
    auto& last = last_[slot_of(row.identity)];
    before_[at] = last.load(std::memory_order_relaxed) - 1;
    last.store(at + 1, std::memory_order_release);
    bytes_.fetch_add(payload.size() + kRowBytes, std::memory_order_relaxed);
}

void TailChunk::prefetch_hint(uint32_t at) const {
    const auto each = [at](const auto&... columns) { (__builtin_prefetch(&columns[at]), ...); };
    each(identity_, name_, time_, type_, source_, flags_, tie_, position_, payload_);
}

Tail::Tail() : chunks_(std::make_shared<TailSnapshot::Chunks>()) {}

void Tail::append(const Row& row, std::string_view payload) {
    if (!chunk_ || appended_ - chunk_->first_row() == kTailChunkRows) start_chunk();
    const auto at = static_cast<uint32_t>(appended_ - chunk_->first_row());
    TL_ASSERT(at == 0 || row.position >= chunk_->position_[at - 1]);
    TL_ASSERT(!payload.empty());
    if (chunk_->owners_.empty() || chunk_->owners_.back() != owner_) {
        chunk_->owners_.push_back(owner_);
    }
    chunk_->put(at, row, payload);
    ++appended_;
}

void Tail::start_chunk() {
    chunk_ = std::make_shared<TailChunk>(appended_);
    fresh_.push_back(chunk_);
}

void Tail::close_chunk() {
    const std::lock_guard lock(mutex_);
    TL_ASSERT(appended_ == end_);
    closed_ = appended_;
    chunk_.reset();
}

void Tail::publish() {
    const std::lock_guard lock(mutex_);
    if (!fresh_.empty()) {
        auto chunks = std::make_shared<TailSnapshot::Chunks>(*chunks_);
        chunks->insert(chunks->end(), fresh_.begin(), fresh_.end());
        fresh_.clear();
        chunks_ = std::move(chunks);
    }
    end_ = appended_;
}

TailSnapshot Tail::snapshot() const {
    const std::lock_guard lock(mutex_);
    TailSnapshot snapshot;
    snapshot.chunks_ = chunks_;
    snapshot.begin_ = begin_;
    snapshot.end_ = end_;
    return snapshot;
}

void Tail::drop_before(uint64_t row) {
    const std::lock_guard lock(mutex_);
    TL_ASSERT(row <= end_);
    begin_ = std::max(begin_, row);
    auto chunks = std::make_shared<TailSnapshot::Chunks>();
    for (size_t i = 0; i < chunks_->size(); ++i) {
        const auto& chunk = (*chunks_)[i];
        const uint64_t end = i + 1 < chunks_->size()        ? (*chunks_)[i + 1]->first_row()
                             : chunk->first_row() < closed_ ? closed_
                                                            : chunk->first_row() + kTailChunkRows;
        (end > begin_ ? *chunks : dropped_).push_back(chunk);
    }
    chunks_ = std::move(chunks);
}

void Tail::free_dropped() {
    TailSnapshot::Chunks idle;
    {
        const std::lock_guard lock(mutex_);
        // Nobody can take a new share of a chunk that only dropped_ has.
        const auto held = [](const auto& chunk) { return chunk.use_count() > 1; };
        const auto first = std::partition(dropped_.begin(), dropped_.end(), held);
        idle.assign(first, dropped_.end());
        dropped_.erase(first, dropped_.end());
    }
    for (auto& chunk : idle) {
        // A share taken and given back: what readers did before they let go has then happened.
        std::shared_ptr<const TailChunk>(chunk).reset();
        auto& owners = std::const_pointer_cast<TailChunk>(chunk)->owners_;
        free_gently(owners.size(), [&] { owners.pop_back(); });
        chunk.reset();
    }
}

uint64_t Tail::bytes() const {
    const std::lock_guard lock(mutex_);
    uint64_t bytes = 0;
    for (const auto& chunk : *chunks_) {
        bytes += chunk->bytes_.load(std::memory_order_relaxed);
    }
    return bytes;
}

}  // namespace throughline::sequence
