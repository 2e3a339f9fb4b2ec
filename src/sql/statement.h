// The question of kind `sql`: one statement that only reads.
//
//   {"kind":"sql","sql":"SELECT event, count(*) FROM events GROUP BY ALL",
//    "from":"-30d","to":...,"timezone":"Europe/Istanbul"}
//   -> {"kind":"sql","columns":[{"name":"event","type":"text"},...],"rows":[[...],...],
//       "limited":false,"meta":{"events_scanned":n,"profiles_scanned":n,"elapsed_ms":x,...}}
//
// The tables are those of docs/sql.md, as of one moment. `from` and `to`, if given, narrow `events`
// and `sessions`; dates and functions of time follow the zone. The database that answers is made
// for the statement, sees nothing but the tables, and is gone with it.
//
// Layer 5. Any thread, any number at once. Cost: 20 ms beside the statement's own.
#pragma once

#include "model/doc.h"
#include "query/question_fields.h"
#include "sql/sources.h"

namespace throughline::sql {

struct StatementLimits {
    size_t memory_bytes = size_t{512} << 20;  // Of DuckDB; what tables hold comes beside it.
    size_t rows_max = 10'000;                 // Answered; more are left out and `limited` says so.
    size_t answer_bytes_max = size_t{64} << 20;
};

inline constexpr size_t kStatementBytesMax = 64 << 10;

/// Checks the form of a question, without looking into its SQL.
/// Errors: InvalidArgument naming the field.
Status check_statement(model::DocView question, const query::QuestionDefaults& defaults);

/// Time limit, threads and the wish to stop are the environment's.
/// Errors: InvalidArgument with the place in the statement; PermissionDenied for what would leave
/// the tables; ResourceExhausted; DeadlineExceeded; Cancelled; FailedPrecondition without DuckDB;
/// those of the tables.
Result<std::string> run_statement(model::DocView question, const Sources& sources,
                                  const StatementLimits& limits = {});

}  // namespace throughline::sql
