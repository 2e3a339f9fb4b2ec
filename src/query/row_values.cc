#include "query/row_values.h"

#include <algorithm>
#include <utility>

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

// Nothing: the dimension is no field.
std::optional<RowFields::Field> field_of(const Dimension& dimension) {
    if (dimension.kind == Dimension::Kind::Property) return RowFields::Field{dimension.property};
    if (dimension.kind != Dimension::Kind::Currency) return std::nullopt;
    return RowFields::Field{dimension.property, "currency"};
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

RowValues::RowValues(const Pass& pass, const Environment& environment, Values& values)
    : pass_(pass),
      environment_(environment),
      conditions_(pass.conditions, environment.names),
      values_(values),
      all_fields_(fields_of(pass)),
      fields_(all_fields_) {
    for (const Condition& condition : pass.conditions) {
        std::vector<Part>& parts = parts_.emplace_back(condition.where.parts());
        for (size_t part = 0; part < parts.size(); ++part) {
            const PropertyPath* const property = condition.where.property(part);
            if (property != nullptr) parts[part].field = field_number({*property});
        }
    }
    auto next = static_cast<size_t>(
        std::ranges::find_if(all_fields_, [](const auto& f) { return !f.from_top.empty(); }) -
        all_fields_.begin());
    for (const auto& [dimension, of] : pass.dimensions) {
        FieldOfDimension& field = dimensions_.emplace_back();
        if (const auto wanted = field_of(dimension)) field.field = field_number(*wanted);
        if (dimension.kind != Dimension::Kind::Computed) continue;
        field.computed.emplace(*dimension.computed, next);
        next += dimension.computed->fields().size();
    }
    for (const auto& number : pass.numbers) numbers_.push_back(field_number({number.property}));
}

// The different fields that a pass reads.
std::vector<RowFields::Field> RowValues::fields_of(const Pass& pass) {
    std::vector<RowFields::Field> fields;
    const auto add = [&](const RowFields::Field& field) {
        if (std::ranges::find(fields, field) == fields.end()) fields.push_back(field);
    };
    for (const Condition& condition : pass.conditions) {
        for (size_t part = 0; part < condition.where.parts(); ++part) {
            if (const auto* property = condition.where.property(part)) add({*property});
        }
    }
    for (const auto& [dimension, of] : pass.dimensions) {
        if (const auto field = field_of(dimension)) add(*field);
    }
    // Those of one text stand together.
    for (const auto& [dimension, of] : pass.dimensions) {
        if (dimension.kind != Dimension::Kind::Computed) continue;
        for (const std::string& path : dimension.computed->fields()) {
            fields.push_back({.from_top = path});
        }
    }
    for (const auto& number : pass.numbers) add({number.property});
    return fields;
}

size_t RowValues::field_number(const RowFields::Field& field) const {
    return static_cast<size_t>(std::ranges::find(all_fields_, field) - all_fields_.begin());
}

bool RowValues::reads_origin() const {
    return !all_fields_.empty() ||
           std::any_of(pass_.dimensions.begin(), pass_.dimensions.end(), [](const auto& each) {
               return each.dimension.kind == Dimension::Kind::Source ||
                      each.dimension.kind == Dimension::Kind::Type;
           });
}

// Values of one number are equal, so one of them is looked at.
template <typename T, typename Work>
Result<T> RowValues::remembered(size_t field, Known<T>& known, Work&& work) {
    TL_TRY_ASSIGN(const uint32_t number, fields_.look(field));
    if (number == RowFields::kAnother) {
        TL_TRY_ASSIGN(const DocView value, fields_.value());
        return work(value);
    }
    if (known.generation != fields_.generation()) {
        known.generation = fields_.generation();
        known.of.clear();
    }
    if (number >= known.of.size()) known.of.resize(number + 1);
    if (!known.of[number]) {
        TL_TRY_ASSIGN(const DocView value, fields_.value());
        known.of[number] = work(value);
    }
    return *known.of[number];
}

Result<Match> RowValues::match(Match candidates, uint32_t name) {
    const Match open = conditions_.undecided(candidates, name);
    if (open == 0) return candidates;
    const Match holding = conditions_.holding(open, name, fields_.name(), [&](size_t condition) {
        return pass_.conditions[condition].where.holds(
            [&](size_t part) { return part_holds(condition, part); });
    });
    if (!status_) return std::exchange(status_, Status::ok()).error();
    return (candidates & ~open) | holding;
}

// An error is told by match(), behind the conditions.
bool RowValues::part_holds(size_t condition, size_t part) {
    Part& at = parts_[condition][part];
    const Predicate& where = pass_.conditions[condition].where;
    const auto holds = remembered(at.field, at.known,
                                  [&](DocView value) { return where.part_holds(part, value); });
    if (!holds) status_ = holds.error();
    return holds && *holds;
}

uint64_t RowValues::coded(const Dimension& dimension, std::optional<std::string_view> text) {
    if (dimension.use == Dimension::Use::Name) return text ? values_.code(*text) : kNoValue;
    return text ? std::max<uint64_t>(checksum(*text, kMarkSeed), 1) : kNoMark;
}

Result<uint64_t> RowValues::field_value_of(const Dimension& dimension, FieldOfDimension& field) {
    return remembered(field.field, field.known, [&](DocView value) {
        if (value.is_missing() || value.is_null()) return coded(dimension, std::nullopt);
        if (value.is_string()) return coded(dimension, value.as_string());
        text_ = model::to_json(value);
        return coded(dimension, text_);
    });
}

Result<uint64_t> RowValues::value_of(size_t index, model::EventType type, model::SourceId source) {
    const Dimension& dimension = pass_.dimensions[index].dimension;
    switch (dimension.kind) {
        case Dimension::Kind::Source:
            text_ = environment_.source_name ? environment_.source_name(source)
                                             : std::to_string(source);
            return coded(dimension, text_);
        case Dimension::Kind::Type:
            return coded(dimension, model::event_type_name(type));
        case Dimension::Kind::Event:
            return coded(dimension, fields_.name());
        case Dimension::Kind::Computed:
            return dimensions_[index].computed->of(
                fields_, source, [&](const auto& text) { return coded(dimension, text); });
        case Dimension::Kind::Property:
        case Dimension::Kind::Currency:
            break;
    }
    return field_value_of(dimension, dimensions_[index]);
}

Result<model::Decimal> RowValues::number_of(size_t number) {
    TL_TRY(fields_.look(numbers_[number]));
    TL_TRY_ASSIGN(const DocView value, fields_.value());
    return value.as_decimal().value_or(model::Decimal{0, kNoNumber});
}

Status RowValues::append(Match match, model::EventType type, model::SourceId source,
                         ValueColumns& out) {
    for (size_t i = 0; i < pass_.dimensions.size(); ++i) {
        const auto& [dimension, of] = pass_.dimensions[i];
        uint64_t value = dimension.use == Dimension::Use::Name ? kNoValue : kNoMark;
        if ((of & match) != 0) {
            TL_TRY_ASSIGN(value, value_of(i, type, source));
        }
        if (dimension.use == Dimension::Use::Name) {
            out.codes[i].push_back(static_cast<ValueCode>(value));
        } else {
            out.marks[i].push_back(value);
        }
    }
    for (size_t i = 0; i < numbers_.size(); ++i) {
        model::Decimal number{0, kNoNumber};
        if ((pass_.numbers[i].of & match) != 0) {
            TL_TRY_ASSIGN(number, number_of(i));
        }
        out.numbers[i].push_back(number);
    }
    return Status::ok();
}

}  // namespace throughline::query
