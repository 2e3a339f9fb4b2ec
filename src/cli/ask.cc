#include "cli/ask.h"

#include <filesystem>
#include <iostream>
#include <iterator>

#include "base/json_text.h"
#include "cli/answer_table.h"
#include "cli/api.h"
#include "cli/console.h"
#include "cli/table_export.h"
#include "model/json.h"
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

}  // namespace

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
