// Simulated events as the engine logs them, without JSON: what ingest would make of them.
//
// Layer 4. Used by one thread. Cost: about 0.2 us an event, most of it keyed hashes.
#pragma once

#include <array>
#include <string>

#include "base/hash.h"
#include "simulate/event_writer.h"

namespace throughline::simulate {

class Packer {
public:
    /// `sources`: by Origin. Requires: `secret` stays.
    Packer(const SecretKey& secret, const std::array<model::SourceId, kOrigins>& sources)
        : secret_(secret), sources_(sources) {}

    /// Appends the payload of model::append_event. What arrives more than a day late is history.
    void append(std::string& out, const SimulatedEvent& event);

private:
    const SecretKey& secret_;
    std::array<model::SourceId, kOrigins> sources_;
    std::string room_;
};

}  // namespace throughline::simulate
