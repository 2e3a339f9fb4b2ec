// The forwards of a process: a lane (forward_lane.h) for each definition, replaced when it changes.
//
// Layer 6. Thread-safe; a thread of its own, and one a lane. It must be stopped before its engine.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/forwarding/forward_lane.h"

namespace throughline::engine {

class Forwarder {
public:
    /// Borrows engine and clock. `may_send` is called from any thread.
    explicit Forwarder(ForwardParts parts);
    /// Stops.
    ~Forwarder();

    /// Ends all calls and notes how far each forward is.
    void stop();

    /// How a forward stands; nothing where none is known by this key, or not yet.
    std::optional<ForwardReport> report(std::string_view key) const;

private:
    struct Entry {
        uint64_t version = 0;               // Of the definition.
        std::shared_ptr<ForwardLane> lane;  // Shared with report(); null: it cannot be read.
    };

    void run();
    void look_at_settings();
    std::shared_ptr<ForwardLane> make_lane(const Definition& definition) const;

    const ForwardParts parts_;
    mutable std::mutex mutex_;  // Guards what follows.
    std::condition_variable stopped_;
    std::map<std::string, Entry, std::less<>> entries_;
    bool is_stopping_ = false;

    std::thread thread_;  // Last: it uses the rest.
};

}  // namespace throughline::engine
