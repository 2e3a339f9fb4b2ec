// One column of byte strings: as they come, or as numbers of a dictionary of its own; the bytes in
// frames of some 32 KB, compressed where that makes them smaller.
//
//   column := form u8, then
//     plain       lengths: bytes varint, a column of ints · frames
//     dictionary  entries varint · numbers: bytes varint, a column of ints · lengths · frames
//   frames := count varint · per frame {values, raw bytes, stored bytes: varints} · their bytes,
//             as they are when stored = raw, else one Zstandard frame
//
// A value never spans frames. How many values there are is told from outside.
//
// Layer 3. Pure; compressing and decompressing use one context a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sequence/ints.h"

namespace throughline::sequence {

/// Values on their way into a column.
struct Texts {
    std::string bytes;             // One behind the other.
    std::vector<int64_t> lengths;  // Of each.

    void add(std::string_view text) {
        bytes.append(text);
        lengths.push_back(static_cast<int64_t>(text.size()));
    }
    /// Takes the last one away.
    void pop() {
        bytes.resize(bytes.size() - static_cast<size_t>(lengths.back()));
        lengths.pop_back();
    }
    void clear() {
        bytes.clear();
        lengths.clear();
    }
};

/// Appends the values in the form that suits them, and shows each of the different ones at least
/// once to `see`. Requires: at least one.
void encode_texts(const Texts& values, std::string& out,
                  const std::function<void(const Texts&)>& see = {});

class TextView {
public:
    /// Nothing for bytes that no encode_texts() of `count` values made.
    static std::optional<TextView> parse(std::string_view bytes, uint32_t count);

    uint32_t size() const { return numbers_ ? numbers_->size() : values_; }
    /// The values of the dictionary; 0: it has none, and at() is all there is.
    uint32_t dictionary_size() const { return numbers_ ? values_ : 0; }
    /// The number of a value in the dictionary. Requires: dictionary_size() > 0.
    const IntView& numbers() const { return *numbers_; }
    /// One value of the dictionary. Otherwise as at().
    std::optional<std::string_view> entry(uint32_t number);

    /// One value; it holds until the next call. Nothing: the bytes are damaged.
    std::optional<std::string_view> at(uint32_t row);

private:
    struct Frame {
        uint32_t first = 0;  // Value.
        uint32_t end = 0;
        uint64_t raw = 0;
        std::string_view stored;
    };

    bool parse_frames(ByteReader& in);
    bool open_frame(uint32_t value);

    uint32_t values_ = 0;  // In the frames: entries of the dictionary, or all.
    std::optional<IntView> numbers_;
    std::optional<IntView> lengths_;
    std::vector<Frame> frames_;
    size_t frame_ = SIZE_MAX;  // The one that is open.
    std::string raw_;
    std::string_view open_;
    std::vector<uint64_t> starts_;  // In open_, of each of its values, and the end.
};

}  // namespace throughline::sequence
