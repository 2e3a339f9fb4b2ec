#include "model/doc.h"

#include <charconv>
#include <cmath>

#include "base/json_text.h"
#include "model/doc_key_table.h"
#include "model/doc_keys.h"
#include "model/doc_tags.h"
#include "model/json.h"

namespace throughline::model {

namespace {

using namespace doc_tag;

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

uint8_t tag_of(std::string_view bytes) {
    return static_cast<uint8_t>(bytes[0]);
}

// The content of a container, between its head and its end.
std::string_view content_of(std::string_view bytes) {
    return bytes.substr(kContainerHead, load<uint32_t>(bytes.data() + 1));
}

bool check(ByteReader& in, int depth);

bool check_container(ByteReader& in, bool keyed, int depth) {
    ByteReader content(in.raw(in.fixed<uint32_t>()));
    if (!in.ok() || depth >= kDocDepthMax) return false;
    while (!content.at_end()) {
        if (keyed) {
            const uint64_t code = content.varint();
            if ((code & 1) == 0) content.raw(code >> 1);
            if ((code & 1) == 1 && well_known_key_at(code >> 1).empty()) return false;
        }
        if (!content.ok() || !check(content, depth + 1)) return false;
    }
    return content.ok();
}

bool check(ByteReader& in, int depth) {
    const uint8_t tag = in.u8();
    if (!in.ok()) return false;
    if (tag >= kSmallInteger || tag <= 2) return true;
    if (tag >= kShortString) return in.raw(tag - kShortString), in.ok();
    switch (tag) {
        case kInteger:
            in.varint();
            return in.ok();
        case kDecimal:
            return in.u8() <= 18 && (in.varint(), in.ok());
        case kDouble:
            in.fixed<double>();
            return in.ok();
        case kString:
            in.string();
            return in.ok();
        case kNumberText: {
            const std::string_view text = in.string();
            return in.ok() && !text.empty() &&
                   text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
        }
        case kArray:
            return check_container(in, false, depth);
        case kObject:
            return check_container(in, true, depth);
        default:
            return false;
    }
}

}  // namespace

double Decimal::as_double() const {
    // Both are exact below 2^53 and 10^22, so the quotient is the nearest double; past that the
    // text is read as JSON would be.
    if (units > -(1LL << 53) && units < (1LL << 53)) {
        return static_cast<double>(units) / kPowersOfTen[scale];
    }
    const std::string text = std::to_string(units) + "e-" + std::to_string(scale);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

namespace {

// Of a value whose size is not in its first five bytes.
size_t varint_value_size(std::string_view bytes) {
    ByteReader in(bytes.substr(1));
    switch (tag_of(bytes)) {
        case kInteger:
            in.varint();
            break;
        case kDecimal:
            in.u8(), in.varint();
            break;
        case kDouble:
            in.fixed<double>();
            break;
        case kString:
        case kNumberText:
            in.string();
            break;
        default:
            break;
    }
    return bytes.size() - in.left();
}

// Walks over events are made of this: the common values need no more than their tag.
inline size_t size_of_value(std::string_view bytes) {
    const uint8_t tag = tag_of(bytes);
    if (tag >= kSmallInteger || tag <= kTrue) return 1;
    if (tag >= kShortString) return 1u + tag - kShortString;
    if (tag >= kArray) return kContainerHead + load<uint32_t>(bytes.data() + 1);
    return varint_value_size(bytes);
}

}  // namespace

size_t doc_size(std::string_view bytes) {
    return size_of_value(bytes);
}

bool is_doc(std::string_view bytes) {
    ByteReader in(bytes);
    return check(in, 0) && in.at_end();
}

DocType DocView::type() const {
    if (bytes_.empty()) return DocType::Null;
    const uint8_t tag = tag_of(bytes_);
    if (tag >= kSmallInteger) return DocType::Integer;
    if (tag >= kShortString) return DocType::String;
    switch (tag) {
        case 1:
        case 2:
            return DocType::Bool;
        case kInteger:
            return DocType::Integer;
        case kDecimal:
            return DocType::Decimal;
        case kDouble:
            return DocType::Double;
        case kString:
            return DocType::String;
        case kNumberText:
            return DocType::NumberText;
        case kArray:
            return DocType::Array;
        case kObject:
            return DocType::Object;
        default:
            return DocType::Null;
    }
}

bool DocView::is_number() const {
    const DocType kind = type();
    return kind == DocType::Integer || kind == DocType::Decimal || kind == DocType::Double ||
           kind == DocType::NumberText;
}

bool DocView::as_bool(bool other) const {
    return type() == DocType::Bool ? bytes_[0] == 2 : other;
}

std::string_view DocView::as_string() const {
    if (bytes_.empty()) return {};
    const uint8_t tag = tag_of(bytes_);
    if (tag >= kShortString && tag < kSmallInteger) return bytes_.substr(1, tag - kShortString);
    if (tag != kString) return {};
    ByteReader in(bytes_.substr(1));
    return in.string();
}

std::optional<Decimal> DocView::as_decimal() const {
    if (bytes_.empty()) return {};
    const uint8_t tag = tag_of(bytes_);
    if (tag >= kSmallInteger) return Decimal{tag - kSmallInteger, 0};
    ByteReader in(bytes_.substr(1));
    if (tag == kInteger) return Decimal{in.signed_varint(), 0};
    if (tag != kDecimal) return {};
    const uint8_t scale = in.u8();
    return Decimal{in.signed_varint(), scale};
}

std::optional<int64_t> DocView::as_integer() const {
    if (const auto decimal = as_decimal()) {
        int64_t units = decimal->units;
        for (unsigned i = 0; i < decimal->scale; ++i, units /= 10) {
            if (units % 10 != 0) return {};
        }
        return units;
    }
    const auto real = as_double();
    if (!real || *real != std::floor(*real) || std::abs(*real) > 9e15) return {};
    return static_cast<int64_t>(*real);
}

std::optional<double> DocView::as_double() const {
    if (const auto decimal = as_decimal()) return decimal->as_double();
    const DocType kind = type();
    if (kind == DocType::Double) return load<double>(bytes_.data() + 1);
    if (kind != DocType::NumberText) return {};
    ByteReader in(bytes_.substr(1));
    const std::string_view text = in.string();
    double value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return {};
    return value;
}

std::optional<std::string> DocView::as_text() const {
    switch (type()) {
        case DocType::String:
            return std::string(as_string());
        case DocType::Null:
        case DocType::Array:
        case DocType::Object:
            return {};
        case DocType::Bool:
        case DocType::Integer:
        case DocType::Decimal:
        case DocType::Double:
        case DocType::NumberText:
            return to_json(*this);
    }
    return {};
}

DocItems DocView::items() const {
    return DocItems(is_array() ? content_of(bytes_) : std::string_view{});
}

DocFields DocView::fields() const {
    return DocFields(is_object() ? content_of(bytes_) : std::string_view{});
}

DocView DocView::find(std::string_view key) const {
    DocView found;
    for (const DocField& field : fields()) {
        if (field.key == key) found = field.value;
    }
    return found;
}

DocView DocView::at_path(std::string_view dotted_path) const {
    DocView at = *this;
    while (true) {
        const size_t dot = dotted_path.find('.');
        at = at.find(dotted_path.substr(0, dot));
        if (dot == std::string_view::npos || at.is_missing()) return at;
        dotted_path.remove_prefix(dot + 1);
    }
}

void DocFields::Iterator::measure() {
    size_ = 0;
    if (rest_.empty()) return;
    uint64_t code = static_cast<uint8_t>(rest_[0]);
    size_t key_size = 1;  // Nearly every code is one byte.
    if (code >= 0x80) {
        ByteReader in(rest_);
        code = in.varint();
        key_size = rest_.size() - in.left();
    }
    if ((code & 1) != 0) {
        TL_ASSERT(code >> 1 < std::size(kWellKnownKeys));
        field_.key = kWellKnownKeys[code >> 1];
        field_.known = static_cast<int>(code >> 1);
    } else {
        field_.key = rest_.substr(key_size, code >> 1);
        field_.known = -1;
        key_size += code >> 1;
    }
    const std::string_view value = rest_.substr(key_size);
    const size_t value_size = size_of_value(value);
    field_.value = DocView(value.substr(0, value_size));
    size_ = key_size + value_size;
}

void DocWriter::integer(int64_t value) {
    if (value >= 0 && value < 128) {
        out_.push_back(static_cast<char>(kSmallInteger + value));
        return;
    }
    out_.push_back(kInteger);
    ByteWriter(out_).signed_varint(value);
}

void DocWriter::decimal(Decimal value) {
    if (value.scale == 0) return integer(value.units);
    out_.push_back(kDecimal);
    ByteWriter out(out_);
    out.u8(value.scale);
    out.signed_varint(value.units);
}

void DocWriter::real(double value) {
    out_.push_back(kDouble);
    ByteWriter(out_).fixed(value);
}

void DocWriter::number_text(std::string_view json) {
    out_.push_back(kNumberText);
    ByteWriter(out_).string(json);
}

void DocWriter::string(std::string_view utf8) {
    if (utf8.size() < 64) {
        out_.push_back(static_cast<char>(kShortString + utf8.size()));
        out_.append(utf8);
        return;
    }
    out_.push_back(kString);
    ByteWriter(out_).string(utf8);
}

void DocWriter::copy(DocView value) {
    if (value.is_missing()) return null();
    out_.append(value.bytes());
}

void DocWriter::key(std::string_view key) {
    const int place = well_known_key(key);
    const size_t code = place >= 0 ? static_cast<size_t>(place) * 2 + 1 : key.size() * 2;
    if (code < 0x80) {
        out_.push_back(static_cast<char>(code));
    } else {
        ByteWriter(out_).varint(code);
    }
    if (place < 0) out_.append(key);
}

size_t DocWriter::open(char tag) {
    out_.push_back(tag);
    out_.append(4, '\0');
    return out_.size();
}

void DocWriter::close(size_t mark) {
    TL_ASSERT(mark >= 4 && mark <= out_.size());
    const auto size = static_cast<uint32_t>(out_.size() - mark);
    std::memcpy(out_.data() + mark - 4, &size, sizeof size);
}

}  // namespace throughline::model
