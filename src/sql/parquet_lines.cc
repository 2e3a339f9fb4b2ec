#include "sql/parquet_lines.h"

#include <charconv>

#include "base/json_text.h"
#include "sql/cursor.h"

namespace throughline::sql {

struct ParquetLines::Parts {
    explicit Parts(Database opened) : database(std::move(opened)), cursor(database) {}

    Database database;
    Cursor cursor;
    std::vector<std::string> keys;  // `"name":`
    uint64_t rows = 0;
    uint64_t rows_read = 0;
};

namespace {

// In the words of an import.
Error told(const Error& error, const std::string& path) {
    std::string_view why = error.message;
    if (error.code == Code::FailedPrecondition) return error;
    if (why.starts_with("sql: ")) why.remove_prefix(5);
    return {error.code, "import: " + path + ": parquet: " + std::string(why)};
}

Result<uint64_t> count_rows(const Database& database, const std::string& path) {
    Cursor cursor(database);
    TL_TRY(cursor.run("SELECT num_rows FROM parquet_file_metadata(" + sql_literal(path) + ")"));
    TL_TRY_ASSIGN(const size_t found, cursor.fetch());
    std::string text;
    if (found > 0) cursor.append(0, 0, text);
    uint64_t rows = 0;
    std::from_chars(text.data(), text.data() + text.size(), rows);
    return rows;
}

}  // namespace

ParquetLines::ParquetLines(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ParquetLines::~ParquetLines() = default;

Result<std::unique_ptr<ParquetLines>> ParquetLines::open(const std::string& path) {
    if (path.find_first_of("*?[") != path.npos) {
        return Error::invalid("import: " + path +
                              ": parquet: the name may not hold *, ? or [: rename the file");
    }
    // One thread: rows keep their order, which tells equal ones apart.
    auto database = Database::open({.threads = 1, .has_files = true});
    if (!database) return told(database.error(), path);
    auto parts = std::make_unique<Parts>(std::move(*database));
    const auto rows = count_rows(parts->database, path);
    if (!rows) return told(rows.error(), path);
    parts->rows = *rows;
    const Status status =
        parts->cursor.run("SELECT * FROM read_parquet(" + sql_literal(path) + ")");
    if (!status) return told(status.error(), path);
    for (size_t column = 0; column < parts->cursor.columns(); ++column) {
        std::string key;
        append_json_string(key, parts->cursor.name(column));
        parts->keys.push_back(key + ":");
    }
    return std::unique_ptr<ParquetLines>(new ParquetLines(std::move(parts)));
}

Result<bool> ParquetLines::read(std::string& out) {
    Parts& parts = *parts_;
    const auto rows = parts.cursor.fetch();
    if (!rows) return told(rows.error(), "row " + std::to_string(parts.rows_read + 1));
    for (size_t row = 0; row < *rows; ++row) {
        char before = '{';
        for (size_t column = 0; column < parts.keys.size(); ++column) {
            if (parts.cursor.is_null(column, row)) continue;
            out += before;
            out += parts.keys[column];
            parts.cursor.append(column, row, out);
            before = ',';
        }
        out += before == '{' ? "{}\n" : "}\n";
    }
    parts.rows_read += *rows;
    return *rows > 0;
}

uint64_t ParquetLines::rows() const {
    return parts_->rows;
}
uint64_t ParquetLines::rows_read() const {
    return parts_->rows_read;
}

}  // namespace throughline::sql
