#include "model/json.h"

#include "base/json_text.h"

namespace throughline::model {

namespace {

constexpr int kDigitsMax = 18;  // What an int64 holds for sure.

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
        if (c < '0' || c > '9' || digits == kDigitsMax) return writer.number_text(text);
        if (units != 0 || c != '0') ++digits;
        units = units * 10 + (c - '0');
        scale += in_fraction;
    }
    if (scale > kDigitsMax || (negative && units == 0)) return writer.number_text(text);
    writer.decimal({negative ? -units : units, static_cast<uint8_t>(scale)});
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
