// What the tables of SQL are read from: one moment of history, and the people as they are merged at
// that moment.
//
// Layer 5. Made by the one who asks, over his view. Thread-safe, as all of it is read by several
// threads.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "query/environment.h"

namespace throughline::sql {

/// Everybody who is one person: `identities` rise, `root` is the first of them.
struct Members {
    uint32_t root = 0;
    std::vector<uint32_t> identities;
};

struct ProfileRow {
    bool exists = true;  // False: she was erased since.
    Micros first_seen = kNoTime;
    Micros last_seen = kNoTime;
    uint64_t events = 0;
    std::string name;         // Display name; empty: none.
    std::string traits;       // JSON object of the values that stand.
    std::string identifiers;  // JSON array of {"namespace","value"}.
};

/// Reads golden records. Thread-safe.
class ProfileReader {
public:
    virtual ~ProfileReader() = default;
    /// Writes a row for each; what is said of her may be newer than the moment of the question,
    /// who she is is not.
    /// Requires: as many rows.
    virtual Status read(std::span<const Members> people, std::span<ProfileRow> rows) const = 0;
};

/// What a statement has looked at.
struct LookedAt {
    std::atomic<uint64_t> events = 0;
    std::atomic<uint64_t> profiles = 0;
};

struct Sources {
    const query::Environment& environment;
    uint32_t identities_end = 0;                           // Identities are below it.
    std::function<std::string(uint32_t root)> profile_id;  // `p_...`
    std::function<std::string(uint8_t space)> space_name;  // Of a namespace.
    const ProfileReader* profiles = nullptr;               // None: there is no such table.
    LookedAt* looked_at = nullptr;
};

}  // namespace throughline::sql
