# DuckDB is loaded at run time (src/sql/duckdb_library.h). `./dev` installs it under third_party;
# the program finds it beside itself, tests are told where it is.
set(TL_DUCKDB
    ${CMAKE_SOURCE_DIR}/third_party/duckdb/node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so
    CACHE FILEPATH "libduckdb.so, for tests and beside the program")
if(EXISTS ${TL_DUCKDB})
    list(APPEND TL_TEST_ENVIRONMENT "THROUGHLINE_DUCKDB=${TL_DUCKDB}")
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/src/cli)
    file(CREATE_LINK ${TL_DUCKDB} ${CMAKE_BINARY_DIR}/src/cli/libduckdb.so SYMBOLIC)
endif()
