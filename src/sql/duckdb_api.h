// The part of DuckDB's C interface that we use, as a table of functions found at run time.
//
// The program neither links DuckDB nor needs its header to build: SQL and Parquet are there where
// the library is (duckdb_library.h). Types and signatures are those of `duckdb.h`, whose C
// interface stays compatible from version to version; only what we call is declared.
//
// Layer 5. Immutable once loaded.
#pragma once

#include <cstdint>

namespace throughline::sql::duck {

// Handles: each is a pointer that DuckDB made and that its `destroy` takes back.
using Database = struct DatabaseHandle*;
using Connection = struct ConnectionHandle*;
using Config = struct ConfigHandle*;
using Statements = struct StatementsHandle*;
using Prepared = struct PreparedHandle*;
using LogicalType = struct LogicalTypeHandle*;
using Chunk = struct ChunkHandle*;
using Vector = struct VectorHandle*;
using Value = struct ValueHandle*;
using TableFunction = struct TableFunctionHandle*;
using BindInfo = struct BindInfoHandle*;
using InitInfo = struct InitInfoHandle*;
using FunctionInfo = struct FunctionInfoHandle*;

using Index = uint64_t;
using State = int;  // 0: success.
using Destroy = void (*)(void*);

inline constexpr int kSelect = 1;  // The kind of statement that only reads.

enum class Type : int {
    Boolean = 1,
    TinyInt = 2,
    SmallInt = 3,
    Integer = 4,
    BigInt = 5,
    UTinyInt = 6,
    USmallInt = 7,
    UInteger = 8,
    UBigInt = 9,
    Float = 10,
    Double = 11,
    Timestamp = 12,  // Microseconds, of no zone.
    Date = 13,       // Days since 1970.
    Time = 14,       // Microseconds of the day.
    Interval = 15,
    HugeInt = 16,
    Varchar = 17,
    Blob = 18,
    Decimal = 19,
    TimestampSeconds = 20,
    TimestampMillis = 21,
    TimestampNanos = 22,
    Enum = 23,
    List = 24,
    Struct = 25,
    Map = 26,
    Uuid = 27,
    TimestampTz = 31,  // Microseconds, UTC.
    UHugeInt = 32,
    SqlNull = 36
};

struct Result {
    Index deprecated_counts[3];
    void* deprecated_columns;
    char* deprecated_message;
    void* internal;
};

/// A text in a vector: up to 12 bytes stand in it, else a pointer to them.
struct Text {
    uint32_t size;
    char prefix[4];
    union {
        char rest[8];
        const char* pointer;
    };
};

struct Interval {
    int32_t months;
    int32_t days;
    int64_t micros;
};

struct ListEntry {
    uint64_t offset;
    uint64_t length;
};

struct HugeInt {
    uint64_t lower;
    int64_t upper;
};

struct TimestampValue {
    int64_t micros;
};

// Each: what it answers, its name after `duckdb_`, what it takes.
#define TL_DUCKDB_FUNCTIONS(F)                                                           \
    F(const char*, library_version, ())                                                  \
    F(void, free, (void*))                                                               \
    F(State, create_config, (Config*))                                                   \
    F(State, set_config, (Config, const char*, const char*))                             \
    F(void, destroy_config, (Config*))                                                   \
    F(State, open_ext, (const char*, Database*, Config, char**))                         \
    F(void, close, (Database*))                                                          \
    F(State, connect, (Database, Connection*))                                           \
    F(void, disconnect, (Connection*))                                                   \
    F(void, interrupt, (Connection))                                                     \
    F(State, query, (Connection, const char*, Result*))                                  \
    F(void, destroy_result, (Result*))                                                   \
    F(const char*, result_error, (Result*))                                              \
    F(Index, column_count, (Result*))                                                    \
    F(const char*, column_name, (Result*, Index))                                        \
    F(LogicalType, column_logical_type, (Result*, Index))                                \
    F(Chunk, fetch_chunk, (Result))                                                      \
    F(Index, extract_statements, (Connection, const char*, Statements*))                 \
    F(const char*, extract_statements_error, (Statements))                               \
    F(void, destroy_extracted, (Statements*))                                            \
    F(State, prepare_extracted_statement, (Connection, Statements, Index, Prepared*))    \
    F(const char*, prepare_error, (Prepared))                                            \
    F(int, prepared_statement_type, (Prepared))                                          \
    F(State, execute_prepared_streaming, (Prepared, Result*))                            \
    F(void, destroy_prepare, (Prepared*))                                                \
    F(Index, vector_size, ())                                                            \
    F(Index, data_chunk_get_size, (Chunk))                                               \
    F(void, data_chunk_set_size, (Chunk, Index))                                         \
    F(Vector, data_chunk_get_vector, (Chunk, Index))                                     \
    F(void, destroy_data_chunk, (Chunk*))                                                \
    F(void*, vector_get_data, (Vector))                                                  \
    F(uint64_t*, vector_get_validity, (Vector))                                          \
    F(void, vector_ensure_validity_writable, (Vector))                                   \
    F(void, vector_assign_string_element_len, (Vector, Index, const char*, Index))       \
    F(Vector, list_vector_get_child, (Vector))                                           \
    F(Vector, struct_vector_get_child, (Vector, Index))                                  \
    F(LogicalType, create_logical_type, (Type))                                          \
    F(LogicalType, create_decimal_type, (uint8_t, uint8_t))                              \
    F(void, destroy_logical_type, (LogicalType*))                                        \
    F(Type, get_type_id, (LogicalType))                                                  \
    F(void, logical_type_set_alias, (LogicalType, const char*))                          \
    F(char*, logical_type_get_alias, (LogicalType))                                      \
    F(uint8_t, decimal_scale, (LogicalType))                                             \
    F(Type, decimal_internal_type, (LogicalType))                                        \
    F(Type, enum_internal_type, (LogicalType))                                           \
    F(uint32_t, enum_dictionary_size, (LogicalType))                                     \
    F(char*, enum_dictionary_value, (LogicalType, Index))                                \
    F(LogicalType, list_type_child_type, (LogicalType))                                  \
    F(Index, struct_type_child_count, (LogicalType))                                     \
    F(char*, struct_type_child_name, (LogicalType, Index))                               \
    F(LogicalType, struct_type_child_type, (LogicalType, Index))                         \
    F(TableFunction, create_table_function, ())                                          \
    F(void, destroy_table_function, (TableFunction*))                                    \
    F(void, table_function_set_name, (TableFunction, const char*))                       \
    F(void, table_function_add_parameter, (TableFunction, LogicalType))                  \
    F(void, table_function_set_extra_info, (TableFunction, void*, Destroy))              \
    F(void, table_function_set_bind, (TableFunction, void (*)(BindInfo)))                \
    F(void, table_function_set_init, (TableFunction, void (*)(InitInfo)))                \
    F(void, table_function_set_local_init, (TableFunction, void (*)(InitInfo)))          \
    F(void, table_function_set_function, (TableFunction, void (*)(FunctionInfo, Chunk))) \
    F(void, table_function_supports_projection_pushdown, (TableFunction, bool))          \
    F(State, register_table_function, (Connection, TableFunction))                       \
    F(void*, bind_get_extra_info, (BindInfo))                                            \
    F(Index, bind_get_parameter_count, (BindInfo))                                       \
    F(Value, bind_get_parameter, (BindInfo, Index))                                      \
    F(void, bind_add_result_column, (BindInfo, const char*, LogicalType))                \
    F(void, bind_set_bind_data, (BindInfo, void*, Destroy))                              \
    F(TimestampValue, get_timestamp_tz, (Value))                                         \
    F(bool, is_null_value, (Value))                                                      \
    F(void, destroy_value, (Value*))                                                     \
    F(void*, init_get_bind_data, (InitInfo))                                             \
    F(Index, init_get_column_count, (InitInfo))                                          \
    F(Index, init_get_column_index, (InitInfo, Index))                                   \
    F(void, init_set_init_data, (InitInfo, void*, Destroy))                              \
    F(void, init_set_max_threads, (InitInfo, Index))                                     \
    F(void, init_set_error, (InitInfo, const char*))                                     \
    F(void*, function_get_init_data, (FunctionInfo))                                     \
    F(void*, function_get_local_init_data, (FunctionInfo))                               \
    F(void, function_set_error, (FunctionInfo, const char*))

struct Api {
#define TL_DUCKDB_DECLARE(answers, name, takes) answers(*name) takes = nullptr;
    TL_DUCKDB_FUNCTIONS(TL_DUCKDB_DECLARE)
#undef TL_DUCKDB_DECLARE
};

}  // namespace throughline::sql::duck
