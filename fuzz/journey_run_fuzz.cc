// The bytes of runs and of entries of the ledger, as they are stored: refused, or written as they
// were read.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "journey/ledger.h"
#include "journey/run.h"

using namespace throughline;
using namespace throughline::journey;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::vector<Run> runs;
    if (decode_runs(bytes, 7, runs)) {
        std::string again;
        encode_runs(runs, 7, again);
        std::vector<Run> twice;
        TL_ASSERT(decode_runs(again, 7, twice) && twice == runs);
    } else {
        TL_ASSERT(runs.empty());
    }
    if (const auto entry = decode_entry(bytes)) {
        std::string again;
        encode_entry(*entry, again);
        TL_ASSERT(again == bytes);
    }
    return 0;
}
