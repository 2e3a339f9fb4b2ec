#include "simulate/touch.h"

#include <array>

#include "simulate/dice.h"
#include "simulate/population.h"

namespace throughline::simulate {

namespace {

constexpr std::array<std::string_view, kChannels> kChannelNames{
    "direct", "organic-search", "paid-search", "paid-social", "organic-social",
    "email",  "affiliate",      "display",     "push"};

constexpr std::array<std::string_view, 16> kThemes{
    "new-arrivals",  "season-sale",  "free-shipping", "loyalty-days", "garden-week", "kitchen-week",
    "back-to-desk",  "sleep-better", "gift-ideas",    "brand",        "light-up",    "small-spaces",
    "weekend-deals", "last-pieces",  "bundle-offer",  "anniversary"};
// Campaigns above the themes are the newsletters of a week.
constexpr Campaign kFirstTheme = 2;
constexpr Campaign kFirstNewsletter = kFirstTheme + kThemes.size();
constexpr int64_t kNewsletters = 200;

constexpr std::array<std::string_view, 4> kContents{"image-a", "image-b", "text-a", "video"};
constexpr std::array<std::string_view, 5> kTerms{"table+lamp", "sofa", "oak+desk", "rug",
                                                 "garden+bench"};

constexpr std::string_view kTokenLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// As the advertisers' click ids look: letters that say nothing.
void append_token(std::string& out, uint64_t choice, size_t letters) {
    uint64_t bits = mix(choice);
    for (size_t i = 0; i < letters; ++i, bits >>= 6) {
        if (i % 10 == 9) bits = mix(choice + i);
        out.push_back(kTokenLetters[bits & 63]);
    }
}

}  // namespace

std::string_view channel_name(Channel channel) {
    return kChannelNames[static_cast<size_t>(channel)];
}

Campaign campaign_of(Channel channel, Micros at, uint64_t choice) {
    const int64_t week = floor_div(at, 7 * kDay);
    switch (channel) {
        case Channel::Direct:
        case Channel::OrganicSearch:
        case Channel::OrganicSocial:
            return 0;
        case Channel::Email:
            return static_cast<Campaign>(kFirstNewsletter + (week % kNewsletters));
        case Channel::PaidSearch:
        case Channel::PaidSocial:
        case Channel::Affiliate:
        case Channel::Display:
        case Channel::Push:
            break;
    }
    // Three run side by side; each week one of them gives way to the next.
    const uint64_t theme = (static_cast<uint64_t>(week) + choice % 3) % kThemes.size();
    return static_cast<Campaign>(kFirstTheme + theme);
}

void append_campaign_name(std::string& out, Campaign campaign) {
    if (campaign == kCartReminder) {
        out.append("cart-reminder");
    } else if (campaign >= kFirstNewsletter) {
        out.append("newsletter-");
        append_digits(out, uint64_t{campaign} - kFirstNewsletter, 3);
    } else if (campaign >= kFirstTheme) {
        out.append(kThemes[campaign - kFirstTheme]);
    }
}

CampaignFacts campaign_facts(Channel channel, uint64_t choice) {
    const std::string_view content = kContents[(choice >> 8) % kContents.size()];
    switch (channel) {
        case Channel::Direct:
        case Channel::OrganicSearch:
        case Channel::OrganicSocial:
            return {};
        case Channel::PaidSearch:
            return {"google", "cpc", content, kTerms[(choice >> 16) % kTerms.size()]};
        case Channel::PaidSocial:
            return {choice % 3 == 0 ? "instagram" : "facebook", "paid_social", content, {}};
        case Channel::Email:
            return {"newsletter", "email", content, {}};
        case Channel::Affiliate:
            return {"bargains.example", "affiliate", content, {}};
        case Channel::Display:
            return {"adnet.example", "display", content, {}};
        case Channel::Push:
            return {"app", "push", content, {}};
    }
    return {};
}

std::string_view referrer_of(Channel channel, uint64_t choice) {
    static constexpr std::array<std::string_view, 4> kSearch{
        "https://www.google.com/", "https://www.google.com/", "https://www.bing.com/",
        "https://yandex.com.tr/"};
    static constexpr std::array<std::string_view, 4> kSocial{
        "https://l.facebook.com/", "https://l.instagram.com/", "https://t.co/",
        "https://www.youtube.com/"};
    switch (channel) {
        case Channel::Direct:
        case Channel::Email:
        case Channel::Push:
            return {};
        case Channel::OrganicSearch:
            return kSearch[choice % kSearch.size()];
        case Channel::PaidSearch:
            return "https://www.google.com/";
        case Channel::PaidSocial:
            return choice % 3 == 0 ? "https://l.instagram.com/" : "https://l.facebook.com/";
        case Channel::OrganicSocial:
            return kSocial[choice % kSocial.size()];
        case Channel::Affiliate:
            return "https://bargains.example/";
        case Channel::Display:
            return "https://news.example/";
    }
    return {};
}

void append_search(std::string& out, Channel channel, Campaign campaign, uint64_t choice) {
    const CampaignFacts facts = campaign_facts(channel, choice);
    if (facts.source.empty()) return;
    out.append("?utm_source=").append(facts.source);
    out.append("&utm_medium=").append(facts.medium);
    out.append("&utm_campaign=");
    append_campaign_name(out, campaign);
    out.append("&utm_content=").append(facts.content);
    if (!facts.term.empty()) out.append("&utm_term=").append(facts.term);
    if (channel == Channel::PaidSearch) {
        out.append("&gclid=Cj0KCQ");
        append_token(out, choice, 20);
    } else if (channel == Channel::PaidSocial) {
        out.append("&fbclid=IwAR");
        append_token(out, choice, 22);
    }
}

}  // namespace throughline::simulate
