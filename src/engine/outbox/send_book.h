// What an identity is about to be sent, and what it was sent: so that nothing is searched when a
// run ends, and caps count by the person.
//
// A person's book is that of her identities together, so that a merge adds them up and a split
// gives them back. Sendings are kept for as long as a cap can ask about them.
//
// Layer 6. A value; coding is Pure. Cost: 30 bytes an open message, 6 to 10 a sending of the year.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace throughline::engine {

/// Of one identity, whose book is read and written as a whole: more are refused.
inline constexpr size_t kOpenMessagesMax = 1'000;

struct OpenMessage {
    Key128 key;
    Key128 run;
    Micros counted_at = kNoTime;  // When it was begun, if caps count it; kNoTime: they do not.
    std::string topic;
    bool operator==(const OpenMessage&) const = default;
};

struct Sending {
    Micros at = 0;
    std::string topic;
    bool operator==(const Sending&) const = default;
};

struct SendBook {
    std::vector<OpenMessage> open;  // In the order in which they were asked for.
    std::vector<Sending> sent;      // Ascending; what is no longer open.

    bool is_empty() const { return open.empty() && sent.empty(); }
    OpenMessage* find(const Key128& key);
    void close(const Key128& key);
    /// Notes a sending, and forgets those that no cap can ask about at `now`.
    void add_sent(Sending sending, Micros now);

    std::string encode() const;
    /// No bytes are an empty book. Errors: Corrupt.
    static Result<SendBook> decode(std::string_view bytes);
    bool operator==(const SendBook&) const = default;
};

}  // namespace throughline::engine
