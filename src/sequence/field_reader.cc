#include "sequence/field_reader.h"

#include <algorithm>

namespace throughline::sequence {

using model::DocType;
using model::DocView;

FieldReader::FieldReader(std::vector<Find> fields) : fields_(std::move(fields)) {}

FieldReader::OfFile FieldReader::begin_file(const HistoryFile& file) const {
    const size_t shapes = file.schema().shapes().size();
    OfFile of;
    of.outlines.resize(shapes);
    of.places.assign(fields_.size(), std::vector<Place>(shapes * kTypes));
    return of;
}

Status FieldReader::open(const HistoryFile& file, Block& block) {
    file_ = &file;
    known_ = &files_.of(file, [&] { return begin_file(file); });
    block_ = &block;
    for (Column& column : known_->columns) {
        column.reader.reset();
        column.has_entries = false;
    }
    first_name_ = 0;
    next_number_ = kNull + 1;
    return block.shapes(shapes_);
}

const Outline& FieldReader::outline(uint32_t shape) {
    auto& outline = known_->outlines[shape];
    if (!outline) outline = std::make_unique<Outline>(outline_of(file_->schema(), shape));
    return *outline;
}

uint32_t FieldReader::column_of(uint32_t number) {
    std::vector<Column>& columns = known_->columns;
    const auto found = std::ranges::find(columns, number, &Column::number);
    if (found != columns.end()) return static_cast<uint32_t>(found - columns.begin());
    columns.push_back({.number = number,
                       .counts = std::vector<uint32_t>(known_->outlines.size(), kUnknown),
                       .reader = {},
                       .first = {},
                       .numbers = 0,
                       .entries = {},
                       .has_entries = false});
    return static_cast<uint32_t>(columns.size() - 1);
}

FieldReader::Place FieldReader::find_place(size_t field, uint32_t shape, model::EventType type) {
    if (shape == Schema::kSpilled) return {.kind = Kind::Whole};
    const Outline& outline = this->outline(shape);
    model::Event event;
    event.type = type;
    event.doc = outline.doc;
    std::string payload;
    model::append_event(payload, event);
    const DocView found = fields_[field](model::EventView(payload));
    if (found.is_missing()) return {.kind = Kind::Missing};
    if (found.is_null()) return {.kind = Kind::Null};
    if (!found.is_number()) return {.kind = Kind::Whole};  // A list or an object.
    const Outline::Leaf& leaf = outline.leaves[static_cast<size_t>(found.as_decimal()->units)];
    if (leaf.token == kName) return {.kind = Kind::Name};
    if (leaf.token == kMessageId) return {.kind = Kind::Whole};
    const uint32_t number = leaf.token - kLeaf;
    if (file_->schema().columns()[number].kind == LeafKind::Instant) return {.kind = Kind::Whole};
    return {.kind = Kind::Leaf, .column = column_of(number), .before = leaf.before};
}

Status FieldReader::open_column(Column& column) {
    TL_TRY_ASSIGN(column.reader, block_->leaf_column(column.number));
    column.first.resize(shapes_.size());
    uint32_t values = 0;
    for (size_t row = 0; row < shapes_.size(); ++row) {
        const uint32_t shape = shapes_[row];
        uint32_t& count = column.counts[shape];
        if (count == kUnknown) {
            count = shape == Schema::kSpilled ? 0 : outline(shape).count(column.number);
        }
        column.first[row] = values;
        values += count;
    }
    if (values > column.reader->size()) return block_->corrupt("values do not fit");
    const TextView* const texts = column.reader->texts();
    column.numbers = next_number_;
    next_number_ += texts == nullptr ? 0 : texts->dictionary_size();
    return Status::ok();
}

Result<uint32_t> FieldReader::look(size_t field, uint32_t row, model::EventType type) {
    const Place place = place_of(field, row, type);
    kind_ = place.kind;
    switch (place.kind) {
        case Kind::Missing:
            return kMissing;
        case Kind::Null:
            return kNull;
        case Kind::Name:
            return look_name(row);
        case Kind::Leaf:
            return look_leaf(place, row);
        case Kind::Unknown:
        case Kind::Whole:
            break;
    }
    return kWhole;
}

Status FieldReader::look_at(size_t field, std::span<const uint32_t> rows,
                            std::span<const uint16_t> origins, std::vector<uint32_t>& numbers) {
    numbers.resize(rows.size());
    const std::vector<Origin>& all = file_->origins();
    for (size_t at = 0; at < rows.size(); ++at) {
        const uint32_t row = rows[at];
        const model::EventType type = all[origins[row]].type;
        const Place place = place_of(field, row, type);
        if (place.kind != Kind::Leaf) {
            TL_TRY_ASSIGN(numbers[at], look(field, row, type));
            continue;
        }
        Column& column = known_->columns[place.column];
        if (!column.has_entries) TL_TRY(read_entries(column));
        numbers[at] = column.entries.empty()
                          ? kAnother
                          : column.numbers + column.entries[column.first[row] + place.before];
    }
    return Status::ok();
}

Status FieldReader::read_entries(Column& column) {
    if (!column.reader) TL_TRY(open_column(column));
    column.entries.clear();
    column.has_entries = true;
    const TextView* const texts = column.reader->texts();
    if (texts == nullptr || texts->dictionary_size() == 0) return Status::ok();
    texts->numbers().decode(column.entries);
    const uint32_t most = std::ranges::max(column.entries);
    if (most >= texts->dictionary_size()) return block_->corrupt("values do not fit");
    return Status::ok();
}

Status FieldReader::decimals_at(size_t field, std::span<const uint32_t> rows,
                                std::span<const uint16_t> origins,
                                std::vector<model::Decimal>& decimals) {
    constexpr model::Decimal kNone{0, kNoScale};
    decimals.resize(rows.size());
    const std::vector<Origin>& all = file_->origins();
    for (size_t at = 0; at < rows.size(); ++at) {
        const uint32_t row = rows[at];
        const Place place = place_of(field, row, all[origins[row]].type);
        decimals[at] = kNone;
        if (place.kind != Kind::Leaf) continue;
        TL_TRY_ASSIGN(const Column* const column, column_at(place));
        decimals[at] = decimal_in(*column, column->first[row] + place.before).value_or(kNone);
    }
    return Status::ok();
}

Result<FieldReader::Column*> FieldReader::column_at(const Place& place) {
    Column& column = known_->columns[place.column];
    if (!column.reader) TL_TRY(open_column(column));
    return &column;
}

Result<uint32_t> FieldReader::look_leaf(const Place& place, uint32_t row) {
    TL_TRY_ASSIGN(column_, column_at(place));
    at_ = column_->first[row] + place.before;
    const TextView* const texts = column_->reader->texts();
    if (texts == nullptr || texts->dictionary_size() == 0) return kAnother;
    const auto entry = static_cast<uint64_t>(texts->numbers().at(at_));
    if (entry >= texts->dictionary_size()) return block_->corrupt("values do not fit");
    return column_->numbers + static_cast<uint32_t>(entry);
}

Result<uint32_t> FieldReader::look_name(uint32_t row) {
    if (first_name_ == 0) {
        TL_TRY(block_->codes(Segment::Name, names_));
        first_name_ = next_number_;
        next_number_ += static_cast<uint32_t>(file_->names().size());
    }
    at_ = names_[row];
    return first_name_ + at_;
}

std::optional<model::Decimal> FieldReader::decimal_in(const Column& column, uint32_t at) const {
    if (file_->schema().columns()[column.number].kind != LeafKind::Number) return std::nullopt;
    const int64_t scale = column.reader->scale_at(at);
    if (scale < 0 || scale >= kNoScale) return std::nullopt;  // Damaged, as value() will say.
    return model::Decimal{column.reader->int_at(at), static_cast<uint8_t>(scale)};
}

Result<DocView> FieldReader::value() {
    TL_ASSERT(kind_ != Kind::Whole && kind_ != Kind::Unknown);
    if (kind_ == Kind::Missing) return DocView();
    value_.clear();
    model::DocWriter out(value_);
    if (kind_ == Kind::Null) {
        out.null();
    } else if (kind_ == Kind::Name) {
        out.string(file_->names()[at_].text);
    } else if (!append_leaf(file_->schema().columns()[column_->number].kind, *column_->reader, at_,
                            out)) {
        return block_->corrupt("values do not fit");
    }
    return DocView(value_);
}

}  // namespace throughline::sequence
