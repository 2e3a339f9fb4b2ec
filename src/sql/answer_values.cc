#include "sql/answer_values.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json_text.h"
#include "base/time.h"
#include "model/json.h"

namespace throughline::sql {

namespace {

using duck::Type;

template <typename T>
T value_at(const void* data, uint64_t row) {
    return load<T>(static_cast<const char*>(data) + row * sizeof(T));
}

std::string_view text_at(const void* data, uint64_t row) {
    const auto& text = static_cast<const duck::Text*>(data)[row];
    constexpr uint32_t kInPlaceMax = 12;
    return {text.size <= kInPlaceMax ? text.prefix : text.pointer, text.size};
}

// Digits of a number of up to 128 bits, with a point before the last `scale` of them.
std::string digits(unsigned __int128 number, bool is_negative, uint8_t scale) {
    std::string text;
    for (; number > 0 || text.size() <= scale; number /= 10) {
        text += static_cast<char>('0' + static_cast<int>(number % 10));
        if (text.size() == scale) text += '.';
    }
    if (scale > 0 && text.back() == '.') text += '0';
    if (is_negative) text += '-';
    std::ranges::reverse(text);
    return text;
}

std::string signed_digits(__int128 number, uint8_t scale) {
    const auto bits = static_cast<unsigned __int128>(number);
    return digits(number < 0 ? -bits : bits, number < 0, scale);
}

__int128 huge_at(const void* data, uint64_t row) {
    const auto huge = value_at<duck::HugeInt>(data, row);
    return static_cast<__int128>(static_cast<unsigned __int128>(huge.upper) << 64 | huge.lower);
}

// A whole number of any width.
__int128 integer_at(Type type, const void* data, uint64_t row) {
    switch (type) {
        case Type::TinyInt:
            return value_at<int8_t>(data, row);
        case Type::SmallInt:
            return value_at<int16_t>(data, row);
        case Type::Integer:
            return value_at<int32_t>(data, row);
        case Type::BigInt:
            return value_at<int64_t>(data, row);
        case Type::UTinyInt:
            return value_at<uint8_t>(data, row);
        case Type::USmallInt:
            return value_at<uint16_t>(data, row);
        case Type::UInteger:
            return value_at<uint32_t>(data, row);
        case Type::UBigInt:
            return value_at<uint64_t>(data, row);
        default:
            return huge_at(data, row);
    }
}

std::string two_digits(int64_t number) {
    return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

std::string date_text(int64_t day) {
    constexpr int64_t kEver = 2'932'897;  // 10000-01-01; infinite dates lie far behind it.
    if (day < -719'162 || day >= kEver) return day < 0 ? "-infinity" : "infinity";
    return format_instant(day * kDay).substr(0, 10);
}

std::string time_text(int64_t micros) {
    const int64_t seconds = micros / kSecond;
    std::string text = two_digits(seconds / 3600) + ":" + two_digits(seconds / 60 % 60) + ":" +
                       two_digits(seconds % 60);
    if (micros % kSecond == 0) return text;
    std::string fraction = std::to_string(kSecond + micros % kSecond);
    fraction[0] = '.';
    return text + fraction;
}

std::string instant_text(int64_t micros) {
    const int64_t day = floor_div(micros, kDay);
    const std::string date = date_text(day);
    return date.ends_with("infinity") ? date : format_instant_exact(micros);
}

// What a clock shows, of no zone: `2026-01-31T10:00:00`.
std::string civil_text(int64_t micros) {
    std::string text = instant_text(micros);
    if (text.ends_with('Z')) text.pop_back();
    return text;
}

// ISO 8601, as in `P1M2DT3H`.
std::string interval_text(const duck::Interval& interval) {
    std::string text = "P";
    if (interval.months != 0) text += std::to_string(interval.months) + "M";
    if (interval.days != 0) text += std::to_string(interval.days) + "D";
    if (interval.micros != 0 || text.size() == 1) {
        text += "T" + signed_digits(interval.micros, 6) + "S";
    }
    return text;
}

std::string uuid_text(__int128 stored) {
    // The first bit is turned, so that they sort.
    auto bits = static_cast<unsigned __int128>(stored) ^ (static_cast<unsigned __int128>(1) << 127);
    std::string text;
    for (int place = 0; place < 32; ++place, bits >>= 4) {
        if (place == 12 || place == 16 || place == 20 || place == 24) text += '-';
        text += "0123456789abcdef"[static_cast<int>(bits & 15)];
    }
    std::ranges::reverse(text);
    return text;
}

bool is_valid(const duck::Api& api, duck::Vector vector, uint64_t row) {
    const uint64_t* validity = api.vector_get_validity(vector);
    return validity == nullptr || (validity[row / 64] >> (row % 64) & 1) != 0;
}

// A text that DuckDB made.
std::string taken(const duck::Api& api, char* text) {
    std::string copy = text == nullptr ? "" : text;
    api.free(text);
    return copy;
}

struct TypeGuard {
    const duck::Api& api;
    duck::LogicalType type;
    ~TypeGuard() { api.destroy_logical_type(&type); }
};

}  // namespace

Result<ValueType> ValueType::make(const duck::Api& api, duck::LogicalType type) {
    const TypeGuard guard{api, type};
    ValueType made;
    made.id_ = api.get_type_id(type);
    switch (made.id_) {
        case Type::Decimal:
            made.scale_ = api.decimal_scale(type);
            made.stored_ = api.decimal_internal_type(type);
            return made;
        case Type::Varchar:
            made.is_json_ = taken(api, api.logical_type_get_alias(type)) == "JSON";
            return made;
        case Type::List:
        case Type::Map:
        case Type::Struct:
        case Type::Enum:
            TL_TRY(made.read_parts(api, type));
            return made;
        case Type::Blob:
            break;
        default:
            if (made.id_ <= Type::TimestampNanos || made.id_ == Type::Uuid ||
                made.id_ == Type::TimestampTz || made.id_ == Type::UHugeInt ||
                made.id_ == Type::SqlNull) {
                return made;
            }
    }
    return Error::invalid("sql: a column has a type that JSON cannot say: cast it to VARCHAR");
}

Status ValueType::read_parts(const duck::Api& api, duck::LogicalType type) {
    if (id_ == Type::Struct) {
        for (duck::Index i = 0; i < api.struct_type_child_count(type); ++i) {
            names_.push_back(taken(api, api.struct_type_child_name(type, i)));
            TL_TRY_ASSIGN(ValueType part, make(api, api.struct_type_child_type(type, i)));
            parts_.push_back(std::move(part));
        }
        return Status::ok();
    }
    if (id_ != Type::Enum) {  // A map is a list of {key, value}.
        TL_TRY_ASSIGN(ValueType element, make(api, api.list_type_child_type(type)));
        parts_.push_back(std::move(element));
        return Status::ok();
    }
    stored_ = api.enum_internal_type(type);
    for (duck::Index i = 0; i < api.enum_dictionary_size(type); ++i) {
        names_.push_back(taken(api, api.enum_dictionary_value(type, i)));
    }
    return Status::ok();
}

std::string_view ValueType::kind() const {
    switch (id_) {
        case Type::Boolean:
            return "boolean";
        case Type::TimestampTz:
            return "time";
        case Type::Timestamp:
            return "text";
        case Type::Date:
            return "date";
        case Type::Varchar:
            return is_json_ ? "json" : "text";
        case Type::List:
        case Type::Map:
        case Type::Struct:
            return "json";
        case Type::Decimal:
        case Type::HugeInt:
        case Type::UHugeInt:
            return "number";
        default:
            return id_ <= Type::Double ? "number" : "text";
    }
}

void ValueType::append(const duck::Api& api, duck::Vector vector, uint64_t row,
                       std::string& out) const {
    if (id_ == Type::SqlNull || !is_valid(api, vector, row)) {
        out += "null";
    } else if (id_ == Type::List || id_ == Type::Map) {
        append_list(api, vector, row, out);
    } else if (id_ == Type::Struct) {
        append_struct(api, vector, row, out);
    } else {
        append_simple(api.vector_get_data(vector), row, out);
    }
}

void ValueType::append_simple(const void* data, uint64_t row, std::string& out) const {
    switch (id_) {
        case Type::Boolean:
            out += value_at<uint8_t>(data, row) != 0 ? "true" : "false";
            break;
        case Type::Float:
            append_json_number(out, static_cast<double>(value_at<float>(data, row)));
            break;
        case Type::Double:
            append_json_number(out, value_at<double>(data, row));
            break;
        case Type::Decimal:
            out += signed_digits(integer_at(stored_, data, row), scale_);
            break;
        case Type::UHugeInt:
            out += digits(static_cast<unsigned __int128>(huge_at(data, row)), false, 0);
            break;
        case Type::Varchar:
            // DuckDB takes NaN for JSON; nobody else does.
            is_json_&& model::doc_from_json(text_at(data, row))
                ? void(out += text_at(data, row))
                : append_json_string(out, text_at(data, row));
            break;
        case Type::Enum:
            append_json_string(out, names_[static_cast<size_t>(integer_at(stored_, data, row))]);
            break;
        case Type::Date:
            append_json_string(out, date_text(value_at<int32_t>(data, row)));
            break;
        case Type::Time:
            append_json_string(out, time_text(value_at<int64_t>(data, row)));
            break;
        case Type::TimestampTz:
            append_json_string(out, instant_text(value_at<int64_t>(data, row)));
            break;
        case Type::Timestamp:
            append_json_string(out, civil_text(value_at<int64_t>(data, row)));
            break;
        case Type::TimestampSeconds:
            append_json_string(out, civil_text(value_at<int64_t>(data, row) * kSecond));
            break;
        case Type::TimestampMillis:
            append_json_string(out, civil_text(value_at<int64_t>(data, row) * 1000));
            break;
        case Type::TimestampNanos:
            append_json_string(out, civil_text(floor_div(value_at<int64_t>(data, row), 1000)));
            break;
        case Type::Interval:
            append_json_string(out, interval_text(value_at<duck::Interval>(data, row)));
            break;
        case Type::Uuid:
            append_json_string(out, uuid_text(huge_at(data, row)));
            break;
        default:
            out += signed_digits(integer_at(id_, data, row), 0);
            break;
    }
}

void ValueType::append_list(const duck::Api& api, duck::Vector vector, uint64_t row,
                            std::string& out) const {
    const auto entry = value_at<duck::ListEntry>(api.vector_get_data(vector), row);
    const duck::Vector elements = api.list_vector_get_child(vector);
    out += '[';
    for (uint64_t i = 0; i < entry.length; ++i) {
        if (i > 0) out += ',';
        parts_[0].append(api, elements, entry.offset + i, out);
    }
    out += ']';
}

void ValueType::append_struct(const duck::Api& api, duck::Vector vector, uint64_t row,
                              std::string& out) const {
    out += '{';
    for (size_t i = 0; i < parts_.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, names_[i]);
        out += ':';
        parts_[i].append(api, api.struct_vector_get_child(vector, i), row, out);
    }
    out += '}';
}

}  // namespace throughline::sql
