// What a backtest asks about people beside their rows: what they allowed, and where to reach them.
//
// Layer 6. The asker implements it over its tables. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "privacy/statement.h"
#include "privacy/suppression.h"

namespace throughline::backtest {

/// What is known of one identity, as of now; statements and suppressions have their times.
struct IdentityFacts {
    model::NamespaceId space = 0;  // 0: nothing is known.
    std::string value;
    Micros last_seen = 0;
    bool is_generic = false;  // Names nobody: no address.
    privacy::Book book;
    std::vector<privacy::Suppression> suppressed;  // Its value, as an address.
};

class Knowledge {
public:
    virtual ~Knowledge() = default;
    /// Errors: of the reads.
    virtual Status read(uint32_t identity, IdentityFacts& out) const = 0;
};

}  // namespace throughline::backtest
