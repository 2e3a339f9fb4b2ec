#include "sql/table_file.h"

#include <algorithm>

#include "base/bytes.h"
#include "sql/tables.h"
#include "sql/watchdog.h"

namespace throughline::sql {

namespace {

constexpr std::string_view kTables[] = {"events", "sessions", "profiles"};

std::span<const Column> columns_of(std::string_view table) {
    if (table == "events") return event_columns();
    return table == "sessions" ? session_columns() : profile_columns();
}

// RFC 3339, where the format has no instants.
std::string instant_of(const std::string& name) {
    return "strftime(" + name + " AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')";
}

// A field of a line of JSON; null when its value is.
std::string json_field(const Column& column) {
    const std::string name(column.name);
    const std::string key = "'\"" + name + "\":' || ";
    switch (column.type) {
        case ColumnType::Text:
            return key + "to_json(" + name + ")::VARCHAR";
        case ColumnType::Time:
            return key + "'\"' || " + instant_of(name) + " || '\"'";
        case ColumnType::Json:
        case ColumnType::Integer:
        case ColumnType::Money:
        case ColumnType::Boolean:
            return key + name + "::VARCHAR";
    }
    TL_UNREACHABLE();
}

std::string selected(const Column& column, FileFormat format) {
    if (format == FileFormat::JsonLines) return json_field(column);
    const std::string name(column.name);
    const bool is_text = column.type == ColumnType::Time && format == FileFormat::Csv;
    return is_text ? instant_of(name) + " AS " + name : name;
}

// JSON Lines are put together here and written as the one column of a file without quotes: the
// library's own writer reads numbers anew, and -198.50 would not stay what it is.
std::string options_of(const TableFile& file) {
    // Parquet gathers a row group a thread before it writes it: 30 MB of events of 1 KB.
    std::string options = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 30720";
    if (file.format == FileFormat::Parquet) return options;
    options = file.is_compressed ? "FORMAT csv, COMPRESSION gzip" : "FORMAT csv, COMPRESSION none";
    if (file.format == FileFormat::Csv) return options + ", HEADER";
    return options + ", HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01'";
}

std::string copy_statement(const TableFile& file) {
    std::string columns;
    for (const Column& column : columns_of(file.table)) {
        const auto& wanted = file.columns;
        if (!wanted.empty() && std::ranges::find(wanted, column.name) == wanted.end()) continue;
        columns += (columns.empty() ? "" : ", ") + selected(column, file.format);
    }
    if (file.format == FileFormat::JsonLines)
        columns = "'{' || concat_ws(',', " + columns + ") || '}'";
    return "COPY (SELECT " + columns + " FROM " + file.table + ") TO " + sql_literal(file.path) +
           " (" + options_of(file) + ")";
}

// Runs a COPY; its answer is how many rows it wrote.
Result<uint64_t> copy(const Database& database, const std::string& statement) {
    const duck::Api& api = database.api();
    duck::Result result{};
    const duck::State state = api.query(database.connection(), statement.c_str(), &result);
    Result<uint64_t> rows = uint64_t{0};
    if (state != 0) {
        rows = error_of(api.result_error(&result));
    } else if (duck::Chunk chunk = api.fetch_chunk(result); chunk != nullptr) {
        const void* counts = api.vector_get_data(api.data_chunk_get_vector(chunk, 0));
        rows = load<uint64_t>(counts);
        api.destroy_data_chunk(&chunk);
    }
    api.destroy_result(&result);
    return rows;
}

}  // namespace

Status check_table_file(const TableFile& file) {
    if (std::ranges::find(kTables, file.table) == std::end(kTables)) {
        return Error::invalid("export: table: need events, sessions or profiles");
    }
    for (const std::string& name : file.columns) {
        const auto known = columns_of(file.table);
        if (std::ranges::find(known, name, &Column::name) == known.end()) {
            return Error::invalid("export: columns: " + file.table + " has no column " + name);
        }
    }
    return Status::ok();
}

Result<uint64_t> write_table_file(const TableFile& file, const Sources& sources,
                                  size_t memory_bytes) {
    const query::Environment& environment = sources.environment;
    Tables tables(sources);  // The database goes before them.
    TL_TRY_ASSIGN(Database database, Database::open({.memory_bytes = memory_bytes,
                                                     .threads = environment.threads,
                                                     .has_files = true}));
    TL_TRY(database.run("SET preserve_insertion_order = false"));
    TL_TRY(tables.add_to(database, file.range));
    const Watchdog watchdog(database, tables.course(), environment);
    auto rows = copy(database, copy_statement(file));
    if (rows) return rows;
    if (const auto reason = watchdog.reason()) return *reason;
    if (const auto failure = tables.course().failure()) return *failure;
    return rows;
}

}  // namespace throughline::sql
