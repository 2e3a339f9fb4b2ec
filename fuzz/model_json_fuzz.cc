// JSON text of any kind: it is refused, or it is a well-formed document that writes back as JSON
// which reads as the same document.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "model/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace throughline;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto doc = model::doc_from_json(text);
    if (!doc) return 0;
    TL_ASSERT(model::is_doc(*doc));
    const auto again = model::doc_from_json(model::to_json(model::DocView(*doc)));
    TL_ASSERT(again && *again == *doc);
    return 0;
}
