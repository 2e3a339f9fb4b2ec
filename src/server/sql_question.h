// The question of kind `sql` over the engine (sql/statement.h), and the tables that it and exports
// are read from.
//
// Layer 7. Thread-safe, but for SqlMoment: one thread makes and drops it.
#pragma once

#include <memory>
#include <semaphore>

#include "query/marketing.h"
#include "server/app.h"
#include "server/view_people.h"
#include "sql/sources.h"

namespace throughline::server {

/// Reads golden records batch by batch, each under a short view.
class RecordReader final : public sql::ProfileReader {
public:
    explicit RecordReader(const engine::Engine& engine) : engine_(engine) {}
    Status read(std::span<const sql::Members> people,
                std::span<sql::ProfileRow> rows) const override;

private:
    const engine::Engine& engine_;
};

/// One moment of an engine as tables. Borrows the engine.
class SqlMoment {
public:
    explicit SqlMoment(const engine::Engine& engine);
    SqlMoment(const SqlMoment&) = delete;
    SqlMoment& operator=(const SqlMoment&) = delete;

    const sql::Sources& sources() const { return sources_; }
    query::Environment& environment() { return environment_; }

private:
    engine::QueryView view_;
    ViewPeople people_;
    query::Marketing marketing_;
    query::Environment environment_;
    RecordReader reader_;
    sql::Sources sources_;
};

/// Room for statements: each may take half a gigabyte, so only some are answered at once.
struct SqlDesk {
    std::counting_semaphore<> places{2};
};

/// Errors: those of sql::run_statement; ResourceExhausted when too many are being answered.
/// It stops when the client has hung up.
Result<net::HttpResponse> answer_sql(const App& app, const ApiRequest& request, SqlDesk& desk);

}  // namespace throughline::server
