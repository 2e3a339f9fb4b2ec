// When write keys and tokens were last used, to the minute.
//
// Kept in memory and, every ten minutes and at a clean stop, in the file `last_use` of the data
// directory, under the names of the keys, never the keys themselves. A crash loses at most those
// ten minutes; backups leave the file out.
//
// Layer 7. Thread-safe. Cost of note(): a look-up in a tree, 0.1 us.
#pragma once

#include <atomic>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "engine/settings.h"

namespace throughline::server {

class LastUse {
public:
    /// Notes that a key of ours was used: the text of a write key, or an actor (`token:admin`).
    /// Requires: it is known, so that strangers cannot fill the memory.
    void note(std::string_view key, Micros now);
    /// kNoTime when it was not used.
    Micros of(std::string_view key) const;

    /// Writes what `settings` still know to the file. Errors: of the disk.
    Status save(const std::string& directory, const engine::Settings& settings) const;
    /// Reads what save() wrote; a file that is missing or cannot be read changes nothing.
    void load(const std::string& directory, const engine::Settings& settings);

private:
    mutable std::shared_mutex mutex_;  // Guards the tree; its values change under a shared lock.
    std::map<std::string, std::atomic<Micros>, std::less<>> used_;
};

}  // namespace throughline::server
