// For tests of what needs DuckDB: without its library they have nothing to test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "sql/duckdb_library.h"

/// Skips the test where the library is missing. Where it was to be installed before (`./dev test`
/// says so in TL_DUCKDB_REQUIRED) that is a failure: what is skipped in silence is not tested.
#define TL_NEEDS_DUCKDB()                                                 \
    if (const auto duckdb = ::throughline::sql::load_duckdb(); !duckdb) { \
        if (std::getenv("TL_DUCKDB_REQUIRED") != nullptr) {               \
            GTEST_FAIL() << duckdb.error().message;                       \
        }                                                                 \
        GTEST_SKIP() << duckdb.error().message;                           \
    }                                                                     \
    static_assert(true, "takes the semicolon")
