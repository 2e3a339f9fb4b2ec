// How fast a simulated world is told: planned only, written, packed as records, and as JSON.
//
//   simulate_bench [PEOPLE] [EVENTS]     200,000 and 5,000,000 unless given
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "model/json.h"
#include "simulate/packer.h"

namespace {

using namespace throughline;
using namespace throughline::simulate;

template <typename Run>
void measure(const char* what, const WorldOptions& options, Run&& run) {
    auto world = World::make(options);
    if (!world) return;
    const std::clock_t begin = std::clock();  // Of the processor: others may use the machine too.
    const size_t bytes = run(*world);
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    const auto events = static_cast<double>(options.events);
    std::printf("%-8s %6.2f M events/s on one core, %5.0f bytes an event\n", what,
                events / seconds / 1e6, static_cast<double>(bytes) / events);
}

}  // namespace

int main(int argc, char** argv) {
    WorldOptions options;
    options.people = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
    options.events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 5'000'000;
    options.from = days_from_civil(2026, 1, 1) * kDay;
    measure("planned", options, [](World& world) {
        while (world.next() != nullptr) {
        }
        return size_t{0};
    });
    measure("written", options, [](World& world) {
        size_t bytes = 0;
        for_each_event(world,
                       [&](const SimulatedEvent& event) { bytes += event.doc.bytes().size(); });
        return bytes;
    });
    measure("packed", options, [](World& world) {
        const SecretKey secret{1, 2, 3};
        Packer packer(secret, {1, 2, 3, 4, 5});
        size_t bytes = 0;
        std::string record;
        for_each_event(world, [&](const SimulatedEvent& event) {
            record.clear();
            packer.append(record, event);
            bytes += record.size();
        });
        return bytes;
    });
    measure("json", options, [](World& world) {
        size_t bytes = 0;
        std::string json;
        for_each_event(world, [&](const SimulatedEvent& event) {
            json.clear();
            model::append_json(json, event.doc);
            bytes += json.size();
        });
        return bytes;
    });
    return 0;
}
