// A source: where events come from, the keys that open it, and how its data is to be read.
//
// Layer 1. Immutable.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/event.h"

namespace throughline::model {

/// What an SDK is set up with to send to a source.
struct WriteKey {
    std::string key;
    std::string id{};       // `k_1`: how people name it.
    Micros created_at = 0;  // 0: not known, as for keys given by the environment.
    std::string created_by{};
};

struct Source {
    SourceId id = 0;                     // Given by the fold at creation; stored on every event.
    std::string key{};                   // "web"
    std::string name{};                  // "Web shop"
    bool enabled = true;                 // Off: everything it sends is refused.
    std::vector<WriteKey> write_keys{};  // At most two live, so that keys can be rotated.
    bool keep_ip = false;                // Else addresses are truncated to /24 and /48.
    Micros late_after = kDay;            // Events later than this are history, not live.
    std::string region = "US";           // Default country of its phone numbers.
    std::string party = "first";         // first, second or third.
    std::string purpose{};               // What its data may be used for; empty: not stated.
    bool may_alias_users = false;        // Whether alias may join two user ids.
    int trust = 50;                      // 0 to 100: who is right when sources disagree.
    std::string mapping{};               // Of its webhook; empty: none.
    size_t event_bytes_max = 32 * 1024;  // Larger events are kept in quarantine.
    Micros created_at = 0;               // 0: not known.

    /// Reads a definition's value. A write key is its text, or {key, id, created_at, created_by}.
    /// Errors: InvalidArgument naming the field, e.g. `source: party: need first, second or third`.
    static Result<Source> from_doc(std::string_view key, DocView value);

    /// Writes the value again, the id included.
    std::string to_doc() const;
};

/// Whether `key` may name a source, token, mapping or setting: 1 to 64 of a-z, 0-9, `-`, `_`, `.`,
/// but neither `.` nor `..`.
bool is_definition_key(std::string_view key);

}  // namespace throughline::model
