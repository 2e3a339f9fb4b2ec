// The definitions that decide what may be sent: purposes, topics, and the rules for messages.
//
//   purposes/{key}      {"basis":"consent","categories":["advertising"],"expires_after":"24mo",
//                        "capped":true,"quiet":true}
//   topics/{key}        {"purpose":"marketing","default":"unsubscribed",
//                        "caps":[{"messages":1,"within":"7d"}]}
//   settings/messaging  {"caps":[{"messages":3,"within":"7d"}],
//                        "quiet_hours":{"from":"21:00","to":"09:00"}}
//
// Layer 3. Immutable.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/civil.h"
#include "base/result.h"
#include "model/doc.h"
#include "privacy/cap.h"
#include "privacy/standing.h"

namespace throughline::privacy {

inline constexpr size_t kCategoriesMax = 50;
inline constexpr size_t kCapsMax = 5;
inline constexpr uint32_t kCapMessagesMax = 1000;
inline constexpr Micros kCapWithinMax = 366 * kDay;

/// What data may be used for.
struct Purpose {
    std::string key;
    Basis basis = Basis::Consent;
    std::vector<std::string> categories;  // Its names in the banners of sites.
    Micros expires_after = 0;             // Consent older than this is none; 0: it does not age.
    bool is_capped = true;                // Its messages wait for caps,
    bool is_quiet = true;                 // and for the end of quiet hours.

    /// Errors: InvalidArgument naming the field.
    static Result<Purpose> from_doc(std::string_view key, model::DocView value);
    Names names() const { return {Subject::Purpose, key, categories}; }
    /// Whether nothing may be done before it was given; else until it was withdrawn; else always.
    bool needs_consent() const { return basis == Basis::Consent; }
    bool may_be_refused() const {
        return basis == Basis::Consent || basis == Basis::LegitimateInterest;
    }
};

/// What a person subscribes to.
struct Topic {
    std::string key;
    std::string purpose;         // Its messages are for this.
    bool is_usually_on = false;  // Subscribed until she unsubscribes.
    std::vector<Cap> caps;       // Of its own messages.

    static Result<Topic> from_doc(std::string_view key, model::DocView value);
    Names names() const { return {Subject::Topic, key, {}}; }
};

/// For all messages together.
struct Messaging {
    std::vector<Cap> caps;
    QuietHours quiet;  // Empty: none.

    static Result<Messaging> from_doc(model::DocView value);
};

struct Rules {
    std::map<std::string, Purpose, std::less<>> purposes;
    std::map<std::string, Topic, std::less<>> topics;
    Messaging messaging;

    const Purpose* purpose(std::string_view key) const;
    const Topic* topic(std::string_view key) const;
};

}  // namespace throughline::privacy
