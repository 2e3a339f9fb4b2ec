#include "sql/table_function.h"

#include "sql/event_fields.h"

namespace throughline::sql {

namespace {

constexpr size_t kNotWanted = SIZE_MAX;
constexpr uint8_t kMoneyDigits = 38;  // The most that there are.

/// What DuckDB hands back at every step of a scan.
struct Registration {
    const duck::Api& api;
    Table& table;
    TimeRange range;
    Course& course;
    const StatementNeeds& needs;
};

struct Bound {
    Registration& registration;
    TimeRange range;
};

struct Running {
    Registration& registration;
    std::unique_ptr<Scan> scan;
    size_t columns = 0;
};

// Made by the thread that uses it, at its first batch.
struct Local {
    std::unique_ptr<Worker> worker;
};

template <typename T>
void drop(void* made) {
    delete static_cast<T*>(made);
}

// What DuckDB calls has to read its own arguments with this. Requires: a database is open.
const duck::Api& loaded_api() {
    return **load_duckdb();
}

duck::LogicalType type_of(const duck::Api& api, ColumnType type) {
    switch (type) {
        case ColumnType::Text:
            return api.create_logical_type(duck::Type::Varchar);
        case ColumnType::Json: {
            duck::LogicalType made = api.create_logical_type(duck::Type::Varchar);
            api.logical_type_set_alias(made, "JSON");
            return made;
        }
        case ColumnType::Time:
            return api.create_logical_type(duck::Type::TimestampTz);
        case ColumnType::Integer:
            return api.create_logical_type(duck::Type::BigInt);
        case ColumnType::Money:
            return api.create_decimal_type(kMoneyDigits, kMoneyScale);
        case ColumnType::Boolean:
            return api.create_logical_type(duck::Type::Boolean);
    }
    TL_UNREACHABLE();
}

// The instant of a parameter; null is no bound.
Micros bound_at(const duck::Api& api, duck::BindInfo info, duck::Index at, Micros otherwise) {
    duck::Value value = api.bind_get_parameter(info, at);
    const Micros given = api.is_null_value(value) ? otherwise : api.get_timestamp_tz(value).micros;
    api.destroy_value(&value);
    return given;
}

void bind(duck::BindInfo info) {
    const duck::Api& api = loaded_api();
    auto& registration = *static_cast<Registration*>(api.bind_get_extra_info(info));
    for (const Column& column : registration.table.columns()) {
        duck::LogicalType type = type_of(api, column.type);
        api.bind_add_result_column(info, std::string(column.name).c_str(), type);
        api.destroy_logical_type(&type);
    }
    TimeRange range = registration.range;
    if (api.bind_get_parameter_count(info) == 2) {
        range.from = std::max(range.from, bound_at(api, info, 0, range.from));
        range.to = std::min(range.to, bound_at(api, info, 1, range.to));
    }
    api.bind_set_bind_data(info, new Bound{registration, range}, drop<Bound>);
}

void init(duck::InitInfo info) {
    const duck::Api& api = loaded_api();
    const auto& bound = *static_cast<const Bound*>(api.init_get_bind_data(info));
    Registration& registration = bound.registration;
    const size_t known = registration.table.columns().size();
    std::vector<size_t> wanted;
    const duck::Index columns = api.init_get_column_count(info);
    for (duck::Index i = 0; i < columns; ++i) {
        const duck::Index column = api.init_get_column_index(info, i);
        // A count of rows asks for a column that no table has.
        wanted.push_back(column < known ? column : kNotWanted);
    }
    TableNeeds needs;
    const auto known_needs = registration.needs.find(registration.table.name());
    if (known_needs != registration.needs.end()) needs = known_needs->second;
    needs.range.from = std::max(needs.range.from, bound.range.from);
    needs.range.to = std::min(needs.range.to, bound.range.to);
    auto scan = registration.table.scan(wanted, needs);
    if (!scan) {
        registration.course.fail(scan.error());
        return api.init_set_error(info, scan.error().message.c_str());
    }
    api.init_set_max_threads(info, std::max<size_t>(1, (*scan)->workers_max()));
    api.init_set_init_data(info, new Running{registration, std::move(*scan), wanted.size()},
                           drop<Running>);
}

void init_local(duck::InitInfo info) {
    loaded_api().init_set_init_data(info, new Local, drop<Local>);
}

Status fill(const duck::Api& api, Running& running, Local& local, duck::Chunk chunk) {
    if (running.registration.course.is_stopped()) return Error{Code::Cancelled, "sql: stopped"};
    if (!local.worker) local.worker = running.scan->worker();
    RowsOut rows(api, chunk, running.columns);
    return local.worker->fill(rows);
}

void run(duck::FunctionInfo info, duck::Chunk chunk) {
    const duck::Api& api = loaded_api();
    auto& running = *static_cast<Running*>(api.function_get_init_data(info));
    auto& local = *static_cast<Local*>(api.function_get_local_init_data(info));
    const Status status = fill(api, running, local, chunk);
    if (status) return;
    running.registration.course.fail(status.error());
    api.function_set_error(info, status.error().message.c_str());
}

Status register_as(Database& database, const std::string& name, bool takes_range,
                   const Registration& registration) {
    const duck::Api& api = database.api();
    duck::TableFunction function = api.create_table_function();
    api.table_function_set_name(function, name.c_str());
    if (takes_range) {
        duck::LogicalType instant = api.create_logical_type(duck::Type::TimestampTz);
        api.table_function_add_parameter(function, instant);
        api.table_function_add_parameter(function, instant);
        api.destroy_logical_type(&instant);
    }
    api.table_function_set_extra_info(function, new Registration(registration), drop<Registration>);
    api.table_function_set_bind(function, bind);
    api.table_function_set_init(function, init);
    api.table_function_set_local_init(function, init_local);
    api.table_function_set_function(function, run);
    api.table_function_supports_projection_pushdown(function, true);
    const duck::State state = api.register_table_function(database.connection(), function);
    api.destroy_table_function(&function);
    if (state != 0) return Error::internal("sql: " + name + " cannot be registered");
    return Status::ok();
}

}  // namespace

RowsOut::RowsOut(const duck::Api& api, duck::Chunk chunk, size_t columns)
    : api_(api), chunk_(chunk), capacity_(api.vector_size()) {
    for (size_t i = 0; i < columns; ++i) {
        vectors_.push_back(api.data_chunk_get_vector(chunk, i));
        data_.push_back(api.vector_get_data(vectors_.back()));
    }
}

void RowsOut::null(size_t column, size_t row) {
    api_.vector_ensure_validity_writable(vectors_[column]);
    uint64_t* validity = api_.vector_get_validity(vectors_[column]);
    validity[row / 64] &= ~(uint64_t{1} << (row % 64));
}

void Course::fail(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error;
}

std::optional<Error> Course::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

Status add_table(Database& database, Table& table, TimeRange range, Course& course,
                 const StatementNeeds& needs) {
    const Registration registration{database.api(), table, range, course, needs};
    const std::string name(table.name());
    TL_TRY(register_as(database, "throughline_" + name, false, registration));
    if (table.has_time()) {
        const std::string between = "throughline_" + name + "_between";
        TL_TRY(register_as(database, between, true, registration));
        // A literal is a text; only a macro casts it.
        TL_TRY(database.run("CREATE MACRO " + name + "_between(a, b) AS TABLE FROM " + between +
                            "(a::TIMESTAMPTZ, b::TIMESTAMPTZ)"));
    }
    return database.run("CREATE VIEW " + name + " AS FROM throughline_" + name + "()");
}

}  // namespace throughline::sql
