// Bytes that claim to be a stored event, a packed document or a leaf: refused, or safe to read.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "model/event.h"
#include "model/json.h"
#include "profile/leaf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace throughline;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (model::is_doc(bytes)) {
        const std::string json = model::to_json(model::DocView(bytes));
        TL_ASSERT(!json.empty());
    }
    if (model::is_event(bytes)) {
        const model::EventView event(bytes);
        size_t total = event.name().size() + event.message_id().size();
        for (size_t i = 0; i < event.identifier_count(); ++i)
            total += event.identifier(i).value.size();
        TL_ASSERT(total <= bytes.size());
        TL_ASSERT(model::to_json(event.doc()).size() > 0);
    }
    const auto leaf = profile::Leaf::decode(bytes);
    if (leaf) TL_ASSERT(profile::Leaf::decode(leaf->encode()).is_ok());
    return 0;
}
