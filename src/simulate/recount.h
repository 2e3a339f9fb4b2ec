// For tests: a world told as JSON, read back, and everything counted again the slow way, from what
// the events say alone.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/json.h"
#include "simulate/truth.h"

namespace throughline::simulate::testing {

/// What a reader of the events sees of one of them.
struct Told {
    Origin origin = Origin::Web;
    Micros arrival = 0;
    std::string json;
};

inline std::vector<Told> tell(World& world) {
    std::vector<Told> all;
    for_each_event(world, [&](const SimulatedEvent& event) {
        all.push_back({event.planned->origin, event.planned->arrival, model::to_json(event.doc)});
    });
    return all;
}

/// Who is one person, as identifiers on one event say: a set of identifiers for each.
class Components {
public:
    void join(const std::vector<std::string>& identifiers) {
        for (const auto& identifier : identifiers) {
            parent_.try_emplace(identifier, identifier);
            parent_[root(identifier)] = root(identifiers.front());
        }
    }
    std::set<std::set<std::string>> all() const {
        std::map<std::string, std::set<std::string>> by_root;
        for (const auto& [identifier, up] : parent_) by_root[root(identifier)].insert(identifier);
        std::set<std::set<std::string>> sets;
        for (const auto& [top, members] : by_root) sets.insert(members);
        return sets;
    }

private:
    std::string root(std::string at) const {
        while (parent_.at(at) != at) at = parent_.at(at);
        return at;
    }
    std::map<std::string, std::string> parent_;
};

/// The identifiers of an event, as Segment's libraries place them.
inline std::vector<std::string> identifiers_of(model::DocView event) {
    std::vector<std::string> found;
    const auto add = [&](std::string_view space, model::DocView value) {
        if (value.is_string()) found.push_back(std::string(space) + std::string(value.as_string()));
    };
    add("user_id:", event.find("userId"));
    add("anonymous_id:", event.find("anonymousId"));
    add("device_id:", event.at_path("context.device.id"));
    for (const char* traits : {"traits", "context.traits"}) {
        add("email:", event.at_path(traits).find("email"));
        add("phone:", event.at_path(traits).find("phone"));
    }
    for (const model::DocView id : event.at_path("context.externalIds").items()) {
        add(std::string(id.find("type").as_string()) + ":", id.find("id"));
    }
    return found;
}

inline WorldOptions small_world(uint64_t seed = 1) {
    WorldOptions options;
    options.seed = seed;
    options.people = 600;
    options.events = 30'000;
    options.from = days_from_civil(2026, 3, 1) * kDay;  // Clocks change on the 29th.
    options.days = 60;
    return options;
}

}  // namespace throughline::simulate::testing
