#include "query/row_values.h"

#include <algorithm>

#include "base/hash.h"
#include "model/json.h"

namespace throughline::query {

using model::DocView;
using model::EventView;

namespace {

constexpr uint64_t kMarkSeed = 0x7468726f75676821;

template <typename T>
void keep_rows(std::vector<T>& column, const std::vector<uint8_t>& keeps) {
    if (column.empty()) return;
    size_t kept = 0;
    for (size_t i = 0; i < keeps.size(); ++i) {
        if (keeps[i]) column[kept++] = column[i];
    }
    column.resize(kept);
}

template <typename T>
void append_rows(std::vector<std::vector<T>>& to, const std::vector<std::vector<T>>& from,
                 size_t begin, size_t end) {
    for (size_t i = 0; i < to.size(); ++i) {
        if (from[i].empty()) continue;  // Of a dimension that has codes, or marks, only.
        const auto first = from[i].begin();
        to[i].insert(to[i].end(), first + static_cast<std::ptrdiff_t>(begin),
                     first + static_cast<std::ptrdiff_t>(end));
    }
}

}  // namespace

void ValueColumns::clear() {
    for (auto& column : codes) column.clear();
    for (auto& column : marks) column.clear();
    for (auto& column : numbers) column.clear();
}

void ValueColumns::append(const ValueColumns& from, size_t begin, size_t end) {
    append_rows(codes, from.codes, begin, end);
    append_rows(marks, from.marks, begin, end);
    append_rows(numbers, from.numbers, begin, end);
}

void ValueColumns::keep(const std::vector<uint8_t>& rows) {
    for (auto& column : codes) keep_rows(column, rows);
    for (auto& column : marks) keep_rows(column, rows);
    for (auto& column : numbers) keep_rows(column, rows);
}

size_t ValueColumns::row_bytes(const Pass& pass) {
    size_t bytes = pass.numbers.size() * sizeof(model::Decimal);
    for (const auto& [dimension, of] : pass.dimensions) {
        const bool is_named = dimension.use == Dimension::Use::Name;
        bytes += is_named ? sizeof(ValueCode) : sizeof(uint64_t);
    }
    return bytes;
}

bool RowValues::reads_origin() const {
    return std::any_of(pass_.dimensions.begin(), pass_.dimensions.end(), [](const auto& each) {
        return each.dimension.kind == Dimension::Kind::Source ||
               each.dimension.kind == Dimension::Kind::Type;
    });
}

bool RowValues::reads_event(Match match) const {
    for (const auto& [dimension, of] : pass_.dimensions) {
        if ((of & match) != 0 && dimension.kind != Dimension::Kind::Source &&
            dimension.kind != Dimension::Kind::Type) {
            return true;
        }
    }
    return std::any_of(pass_.numbers.begin(), pass_.numbers.end(),
                       [&](const auto& number) { return (number.of & match) != 0; });
}

void RowValues::append_values(Match match, uint8_t type, model::SourceId source,
                              ValueColumns& out) {
    for (size_t i = 0; i < pass_.dimensions.size(); ++i) {
        const auto& [dimension, of] = pass_.dimensions[i];
        std::optional<std::string_view> text;
        if ((of & match) != 0) text = text_of(dimension, type, source);
        if (dimension.use == Dimension::Use::Name) {
            out.codes[i].push_back(text ? values_.code(*text) : kNoValue);
        } else {
            out.marks[i].push_back(text ? std::max<uint64_t>(checksum(*text, kMarkSeed), 1)
                                        : kNoMark);
        }
    }
    for (size_t i = 0; i < pass_.numbers.size(); ++i) {
        std::optional<model::Decimal> number;
        if ((pass_.numbers[i].of & match) != 0) {
            number = pass_.numbers[i].property.value_in(EventView(event_)).as_decimal();
        }
        out.numbers[i].push_back(number.value_or(model::Decimal{0, kNoNumber}));
    }
}

std::optional<std::string_view> RowValues::text_of(const Dimension& dimension, uint8_t type,
                                                   model::SourceId source) {
    switch (dimension.kind) {
        case Dimension::Kind::Source:
            text_ = environment_.source_name ? environment_.source_name(source)
                                             : std::to_string(source);
            return text_;
        case Dimension::Kind::Type:
            return model::event_type_name(static_cast<model::EventType>(type));
        case Dimension::Kind::Event:
            return EventView(event_).name();
        case Dimension::Kind::Computed:
            return dimension.computed->of(EventView(event_), text_);
        case Dimension::Kind::Property:
        case Dimension::Kind::Currency:
            break;
    }
    const EventView event(event_);
    const DocView value = dimension.kind == Dimension::Kind::Property
                              ? dimension.property.value_in(event)
                              : dimension.property.beside(event, "currency");
    if (value.is_missing() || value.is_null()) return std::nullopt;
    if (value.is_string()) return value.as_string();
    text_ = model::to_json(value);
    return text_;
}

}  // namespace throughline::query
