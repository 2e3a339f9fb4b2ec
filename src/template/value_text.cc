#include "template/value_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/json_text.h"

namespace throughline::tmpl {

namespace {

constexpr std::string_view kObjectText = "[object Object]";

bool is_too_deep(Work& work, int depth) {
    work.step();
    if (depth < kValueDepthMax) return work.failed();
    work.fail(Code::ResourceExhausted,
              "lists in lists deeper than " + std::to_string(kValueDepthMax));
    return true;
}

// Lists are written with the text of each item and something between.
void append_items(TextBuilder& out, Value list, int depth) {
    bool first = true;
    for (const Value& item : out.work().items(list)) {
        if (!first) out.add(',');
        first = false;
        if (!item.is_nil()) append_as_string(out, item, depth + 1);
        if (out.work().failed()) return;
    }
}

// `forloop` printed by itself is the JSON of its fields.
void append_loop(TextBuilder& out, const Loop& loop) {
    out.add("{\"i\":" + std::to_string(loop.index) + ",\"length\":" + std::to_string(loop.length) +
            ",\"name\":");
    std::string name;
    append_json_string(name, std::string(loop.variable) + "-" + std::string(loop.collection));
    out.add(name);
    if (loop.columns != 0) out.add(",\"cols\":" + std::to_string(loop.columns));
    out.add('}');
}

void append_number(TextBuilder& out, double number) {
    NumberBuffer buffer;
    out.add(number_text(number, buffer));
}

// The digits of a number with its point or exponent where JavaScript has them.
// Requires: finite, not 0.
size_t write_digits(double number, NumberBuffer& buffer) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, std::abs(number),
                                   std::chars_format::scientific)
                         .ptr;
    std::string_view text(digits, static_cast<size_t>(end - digits));
    const size_t mark = text.find('e');
    int exponent = 0;
    const char* sign = text.data() + mark + 1;
    std::from_chars(*sign == '+' ? sign + 1 : sign, end, exponent);

    char plain[24];
    int count = 0;
    for (const char c : text.substr(0, mark)) {
        if (c != '.') plain[count++] = c;
    }
    char* out = buffer;
    const auto put = [&](const char* from, int bytes) {
        std::memcpy(out, from, static_cast<size_t>(bytes));
        out += bytes;
    };
    if (number < 0) *out++ = '-';
    if (exponent >= 21 || exponent < -6) {
        put(plain, 1);
        if (count > 1) put(".", 1), put(plain + 1, count - 1);
        put(exponent < 0 ? "e-" : "e+", 2);
        out = std::to_chars(out, buffer + sizeof buffer, std::abs(exponent)).ptr;
    } else if (exponent < 0) {
        put("0.000000", 1 - exponent), put(plain, count);
    } else if (exponent >= count - 1) {
        put(plain, count);
        for (int i = count - 1; i < exponent; ++i) *out++ = '0';
    } else {
        put(plain, exponent + 1), put(".", 1);
        put(plain + exponent + 1, count - exponent - 1);
    }
    return static_cast<size_t>(out - buffer);
}

}  // namespace

std::string_view number_text(double number, NumberBuffer& buffer) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    // Most numbers are whole and small, and 0 has no sign.
    if (std::abs(number) < 1e15 && number == std::trunc(number)) {
        const auto whole = static_cast<int64_t>(number);
        const auto end = std::to_chars(buffer, buffer + sizeof buffer, whole).ptr;
        return {buffer, static_cast<size_t>(end - buffer)};
    }
    return {buffer, write_digits(number, buffer)};
}

void append_as_string(TextBuilder& out, Value value, int depth) {
    switch (value.kind()) {
        case Kind::Missing:
            return out.add("undefined");
        case Kind::Null:
            return out.add("null");
        case Kind::Bool:
            return out.add(value.truth() ? "true" : "false");
        case Kind::Number:
            return append_number(out, value.number());
        case Kind::Text:
            return out.add(value.text());
        case Kind::List:
        case Kind::Array:
            if (!is_too_deep(out.work(), depth)) append_items(out, value, depth);
            return;
        case Kind::Object:
        case Kind::Record:
        case Kind::Loop:
        case Kind::Nil:
        case Kind::Empty:
        case Kind::Blank:
            return out.add(kObjectText);
    }
}

void append_printed(TextBuilder& out, Value value, int depth) {
    switch (value.kind()) {
        case Kind::Missing:
        case Kind::Null:
        case Kind::Nil:
        case Kind::Empty:
        case Kind::Blank:
            return;
        case Kind::List:
        case Kind::Array:
            if (is_too_deep(out.work(), depth)) return;
            for (const Value& item : out.work().items(value)) {
                append_printed(out, item, depth + 1);
                if (out.work().failed()) return;
            }
            return;
        case Kind::Loop:
            return append_loop(out, value.loop());
        case Kind::Bool:
        case Kind::Number:
        case Kind::Text:
        case Kind::Object:
        case Kind::Record:
            return append_as_string(out, value, depth);
    }
}

std::string_view printed(Work& work, Value value) {
    if (value.is_text()) {
        work.step(value.text().size() / kTextBytesAStep);
        return value.text();
    }
    TextBuilder out(work);
    append_printed(out, value);
    return out.text();
}

std::string_view as_string(Work& work, Value value) {
    if (value.is_text()) {
        work.step(value.text().size() / kTextBytesAStep);
        return value.text();
    }
    TextBuilder out(work);
    append_as_string(out, value);
    return out.text();
}

double as_number(Work& work, Value value) {
    switch (value.kind()) {
        case Kind::Bool:
            return value.truth() ? 1 : 0;
        case Kind::Number:
            return value.number();
        case Kind::Text:
        case Kind::List:
        case Kind::Array:
            return number_of_text(as_string(work, value));
        case Kind::Null:
        case Kind::Nil:
        case Kind::Empty:
        case Kind::Blank:
            return 0;
        case Kind::Missing:
        case Kind::Object:
        case Kind::Record:
        case Kind::Loop:
            return std::numeric_limits<double>::quiet_NaN();
    }
    return 0;
}

double as_operand(Work& work, Value value) {
    const double number = as_number(work, value);
    return std::isnan(number) ? 0 : number;
}

namespace {

class JsonWriter {
public:
    JsonWriter(TextBuilder& out, std::string_view indent) : out_(out), indent_(indent) {}

    void write(Value value) {
        switch (value.kind()) {
            case Kind::Missing:
            case Kind::Null:
            case Kind::Nil:
                return out_.add("null");
            case Kind::Empty:
            case Kind::Blank:
                return out_.add("\"\"");
            case Kind::Bool:
                return out_.add(value.truth() ? "true" : "false");
            case Kind::Number:
                if (!std::isfinite(value.number())) return out_.add("null");
                return append_number(out_, value.number());
            case Kind::Text:
                return string(value.text());
            case Kind::Loop:
                return append_loop(out_, value.loop());
            case Kind::List:
            case Kind::Array:
                return list(value);
            case Kind::Object:
            case Kind::Record:
                return object(value);
        }
    }

private:
    void string(std::string_view text) {
        std::string quoted;
        append_json_string(quoted, text);
        out_.add(quoted);
    }
    void new_line() {
        if (indent_.empty()) return;
        out_.add('\n');
        for (int i = 0; i < depth_; ++i) out_.add(indent_);
    }
    // Before an item.
    void separate(bool& first) {
        if (!first) out_.add(',');
        first = false;
        new_line();
    }
    void close(bool is_empty, char bracket) {
        --depth_;
        if (!is_empty) new_line();
        out_.add(bracket);
    }
    void list(Value value) {
        if (is_too_deep(out_.work(), depth_)) return;
        out_.add('[');
        ++depth_;
        bool first = true;
        for (const Value& item : out_.work().items(value)) {
            separate(first);
            write(item);
            if (out_.work().failed()) return;
        }
        close(first, ']');
    }
    // A missing value of a record is left out, as JSON.stringify does.
    void field(std::string_view name, Value value, bool& first) {
        if (value.is_missing() || out_.work().failed()) return;
        separate(first);
        string(name);
        out_.add(indent_.empty() ? ":" : ": ");
        write(value);
    }
    void object(Value value) {
        if (is_too_deep(out_.work(), depth_)) return;
        out_.add('{');
        ++depth_;
        bool first = true;
        if (value.kind() == Kind::Record) {
            for (const Field& one : value.record()) field(one.name, one.value, first);
        } else {
            for (const model::DocField& one : value.doc().fields()) {
                field(one.key, Value::of(one.value), first);
            }
        }
        close(first, '}');
    }

    TextBuilder& out_;
    std::string_view indent_;
    int depth_ = 0;
};

}  // namespace

void append_json_value(TextBuilder& out, Value value, std::string_view indent) {
    if (!value.is_missing()) JsonWriter(out, indent).write(value);
}

}  // namespace throughline::tmpl
