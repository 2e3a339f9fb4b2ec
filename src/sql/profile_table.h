// The table `profiles`: one row a person who exists, known or not.
//
// Who is one person is as of the moment of the question; what is said of her is read in batches
// while the statement runs, and may be a little newer. A person erased meanwhile is left out.
//
// Layer 5. Immutable. Cost: 10 ns a person for ids; 5 to 10 us for what her record says.
#pragma once

#include "sql/sources.h"
#include "sql/table.h"

namespace throughline::sql {

std::span<const Column> profile_columns();

class ProfileTable final : public Table {
public:
    /// Borrows.
    explicit ProfileTable(const Sources& sources) : sources_(sources) {}

    std::string_view name() const override { return "profiles"; }
    std::span<const Column> columns() const override { return profile_columns(); }
    bool has_time() const override { return false; }
    Result<std::unique_ptr<Scan>> scan(std::vector<size_t> wanted,
                                       const TableNeeds& needs) override;

private:
    const Sources& sources_;
};

}  // namespace throughline::sql
