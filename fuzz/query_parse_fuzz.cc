// A question from outside: it is refused with a message, or it can be asked of an empty history.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "model/json.h"
#include "query/trend_spec.h"

using namespace throughline;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto packed = model::doc_from_json(text);
    if (!packed) return 0;
    const auto spec =
        query::parse_trend(model::DocView(*packed), {"Europe/Istanbul", 1'775'001'600 * kSecond});
    if (!spec) {
        TL_ASSERT(spec.error().code == Code::InvalidArgument);
        TL_ASSERT(spec.error().message.starts_with("query: "));
        return 0;
    }
    TL_ASSERT(spec->from < spec->to && !spec->intervals.empty() && !spec->series.empty());
    TL_ASSERT(spec->intervals.size() <= query::kIntervalsMax);

    std::string payload;
    model::Event event;
    event.doc = *packed;
    model::append_event(payload, event);
    for (const auto& series : spec->series) (void)series.where.matches(model::EventView(payload));
    return 0;
}
