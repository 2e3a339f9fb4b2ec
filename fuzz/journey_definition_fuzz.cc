// A journey's definition from outside, as YAML (which JSON is, too): refused with places and what
// to do, or compiled, and then run by a person to whom much happens.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "journey/act.h"
#include "model/json.h"
#include "model/yaml.h"

using namespace throughline;
using namespace throughline::journey;

namespace {

class Somebody final : public Facts {
public:
    bool holds(const Definition&, uint16_t condition, const model::EventView&, Micros at) override {
        return ((at / kHour + condition) & 1) != 0;
    }
    TimeZone zone() override { return {}; }
    Key128 person() override { return {1, 2}; }
    void update(uint32_t, std::string_view traits) override { TL_ASSERT(model::is_doc(traits)); }
};

std::string event_of(const std::string& name, Micros at) {
    static const std::string kDoc =
        model::doc_from_json(R"({"properties":{"a":1,"item":"i"}})").value();
    model::Event event;
    event.name = name;
    event.time = at;
    event.doc = kDoc;
    std::string payload;
    model::append_event(payload, event);
    return payload;
}

/// Every event that it knows, and the timer that was set last, in turn.
void live(const Compiled& compiled) {
    Published published;
    published.publish(1, 1, compiled.definition);
    Somebody somebody;
    std::vector<Run> runs;
    Consequences out;
    Timer last;
    for (Micros day = 1; day < 40; ++day) {
        const auto& names = compiled.definition->event_names();
        if (!names.empty()) {
            const std::string& name = names[static_cast<size_t>(day) % names.size()];
            if (name.size() > UINT16_MAX) return;
            const std::string payload = event_of(name, day * kDay);
            advance(published, somebody,
                    {.at = day * kDay, .what = EventHappened{model::EventView(payload)}}, runs,
                    out);
        }
        if (!out.timers.empty()) last = out.timers.back();
        advance(published, somebody, {.at = last.due, .what = TimerDue{last.slot, last.timer}},
                runs, out);
        std::string bytes;
        encode_runs(runs, 0, bytes);
        std::vector<Run> again;
        TL_ASSERT(decode_runs(bytes, 0, again));
        TL_ASSERT(again == runs);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto document = model::doc_from_yaml(text);
    if (!document) {
        TL_ASSERT(document.error().code == Code::InvalidArgument);
        return 0;
    }
    TL_ASSERT(model::is_doc(*document));
    const Compiled compiled = Definition::compile(model::DocView(*document));
    TL_ASSERT((compiled.definition == nullptr) == !compiled.problems.empty());
    for (const Problem& problem : compiled.problems) TL_ASSERT(!problem.message.empty());
    if (compiled.definition) live(compiled);
    return 0;
}
