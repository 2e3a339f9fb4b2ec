// The table `sessions`: one row a session (query/session.h), with the touch that opened it.
//
// The sessions of everybody are found in one pass over history and kept until the statement ends:
// 40 bytes each, at most Environment::pass_bytes_max.
//
// Layer 5. Immutable. Cost: that of an attribution question, about 1.5 us a row of history (busy).
#pragma once

#include "sql/sources.h"
#include "sql/table.h"

namespace throughline::sql {

std::span<const Column> session_columns();

class SessionTable final : public Table {
public:
    /// Borrows.
    explicit SessionTable(const Sources& sources) : sources_(sources) {}

    std::string_view name() const override { return "sessions"; }
    std::span<const Column> columns() const override { return session_columns(); }
    bool has_time() const override { return true; }
    Result<std::unique_ptr<Scan>> scan(std::vector<size_t> wanted,
                                       const TableNeeds& needs) override;

private:
    const Sources& sources_;
};

}  // namespace throughline::sql
