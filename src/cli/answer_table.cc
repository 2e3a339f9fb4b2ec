#include "cli/answer_table.h"

#include <cstdio>
#include <functional>
#include <map>
#include <vector>

#include "model/doc.h"
#include "model/json.h"

namespace throughline::cli {

namespace {

using model::DocView;

// The name of a line: its label, its breakdown value and its currency, where they are.
std::string line_name(DocView series) {
    std::string name(series.find("label").as_string());
    for (const std::string_view key : {"breakdown", "currency"}) {
        const auto more = series.find(key).as_text();
        if (more && *more != name) name += (name.empty() ? "" : ", ") + *more;
    }
    return name.empty() ? "value" : name;
}

// How many columns a terminal needs for it: characters, not bytes.
size_t width(std::string_view text) {
    size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

using Row = std::vector<std::string>;

std::string trend_csv(DocView answer) {
    std::string text = "series,breakdown,at,value\n";
    for (const DocView series : answer.find("series").items()) {
        const std::string head = csv_cell(std::string(series.find("label").as_string())) + "," +
                                 csv_cell(series.find("breakdown").as_text().value_or("")) + ",";
        for (const DocView point : series.find("points").items()) {
            text += head + point.find("at").as_text().value_or("") + "," +
                    point.find("value").as_text().value_or("") + "\n";
        }
    }
    return text;
}

std::string trend_table(DocView answer) {
    Row head{"at"};
    Row totals{"total"};
    std::map<std::string, Row> by_time;
    for (const DocView series : answer.find("series").items()) {
        head.push_back(line_name(series));
        totals.push_back(series.find("total").as_text().value_or(""));
        for (const DocView point : series.find("points").items()) {
            Row& row = by_time[point.find("at").as_text().value_or("")];
            row.resize(head.size() - 1);
            row.back() = point.find("value").as_text().value_or("");
        }
    }
    std::vector<Row> rows{head};
    for (auto& [at, values] : by_time) {
        values.resize(head.size() - 1);
        Row row{at};
        row.insert(row.end(), values.begin(), values.end());
        rows.push_back(std::move(row));
    }
    rows.push_back(std::move(totals));
    return aligned(rows);
}

std::string text_at(DocView object, std::string_view key) {
    return object.find(key).as_text().value_or("");
}

/// Calls visit with the whole answer and with each line of its breakdown.
void for_each_line(DocView answer, const std::function<void(const std::string&, DocView)>& visit) {
    visit("", answer);
    for (const DocView line : answer.find("lines").items()) {
        const DocView value = line.find("breakdown");
        visit(value.is_null() ? "(none)" : value.as_text().value_or(""), line);
    }
}

std::string percent(DocView share) {
    const auto number = share.as_double();
    if (!number) return "-";
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", *number * 100);
    return text;
}

std::string funnel_csv(DocView answer) {
    static constexpr std::string_view kNumbers[] = {"count",      "conversion",  "from_start",
                                                    "dropped",    "in_progress", "median_seconds",
                                                    "p90_seconds"};
    std::string text =
        "breakdown,step,label,count,conversion,from_start,dropped,in_progress,median_seconds,"
        "p90_seconds\n";
    for_each_line(answer, [&](const std::string& value, DocView line) {
        int number = 0;
        for (const DocView step : line.find("steps").items()) {
            text += csv_cell(value) + "," + std::to_string(++number) + "," +
                    csv_cell(text_at(step, "label"));
            for (const std::string_view key : kNumbers) text += "," + text_at(step, key);
            text += "\n";
        }
    });
    return text;
}

std::string funnel_table(DocView answer) {
    std::vector<Row> rows{{"step", "count", "of step before", "of start", "dropped", "in progress",
                           "median s", "p90 s"}};
    for_each_line(answer, [&](const std::string& value, DocView line) {
        if (!value.empty()) rows.push_back({value});
        for (const DocView step : line.find("steps").items()) {
            const bool is_optional = step.find("optional").as_bool();
            rows.push_back({(value.empty() ? "" : "  ") + text_at(step, "label") +
                                (is_optional ? " (optional)" : ""),
                            text_at(step, "count"), percent(step.find("conversion")),
                            percent(step.find("from_start")), text_at(step, "dropped"),
                            text_at(step, "in_progress"), text_at(step, "median_seconds"),
                            text_at(step, "p90_seconds")});
        }
    });
    return aligned(rows);
}

/// Calls visit(period, returned, share) for each period of a cohort that has begun.
void for_each_period(DocView cohort,
                     const std::function<void(int64_t, std::string, DocView)>& visit) {
    std::vector<DocView> shares;
    for (const DocView share : cohort.find("shares").items()) shares.push_back(share);
    size_t period = 0;
    for (const DocView returned : cohort.find("returned").items()) {
        const DocView share = period < shares.size() ? shares[period] : DocView();
        if (!returned.is_null()) {
            visit(static_cast<int64_t>(period), returned.as_text().value_or(""), share);
        }
        ++period;
    }
}

std::string retention_csv(DocView answer) {
    std::string text = "breakdown,cohort,size,period,returned,share,complete\n";
    for_each_line(answer, [&](const std::string& value, DocView line) {
        for (const DocView cohort : line.find("cohorts").items()) {
            const int64_t complete = cohort.find("complete").as_integer().value_or(0);
            for_each_period(cohort,
                            [&](int64_t period, const std::string& returned, DocView share) {
                                text += csv_cell(value) + "," + text_at(cohort, "start") + "," +
                                        text_at(cohort, "size") + "," + std::to_string(period) +
                                        "," + returned + "," + share.as_text().value_or("") +
                                        (period < complete ? ",true\n" : ",false\n");
                            });
        }
    });
    return text;
}

std::string retention_table(DocView answer) {
    std::vector<Row> rows{{"cohort", "people"}};
    for_each_line(answer, [&](const std::string& value, DocView line) {
        if (!value.empty()) rows.push_back({value});
        for (const DocView cohort : line.find("cohorts").items()) {
            const int64_t complete = cohort.find("complete").as_integer().value_or(0);
            Row row{text_at(cohort, "start"), text_at(cohort, "size")};
            for_each_period(cohort, [&](int64_t period, const std::string&, DocView share) {
                while (rows[0].size() < static_cast<size_t>(period) + 3) {
                    rows[0].push_back(std::to_string(rows[0].size() - 2));
                }
                row.push_back(percent(share) + (period < complete ? "" : "*"));
            });
            rows.push_back(std::move(row));
        }
    });
    return aligned(rows);
}

// Every row of an attribution, its numbers model by model; the totals last.
std::vector<Row> attribution_rows(DocView answer) {
    std::vector<Row> rows{{}};
    for (const DocView by : answer.find("by").items()) rows[0].emplace_back(by.as_string());
    const Row names = rows[0];
    rows[0].insert(rows[0].end(), {"sessions", "people", "qualified", "cost"});
    for (const model::DocField& model : answer.at_path("totals.models").fields()) {
        rows[0].push_back(std::string(model.key) + " conversions");
        rows[0].push_back(std::string(model.key) + " value");
    }
    const auto add = [&](Row row, DocView numbers) {
        for (const std::string_view key : {"sessions", "people", "qualified", "cost"}) {
            row.push_back(text_at(numbers, key));
        }
        for (const model::DocField& model : numbers.find("models").fields()) {
            row.push_back(text_at(model.value, "conversions"));
            row.push_back(text_at(model.value, "value"));
        }
        rows.push_back(std::move(row));
    };
    for (const DocView row : answer.find("rows").items()) {
        Row head;
        for (const std::string& name : names) {
            head.push_back(row.find(name).as_text().value_or("-"));
        }
        add(std::move(head), row);
    }
    Row last(names.size());
    if (!last.empty()) last[0] = "total";
    add(std::move(last), answer.find("totals"));
    return rows;
}

std::string attribution_csv(DocView answer) {
    std::string text;
    for (const Row& row : attribution_rows(answer)) {
        for (size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(row[i]);
        text += "\n";
    }
    return text;
}

// A head, then the rows; null is empty.
std::vector<Row> sql_rows(DocView answer) {
    std::vector<Row> rows(1);
    for (const DocView column : answer.find("columns").items()) {
        rows[0].emplace_back(column.find("name").as_string());
    }
    for (const DocView values : answer.find("rows").items()) {
        Row& row = rows.emplace_back();
        for (const DocView value : values.items()) {
            const bool is_nested = value.is_object() || value.is_array();
            row.push_back(is_nested ? model::to_json(value) : value.as_text().value_or(""));
        }
    }
    return rows;
}

std::string sql_csv(DocView answer) {
    std::string text;
    for (const Row& row : sql_rows(answer)) {
        for (size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(row[i]);
        text += "\n";
    }
    return text;
}

std::string sql_table(DocView answer) {
    const std::string rest =
        answer.find("limited").as_bool() ? "There are more rows: take LIMIT and OFFSET.\n" : "";
    return aligned(sql_rows(answer)) + rest;
}

std::string csv_of(DocView answer) {
    const std::string_view kind = answer.find("kind").as_string();
    if (kind == "funnel") return funnel_csv(answer);
    if (kind == "retention") return retention_csv(answer);
    if (kind == "attribution") return attribution_csv(answer);
    if (kind == "sql") return sql_csv(answer);
    return trend_csv(answer);
}

std::string table_of(DocView answer) {
    const std::string_view kind = answer.find("kind").as_string();
    if (kind == "funnel") return funnel_table(answer);
    if (kind == "retention") return retention_table(answer);
    if (kind == "attribution") return aligned(attribution_rows(answer));
    if (kind == "sql") return sql_table(answer);
    return trend_table(answer);
}

// The lines of a CSV with one cell more in front; an end of line within quotes ends none.
std::string with_first_cell(std::string_view csv, std::string_view head, std::string_view cell) {
    std::string text(head);
    bool is_quoted = false;
    bool is_begin = false;
    text += ',';
    for (const char c : csv) {
        if (is_begin) (text += cell) += ',';
        is_begin = false;
        text += c;
        is_quoted ^= c == '"';
        is_begin = c == '\n' && !is_quoted;
    }
    return text;
}

std::string range_of(DocView answer) {
    return text_at(answer.find("meta"), "from") + " to " + text_at(answer.find("meta"), "to");
}

}  // namespace

std::string aligned(const std::vector<Row>& rows) {
    std::vector<size_t> widths;
    for (const Row& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
    }
    std::string text;
    for (const Row& row : rows) {
        for (size_t i = 0; i < row.size(); ++i) {
            const std::string blanks(widths[i] - width(row[i]), ' ');
            // Times stand left, numbers right.
            text += i == 0 ? row[i] + blanks : "  " + blanks + row[i];
        }
        text += "\n";
    }
    return text;
}

std::string answer_csv(std::string_view answer_doc) {
    const DocView answer(answer_doc);
    const DocView previous = answer.find("previous");
    if (!previous.is_object()) return csv_of(answer);
    const std::string before = with_first_cell(csv_of(previous), "range", "before");
    return with_first_cell(csv_of(answer), "range", "asked") + before.substr(before.find('\n') + 1);
}

std::string answer_table(std::string_view answer_doc) {
    const DocView answer(answer_doc);
    const DocView previous = answer.find("previous");
    if (!previous.is_object()) return table_of(answer);
    return table_of(answer) + "\nBefore, " + range_of(previous) + ":\n" + table_of(previous);
}

}  // namespace throughline::cli
