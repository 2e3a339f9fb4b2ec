// Chosen fields of the events of a table's rows, read from their columns where they stand in some.
//
// Layer 5. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "sequence/field_reader.h"
#include "sql/event_rows.h"

namespace throughline::sql {

class EventFields {
public:
    using Find = sequence::FieldReader::Find;
    using ReadEvent = std::function<Result<std::string_view>()>;

    explicit EventFields(std::vector<Find> fields) : fields_(fields), reader_(std::move(fields)) {}

    /// Goes on to the rows of another part.
    void forget_part() { is_open_ = false; }
    /// The value of a field in the event of the row at hand, until the next call; missing: it has
    /// none. `read` gives the event, if it must be put together.
    Result<model::DocView> value(size_t field, PartRows& rows, model::EventType type,
                                 const ReadEvent& read);

private:
    std::vector<Find> fields_;
    sequence::FieldReader reader_;
    bool is_open_ = false;
};

/// The money that an event says: `revenue`, else `value`, else `total` of its properties.
model::DocView money_of(const model::EventView& event);

/// A number in units of the column `value`, rounded half away from zero. Nothing: it is no number.
inline constexpr int kMoneyScale = 4;
std::optional<__int128> money_units(model::DocView money);

}  // namespace throughline::sql
