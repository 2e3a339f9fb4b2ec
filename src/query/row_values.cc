#include "query/row_values.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/hash.h"
#include "model/json.h"
#include "query/marketing.h"

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

template <typename Visit>
void for_each_leaf(const Pass& pass, Visit&& visit) {
    for (const Condition& condition : pass.conditions) {
        for (size_t part = 0; part < condition.where.parts(); ++part) {
            if (const Leaf* const leaf = condition.where.leaf(part)) visit(*leaf);
        }
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

RowValues::RowValues(const Pass& pass, const Environment& environment,
                     const PersonConditions& people, Values& values)
    : pass_(pass),
      environment_(environment),
      conditions_(pass.conditions, environment.names),
      values_(values),
      all_fields_(fields_of(pass)),
      fields_(all_fields_),
      traits_(pass.dimensions.size()),
      touches_(marketing_of(environment).channels, environment.source_name),
      people_(people),
      person_(people, environment) {
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
    number_parts(next);
    for (const auto& number : pass.numbers) numbers_.push_back(field_number({number.property}));
}

// Whether one leaf, of the event, is all it asks, less or greater than a number.
bool RowValues::is_comparison(const Condition& condition) const {
    const Leaf* const leaf = condition.where.parts() == 1 ? condition.where.leaf(0) : nullptr;
    return leaf != nullptr && leaf->subject == Subject::Property &&
           leaf->criterion.holds_for_number({}).has_value();
}

// `next_text`: the first field of what channels are worked out from.
void RowValues::number_parts(size_t next_text) {
    for (const Condition& condition : pass_.conditions) {
        if (is_comparison(condition)) comparisons_.push_back(parts_.size());
        std::vector<Part>& parts = parts_.emplace_back(condition.where.parts());
        for (size_t i = 0; i < parts.size(); ++i) {
            const Leaf* const leaf = condition.where.leaf(i);
            if (leaf == nullptr) continue;
            const Subject subject = leaf->subject;
            if (subject == Subject::Property) parts[i].field = field_number({leaf->property});
            if (subject == Subject::Channel) parts[i].touch.emplace(touches_, next_text);
            if (is_of_person(subject)) parts[i].slot = people_.slot(*leaf);
        }
    }
}

// The different fields that a pass reads.
std::vector<RowFields::Field> RowValues::fields_of(const Pass& pass) {
    std::vector<RowFields::Field> fields;
    const auto add = [&](const RowFields::Field& field) {
        if (std::ranges::find(fields, field) == fields.end()) fields.push_back(field);
    };
    for_each_leaf(pass, [&](const Leaf& leaf) {
        if (leaf.subject == Subject::Property) add({leaf.property});
    });
    for (const auto& [dimension, of] : pass.dimensions) {
        if (const auto field = field_of(dimension)) add(*field);
    }
    // Those of one text stand together; the conditions' touch after those of dimensions.
    const auto add_text = [&](const std::vector<std::string>& paths) {
        for (const std::string& path : paths) fields.push_back({.from_top = path});
    };
    for (const auto& [dimension, of] : pass.dimensions) {
        if (dimension.kind == Dimension::Kind::Computed) add_text(dimension.computed->fields());
    }
    bool reads_touch = false;
    for_each_leaf(pass, [&](const Leaf& leaf) { reads_touch |= leaf.subject == Subject::Channel; });
    if (reads_touch) add_text(TouchReader::fields());
    for (const auto& number : pass.numbers) add({number.property});
    return fields;
}

size_t RowValues::field_number(const RowFields::Field& field) const {
    return static_cast<size_t>(std::ranges::find(all_fields_, field) - all_fields_.begin());
}

bool RowValues::reads_origin() const {
    bool reads_source = false;
    for_each_leaf(pass_,
                  [&](const Leaf& leaf) { reads_source |= leaf.subject == Subject::Source; });
    return reads_source || !all_fields_.empty() ||
           std::any_of(pass_.dimensions.begin(), pass_.dimensions.end(), [](const auto& each) {
               return each.dimension.kind == Dimension::Kind::Source ||
                      each.dimension.kind == Dimension::Kind::Type;
           });
}

// Values of one number are equal, so one of them is looked at.
template <typename T, typename Work>
Result<T> RowValues::remembered(uint32_t number, Known<T>& known, Work&& work) {
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

Status RowValues::compare(const OpenRows& rows, std::span<const uint16_t> origins) {
    for (const size_t condition : comparisons_) {
        const Match bit = match_of(condition);
        ask(rows, bit);
        if (asked_.empty()) continue;
        Part& part = parts_[condition].front();
        TL_TRY(fields_.decimals_at(part.field, asked_, origins, decimals_));
        for (size_t i = 0; i < asked_.size(); ++i) {
            const auto [units, scale] = decimals_[i];
            if (scale == kNoNumber) continue;
            if (scale != part.cut.scale) {
                part.cut = cut_of(pass_.conditions[condition].where.leaf(0)->criterion, scale);
            }
            const bool holds = units < part.cut.units ? part.cut.holds_below : part.cut.holds_from;
            rows.open[places_[i]] &= ~bit;
            rows.match[places_[i]] &= ~(holds ? Match{0} : bit);
        }
    }
    return Status::ok();
}

// Without a branch: which rows are open is not to be guessed.
void RowValues::ask(const OpenRows& rows, Match bit) {
    asked_.resize(rows.row.size());
    places_.resize(rows.row.size());
    size_t size = 0;
    for (uint32_t at = 0; at < rows.row.size(); ++at) {
        asked_[size] = rows.row[at];
        places_[size] = at;
        size += (rows.open[at] & bit) != 0 ? 1 : 0;
    }
    asked_.resize(size);
}

// A comparison changes its answer once at most as numbers rise: where, is found by halving.
RowValues::Cut RowValues::cut_of(const Criterion& criterion, uint8_t scale) {
    const auto holds = [&](int64_t units) { return *criterion.holds_for_number({units, scale}); };
    Cut cut{scale, INT64_MAX, holds(INT64_MIN), holds(INT64_MAX)};
    int64_t below = INT64_MIN;
    while (cut.holds_below != cut.holds_from && cut.units - 1 > below) {
        const int64_t middle = std::midpoint(below, cut.units);
        (holds(middle) == cut.holds_below ? below : cut.units) = middle;
    }
    return cut;
}

// An error is told by match(), behind the conditions.
bool RowValues::part_holds(size_t condition, size_t part) {
    const auto holds =
        leaf_holds(*pass_.conditions[condition].where.leaf(part), parts_[condition][part]);
    if (!holds) status_ = holds.error();
    return holds && *holds;
}

Result<bool> RowValues::leaf_holds(const Leaf& leaf, Part& part) {
    switch (leaf.subject) {
        case Subject::Property:
            return property_holds(leaf, part);
        case Subject::Source:
            return source_holds(leaf, part);
        case Subject::Channel:
            return channel_holds(leaf, part);
        case Subject::Segment:
        case Subject::Did:
        case Subject::Trait:
        case Subject::Identifier:
        case Subject::Item:
            break;
    }
    return person_.holds(root_, part.slot);
}

Result<bool> RowValues::property_holds(const Leaf& leaf, Part& part) {
    TL_TRY_ASSIGN(const uint32_t number, fields_.look(part.field));
    if (number == RowFields::kAnother) {
        const auto decimal = fields_.decimal();
        const auto holds = decimal ? leaf.criterion.holds_for_number(*decimal) : std::nullopt;
        if (holds) return *holds;
    }
    return remembered(number, part.known,
                      [&](DocView value) { return leaf.criterion.holds(value); });
}

std::string RowValues::source_key(model::SourceId source) const {
    return environment_.source_name ? environment_.source_name(source) : std::to_string(source);
}

bool RowValues::source_holds(const Leaf& leaf, Part& part) const {
    if (source_ >= part.of_source.size()) part.of_source.resize(source_ + size_t{1});
    std::optional<bool>& known = part.of_source[source_];
    if (!known) {
        std::string key;
        model::DocWriter(key).string(source_key(source_));
        known = leaf.criterion.holds(DocView(key));
    }
    return *known;
}

// Touches repeat, and so does what they are told apart by.
Result<bool> RowValues::channel_holds(const Leaf& leaf, Part& part) {
    constexpr size_t kTouchesMax = 65'536;
    TL_TRY_ASSIGN(const uint64_t holds, part.touch->of(fields_, source_, [&](const auto& touch) {
        const std::string key(touch.value_or(std::string_view()));
        const auto found = part.of_touch.find(key);
        if (found != part.of_touch.end()) return uint64_t{found->second};
        const bool made = touch_holds(leaf, key);
        if (part.of_touch.size() < kTouchesMax) part.of_touch.emplace(key, made);
        return uint64_t{made};
    }));
    return holds != 0;
}

bool RowValues::touch_holds(const Leaf& leaf, std::string_view touch) const {
    const Channels& channels = marketing_of(environment_).channels;
    const Arrival arrival = channels.decide(touch, environment_.source_name);
    if (arrival.kind == Arrival::Kind::None) return leaf.criterion.holds({});
    std::string key;
    model::DocWriter(key).string(arrival.unlisted.empty() ? channels.all()[arrival.channel].key
                                                          : arrival.unlisted);
    return leaf.criterion.holds(DocView(key));
}

uint64_t RowValues::coded(const Dimension& dimension, std::optional<std::string_view> text) {
    if (dimension.use == Dimension::Use::Name) return text ? values_.code(*text) : kNoValue;
    return text ? std::max<uint64_t>(checksum(*text, kMarkSeed), 1) : kNoMark;
}

uint64_t RowValues::coded_value(const Dimension& dimension, DocView value) {
    if (value.is_missing() || value.is_null()) return coded(dimension, std::nullopt);
    if (value.is_string()) return coded(dimension, value.as_string());
    text_ = model::to_json(value);
    return coded(dimension, text_);
}

Result<uint64_t> RowValues::field_value_of(const Dimension& dimension, FieldOfDimension& field) {
    TL_TRY_ASSIGN(const uint32_t number, fields_.look(field.field));
    return remembered(number, field.known,
                      [&](DocView value) { return coded_value(dimension, value); });
}

// The value of a person whose rows lie in several blocks is looked up once.
Result<uint64_t> RowValues::trait_value_of(size_t index) {
    constexpr ValueCode kNotYet = ~ValueCode{0};
    const Dimension& dimension = pass_.dimensions[index].dimension;
    std::vector<ValueCode>& known = traits_[index];
    if (root_ >= known.size()) known.resize(std::max<size_t>(root_ + 1, 2 * known.size()), kNotYet);
    if (known[root_] == kNotYet) {
        TL_TRY_ASSIGN(const DocView value, person_.trait(root_, dimension.trait));
        known[root_] = static_cast<ValueCode>(coded_value(dimension, value));
    }
    return known[root_];
}

Result<uint64_t> RowValues::value_of(size_t index, model::EventType type, model::SourceId source) {
    const Dimension& dimension = pass_.dimensions[index].dimension;
    switch (dimension.kind) {
        case Dimension::Kind::Source:
            text_ = source_key(source);
            return coded(dimension, text_);
        case Dimension::Kind::Type:
            return coded(dimension, model::event_type_name(type));
        case Dimension::Kind::Event:
            return coded(dimension, fields_.name());
        case Dimension::Kind::Computed:
            return dimensions_[index].computed->of(
                fields_, source, [&](const auto& text) { return coded(dimension, text); });
        case Dimension::Kind::Trait:
            return trait_value_of(index);
        case Dimension::Kind::Property:
        case Dimension::Kind::Currency:
            break;
    }
    return field_value_of(dimension, dimensions_[index]);
}

Result<model::Decimal> RowValues::number_of(size_t number) {
    TL_TRY(fields_.look(numbers_[number]));
    if (const auto decimal = fields_.decimal()) return *decimal;
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
