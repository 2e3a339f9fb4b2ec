#include "template/arena.h"

#include <algorithm>

namespace throughline::tmpl {

namespace {

constexpr size_t kAlignment = 16;
constexpr size_t kBlockBytes = 32 << 10;

size_t aligned(size_t bytes) {
    return (bytes + kAlignment - 1) & ~(kAlignment - 1);
}

}  // namespace

char* Arena::take(size_t bytes) {
    const size_t size = aligned(bytes);
    if (blocks_.empty() || blocks_.back().size - at_ < size) {
        const size_t block = std::max(size, kBlockBytes);
        blocks_.push_back({std::make_unique_for_overwrite<char[]>(block), block});
        at_ = 0;
    }
    char* piece = blocks_.back().bytes.get() + at_;
    at_ += size;
    used_ += size;
    return piece;
}

bool Arena::extend(const char* piece, size_t bytes, size_t new_bytes) {
    if (blocks_.empty()) return false;
    const Block& last = blocks_.back();
    if (piece + aligned(bytes) != last.bytes.get() + at_) return false;
    const size_t more = aligned(new_bytes) - aligned(bytes);
    if (last.size - at_ < more) return false;
    at_ += more;
    used_ += more;
    return true;
}

void Arena::reset() {
    if (blocks_.size() > 1) blocks_.erase(blocks_.begin() + 1, blocks_.end());
    at_ = 0;
    used_ = 0;
}

}  // namespace throughline::tmpl
