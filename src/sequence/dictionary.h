// Event names and their numbers.
//
// Numbers are given in the order of first sight, which is the order of the log, so a replay gives
// the same ones; they are never reused. Names past kNamesMax, and names that are absurdly long,
// share kOverflowName: their rows are told apart by the name in the payload, and overflowed() says
// so, because a look-up by number alone would then be wrong.
//
// Layer 3. Thread-safe: one thread (the fold) calls intern(); the rest may be called from any.
// Cost: intern() about 40 ns, without a lock for a name that is known.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"

namespace throughline::sequence {

inline constexpr uint32_t kOverflowName = 0;    // Every name past the limit.
inline constexpr uint32_t kNamesMax = 100'000;  // Numbers, kOverflowName included.
inline constexpr size_t kNameBytesMax = 1024;   // Longer names go to kOverflowName.

class Dictionary {
public:
    Dictionary();

    /// Returns the number of a name, giving it the next one at first sight.
    uint32_t intern(std::string_view name);

    /// Returns the number of a name; nothing if it has none of its own.
    std::optional<uint32_t> find(std::string_view name) const;
    /// Returns the name of a number. Requires: id < size(). The view lives as long as this object.
    std::string_view name(uint32_t id) const;
    uint32_t size() const;
    /// Whether some rows carry kOverflowName.
    bool overflowed() const;

    /// The first `size` names as bytes for a checkpoint. Requires: size <= size().
    std::string encode(uint32_t size) const;
    /// Replaces the contents. Errors: Corrupt.
    Status decode(std::string_view bytes);

private:
    mutable std::shared_mutex mutex_;  // Exclusive only while a new name is added.
    std::deque<std::string> names_;    // By number; addresses stay.
    std::unordered_map<std::string_view, uint32_t> ids_;  // Views into names_.
    bool overflowed_ = false;
};

}  // namespace throughline::sequence
