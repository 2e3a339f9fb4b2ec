#include "query/row_fields.h"

#include <algorithm>

namespace throughline::query {

using model::DocView;
using model::EventView;
using sequence::FieldReader;

namespace {

std::vector<FieldReader::Find> finders_of(const std::vector<RowFields::Field>& fields) {
    std::vector<FieldReader::Find> finders;
    for (const RowFields::Field& field : fields) {
        finders.emplace_back([field](const EventView& event) { return field.value_in(event); });
    }
    return finders;
}

}  // namespace

RowFields::RowFields(std::vector<Field> fields)
    : fields_(std::move(fields)), reader_(finders_of(fields_)) {}

void RowFields::begin_block(const sequence::HistoryFile& file, sequence::Block& block) {
    file_ = &file;
    block_ = &block;
    is_open_ = false;
    ++generation_;
}

void RowFields::set_row(uint32_t row, model::EventType type, std::string_view name) {
    row_ = row;
    type_ = type;
    name_ = name;
    payload_ = {};
}

void RowFields::set_event(std::string_view payload) {
    block_ = nullptr;
    payload_ = payload;
    name_ = EventView(payload).name();
    type_ = EventView(payload).type();
}

Status RowFields::open() {
    if (!is_open_) TL_TRY(reader_.open(*file_, *block_));
    is_open_ = true;
    return Status::ok();
}

Result<size_t> RowFields::form() {
    TL_TRY(open());
    return reader_.form(row_, type_);
}

Result<uint32_t> RowFields::look(size_t field) {
    whole_ = field;
    if (block_ == nullptr) return kAnother;
    TL_TRY(open());
    TL_TRY_ASSIGN(const uint32_t number, reader_.look(field, row_, type_));
    if (number == FieldReader::kWhole) return kAnother;
    whole_.reset();
    return number;
}

Status RowFields::look_at(size_t field, std::span<const uint32_t> rows,
                          std::span<const uint16_t> origins, std::vector<uint32_t>& numbers) {
    TL_TRY(open());
    TL_TRY(reader_.look_at(field, rows, origins, numbers));
    std::ranges::replace(numbers, FieldReader::kWhole, kAnother);
    return Status::ok();
}

Status RowFields::decimals_at(size_t field, std::span<const uint32_t> rows,
                              std::span<const uint16_t> origins,
                              std::vector<model::Decimal>& decimals) {
    static_assert(FieldReader::kNoScale == kNoNumber);
    TL_TRY(open());
    return reader_.decimals_at(field, rows, origins, decimals);
}

Result<DocView> RowFields::value() {
    if (!whole_) return reader_.value();
    TL_TRY_ASSIGN(const EventView event, this->event());
    return fields_[*whole_].value_in(event);
}

Result<EventView> RowFields::event() {
    if (payload_.empty()) {
        TL_TRY_ASSIGN(payload_, block_->payload(row_));
    }
    return EventView(payload_);
}

}  // namespace throughline::query
