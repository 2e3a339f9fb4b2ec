// The journeys that are published: every version that has runs, and who wants which event.
//
// An event costs one look-up by its name; when nobody wants it, no run is looked at.
//
// Layer 5. Changed between records by whoever holds it; read by any number of threads meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "journey/definition.h"

namespace throughline::journey {

/// That a version of a journey has to do with an event's name or a segment.
struct Interest {
    uint32_t journey = 0;
    uint32_t version = 0;
    uint16_t name = 0;      // Place among its event names; of a segment 0.
    bool is_start = false;  // Its trigger, and new runs are of this version.
};

enum class Resume : uint8_t {
    Fire,   // What is overdue goes on now, once.
    Shift,  // Every wait is longer by the pause; what an event woke goes on now.
    Skip,   // What is overdue ends as `skipped`; the rest waits as it did.
};

/// Something decided about every run of a journey that was on its way then. A run goes through it
/// when its person is next looked at; whoever holds the runs looks at everybody by and by. So none
/// of it costs more than its own record, however many runs there are.
struct Sweep {
    uint32_t number = 0;   // Of its journey, rising from 1.
    bool is_stop = false;  // The run ends. Else the journey went on after a pause:
    Resume mode = Resume::Fire;
    Micros paused_at = 0;  // When that pause began.
    Micros at = 0;         // When it was decided.
    bool operator==(const Sweep&) const = default;
};

class Published {
public:
    /// Takes a version; new runs are of it from now on.
    void publish(uint32_t journey, uint32_t version, std::shared_ptr<const Definition> definition);
    /// No new runs of it; those on their way go on.
    void retire(uint32_t journey);
    /// Forgets a version. Requires: it has no runs, and is not the one of new runs.
    void forget(uint32_t journey, uint32_t version);

    void pause(uint32_t journey, Micros at) { journeys_[journey].paused_at = at; }
    void resume(uint32_t journey) { journeys_[journey].paused_at = kNoTime; }
    /// Requires: it has a higher number than those before.
    void sweep(uint32_t journey, const Sweep& sweep);
    /// Those that runs may still have to go through, and the last one, ascending.
    std::span<const Sweep> sweeps(uint32_t journey) const;

    /// The version of new runs; 0: none start.
    uint32_t starting(uint32_t journey) const;
    /// kNoTime: it is not paused.
    Micros paused_at(uint32_t journey) const;

    /// Null: there is no such version.
    const Definition* find(uint32_t journey, uint32_t version) const;
    /// Ascending by (journey, version).
    std::span<const Interest> of_event(std::string_view name) const;
    std::span<const Interest> of_segment(std::string_view segment) const;

private:
    struct Version {
        uint32_t number;
        std::shared_ptr<const Definition> definition;
    };
    struct Journey {
        std::vector<Version> versions;
        uint32_t starting = 0;  // The version of new runs; 0: none.
        Micros paused_at = kNoTime;
        std::vector<Sweep> sweeps;
    };
    struct TextHash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return checksum(text, 0); }
    };
    // Looked up only, and without a copy of the name.
    using Index = std::unordered_map<std::string, std::vector<Interest>, TextHash, std::equal_to<>>;

    static std::span<const Interest> find_in(const Index& index, std::string_view name);

    void index();
    void index_version(const Interest& interest, const Definition& definition);
    void add(Index& index, const std::string& name, Interest interest);

    std::unordered_map<uint32_t, Journey> journeys_;
    Index by_event_;
    Index by_segment_;
};

}  // namespace throughline::journey
