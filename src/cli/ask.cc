#include "cli/ask.h"

#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>

#include "base/json_text.h"
#include "cli/api.h"
#include "cli/console.h"
#include "model/json.h"
#include "store/files.h"

namespace throughline::cli {

namespace {

Result<std::string> read_input(const std::string& file) {
    if (file != "-") return store::read_file(store::posix_files(), file);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

// The name of a line: its label, its breakdown value and its currency, where they are.
std::string line_name(model::DocView series) {
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

}  // namespace

std::string trend_csv(std::string_view answer_doc) {
    std::string text = "series,breakdown,at,value\n";
    for (const model::DocView series : model::DocView(answer_doc).find("series").items()) {
        const std::string head = csv_cell(std::string(series.find("label").as_string())) + "," +
                                 csv_cell(series.find("breakdown").as_text().value_or("")) + ",";
        for (const model::DocView point : series.find("points").items()) {
            text += head + point.find("at").as_text().value_or("") + "," +
                    point.find("value").as_text().value_or("") + "\n";
        }
    }
    return text;
}

std::string trend_table(std::string_view answer_doc) {
    Row head{"at"};
    Row totals{"total"};
    std::map<std::string, Row> by_time;
    for (const model::DocView series : model::DocView(answer_doc).find("series").items()) {
        head.push_back(line_name(series));
        totals.push_back(series.find("total").as_text().value_or(""));
        for (const model::DocView point : series.find("points").items()) {
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

Result<Exit> run_query(const Arguments& arguments) {
    const std::string format = arguments.text("format");
    if (format != "table" && format != "json" && format != "csv") {
        return usage_error("--format: need table, json or csv");
    }
    TL_TRY_ASSIGN(const std::string question, read_input(arguments.operands()[0]));
    TL_TRY(model::doc_from_json(question));
    TL_TRY_ASSIGN(const auto api, open_api(arguments));
    TL_TRY_ASSIGN(const std::string answer, api->post("/api/query", question));
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(answer));
    if (format == "json") {
        print_json(model::DocView(doc));
    } else {
        print(format == "csv" ? trend_csv(doc) : trend_table(doc));
    }
    return Exit::Done;
}

Result<Exit> run_export(const Arguments& arguments) {
    TL_TRY_ASSIGN(const auto api, open_api(arguments));
    TL_TRY(api->export_person(arguments.operands()[0], [](std::string_view piece) {
        print(piece);
        return true;
    }));
    print("\n");
    return Exit::Done;
}

Result<Exit> run_backup(const Arguments& arguments) {
    // The server's working directory is not ours.
    const std::string directory =
        std::filesystem::absolute(arguments.operands()[0]).lexically_normal().string();
    std::string body = R"({"directory":)";
    append_json_string(body, directory);
    TL_TRY_ASSIGN(const auto api, open_api(arguments));
    TL_TRY_ASSIGN(const std::string answer, api->post("/api/backup", body + "}"));
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(answer));
    const model::DocView report(doc);
    if (arguments.has("json")) {
        print_json(report);
        return Exit::Done;
    }
    const auto count = [&](std::string_view key) {
        return static_cast<uint64_t>(report.find(key).as_integer().value_or(0));
    };
    print("Backup of " + with_commas(count("events")) + " events, up to position " +
          std::string(report.find("position").as_string()) + ": " + with_commas(count("files")) +
          " files, " + readable_bytes(count("bytes")) + ", in " + directory + "\n");
    return Exit::Done;
}

}  // namespace throughline::cli
