#include "query/site_list.h"

#include <algorithm>
#include <array>

namespace throughline::query {

namespace {

struct Site {
    std::string_view name;
    std::string_view kind;
};

// Whole hosts and what lies below them. They stand before words: mail.google.com is no search.
constexpr Site kHosts[] = {
    {"mail.google.com", "email"},
    {"mail.yahoo.com", "email"},
    {"outlook.live.com", "email"},
    {"outlook.office.com", "email"},
    {"outlook.office365.com", "email"},
    {"mail.proton.me", "email"},
    {"mail.yandex.com", "email"},
    {"mail.yandex.ru", "email"},
    {"e.mail.ru", "email"},
    {"com.google.android.gm", "email"},
    {"shopping.google.com", "shopping"},
    {"shopping.yahoo.com", "shopping"},
    {"search.brave.com", "search"},
    {"l.facebook.com", "social"},
    {"com.google.android.googlequicksearchbox", "search"},
    {"t.co", "social"},
    {"x.com", "social"},
    {"vk.com", "social"},
    {"ok.ru", "social"},
    {"t.me", "social"},
    {"m.me", "social"},
    {"lnkd.in", "social"},
    {"pin.it", "social"},
    {"line.me", "social"},
    {"bsky.app", "social"},
    {"threads.net", "social"},
    {"threads.com", "social"},
    {"youtu.be", "video"},
    {"go.mail.ru", "search"},
    {"price.ro", "shopping"},
};

// Words that campaigns use, and the registered names of sites with many national domains.
constexpr Site kWords[] = {
    {"google", "search"},
    {"googlesearch", "search"},
    {"bing", "search"},
    {"yahoo", "search"},
    {"duckduckgo", "search"},
    {"baidu", "search"},
    {"yandex", "search"},
    {"ya", "search"},
    {"ecosia", "search"},
    {"qwant", "search"},
    {"startpage", "search"},
    {"naver", "search"},
    {"daum", "search"},
    {"seznam", "search"},
    {"sogou", "search"},
    {"aol", "search"},
    {"lycos", "search"},
    {"kagi", "search"},
    {"mojeek", "search"},
    {"swisscows", "search"},
    {"petalsearch", "search"},
    {"dogpile", "search"},
    {"onet", "search"},
    {"virgilio", "search"},
    {"adwords", "search"},
    {"googleads", "search"},
    {"bingads", "search"},
    {"facebook", "social"},
    {"fb", "social"},
    {"meta", "social"},
    {"facebook-ads", "social"},
    {"facebookads", "social"},
    {"instagram", "social"},
    {"ig", "social"},
    {"messenger", "social"},
    {"whatsapp", "social"},
    {"linkedin", "social"},
    {"twitter", "social"},
    {"x", "social"},
    {"pinterest", "social"},
    {"reddit", "social"},
    {"tiktok", "social"},
    {"snapchat", "social"},
    {"threads", "social"},
    {"vkontakte", "social"},
    {"vk", "social"},
    {"weibo", "social"},
    {"wechat", "social"},
    {"telegram", "social"},
    {"discord", "social"},
    {"quora", "social"},
    {"tumblr", "social"},
    {"mastodon", "social"},
    {"bluesky", "social"},
    {"xing", "social"},
    {"nextdoor", "social"},
    {"viber", "social"},
    {"youtube", "video"},
    {"vimeo", "video"},
    {"twitch", "video"},
    {"dailymotion", "video"},
    {"netflix", "video"},
    {"hulu", "video"},
    {"disneyplus", "video"},
    {"youku", "video"},
    {"bilibili", "video"},
    {"rumble", "video"},
    {"iqiyi", "video"},
    {"amazon", "shopping"},
    {"ebay", "shopping"},
    {"etsy", "shopping"},
    {"aliexpress", "shopping"},
    {"alibaba", "shopping"},
    {"walmart", "shopping"},
    {"googleshopping", "shopping"},
    {"shopzilla", "shopping"},
    {"bizrate", "shopping"},
    {"pricegrabber", "shopping"},
    {"idealo", "shopping"},
    {"kelkoo", "shopping"},
    {"pricerunner", "shopping"},
    {"rakuten", "shopping"},
    {"zalando", "shopping"},
    {"trendyol", "shopping"},
    {"hepsiburada", "shopping"},
    {"n11", "shopping"},
    {"akakce", "shopping"},
    {"cimri", "shopping"},
    {"emag", "shopping"},
    {"compari", "shopping"},
    {"allegro", "shopping"},
    {"mercadolibre", "shopping"},
    {"temu", "shopping"},
    {"shein", "shopping"},
    {"email", "email"},
    {"e-mail", "email"},
    {"e_mail", "email"},
    {"newsletter", "email"},
};

constexpr std::string_view kSharedSecondLevels[] = {
    "co", "com", "org", "net",  "gov", "edu", "ac", "gen", "ltd", "plc", "or",
    "ne", "go",  "web", "info", "biz", "nom", "me", "bel", "pol", "k12", "firm"};

constexpr ClickId kClickIds[] = {
    {"gclid", "google"},
    {"gbraid", "google"},
    {"wbraid", "google"},
    {"dclid", "dv360"},
    {"msclkid", "bing"},
    {"yclid", "yandex"},
    {"fbclid", "facebook", false},
    {"ttclid", "tiktok"},
    {"twclid", "twitter"},
    {"li_fat_id", "linkedin"},
    {"epik", "pinterest"},
    {"sccid", "snapchat"},
    {"rdt_cid", "reddit"},
    {"qclid", "quora"},
    {"irclickid", "impact"},
    {"awc", "awin"},
    {"cjevent", "cj"},
};

bool lies_below(std::string_view host, std::string_view domain) {
    return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                              host[host.size() - domain.size() - 1] == '.');
}

std::string_view last_label_before(std::string_view host, size_t end) {
    const size_t dot = host.substr(0, end).rfind('.');
    return host.substr(dot == host.npos ? 0 : dot + 1, end - (dot == host.npos ? 0 : dot + 1));
}

}  // namespace

std::string_view site_kind(std::string_view source) {
    const bool is_host = source.find('.') != source.npos;
    if (is_host) {
        for (const Site& site : kHosts) {
            if (lies_below(source, site.name)) return site.kind;
        }
    }
    const std::string_view domain = is_host ? registered_domain(source) : source;
    const std::string_view word = domain.substr(0, domain.find('.'));
    // A word of one letter is a name only where somebody wrote just that.
    if (is_host && word.size() == 1) return {};
    const auto found = std::ranges::find(kWords, word, &Site::name);
    return found == std::end(kWords) ? std::string_view{} : found->kind;
}

std::string_view registered_domain(std::string_view host) {
    const size_t top = host.rfind('.');
    if (top == host.npos || top + 1 == host.size()) return host;
    if (host[top + 1] >= '0' && host[top + 1] <= '9') return host;  // An IPv4 address.
    const std::string_view second = last_label_before(host, top);
    if (second.size() + 1 + (host.size() - top - 1) >= host.size()) return host;
    const bool is_country = host.size() - top - 1 == 2;
    const bool is_shared = is_country && std::ranges::find(kSharedSecondLevels, second) !=
                                             std::end(kSharedSecondLevels);
    const size_t before = top - second.size() - 1;  // The dot before the second level.
    if (!is_shared) return host.substr(before + 1);
    const std::string_view third = last_label_before(host, before);
    return host.substr(before - third.size());
}

std::string_view host_of(std::string_view address) {
    const size_t scheme = address.find("://");
    if (scheme == address.npos || scheme == 0 || scheme > 20) return {};
    std::string_view host = address.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    if (const size_t user = host.rfind('@'); user != host.npos) host.remove_prefix(user + 1);
    if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
    if (host.starts_with("www.")) host.remove_prefix(4);
    while (host.ends_with('.')) host.remove_suffix(1);
    return host;
}

const ClickId* click_id(std::string_view parameter) {
    const auto found = std::ranges::find(kClickIds, parameter, &ClickId::parameter);
    return found == std::end(kClickIds) ? nullptr : found;
}

}  // namespace throughline::query
