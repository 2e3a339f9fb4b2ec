// Mapping documents of any bytes, and what they make of a row.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "ingest/mapping.h"
#include "model/json.h"

using namespace throughline;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto mapping = ingest::Mapping::from_json(text);
    if (!mapping) {
        TL_ASSERT(!mapping.error().message.empty());
        return 0;
    }
    static const std::string doc = *model::doc_from_json(
        R"({"u":"1","t":"2026-01-01","n":"-1.50","l":[{"s":"x"},2],"o":{"p":null},"e":""})");
    ingest::MappingRun run(*mapping, SecretKey{1});
    ingest::Row row;
    row.doc = model::DocView(doc);
    ingest::MappedRow mapped;
    run.apply(row, mapped);
    TL_ASSERT(mapped.problem.empty() || mapped.events.empty());
    for (const std::string& event : mapped.events) TL_ASSERT(model::is_doc(event));

    const std::string columns[] = {"u", "t", "n"};
    const std::string_view cells[] = {"1", "2026-01-01", "-1.50"};
    ingest::MappingRun csv(*mapping, SecretKey{1});
    if (!csv.use_columns(columns)) return 0;
    row.doc = {};
    row.columns = columns;
    row.cells = cells;
    csv.apply(row, mapped);
    for (const std::string& event : mapped.events) TL_ASSERT(model::is_doc(event));
    return 0;
}
