// A small shop made from a seed: people who browse, sign in, buy on the web and at the till, share
// a tablet, and send events that are refused. For the demo where no real data is at hand.
//
// Layer 8. Pure: the same seed and time give the same bytes.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace throughline::cli {

/// Events of one source, as a client would send them to /v1/batch.
struct DemoBatch {
    std::string source;
    std::string body;
};

class DemoWorld {
public:
    static constexpr std::array<std::string_view, 2> kSources{"web", "till"};
    static constexpr size_t kPeople = 300;

    /// `now` is the end of the sixty days that it tells of.
    DemoWorld(uint64_t seed, Micros now);

    /// At most so many events of one source; nothing at the end.
    std::optional<DemoBatch> next(size_t events_max);

private:
    struct Person;
    void visit(const Person& person, Micros at);
    void buy_at_till(const Person& person, Micros at);
    void misbehave(Micros at);
    void add(size_t source, Micros at, const std::string& fields);

    SeededRandom random_;
    std::array<std::vector<std::string>, 2> events_;  // By source, as JSON.
    size_t source_ = 0;
    size_t place_ = 0;
    uint64_t messages_ = 0;
};

}  // namespace throughline::cli
