// The golden record: one person as the combination of the leaves of her identities.
//
// combine() takes the leaves in any order and gives the same record; nothing of it is stored, so
// it is never stale. write_traits() and friends give the JSON of the management API (contract.md,
// "A profile").
//
// Layer 3. Pure. Cost: linear in the leaves; about 5 us for a person of three identities.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "profile/leaf.h"
#include "profile/survivorship.h"

namespace throughline::profile {

/// What the record needs to know of a source.
struct SourceFacts {
    std::string key;      // "web"
    std::string party;    // first, second or third
    std::string purpose;  // What the data may be used for; empty: not stated.
    int trust = 50;       // 0 to 100; counts where settings/survivorship does not name the source.
};
using SourceNames = std::map<model::SourceId, SourceFacts>;

struct GoldenRecord {
    uint64_t event_count = 0;
    std::array<uint64_t, 6> by_type{};
    Micros first_seen = kNoTime;
    Micros last_seen = kNoTime;
    std::optional<size_t> sessions;  // Nothing: a leaf overflowed, count them from history.
    bool traits_overflowed = false;
    std::map<IdentityId, Micros> companion_last_seen;  // Last time on an event of another identity.
    std::vector<Membership> memberships;               // Latest first.
    std::map<std::string, std::vector<TraitEntry>> traits;  // By name, entries of all sources.
};

GoldenRecord combine(std::vector<Leaf> leaves);

/// Writes {"plan":{"value","source","party","purpose","at","position","rule","others":[…]}}: each
/// trait that stands, with the rule that chose it, and every losing value with its source.
void write_traits(model::DocWriter& out, const GoldenRecord& record, const SurvivorshipRules& rules,
                  const SourceNames& sources);

/// Returns the value that stands for a trait; nothing if none does.
std::optional<std::string> trait_doc(const GoldenRecord& record, std::string_view name,
                                     const SurvivorshipRules& rules, const SourceNames& sources);

/// A name to show for a person: name, else first and last name; empty if none.
std::string display_name(const GoldenRecord& record, const SurvivorshipRules& rules,
                         const SourceNames& sources);

}  // namespace throughline::profile
