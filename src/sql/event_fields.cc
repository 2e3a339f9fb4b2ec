#include "sql/event_fields.h"

#include <cmath>

namespace throughline::sql {

using model::DocView;
using model::EventView;

Result<DocView> EventFields::value(size_t field, PartRows& rows, model::EventType type,
                                   const ReadEvent& read) {
    if (sequence::Block* const block = rows.block()) {
        if (!is_open_) TL_TRY(reader_.open(rows.file(), *block));
        is_open_ = true;
        TL_TRY_ASSIGN(const uint32_t number, reader_.look(field, rows.row(), type));
        if (number != sequence::FieldReader::kWhole) return reader_.value();
    }
    TL_TRY_ASSIGN(const std::string_view payload, read());
    return fields_[field](EventView(payload));
}

std::optional<__int128> money_units(DocView money) {
    constexpr double kLargest = 1e30;  // Far below what 128 bits hold.
    if (const auto decimal = money.as_decimal()) {
        __extension__ __int128 units = decimal->units;
        for (int scale = decimal->scale; scale < kMoneyScale; ++scale) units *= 10;
        if (decimal->scale <= kMoneyScale) return units;
        int scale = decimal->scale;
        for (; scale > kMoneyScale + 1; --scale) units /= 10;
        return (units + (units < 0 ? -5 : 5)) / 10;
    }
    const auto real = money.as_double();
    if (!money.is_number() || !real || !(std::abs(*real) < kLargest)) return std::nullopt;
    return static_cast<__int128>(std::round(*real * std::pow(10.0, kMoneyScale)));
}

DocView money_of(const EventView& event) {
    const DocView properties = event.doc().find("properties");
    for (const char* name : {"revenue", "value", "total"}) {
        const DocView money = properties.find(name);
        if (!money.is_missing()) return money;
    }
    return {};
}

}  // namespace throughline::sql
