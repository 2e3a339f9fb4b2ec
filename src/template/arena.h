// Memory of one render: texts and lists that filters make live here and go all at once.
//
// Layer 2. Shard-owned: one thread renders with it. Cost: a few instructions a piece; blocks are
// kept from render to render.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace throughline::tmpl {

class Arena {
public:
    /// Returns memory aligned for any value of a template.
    char* take(size_t bytes);

    /// Makes the piece that was taken last longer, where it lies. Returns whether there was room.
    bool extend(const char* piece, size_t bytes, size_t new_bytes);

    /// How many bytes were asked for since reset().
    size_t used() const { return used_; }

    /// Forgets every piece, and keeps the first block for the next render.
    void reset();

private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        size_t size = 0;
    };

    std::vector<Block> blocks_;
    size_t at_ = 0;  // In the last block.
    size_t used_ = 0;
};

}  // namespace throughline::tmpl
