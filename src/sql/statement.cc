#include "sql/statement.h"

#include <algorithm>
#include <cctype>

#include "base/json_text.h"
#include "model/json.h"
#include "sql/cursor.h"
#include "sql/tables.h"
#include "sql/watchdog.h"

namespace throughline::sql {

using model::DocView;

namespace {

constexpr std::string_view kFields[] = {"kind", "sql", "from", "to", "timezone"};

/// What is asked, checked as far as it can be without DuckDB.
struct Question {
    std::string statement;
    std::string timezone;
    TimeRange range;
};

Result<Question> parse(DocView asked, const query::QuestionDefaults& defaults) {
    TL_TRY(query::check_keys(asked, kFields, "query: "));
    Question question;
    TL_TRY_ASSIGN(const auto text, query::text_of(asked, "sql", "query: "));
    question.statement = text.value_or("");
    if (question.statement.empty()) return Error::invalid("query: sql: need one SELECT statement");
    if (question.statement.size() > kStatementBytesMax) {
        return Error::invalid("query: sql: longer than 64 KiB");
    }
    if (question.statement.find('\0') != std::string::npos) {
        return Error::invalid("query: sql: holds a zero byte");
    }
    TL_TRY_ASSIGN(const query::Range range, query::parse_range(asked, defaults));
    question.timezone = range.timezone;
    // Without them the whole of history is meant, not the last 30 days.
    if (asked.find("from").is_string()) question.range.from = range.from;
    if (asked.find("to").is_string()) question.range.to = range.to;
    return question;
}

void append_columns(Cursor& cursor, std::string& out) {
    for (size_t i = 0; i < cursor.columns(); ++i) {
        out += i > 0 ? ",{\"name\":" : "{\"name\":";
        append_json_string(out, cursor.name(i));
        out += ",\"type\":\"" + std::string(cursor.type(i).kind()) + "\"}";
    }
}

// Appends the rows. Returns whether there were more than may be answered.
Result<bool> append_rows(Cursor& cursor, const StatementLimits& limits, std::string& out) {
    const size_t begin = out.size();
    for (size_t rows = 0;;) {
        TL_TRY_ASSIGN(const size_t fetched, cursor.fetch());
        if (fetched == 0) return false;
        for (size_t row = 0; row < fetched; ++row, ++rows) {
            if (rows == limits.rows_max || out.size() - begin > limits.answer_bytes_max) {
                return true;
            }
            char before = '[';
            if (rows > 0) out += ',';
            for (size_t column = 0; column < cursor.columns(); ++column, before = ',') {
                out += before;
                cursor.append(column, row, out);
            }
            out += ']';
        }
    }
}

// Functions that change how DuckDB tells of itself on the server's own output.
Status check_functions(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char* name : {"enable_profiling", "enable_logging"}) {
        if (text.find(name) != text.npos) {
            return Error{Code::PermissionDenied,
                         "query: sql: " + std::string(name) + " is not to be had here"};
        }
    }
    return Status::ok();
}

Result<std::string> answer(Database& database, const std::string& text,
                           const StatementLimits& limits) {
    TL_TRY(check_functions(text));
    Cursor cursor(database);
    TL_TRY(cursor.run(text));
    std::string json = R"({"kind":"sql","columns":[)";
    append_columns(cursor, json);
    json += R"(],"rows":[)";
    TL_TRY_ASSIGN(const bool is_limited, append_rows(cursor, limits, json));
    json += is_limited ? R"(],"limited":true)" : R"(],"limited":false)";
    return json;
}

// Without a plan everything is needed; what is wrong with a statement is told when it is run.
StatementNeeds needs_of_statement(Database& database, const std::string& statement) {
    Cursor cursor(database);
    if (!cursor.run(plan_statement(statement))) return {};
    const auto fetched = cursor.fetch();
    if (!fetched || *fetched != 1) return {};
    std::string json;
    cursor.append(0, 0, json);
    const auto plan = model::doc_from_json(json);
    return plan ? needs_of(DocView(*plan)) : StatementNeeds();
}

void append_meta(std::string& json, const Question& question, const LookedAt& looked_at,
                 Micros elapsed) {
    json += R"(,"meta":{)";
    if (question.range.from > TimeRange{}.from) {
        json += R"("from":")" + format_instant(question.range.from) + "\",";
    }
    if (question.range.to < TimeRange{}.to) {
        json += R"("to":")" + format_instant(question.range.to) + "\",";
    }
    json += R"("timezone":)";
    append_json_string(json, question.timezone);
    json += ",\"events_scanned\":" + std::to_string(looked_at.events) +
            ",\"profiles_scanned\":" + std::to_string(looked_at.profiles) + ",\"elapsed_ms\":";
    append_json_number(json, static_cast<double>(elapsed) / 1000.0);
    json += "}}";
}

}  // namespace

Status check_statement(DocView question, const query::QuestionDefaults& defaults) {
    TL_TRY(parse(question, defaults));
    return Status::ok();
}

Result<std::string> run_statement(DocView asked, const Sources& sources,
                                  const StatementLimits& limits) {
    const query::Environment& environment = sources.environment;
    const Micros begin = environment.clock.monotonic();
    TL_TRY_ASSIGN(const Question question,
                  parse(asked, {environment.timezone, environment.clock.now()}));
    LookedAt looked_at;
    Sources counted = sources;
    counted.looked_at = &looked_at;

    Tables tables(counted);  // The database goes before them.
    TL_TRY_ASSIGN(Database database, Database::open({.memory_bytes = limits.memory_bytes,
                                                     .threads = environment.threads,
                                                     .timezone = question.timezone}));
    TL_TRY(tables.add_to(database, question.range));
    TL_TRY(database.lock());
    const Watchdog watchdog(database, tables.course(), environment);
    TL_TRY(database.run("BEGIN"));  // The plan and the statement have one `now()`.
    tables.expect(needs_of_statement(database, question.statement));
    auto json = answer(database, question.statement, limits);
    if (!json) {
        if (const auto reason = watchdog.reason()) return *reason;
        if (const auto failure = tables.course().failure()) return *failure;
        return json;
    }
    append_meta(*json, question, looked_at, environment.clock.monotonic() - begin);
    return json;
}

}  // namespace throughline::sql
