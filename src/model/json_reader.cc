// JSON text to packed document.

#include <simdjson.h>

#include <algorithm>
#include <bit>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "base/json_text.h"
#include "model/doc_key_table.h"
#include "model/doc_tags.h"
#include "model/json.h"

namespace throughline::model {

using namespace doc_tag;

namespace {

constexpr size_t kDigitsMax = 18;  // What an int64 holds for sure.
constexpr char32_t kReplacement = 0xfffd;
constexpr size_t kRoomKeptMax = 4 << 20;  // More goes when the next text needs less.

// What reading may write at most. Three bytes for each of text: `{}` takes five for two, `1e5` five
// for three, all else less. Besides: containers that a broken text opens and never closes, and what
// copies by blocks write past their end.
size_t packed_bytes_max(size_t text_bytes) {
    return 3 * text_bytes + kDocDepthMax * kContainerHead + 128;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// 32 bytes of text at once.
class Block {
public:
    static constexpr size_t kBytes = 32;
#ifdef __AVX2__
    explicit Block(const char* from)
        : bytes_(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))) {}
    void store(char* to) const {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes_);
    }
    /// How many bytes come before the first quote, backslash or control character.
    size_t plain_bytes() const {
        const __m256i control = _mm256_set1_epi8(0x1f);
        const __m256i special =
            _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(bytes_, _mm256_set1_epi8('"')),
                                            _mm256_cmpeq_epi8(bytes_, _mm256_set1_epi8('\\'))),
                            _mm256_cmpeq_epi8(_mm256_max_epu8(bytes_, control), control));
        const auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(special));
        return static_cast<size_t>(std::countr_zero(mask));
    }
    bool is_ascii() const {
        return _mm256_movemask_epi8(bytes_) == 0;
    }
    /// A bit for each byte that is the same in both.
    uint32_t equal_bits(const Block& other) const {
        return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes_, other.bytes_)));
    }

private:
    __m256i bytes_;
#else
    explicit Block(const char* from) : from_(from) {}
    void store(char* to) const {
        std::memcpy(to, from_, kBytes);
    }
    size_t plain_bytes() const {
        size_t count = 0;
        while (count < kBytes && from_[count] != '"' && from_[count] != '\\' &&
               static_cast<unsigned char>(from_[count]) > 0x1f) {
            ++count;
        }
        return count;
    }
    bool is_ascii() const {
        return std::all_of(from_, from_ + kBytes, [](char c) { return (c & 0x80) == 0; });
    }
    uint32_t equal_bits(const Block& other) const {
        uint32_t bits = 0;
        for (size_t i = 0; i < kBytes; ++i) bits |= uint32_t{from_[i] == other.from_[i]} << i;
        return bits;
    }

private:
    const char* from_;
#endif
};

}  // namespace

// Which key follows which. The events of a client have one shape, so the two keys before tell the
// next one nearly always, and comparing with what is expected spares finding where the key ends,
// hashing it and looking it up. A wrong guess costs one compare.
struct DocRoom::KeyGuess {
    char text[Block::kBytes] = {};  // The key, its closing quote and the colon.
    uint32_t bits = 0;              // As many ones as these have bytes; 0: no guess.
    uint8_t size = 0;               // Of the key.
    uint8_t code_size = 0;
    uint16_t code = 0;    // An odd one is a well-known key, and the text does not follow.
    uint16_t packed = 0;  // The code's bytes.
};

namespace {

// A recursive descent over one text that writes as it reads. Each method returns false at the first
// error and keeps why.
class Reader {
public:
    /// Requires: packed_bytes_max() bytes at `out`; 256 guesses.
    Reader(std::string_view text, char* out, DocRoom::KeyGuess* guesses)
        : begin_(text.data()),
          at_(begin_),
          end_(begin_ + text.size()),
          out_(out),
          guesses_(guesses) {}

    bool read() {
        skip_blanks();
        if (!value(0)) return false;
        skip_blanks();
        return at_ == end_ || fail("more after the end");
    }

    /// Where the packed bytes end.
    const char* out() const { return out_; }
    /// Whether there was nothing but ASCII in strings and keys. Outside of them it is no JSON.
    bool is_ascii() const { return is_ascii_; }

    std::string message() const {
        return std::string("json: ") + why_ + " at byte " + std::to_string(at_ - begin_);
    }

private:
    bool fail(const char* why) {
        why_ = why;
        return false;
    }

    size_t left() const { return static_cast<size_t>(end_ - at_); }

    void skip_blanks() {
        while (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ' &&
               (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
    }

    bool skip(char wanted) {
        skip_blanks();
        if (at_ == end_ || *at_ != wanted) return false;
        ++at_;
        return true;
    }

    bool value(int depth) {
        if (at_ == end_) return fail("unexpected end");
        switch (*at_) {
            case '{':
                return object(depth);
            case '[':
                return array(depth);
            case '"':
                return string();
            case 't':
                return word("true", kTrue);
            case 'f':
                return word("false", kFalse);
            case 'n':
                return word("null", kNull);
            default:
                return number();
        }
    }

    bool word(std::string_view wanted, uint8_t tag) {
        if (!std::string_view(at_, left()).starts_with(wanted)) return fail("unknown word");
        at_ += wanted.size();
        put(tag);
        return true;
    }

    bool object(int depth) {
        if (depth >= kDocDepthMax) return fail("nested past 64 levels");
        ++at_;
        char* head = open(kObject);
        if (!skip('}')) {
            do {
                if (!skip('"')) return fail("a key was expected");
                if (!expected_key() && !any_key()) return false;
                skip_blanks();
                if (!value(depth + 1)) return false;
            } while (skip(','));
            if (!skip('}')) return fail("a comma or a closing brace was expected");
        }
        close(head);
        return true;
    }

    bool array(int depth) {
        if (depth >= kDocDepthMax) return fail("nested past 64 levels");
        ++at_;
        char* head = open(kArray);
        if (!skip(']')) {
            do {
                skip_blanks();
                if (!value(depth + 1)) return false;
            } while (skip(','));
            if (!skip(']')) return fail("a comma or a closing bracket was expected");
        }
        close(head);
        return true;
    }

    // After the opening quote.
    bool expected_key() {
        const DocRoom::KeyGuess& guess = guesses_[last_keys_];
        if (guess.bits == 0 || left() < Block::kBytes) return false;
        const Block block(at_);
        if ((block.equal_bits(Block(guess.text)) & guess.bits) != guess.bits) return false;
        at_ += guess.size + 2u;
        std::memcpy(out_, &guess.packed, sizeof guess.packed);
        out_ += guess.code_size;
        if ((guess.code & 1) == 0) {
            block.store(out_);
            out_ += guess.size;
        }
        remember_key(guess.code);
        return true;
    }

    void remember_key(uint64_t code) {
        last_keys_ = static_cast<uint8_t>(last_keys_ * 32 + (code >> 1));
    }

    bool any_key() {
        const char* start = at_;
        std::string_view text;
        if (!any_text(text)) return false;
        const bool is_in_text = text.data() == start && end_ - start >= 16;
        const int place =
            is_in_text ? kWellKnownKeyTable.find_in_text(text) : kWellKnownKeyTable.find(text);
        const uint64_t code = place >= 0 ? static_cast<uint64_t>(place) * 2 + 1 : text.size() * 2;
        put_varint(code);
        if (place < 0) put_raw(text);
        const bool has_colon = at_ != end_ && *at_ == ':';
        if (!skip(':')) return fail("a colon was expected");
        if (text.data() == start && has_colon && text.size() + 2 <= Block::kBytes &&
            static_cast<size_t>(end_ - start) >= Block::kBytes && Block(start).is_ascii()) {
            learn(start, text.size(), static_cast<uint16_t>(code));
        }
        remember_key(code);
        return true;
    }

    void learn(const char* start, size_t size, uint16_t code) {
        DocRoom::KeyGuess& guess = guesses_[last_keys_];
        std::memcpy(guess.text, start, Block::kBytes);
        guess.bits = ~uint32_t{0} >> (Block::kBytes - 2 - size);
        guess.size = static_cast<uint8_t>(size);
        guess.code = code;
        guess.code_size = code < 0x80 ? 1 : 2;
        guess.packed = code;
        if (code >= 0x80) {
            guess.packed = static_cast<uint16_t>((code & 0x7f) | 0x80 | (code >> 7 << 8));
        }
    }

    // Likewise nearly every string ends within two, which is what has a size of one byte.
    bool string() {
        const char* start = ++at_;
        if (left() >= 2 * Block::kBytes) {
            const Block first(start);
            first.store(out_ + 1);
            size_t size = first.plain_bytes();
            is_ascii_ &= first.is_ascii();
            if (size == Block::kBytes) {
                const Block second(start + Block::kBytes);
                second.store(out_ + 1 + Block::kBytes);
                size += second.plain_bytes();
                is_ascii_ &= second.is_ascii();
            }
            if (size < 2 * Block::kBytes && start[size] == '"') {
                *out_ = static_cast<char>(kShortString + size);
                out_ += 1 + size;
                at_ = start + size + 1;
                return true;
            }
        }
        std::string_view text;
        if (!any_text(text)) return false;
        if (text.size() < 64) {
            put(static_cast<uint8_t>(kShortString + text.size()));
        } else {
            put(kString);
            put_varint(text.size());
        }
        put_raw(text);
        return true;
    }

    // Moves to the next quote, backslash or control character (or the end).
    void scan() {
        while (left() >= Block::kBytes) {
            const Block block(at_);
            const size_t plain = block.plain_bytes();
            is_ascii_ &= block.is_ascii();
            at_ += plain;
            if (plain < Block::kBytes) return;
        }
        while (at_ != end_ && *at_ != '"' && *at_ != '\\' &&
               static_cast<unsigned char>(*at_) > 0x1f) {
            is_ascii_ &= (*at_ & 0x80) == 0;
            ++at_;
        }
    }

    // A string or key of any kind, after its opening quote: where it stands when it holds no
    // escape, else in unescaped_.
    bool any_text(std::string_view& text) {
        const char* start = at_;
        scan();
        if (at_ != end_ && *at_ == '"') {
            text = {start, static_cast<size_t>(at_ - start)};
            ++at_;
            return true;
        }
        unescaped_.clear();
        while (at_ != end_ && *at_ == '\\') {
            unescaped_.append(start, at_);
            if (!escape()) return false;
            start = at_;
            scan();
        }
        if (at_ == end_) return fail("a string without its end");
        if (*at_ != '"') return fail("a control character in a string");
        unescaped_.append(start, at_);
        ++at_;
        text = unescaped_;
        return true;
    }

    bool escape() {
        static constexpr std::string_view kShort = "\"\\/bfnrt";
        static constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
        if (left() < 2) return fail("a string without its end");
        if (at_[1] == 'u') return unicode_escape();
        const size_t which = kShort.find(at_[1]);
        if (which == std::string_view::npos) return fail("an unknown escape");
        unescaped_.push_back(kMeaning[which]);
        at_ += 2;
        return true;
    }

    // Four hexadecimal digits after `\u`, or nothing.
    bool hex4(const char* from, char32_t& unit) const {
        if (end_ - from < 6 || from[0] != '\\' || from[1] != 'u') return false;
        unit = 0;
        for (int i = 2; i < 6; ++i) {
            const char c = from[i];
            unit <<= 4;
            if (is_digit(c)) {
                unit |= static_cast<char32_t>(c - '0');
            } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
                unit |= static_cast<char32_t>((c | 0x20) - 'a' + 10);
            } else {
                return false;
            }
        }
        return true;
    }

    bool unicode_escape() {
        char32_t unit = 0;
        if (!hex4(at_, unit)) return fail("an unknown escape");
        at_ += 6;
        char32_t low = 0;
        if (unit >= 0xd800 && unit < 0xdc00 && hex4(at_, low) && low >= 0xdc00 && low < 0xe000) {
            at_ += 6;
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        } else if (unit >= 0xd800 && unit < 0xe000) {
            unit = kReplacement;
        }
        append_utf8(unescaped_, unit);
        return true;
    }

    // Returns how many digits it passed; they are added to `units`, modulo 2^64.
    size_t digits(uint64_t& units) {
        const char* start = at_;
        for (; at_ != end_ && is_digit(*at_); ++at_) {
            units = units * 10 + static_cast<uint64_t>(*at_ - '0');
        }
        return static_cast<size_t>(at_ - start);
    }

    bool number() {
        const char* start = at_;
        const bool is_negative = *at_ == '-';
        if (is_negative) ++at_;
        uint64_t units = 0;
        size_t scale = 0;
        const size_t whole = digits(units);
        if (whole == 0) return fail("a value was expected");
        if (whole > 1 && at_[-static_cast<ptrdiff_t>(whole)] == '0') {
            return fail("a number with a leading zero");
        }
        if (at_ != end_ && *at_ == '.') {
            ++at_;
            scale = digits(units);
            if (scale == 0) return fail("a digit was expected");
        }
        const bool has_exponent = at_ != end_ && (*at_ == 'e' || *at_ == 'E');
        if (has_exponent) {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            uint64_t exponent = 0;
            if (digits(exponent) == 0) return fail("a digit was expected");
        }
        const bool is_plain = !has_exponent && whole + scale <= kDigitsMax;
        if (!is_plain || (is_negative && units == 0)) {
            put_odd_number({start, static_cast<size_t>(at_ - start)});
        } else {
            const auto magnitude = static_cast<int64_t>(units);
            put_number(is_negative ? -magnitude : magnitude, static_cast<uint8_t>(scale));
        }
        return true;
    }

    void put_odd_number(std::string_view text) {
        std::string packed;
        DocWriter writer(packed);
        write_number(writer, text);
        put_raw(packed);
    }

    void put_number(int64_t units, uint8_t scale) {
        if (scale == 0 && units >= 0 && units < 128) {
            return put(static_cast<uint8_t>(kSmallInteger + units));
        }
        put(scale == 0 ? kInteger : kDecimal);
        if (scale != 0) put(scale);
        put_varint(zigzag(units));
    }

    void put(uint8_t byte) { *out_++ = static_cast<char>(byte); }

    void put_raw(std::string_view bytes) {
        std::memcpy(out_, bytes.data(), bytes.size());
        out_ += bytes.size();
    }

    void put_varint(uint64_t value) {
        while (value >= 0x80) {
            put(static_cast<uint8_t>(value | 0x80));
            value >>= 7;
        }
        put(static_cast<uint8_t>(value));
    }

    char* open(uint8_t tag) {
        char* head = out_;
        put(tag);
        out_ += sizeof(uint32_t);
        return head;
    }

    void close(char* head) {
        const auto size = static_cast<uint32_t>(out_ - head - kContainerHead);
        std::memcpy(head + 1, &size, sizeof size);
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    char* out_;
    DocRoom::KeyGuess* guesses_;
    uint8_t last_keys_ = 0;  // A hash of the last two keys: where the guess for the next one is.
    bool is_ascii_ = true;
    std::string unescaped_;
    const char* why_ = "";
};

}  // namespace

DocRoom::DocRoom() : guesses_(std::make_unique<KeyGuess[]>(256)) {}
DocRoom::~DocRoom() = default;

char* DocRoom::reserve(size_t bytes) {
    const bool is_wasteful = size_ > kRoomKeptMax && bytes < size_ / 4;
    if (bytes > size_ || is_wasteful) {
        bytes_ = std::make_unique_for_overwrite<char[]>(bytes);
        size_ = bytes;
    }
    return bytes_.get();
}

Result<DocView> DocRoom::read(std::string_view text) {
    const size_t bytes_max = packed_bytes_max(text.size());
    char* begin = reserve(bytes_max);
    Reader reader(text, begin, guesses_.get());
    const bool is_read = reader.read();
    // All of a refused text is looked at: which error it has must not hang on what was learnt.
    const bool is_ascii = is_read && reader.is_ascii();
    if (!is_ascii && !simdjson::validate_utf8(text.data(), text.size())) {
        return Error::invalid("json: not UTF-8");
    }
    if (!is_read) return Error::invalid(reader.message());
    const auto size = static_cast<size_t>(reader.out() - begin);
    TL_ASSERT(size <= bytes_max);
    return DocView({begin, size});
}

Status append_doc_from_json(std::string_view text, std::string& out) {
    DocRoom room;
    TL_TRY_ASSIGN(const DocView doc, room.read(text));
    out += doc.bytes();
    return Status::ok();
}

Result<std::string> doc_from_json(std::string_view text) {
    std::string doc;
    TL_TRY(append_doc_from_json(text, doc));
    return doc;
}

}  // namespace throughline::model
