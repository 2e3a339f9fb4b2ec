#include "model/json.h"

#include <immintrin.h>
#include <simdjson.h>

#include <bit>

#include "base/json_text.h"

namespace throughline::model {

namespace {

constexpr int kDigitsMax = 18;  // What an int64 holds for sure.
constexpr char32_t kReplacement = 0xfffd;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A recursive descent over one text. Each method returns false at the first error and keeps why.
class Reader {
public:
    Reader(std::string_view text, std::string& out)
        : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), writer_(out) {}

    bool read() {
        skip_blanks();
        if (!value(0)) return false;
        skip_blanks();
        return at_ == end_ || fail("more after the end");
    }

    std::string message() const {
        return std::string("json: ") + why_ + " at byte " + std::to_string(at_ - begin_);
    }

private:
    bool fail(const char* why) {
        why_ = why;
        return false;
    }

    void skip_blanks() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
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
                return text([&](std::string_view s) { writer_.string(s); });
            case 't':
                return word("true") && (writer_.boolean(true), true);
            case 'f':
                return word("false") && (writer_.boolean(false), true);
            case 'n':
                return word("null") && (writer_.null(), true);
            default:
                return number();
        }
    }

    bool word(std::string_view wanted) {
        if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(wanted)) {
            return fail("unknown word");
        }
        at_ += wanted.size();
        return true;
    }

    bool object(int depth) {
        if (depth >= kDocDepthMax) return fail("nested past 64 levels");
        ++at_;
        const size_t mark = writer_.open_object();
        if (!skip('}')) {
            do {
                skip_blanks();
                if (at_ == end_ || *at_ != '"') return fail("a key was expected");
                if (!text([&](std::string_view s) { key(s); })) return false;
                if (!skip(':')) return fail("a colon was expected");
                skip_blanks();
                if (!value(depth + 1)) return false;
            } while (skip(','));
            if (!skip('}')) return fail("a comma or a closing brace was expected");
        }
        writer_.close(mark);
        return true;
    }

    // Nearly every key has enough text behind it to be looked up in two loads.
    void key(std::string_view s) {
        const bool is_in_text = s.data() >= begin_ && s.data() < end_ && end_ - s.data() >= 16;
        is_in_text ? writer_.key_in_text(s) : writer_.key(s);
    }

    bool array(int depth) {
        if (depth >= kDocDepthMax) return fail("nested past 64 levels");
        ++at_;
        const size_t mark = writer_.open_array();
        if (!skip(']')) {
            do {
                skip_blanks();
                if (!value(depth + 1)) return false;
            } while (skip(','));
            if (!skip(']')) return fail("a comma or a closing bracket was expected");
        }
        writer_.close(mark);
        return true;
    }

    bool number() {
        const char* start = at_;
        if (at_ != end_ && *at_ == '-') ++at_;
        const char* whole = at_;
        while (at_ != end_ && is_digit(*at_)) ++at_;
        if (at_ == whole) return fail("a value was expected");
        if (*whole == '0' && at_ - whole > 1) return fail("a number with a leading zero");
        if (at_ != end_ && *at_ == '.') {
            const char* fraction = ++at_;
            while (at_ != end_ && is_digit(*at_)) ++at_;
            if (at_ == fraction) return fail("a digit was expected");
        }
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            const char* exponent = at_;
            while (at_ != end_ && is_digit(*at_)) ++at_;
            if (at_ == exponent) return fail("a digit was expected");
        }
        write_number(writer_, {start, static_cast<size_t>(at_ - start)});
        return true;
    }

    // Moves to the next quote, backslash or control character (or the end).
    void scan() {
#ifdef __AVX2__
        const __m256i quote = _mm256_set1_epi8('"');
        const __m256i backslash = _mm256_set1_epi8('\\');
        const __m256i control = _mm256_set1_epi8(0x1f);
        while (end_ - at_ >= 32) {
            const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at_));
            const __m256i special =
                _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(block, quote),
                                                _mm256_cmpeq_epi8(block, backslash)),
                                _mm256_cmpeq_epi8(_mm256_max_epu8(block, control), control));
            const auto mask = static_cast<unsigned>(_mm256_movemask_epi8(special));
            if (mask != 0) {
                at_ += std::countr_zero(mask);
                return;
            }
            at_ += 32;
        }
#endif
        while (at_ != end_ && *at_ != '"' && *at_ != '\\' &&
               static_cast<unsigned char>(*at_) > 0x1f) {
            ++at_;
        }
    }

    // A string or key: straight through when it holds no escape.
    template <typename Sink>
    bool text(Sink&& sink) {
        const char* start = ++at_;
        scan();
        if (at_ != end_ && *at_ == '"') {
            sink(std::string_view(start, static_cast<size_t>(at_ - start)));
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
        sink(std::string_view(unescaped_));
        return true;
    }

    bool escape() {
        static constexpr std::string_view kShort = "\"\\/bfnrt";
        static constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
        if (end_ - at_ < 2) return fail("a string without its end");
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

    const char* begin_;
    const char* at_;
    const char* end_;
    DocWriter writer_;
    std::string unescaped_;
    const char* why_ = "";
};

// Writes one value; containers recurse, at most kDocDepthMax deep.
class JsonWriter {
public:
    JsonWriter(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

    void value(DocView from) {
        switch (from.type()) {
            case DocType::Null:
                out_ += "null";
                break;
            case DocType::Bool:
                out_ += from.as_bool() ? "true" : "false";
                break;
            case DocType::Integer:
                out_ += std::to_string(*from.as_integer());
                break;
            case DocType::Decimal:
                decimal(*from.as_decimal());
                break;
            case DocType::Double:
                append_json_number(out_, *from.as_double());
                break;
            case DocType::NumberText: {
                ByteReader in(from.bytes().substr(1));
                out_ += in.string();
                break;
            }
            case DocType::String:
                append_json_string(out_, from.as_string());
                break;
            case DocType::Array: {
                bool first = true;
                out_ += '[';
                ++depth_;
                for (const DocView item : from.items()) {
                    separate(first);
                    value(item);
                }
                close(first, ']');
                break;
            }
            case DocType::Object: {
                bool first = true;
                out_ += '{';
                ++depth_;
                for (const DocField& field : from.fields()) {
                    separate(first);
                    append_json_string(out_, field.key);
                    out_ += pretty_ ? ": " : ":";
                    value(field.value);
                }
                close(first, '}');
                break;
            }
        }
    }

private:
    void new_line() {
        if (!pretty_) return;
        out_ += '\n';
        out_.append(2 * static_cast<size_t>(depth_), ' ');
    }
    void separate(bool& first) {
        if (!first) out_ += ',';
        first = false;
        new_line();
    }
    void close(bool empty, char bracket) {
        --depth_;
        if (!empty) new_line();
        out_ += bracket;
    }
    void decimal(Decimal number) {
        // Unsigned: bytes that did not come from us may hold the smallest integer.
        const auto units = static_cast<uint64_t>(number.units);
        std::string digits = std::to_string(number.units < 0 ? 0 - units : units);
        if (digits.size() <= number.scale) digits.insert(0, number.scale + 1 - digits.size(), '0');
        digits.insert(digits.size() - number.scale, ".");
        if (number.units < 0) out_ += '-';
        out_ += digits;
    }

    std::string& out_;
    bool pretty_;
    int depth_ = 0;
};

}  // namespace

void write_number(DocWriter& writer, std::string_view text) {
    const bool negative = text[0] == '-';
    int64_t units = 0;
    int digits = 0;
    int scale = 0;
    bool in_fraction = false;
    for (const char c : text.substr(negative ? 1 : 0)) {
        if (c == '.') {
            in_fraction = true;
            continue;
        }
        // A huge number, an exponent, or minus zero: only its text says exactly what it is.
        if (!is_digit(c) || digits == kDigitsMax) return writer.number_text(text);
        if (units != 0 || c != '0') ++digits;
        units = units * 10 + (c - '0');
        scale += in_fraction;
    }
    if (scale > kDigitsMax || (negative && units == 0)) return writer.number_text(text);
    writer.decimal({negative ? -units : units, static_cast<uint8_t>(scale)});
}

Status append_doc_from_json(std::string_view text, std::string& out) {
    if (!simdjson::validate_utf8(text.data(), text.size())) {
        return Error::invalid("json: not UTF-8");
    }
    const size_t before = out.size();
    Reader reader(text, out);
    if (reader.read()) return Status::ok();
    out.resize(before);
    return Error::invalid(reader.message());
}

Result<std::string> doc_from_json(std::string_view text) {
    std::string doc;
    TL_TRY(append_doc_from_json(text, doc));
    return doc;
}

void append_json(std::string& out, DocView value) {
    JsonWriter(out, false).value(value);
}

std::string to_json(DocView value) {
    std::string out;
    append_json(out, value);
    return out;
}

std::string to_pretty_json(DocView value) {
    std::string out;
    JsonWriter(out, true).value(value);
    return out;
}

}  // namespace throughline::model
