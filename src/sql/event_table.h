// The table `events`: one row an event, whoever's it is now (docs/sql.md lists the columns).
//
// Blocks of files and chunks of the tail are shared out among threads; only columns that are asked
// for are read, and the event is put together only where a column needs what it says.
//
// Layer 5. Immutable. Cost: under 0.3 us a row for profile, time and event; about 8 us for what the
// event says, as JSON that DuckDB reads again (machine busy).
#pragma once

#include "sql/sources.h"
#include "sql/table.h"

namespace throughline::sql {

std::span<const Column> event_columns();

class EventTable final : public Table {
public:
    /// Borrows.
    explicit EventTable(const Sources& sources) : sources_(sources) {}

    std::string_view name() const override { return "events"; }
    std::span<const Column> columns() const override { return event_columns(); }
    bool has_time() const override { return true; }
    Result<std::unique_ptr<Scan>> scan(std::vector<size_t> wanted,
                                       const TableNeeds& needs) override;

private:
    const Sources& sources_;
};

}  // namespace throughline::sql
