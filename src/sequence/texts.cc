#include "sequence/texts.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace throughline::sequence {

namespace {

constexpr size_t kFrameBytes = 8 << 10;         // A timeline page opens one or two a column.
constexpr uint64_t kFrameBytesMax = 128 << 20;  // Of one value and what stood before it.
constexpr int kLevel = 1;
constexpr size_t kCompressedFrom = 64;  // Fewer bytes never get smaller.

enum Form : uint8_t { kPlain, kDictionary };

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* compressor() {
    thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    return context.get();
}

ZSTD_DCtx* decompressor() {
    thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
    return context.get();
}

/// Cuts values into frames and stores them.
class FrameWriter {
public:
    explicit FrameWriter(const Texts& values) : values_(values) {
        for (const int64_t length : values.lengths) {
            ++in_frame_;
            end_ += static_cast<size_t>(length);
            if (end_ - begin_ >= kFrameBytes) close();
        }
        if (in_frame_ > 0) close();
    }
    void append_to(std::string& out) const {
        ByteWriter writer(out);
        writer.varint(count_);
        out += head_;
        out += stored_;
    }

private:
    void close() {
        const std::string_view raw = std::string_view(values_.bytes).substr(begin_, end_ - begin_);
        const size_t before = stored_.size();
        append_stored(raw);
        ByteWriter head(head_);
        head.varint(in_frame_);
        head.varint(raw.size());
        head.varint(stored_.size() - before);
        ++count_;
        in_frame_ = 0;
        begin_ = end_;
    }
    void append_stored(std::string_view raw) {
        const size_t before = stored_.size();
        if (raw.size() >= kCompressedFrom) {
            stored_.resize(before + ZSTD_compressBound(raw.size()));
            const size_t size =
                ZSTD_compressCCtx(compressor(), stored_.data() + before, stored_.size() - before,
                                  raw.data(), raw.size(), kLevel);
            if (ZSTD_isError(size) == 0 && size < raw.size()) {
                stored_.resize(before + size);
                return;
            }
            stored_.resize(before);
        }
        stored_.append(raw);
    }

    const Texts& values_;
    std::string head_;
    std::string stored_;
    uint64_t count_ = 0;
    uint32_t in_frame_ = 0;
    size_t begin_ = 0;
    size_t end_ = 0;
};

void append_ints(std::span<const int64_t> values, std::string& out) {
    std::string column;
    encode_ints(values, column);
    ByteWriter(out).string(column);
}

/// The different values, and for each value its number; nothing when they are too many to pay.
struct Dictionary {
    Texts entries;
    std::vector<int64_t> numbers;

    static std::optional<Dictionary> of(const Texts& values) {
        const size_t most = values.lengths.size() / 2;
        Dictionary made;
        made.numbers.reserve(values.lengths.size());
        std::unordered_map<std::string_view, int64_t> known;
        std::string_view last;
        size_t at = 0;
        for (const int64_t length : values.lengths) {
            const auto text =
                std::string_view(values.bytes).substr(at, static_cast<size_t>(length));
            at += text.size();
            // Neighbours are rows of one person: most often the same again.
            if (!made.numbers.empty() && text == last) {
                made.numbers.push_back(made.numbers.back());
                continue;
            }
            const auto [entry, is_new] =
                known.try_emplace(text, static_cast<int64_t>(known.size()));
            if (is_new) {
                if (known.size() > most) return std::nullopt;
                made.entries.add(text);
            }
            made.numbers.push_back(entry->second);
            last = text;
        }
        return made;
    }
};

}  // namespace

void encode_texts(const Texts& values, std::string& out,
                  const std::function<void(const Texts&)>& see) {
    TL_ASSERT(!values.lengths.empty());
    ByteWriter writer(out);
    const auto dictionary = Dictionary::of(values);
    if (see) see(dictionary ? dictionary->entries : values);
    if (dictionary) {
        writer.u8(kDictionary);
        writer.varint(dictionary->entries.lengths.size());
        append_ints(dictionary->numbers, out);
        append_ints(dictionary->entries.lengths, out);
        FrameWriter(dictionary->entries).append_to(out);
        return;
    }
    writer.u8(kPlain);
    append_ints(values.lengths, out);
    FrameWriter(values).append_to(out);
}

std::optional<TextView> TextView::parse(std::string_view bytes, uint32_t count) {
    ByteReader in(bytes);
    TextView view;
    view.values_ = count;
    const uint8_t form = in.u8();
    if (!in.ok() || form > kDictionary || count == 0) return std::nullopt;
    if (form == kDictionary) {
        const uint64_t entries = in.varint();
        if (entries < 1 || entries > count) return std::nullopt;
        view.values_ = static_cast<uint32_t>(entries);
        view.numbers_ = IntView::parse(in.string(), count);
        if (!view.numbers_) return std::nullopt;
    }
    view.lengths_ = IntView::parse(in.string(), view.values_);
    if (!view.lengths_ || !view.parse_frames(in)) return std::nullopt;
    return view;
}

bool TextView::parse_frames(ByteReader& in) {
    const uint64_t count = in.varint();
    if (!in.ok() || count > values_) return false;
    uint32_t first = 0;
    std::vector<uint64_t> sizes;
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t values = in.varint();
        Frame frame{.first = first, .raw = in.varint()};
        sizes.push_back(in.varint());
        if (!in.ok() || values < 1 || values > values_ - first || frame.raw > kFrameBytesMax) {
            return false;
        }
        first += static_cast<uint32_t>(values);
        frame.end = first;
        frames_.push_back(frame);
    }
    for (size_t i = 0; i < sizes.size(); ++i) frames_[i].stored = in.raw(sizes[i]);
    return in.ok() && in.at_end() && first == values_;
}

bool TextView::open_frame(uint32_t value) {
    if (frame_ < frames_.size() && value >= frames_[frame_].first && value < frames_[frame_].end) {
        return true;
    }
    frame_ = SIZE_MAX;
    const auto after =
        std::upper_bound(frames_.begin(), frames_.end(), value,
                         [](uint32_t wanted, const Frame& frame) { return wanted < frame.first; });
    const auto index = static_cast<size_t>(after - frames_.begin()) - 1;
    const Frame& frame = frames_[index];
    if (frame.stored.size() == frame.raw) {
        open_ = frame.stored;
    } else {
        raw_.resize(frame.raw);
        const size_t size = ZSTD_decompressDCtx(decompressor(), raw_.data(), raw_.size(),
                                                frame.stored.data(), frame.stored.size());
        if (ZSTD_isError(size) != 0 || size != frame.raw) return false;
        open_ = raw_;
    }
    starts_.assign(1, 0);
    for (uint32_t i = frame.first; i < frame.end; ++i) {
        const int64_t length = lengths_->at(i);
        if (length < 0 || static_cast<uint64_t>(length) > frame.raw - starts_.back()) return false;
        starts_.push_back(starts_.back() + static_cast<uint64_t>(length));
    }
    if (starts_.back() != frame.raw) return false;
    frame_ = index;
    return true;
}

std::optional<std::string_view> TextView::entry(uint32_t number) {
    if (number >= values_ || !open_frame(number)) return std::nullopt;
    const size_t i = number - frames_[frame_].first;
    return open_.substr(starts_[i], starts_[i + 1] - starts_[i]);
}

std::optional<std::string_view> TextView::at(uint32_t row) {
    TL_ASSERT(row < size());
    if (!numbers_) return entry(row);
    const int64_t number = numbers_->at(row);
    if (number < 0 || number >= int64_t{values_}) return std::nullopt;
    return entry(static_cast<uint32_t>(number));
}

}  // namespace throughline::sequence
