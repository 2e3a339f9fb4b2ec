// The conditions of a segment from outside, and acts as they are stored: refused with a message, or
// asked about somebody who did nothing.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "model/json.h"
#include "segment/acts.h"
#include "segment/segment.h"

using namespace throughline;

namespace {

class Nobody final : public segment::Facts {
public:
    std::span<const Micros> times(const segment::Deed&) override { return {}; }
    const query::ProfileFacts& profile() override { return facts_; }
    bool is_in(std::string_view) override { return false; }

private:
    query::ProfileFacts facts_;
};

void read_acts(std::string_view bytes) {
    segment::Acts acts;
    if (!acts.decode(bytes)) return;
    acts.add_time(1, 0, 3);
    std::string again;
    acts.encode(again);
    TL_ASSERT(!again.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_acts(text);
    const auto packed = model::doc_from_json(text);
    if (!packed) return 0;
    const auto compiled = segment::Segment::compile(
        model::DocView(*packed), model::Namespaces::built_in(), "segment: conditions");
    if (!compiled) {
        TL_ASSERT(compiled.error().code == Code::InvalidArgument);
        TL_ASSERT(compiled.error().message.starts_with("segment: conditions"));
        return 0;
    }
    Nobody nobody;
    TL_ASSERT(!compiled->next_change(nobody, 0));
    TL_ASSERT(compiled->holds(nobody, 0) == compiled->holds_for_strangers());
    return 0;
}
