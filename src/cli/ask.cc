#include "cli/ask.h"

#include <array>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>

#include "base/json_text.h"
#include "cli/answer_table.h"
#include "cli/api.h"
#include "cli/console.h"
#include "cli/table_export.h"
#include "model/json.h"
#include "model/yaml.h"
#include "store/files.h"

namespace throughline::cli {

namespace {

Result<std::string> read_input(const std::string& file) {
    if (file != "-") return store::read_file(store::posix_files(), file);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

Result<std::string> question_of(const Arguments& arguments) {
    if (arguments.has("sql") == !arguments.operands().empty()) {
        return usage_error("throughline query: needs FILE, or --sql");
    }
    if (!arguments.has("sql")) return read_input(arguments.operands()[0]);
    std::string question = R"({"kind":"sql","sql":)";
    append_json_string(question, arguments.text("sql"));
    return question + "}";
}

using model::DocView;

uint64_t count_of(DocView cell) {
    return static_cast<uint64_t>(cell.find("count").as_integer().value_or(0));
}

std::string shown(DocView cell) {
    const uint64_t count = count_of(cell);
    return count == 0 ? "" : with_commas(count);
}

/// Kinds that there are any of, `completed 811, goal 597`.
std::string named_counts(DocView cells) {
    std::string text;
    for (const model::DocField& field : cells.fields()) {
        if (count_of(field.value) == 0) continue;
        text += (text.empty() ? "" : ", ") + std::string(field.key) + " " + shown(field.value);
    }
    return text;
}

// Days on which nothing happened are left out.
std::string days_text(DocView told) {
    std::map<std::string_view, std::array<uint64_t, 4>> days;  // Entered, sent, refused, expired.
    const auto number = [](DocView day, std::string_view field) {
        return static_cast<uint64_t>(day.find(field).as_integer().value_or(0));
    };
    for (const DocView day : told.find("days").items()) {
        const uint64_t entered = number(day, "entered");
        if (entered > 0) days[day.find("date").as_string()][0] = entered;
    }
    for (const DocView step : told.find("steps").items()) {
        for (const DocView day : step.find("days").items()) {
            auto& counts = days[day.find("date").as_string()];
            counts[1] += number(day, "sent");
            counts[2] += number(day, "refused");
            counts[3] += number(day, "expired");
        }
    }
    std::vector<std::vector<std::string>> rows{{"day", "entered", "sent", "refused", "expired"}};
    for (const auto& [date, counts] : days) {
        rows.push_back({std::string(date)});
        for (const uint64_t count : counts) {
            rows.back().push_back(count == 0 ? "" : with_commas(count));
        }
    }
    return days.empty() ? "" : aligned(rows) + "\n";
}

std::string backtest_text(DocView told) {
    std::string text =
        std::string(told.find("journey").as_string()) + ", " +
        std::string(told.find("from").as_string()) + " to " +
        std::string(told.find("to").as_string()) + "\n" +
        with_commas(count_of(told.find("entered"))) + " runs of " +
        with_commas(static_cast<uint64_t>(told.find("people").as_integer().value_or(0))) +
        " people, " + with_commas(count_of(told.find("under_way"))) + " still under way\n\n";
    std::vector<std::vector<std::string>> rows{
        {"step", "runs", "on it", "sent", "refused", "expired", "withdrawn", "waiting"}};
    std::string reasons;
    for (const DocView step : told.find("steps").items()) {
        const DocView messages = step.find("messages");
        const std::string name(step.find("step").as_string());
        rows.push_back({name, with_commas(count_of(step.find("runs"))), shown(step.find("stay")),
                        shown(messages.find("sent")), shown(messages.find("refused")),
                        shown(messages.find("expired")), shown(messages.find("withdrawn")),
                        shown(messages.find("waiting"))});
        const std::string why = named_counts(step.find("reasons"));
        if (!why.empty()) reasons += name + " refused: " + why + "\n";
    }
    text += aligned(rows) + "\n" + days_text(told) + reasons;
    const std::string ended = named_counts(told.find("ended"));
    const std::string refused = named_counts(told.find("refused"));
    if (!ended.empty()) text += "ended: " + ended + "\n";
    if (!refused.empty()) text += "did not enter: " + refused + "\n";
    const auto late = told.find("late_starts").as_integer().value_or(0);
    if (late > 0) {
        text += with_commas(static_cast<uint64_t>(late)) +
                " events came too late to start a run: for imported history ask --order "
                "as_happened\n";
    }
    return text;
}

// Days on which nothing happened are left out.
std::string segment_text(DocView told) {
    std::string text = std::string(told.find("from").as_string()) + " to " +
                       std::string(told.find("to").as_string()) + "\n" +
                       with_commas(count_of(told.find("ever"))) + " people were in it, " +
                       with_commas(count_of(told.find("before"))) + " as it began and " +
                       with_commas(count_of(told.find("after"))) + " as it ended\n\n";
    std::vector<std::vector<std::string>> rows{{"day", "entered", "left", "in it"}};
    for (const DocView day : told.find("days").items()) {
        const auto number = [&](std::string_view field) {
            return static_cast<uint64_t>(day.find(field).as_integer().value_or(0));
        };
        if (number("entered") + number("left") == 0) continue;
        rows.push_back({std::string(day.find("date").as_string()), with_commas(number("entered")),
                        with_commas(number("left")), with_commas(number("members"))});
    }
    return text + aligned(rows);
}

/// A segment is told from a journey by having conditions and no steps.
bool is_segment(DocView file) {
    return !file.find("conditions").is_missing() && file.find("steps").is_missing();
}

std::string backtest_question(const Arguments& arguments, const std::string& text, DocView file) {
    std::string body = R"({"yaml":)";
    if (is_segment(file)) {
        body = R"({"conditions":)" + model::to_json(file.find("conditions"));
    } else {
        append_json_string(body, text);
    }
    for (const std::string_view key : {"from", "to", "timezone", "order"}) {
        const std::string value = arguments.text(key);
        if (value.empty()) continue;
        body += ",\"" + std::string(key) + "\":";
        append_json_string(body, value);
    }
    return body + "}";
}

}  // namespace

Result<Exit> run_backtest(const Arguments& arguments) {
    TL_TRY_ASSIGN(const std::string text, read_input(arguments.operands()[0]));
    TL_TRY_ASSIGN(const std::string file, model::doc_from_yaml(text));
    const bool asks_segment = is_segment(DocView(file));
    TL_TRY_ASSIGN(const auto api, open_api(arguments));
    TL_TRY_ASSIGN(
        const std::string answer,
        api->post(asks_segment ? "/api/segments/draft/backtest" : "/api/journeys/draft/backtest",
                  backtest_question(arguments, text, DocView(file))));
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(answer));
    if (arguments.has("json")) {
        print_json(DocView(doc));
    } else {
        print(asks_segment ? segment_text(DocView(doc)) : backtest_text(DocView(doc)));
    }
    return Exit::Done;
}

Result<Exit> run_query(const Arguments& arguments) {
    const std::string format = arguments.text("format");
    if (format != "table" && format != "json" && format != "csv") {
        return usage_error("--format: need table, json or csv");
    }
    TL_TRY_ASSIGN(const std::string question, question_of(arguments));
    TL_TRY(model::doc_from_json(question));
    TL_TRY_ASSIGN(const auto api, open_api(arguments));
    TL_TRY_ASSIGN(const std::string answer, api->post("/api/query", question));
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(answer));
    if (format == "json") {
        print_json(model::DocView(doc));
    } else {
        print(format == "csv" ? answer_csv(doc) : answer_table(doc));
    }
    return Exit::Done;
}

Result<Exit> run_export(const Arguments& arguments) {
    if (is_table(arguments.operands()[0])) return run_table_export(arguments);
    if (arguments.has("out")) return usage_error("--out: only with events, sessions or profiles");
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
