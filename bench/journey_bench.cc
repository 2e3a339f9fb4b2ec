// What journeys cost one core: the abandoned cart as it ships, runs kept as bytes between
// happenings as the fold keeps them. A step is one row `reached`.
//
//   build/bench/bench/journey_bench [PEOPLE]

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/random.h"
#include "journey/act.h"
#include "journey/shipped.h"
#include "model/json.h"
#include "model/yaml.h"

using namespace throughline;
using namespace throughline::journey;

namespace {

double cpu_s() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

class Somebody final : public Facts {
public:
    explicit Somebody(const TimeZone& zone) : zone_(zone) {}
    bool holds(const Definition&, uint16_t, const model::EventView&, Micros) override {
        return true;
    }
    TimeZone zone() override { return zone_; }
    Key128 person() override { return {1, who}; }
    void update(uint32_t, std::string_view) override {}

    uint32_t who = 0;

private:
    const TimeZone zone_;
};

struct Counts {
    double happenings = 0;
    double timers = 0;
    double steps = 0;
    double intents = 0;
};

/// A shop of people, each an identity with her runs as bytes.
class Shop {
public:
    explicit Shop(size_t people)
        : somebody_(TimeZone::find("Europe/Istanbul").value()), bytes_(people) {
        const std::string document =
            model::doc_from_yaml(shipped_journey("abandoned-cart")).value();
        const Compiled compiled = Definition::compile(model::DocView(document));
        TL_ASSERT(compiled.definition != nullptr);
        published_.publish(1, 1, compiled.definition);
    }

    void event(uint32_t who, const std::string& payload, Micros at) {
        fire_until(at);
        act(who, at, EventHappened{model::EventView(payload)});
    }

    void fire_until(Micros at) {
        while (!timers_.empty() && timers_.top().due <= at) {
            const Timer timer = timers_.top();
            timers_.pop();
            counts.timers += 1;
            act(timer.owner, timer.due, TimerDue{timer.slot, timer.timer});
        }
    }

    size_t bytes_kept() const {
        size_t bytes = 0;
        for (const std::string& one : bytes_) bytes += one.size();
        return bytes;
    }

    Counts counts;

private:
    template <typename What>
    void act(uint32_t who, Micros at, const What& what) {
        somebody_.who = who;
        runs_.clear();
        out_.clear();
        TL_ASSERT(decode_runs(bytes_[who], who, runs_).is_ok());
        advance(published_, somebody_, {.at = at, .cause = ++cause_, .owner = who, .what = what},
                runs_, out_);
        if (!out_.changed.empty()) {
            bytes_[who].clear();
            encode_runs(runs_, who, bytes_[who]);
        }
        counts.happenings += 1;
        counts.intents += static_cast<double>(out_.intents.size());
        for (const Row& row : out_.rows) counts.steps += row.kind == RowKind::Reached;
        for (const Timer& timer : out_.timers) timers_.push(timer);
    }

    Published published_;
    Somebody somebody_;
    std::vector<std::string> bytes_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    std::vector<Run> runs_;
    Consequences out_;
    uint64_t cause_ = 0;
};

std::string payload_of(const char* name, Micros at) {
    static const std::string kDoc =
        model::doc_from_json(
            R"({"properties":{"cart_id":"c-123456","product_id":"p-77812",)"
            R"("price":129.90,"quantity":2,"name":"Linen shirt","currency":"TRY"}})")
            .value();
    model::Event event;
    event.name = name;
    event.time = at;
    event.doc = kDoc;
    std::string payload;
    model::append_event(payload, event);
    return payload;
}

}  // namespace

int main(int argc, char** argv) {
    const size_t people = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
    Shop shop(people);
    SeededRandom random(1);
    const Micros begin = *parse_instant("2026-03-02T06:00Z");
    const double began = cpu_s();
    for (size_t i = 0; i < people * 5; ++i) {
        const Micros at = begin + static_cast<Micros>(i) * kDay / static_cast<Micros>(people);
        const auto who = static_cast<uint32_t>(random.below(people));
        const uint64_t dice = random.below(10);
        const char* name = dice < 6   ? "Product Added"
                           : dice < 9 ? "Product Viewed"
                                      : "Order Completed";
        shop.event(who, payload_of(name, at), at);
    }
    const double spent = cpu_s() - began;
    const Counts& counts = shop.counts;
    std::printf("%.0f happenings (%.0f timers), %.0f steps, %.0f intents in %.2f s of CPU\n",
                counts.happenings, counts.timers, counts.steps, counts.intents, spent);
    std::printf("%.0f steps/s, %.0f happenings/s, %.0f bytes a person kept\n", counts.steps / spent,
                counts.happenings / spent,
                static_cast<double>(shop.bytes_kept()) / static_cast<double>(people));
    return 0;
}
