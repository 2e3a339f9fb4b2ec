// A sliding window of UTF-8 text over the bytes of a file.
//
// A byte-order mark is taken off; UTF-16 (by its mark) becomes UTF-8 on the way.
//
// Layer 6. Shard-owned.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ingest/byte_source.h"

namespace throughline::ingest {

class TextWindow {
public:
    explicit TextWindow(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

    /// The text that is held and not yet taken.
    std::string_view text() const { return std::string_view(text_).substr(at_); }
    /// Drops what is done with; views into it die at the next grow().
    void take(size_t count) { at_ += count; }
    /// Reads on; returns false when there is no more. Views into text() die.
    Result<bool> grow();
    bool is_at_end() const { return ended_; }
    const ByteSource& source() const { return *source_; }

private:
    enum class Coding : uint8_t { Unknown, Utf8, Utf16Little, Utf16Big };
    void find_coding();
    void append_utf16();

    std::unique_ptr<ByteSource> source_;
    std::string text_;
    size_t at_ = 0;
    std::string raw_;  // Bytes of UTF-16 not yet turned into text.
    Coding coding_ = Coding::Unknown;
    bool ended_ = false;
};

}  // namespace throughline::ingest
