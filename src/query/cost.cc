#include "query/cost.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/time.h"
#include "model/json.h"

namespace throughline::query {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kTextBytesMax = 200;
constexpr std::array<std::string_view, 5> kFields = {"day", "channel", "campaign", "cost",
                                                     "currency"};

/// The five fields of a row, as text; a cost that is a number too.
struct Row {
    std::array<std::string, 5> text;
    std::optional<model::Decimal> cost;
};

std::optional<int64_t> day_of(std::string_view text) {
    if (text.size() != 10) return std::nullopt;
    const auto at = parse_instant(text);
    if (!at) return std::nullopt;
    return floor_div(*at, kDay);
}

std::optional<model::Decimal> decimal_of(std::string_view text) {
    const auto doc = model::doc_from_json(text);
    if (!doc) return std::nullopt;
    return DocView(*doc).as_decimal();
}

bool is_currency(std::string_view text) {
    return text.empty() || (text.size() == 3 &&
                            std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; }));
}

/// `where` names the row: `costs: rows[3]`.
Result<Cost> cost_of(Row row, const std::string& where) {
    const auto day = day_of(row.text[0]);
    if (!day) return Error::invalid(where + ".day: need a date such as 2026-03-01");
    if (row.text[1].empty()) return Error::invalid(where + ".channel: is missing");
    for (const size_t field : {1, 2}) {
        if (row.text[field].size() <= kTextBytesMax) continue;
        return Error::invalid(where + "." + std::string(kFields[field]) +
                              ": longer than 200 bytes");
    }
    const auto amount = row.cost ? row.cost : decimal_of(row.text[3]);
    if (!amount) return Error::invalid(where + ".cost: need a number");
    if (amount->units < 0) return Error::invalid(where + ".cost: below zero");
    if (!is_currency(row.text[4])) {
        return Error::invalid(where + ".currency: need three capital letters such as EUR");
    }
    return Cost{*day, std::move(row.text[1]), std::move(row.text[2]), std::move(row.text[4]),
                *amount};
}

Result<Row> row_of(DocView object, const std::string& where) {
    if (!object.is_object()) return Error::invalid(where + ": must be an object");
    Row row;
    for (const model::DocField& entry : object.fields()) {
        const auto field = std::ranges::find(kFields, entry.key);
        if (field == kFields.end()) {
            return Error::invalid(where + "." + std::string(entry.key) +
                                  ": need day, channel, campaign, cost or currency");
        }
        const auto index = static_cast<size_t>(field - kFields.begin());
        if (index == 3 && entry.value.is_number()) row.cost = entry.value.as_decimal();
        if (!entry.value.is_null()) row.text[index] = entry.value.as_text().value_or("");
    }
    return row;
}

/// Cells of one line. A cell in quotes may hold commas and doubled quotes, not line ends.
std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells(1);
    bool is_quoted = false;
    for (size_t i = 0; i < line.size(); ++i) {
        const bool is_double = is_quoted && line.substr(i, 2) == "\"\"";
        if (is_double) {
            cells.back() += line[++i];
        } else if (line[i] == '"') {
            is_quoted = !is_quoted;
        } else if (line[i] == ',' && !is_quoted) {
            cells.emplace_back();
        } else {
            cells.back() += line[i];
        }
    }
    return cells;
}

std::string_view next_line(std::string_view& rest) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// Which field each column is.
Result<std::vector<size_t>> columns_of(std::string_view head) {
    std::vector<size_t> columns;
    for (const std::string& name : cells_of(head)) {
        const auto field = std::ranges::find(kFields, name);
        const auto index = static_cast<size_t>(field - kFields.begin());
        if (field == kFields.end() || std::ranges::find(columns, index) != columns.end()) {
            return Error::invalid(
                "costs: csv: line 1: need each of day, channel, campaign, cost, currency once");
        }
        columns.push_back(index);
    }
    return columns;
}

Result<std::vector<Cost>> costs_from_csv(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    TL_TRY_ASSIGN(const std::vector<size_t> columns, columns_of(next_line(text)));
    std::vector<Cost> costs;
    for (size_t number = 2; !text.empty(); ++number) {
        const std::string_view line = next_line(text);
        if (line.empty()) continue;
        const std::string where = "costs: csv: line " + std::to_string(number);
        if (costs.size() == kCostRowsMax)
            return Error::invalid("costs: csv: more than 20000 lines");
        std::vector<std::string> cells = cells_of(line);
        if (cells.size() != columns.size()) {
            return Error::invalid(where + ": need " + std::to_string(columns.size()) + " cells");
        }
        Row row;
        for (size_t i = 0; i < cells.size(); ++i) row.text[columns[i]] = std::move(cells[i]);
        TL_TRY_ASSIGN(Cost cost, cost_of(std::move(row), where));
        costs.push_back(std::move(cost));
    }
    return costs;
}

std::string date_text(int64_t day) {
    return format_instant(day * kDay).substr(0, 10);
}

}  // namespace

Result<std::vector<Cost>> costs_from_doc(DocView sheet) {
    const DocView csv = sheet.find("csv");
    const DocView rows = sheet.find("rows");
    if (!sheet.is_object() || csv.is_missing() == rows.is_missing()) {
        return Error::invalid("costs: need rows or csv");
    }
    if (csv.is_string()) return costs_from_csv(csv.as_string());
    if (!rows.is_array()) return Error::invalid("costs: rows: must be a list");
    std::vector<Cost> costs;
    for (const DocView item : rows.items()) {
        const std::string where = "costs: rows[" + std::to_string(costs.size()) + "]";
        if (costs.size() == kCostRowsMax) return Error::invalid("costs: rows: more than 20000");
        TL_TRY_ASSIGN(Row row, row_of(item, where));
        TL_TRY_ASSIGN(Cost cost, cost_of(std::move(row), where));
        costs.push_back(std::move(cost));
    }
    return costs;
}

std::string costs_to_doc(const std::vector<Cost>& costs) {
    std::string doc;
    DocWriter out(doc);
    const size_t whole = out.open_object();
    out.key("rows");
    const size_t list = out.open_array();
    for (const Cost& cost : costs) {
        const size_t mark = out.open_object();
        out.field("day", std::string_view(date_text(cost.day)));
        out.field("channel", cost.channel);
        if (!cost.campaign.empty()) out.field("campaign", cost.campaign);
        out.key("cost");
        out.decimal(cost.amount);
        if (!cost.currency.empty()) out.field("currency", cost.currency);
        out.close(mark);
    }
    out.close(list);
    out.close(whole);
    return doc;
}

}  // namespace throughline::query
