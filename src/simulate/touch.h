// What brings people to the shop: channels, campaigns, and how a browser tells of them.
//
// Layer 4. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace throughline::simulate {

enum class Channel : uint8_t {
    Direct,
    OrganicSearch,
    PaidSearch,     // utm and gclid
    PaidSocial,     // utm and fbclid
    OrganicSocial,  // A referrer alone.
    Email,          // utm
    Affiliate,      // utm
    Display,        // utm
    Push,           // A notification of the app.
};
inline constexpr size_t kChannels = 9;

/// `paid-search`: the word of the truth files.
std::string_view channel_name(Channel channel);

/// A number among the names of campaigns; 0 is none.
using Campaign = uint8_t;
inline constexpr Campaign kCartReminder = 1;  // The e-mail about a cart left behind.

/// A campaign that runs at `at`; 0 for channels without any. `choice`: any number.
Campaign campaign_of(Channel channel, Micros at, uint64_t choice);
void append_campaign_name(std::string& out, Campaign campaign);

/// What stands in `context.campaign`, without the name.
struct CampaignFacts {
    std::string_view source;  // Empty: the channel has no campaigns.
    std::string_view medium;
    std::string_view content;
    std::string_view term;  // Empty but for paid search.
};
CampaignFacts campaign_facts(Channel channel, uint64_t choice);

/// The page before the first one; empty: none.
std::string_view referrer_of(Channel channel, uint64_t choice);

/// `?utm_source=google&...&gclid=...` of the first page; nothing for channels without.
void append_search(std::string& out, Channel channel, Campaign campaign, uint64_t choice);

}  // namespace throughline::simulate
