// Values and conditions of a mapping, worked out for one row.
//
// Layer 6. Shard-owned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/mapping_plan.h"

namespace throughline::ingest {

enum class Got : uint8_t {
    Nothing,
    Value,
    Problem,  // problem() tells.
};

class ValueReader {
public:
    explicit ValueReader(const MappingPlan& plan) : plan_(plan) {}

    /// Resolves the plan's columns. Errors: InvalidArgument naming a column that is missing.
    Status use_columns(std::span<const std::string> columns);

    /// Turns to a row, and to an item of a list within it (missing: none).
    void use(const Row& row) { row_ = &row; }
    void use_item(model::DocView item) { item_ = item; }

    /// Appends the packed value.
    Got append(const ValuePlan& value, std::string& packed);
    /// Replaces `text` by the value as text.
    Got read_text(const ValuePlan& value, std::string& text);

    bool holds(const Condition& condition);

    /// The text at a path; empty if there is none.
    std::string path_text(size_t path) const;
    model::DocView path_doc(size_t path) const;

    const std::string& problem() const { return problem_; }

private:
    bool has_cells() const { return row_->doc.is_missing(); }
    Got fail(size_t path, std::string_view what);
    Got append_column(const ValuePlan& value, std::string& packed);
    Got convert(const ValuePlan& value, std::string_view text, std::string& packed);
    Got append_template(const ValuePlan& value, std::string& packed);
    Got append_product(const ValuePlan& value, std::string& packed);
    Got append_case(const ValuePlan& value, std::string& packed);
    Got append_object(const ValuePlan& value, std::string& packed);
    Got append_list(const ValuePlan& value, std::string& packed);
    bool leaf_holds(const Condition& leaf);

    const MappingPlan& plan_;
    std::vector<int> columns_;  // Of each path; -1: the file has none.
    const Row* row_ = nullptr;
    model::DocView item_;
    std::string problem_;
    std::string room_;
};

}  // namespace throughline::ingest
