// What the harnesses share: a clock, options of a small engine, and clients that send what real
// ones send.
//
// Layer: test.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/engine.h"
#include "engine/test_world.h"
#include "sim/reference.h"

namespace throughline::sim {

inline constexpr const char* kData = "/data";
inline constexpr Micros kStart = 1'700'000'000LL * kSecond;

/// Stands still on the wall, so that stamps are known, and runs for whoever measures.
class SimClock final : public Clock {
public:
    Micros now() const override { return now_; }
    Micros monotonic() const override { return monotonic_ += kSecond; }
    void set(Micros now) {
        monotonic_ += now - now_;
        now_ = now;
    }

private:
    std::atomic<Micros> now_{kStart};
    mutable std::atomic<Micros> monotonic_{0};
};

using Records = std::vector<std::string>;

engine::Submission make_submission(const Records& records);

/// One client's stream: mostly events, some sent twice, and now and then what people do by hand.
class Script {
public:
    explicit Script(uint64_t seed) : random_(seed), records_(seed, kSecret) {}

    /// The next records to be sent together.
    Records next(const engine::View& view);
    bool has_erased() const { return has_erased_; }

private:
    std::string decision(const engine::View& view);
    std::string definition();
    std::string catalog();
    std::string segment();
    std::string journey();

    SeededRandom random_;
    engine::testing::RecordStream records_;
    bool has_erased_ = false;
};

/// Writes the secret, so that runs repeat. To be called on an empty disk.
Status prepare_disk(store::Files& files);

/// Of an engine whose limits are reached soon.
engine::EngineOptions small_engine(rocksdb::Env* env, uint64_t seed);

/// From the environment, else `otherwise`.
uint64_t number_from_environment(const char* name, uint64_t otherwise);

}  // namespace throughline::sim
