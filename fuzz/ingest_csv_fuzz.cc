// Files of any bytes: compressed or not, CSV in any dialect or JSON Lines.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "ingest/mapping.h"
#include "ingest/rows.h"

using namespace throughline::ingest;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    FileShape shape;
    const char* const kinds[] = {"", "csv", "aligned", "jsonl"};
    shape.kind = kinds[data[0] & 3];
    if ((data[0] & 4) != 0) shape.delimiter = ';';
    if ((data[0] & 8) != 0) {
        shape.has_header = false;
        shape.columns = {"a", "b"};
    }
    auto source = open_bytes(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
    if (!source) return 0;
    auto rows = open_rows(*std::move(source), shape);
    if (!rows) return 0;
    Row row;
    uint64_t line = 0;
    while (true) {
        const auto has_row = (*rows)->next(row);
        if (!has_row || !*has_row) return 0;
        TL_ASSERT(row.line > line);
        line = row.line;
        TL_ASSERT(!row.problem.empty() || row.cells.size() == row.columns.size());
    }
}
