// A question from outside: it is refused with a message, or it is answered, here of an empty
// history.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/assert.h"
#include "model/json.h"
#include "query/query.h"
#include "sequence/history.h"
#include "store/memory_files.h"

using namespace throughline;

namespace {

class Nobody final : public query::People {
public:
    void roots(std::span<const uint32_t>, std::span<uint32_t> roots) const override {
        std::ranges::fill(roots, query::kNobody);
    }
    bool is_known(uint32_t) const override { return false; }
};

struct EmptyWorld {
    store::MemoryFiles disk;
    std::unique_ptr<sequence::History> history;
    EmptyWorld() {
        TL_ASSERT(store::make_directories(disk, "h"));
        history = sequence::History::open(disk, {.directory = "h"}, {}).value();
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static EmptyWorld world;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto packed = model::doc_from_json(text);
    if (!packed) return 0;
    const model::DocView question(*packed);
    const Status checked =
        query::check_query(question, {"Europe/Istanbul", 1'775'001'600 * kSecond});
    if (!checked) {
        TL_ASSERT(checked.error().code == Code::InvalidArgument);
        TL_ASSERT(checked.error().message.starts_with("query"));
        return 0;
    }
    const Nobody people;
    const auto snapshot = world.history->snapshot();
    const query::Environment environment{.history = *snapshot,
                                         .names = world.history->dictionary(),
                                         .people = people,
                                         .clock = system_clock(),
                                         .source_name = {}};
    const auto answer = query::run_query(question, environment);
    // Dates that count from now may mean another range by then.
    TL_ASSERT(answer || answer.error().code == Code::InvalidArgument);
    return 0;
}
