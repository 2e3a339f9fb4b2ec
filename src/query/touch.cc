#include "query/touch.h"

#include <algorithm>
#include <array>

#include "model/unicode.h"
#include "net/url.h"
#include "query/site_list.h"

namespace throughline::query {

using model::DocView;
using model::DocWriter;
using model::EventView;

namespace {

constexpr size_t kTextBytesMax = 200;
constexpr size_t kClickIdsMax = 8;

// The five parts of a campaign, in the order of the key.
constexpr std::array<std::string_view, 5> kParts = {"source", "medium", "campaign", "content",
                                                    "term"};
enum Part : size_t { kSource, kMedium, kName, kContent, kTerm };

struct Origin {
    std::array<std::string, 5> parts;
    std::vector<std::string_view> clicks;  // Names of the table of click ids.

    bool has_campaign() const {
        return std::ranges::any_of(parts, [](const std::string& part) { return !part.empty(); });
    }
};

// Cuts at the start of a character.
std::string_view clipped(std::string_view text) {
    if (text.size() <= kTextBytesMax) return text;
    size_t end = kTextBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end);
}

std::string folded(std::string_view text) {
    return model::unicode_folded(text).value_or(std::string());
}

void set_part(Origin& origin, size_t part, std::string_view value) {
    std::string text = model::trimmed_text(clipped(value));
    if (text.empty()) return;
    origin.parts[part] = part == kSource || part == kMedium ? folded(text) : std::move(text);
}

void read_campaign(DocView campaign, Origin& origin) {
    constexpr std::array<std::string_view, 5> kFields = {"source", "medium", "name", "content",
                                                         "term"};
    if (!campaign.is_object()) return;
    for (size_t part = 0; part < kFields.size(); ++part) {
        const DocView value = campaign.find(kFields[part]);
        if (value.is_string()) {
            set_part(origin, part, value.as_string());
        } else if (value.is_number()) {
            set_part(origin, part, value.as_text().value_or(""));
        }
    }
}

// Only text that is UTF-8 may enter a document; what was escaped may be anything.
std::string decoded(std::string_view value) {
    std::string text = net::percent_decode(clipped(value), net::PlusSign::Space);
    return model::unicode_folded(text) ? text : std::string();
}

void read_parameter(std::string_view name, std::string_view value, bool with_campaign,
                    Origin& origin) {
    constexpr std::array<std::string_view, 5> kUtm = {"utm_source", "utm_medium", "utm_campaign",
                                                      "utm_content", "utm_term"};
    if (value.empty() || name.size() < 3 || name.size() > 16) return;
    std::string lower(name);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto part = std::ranges::find(kUtm, lower);
    if (part != kUtm.end()) {
        const auto index = static_cast<size_t>(part - kUtm.begin());
        // The first of a repeated parameter stands, as in the SDKs.
        if (with_campaign && origin.parts[index].empty()) set_part(origin, index, decoded(value));
        return;
    }
    const ClickId* click = click_id(lower);
    if (click == nullptr || origin.clicks.size() == kClickIdsMax) return;
    if (std::ranges::find(origin.clicks, click->parameter) == origin.clicks.end()) {
        origin.clicks.push_back(click->parameter);
    }
}

// `address` is a whole address or a query string.
void read_address(std::string_view address, bool with_campaign, Origin& origin) {
    const size_t question = address.find('?');
    if (question == address.npos) return;
    std::string_view rest = address.substr(question + 1);
    rest = rest.substr(0, rest.find('#'));
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const size_t equals = pair.find('=');
        if (equals == pair.npos) continue;
        read_parameter(pair.substr(0, equals), pair.substr(equals + 1), with_campaign, origin);
    }
}

// The texts that may hold the address of the page.
struct Page {
    DocView page;        // context.page
    DocView properties;  // Of a page call the same stands here.

    std::string_view text(std::string_view key) const {
        const std::string_view own = page.find(key).as_string();
        return own.empty() ? properties.find(key).as_string() : own;
    }
};

Origin read_origin(const EventView& event, DocView context, const Page& page) {
    Origin origin;
    read_campaign(context.find("campaign"), origin);
    const std::string_view name = event.name();
    if (!origin.has_campaign() && (name == "Install Attributed" || name == "Deep Link Opened")) {
        read_campaign(page.properties.find("campaign"), origin);
    }
    const bool with_campaign = !origin.has_campaign();
    const std::string_view search = page.text("search");
    read_address(search.empty() ? page.text("url") : search, with_campaign, origin);
    std::ranges::sort(origin.clicks);
    return origin;
}

std::string referrer_of(DocView context, const Page& page) {
    std::string_view referrer = page.text("referrer");
    if (referrer.empty()) referrer = context.find("referrer").as_string();
    if (referrer.empty()) referrer = context.at_path("referrer.url").as_string();
    const std::string host = folded(host_of(clipped(referrer)));
    if (host.empty()) return host;
    const std::string own = folded(host_of(clipped(page.text("url"))));
    return registered_domain(host) == registered_domain(own) ? std::string() : host;
}

// Writes the fields of one key, opening the object with the first.
class KeyWriter {
public:
    explicit KeyWriter(std::string& out) : writer_(out) {}

    void text(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        open();
        writer_.field(name, value);
    }
    void number(std::string_view name, int64_t value) {
        open();
        writer_.field(name, value);
    }
    void list(std::string_view name, const std::vector<std::string_view>& values) {
        if (values.empty()) return;
        open();
        writer_.key(name);
        const size_t mark = writer_.open_array();
        for (const std::string_view value : values) writer_.string(value);
        writer_.close(mark);
    }
    void close() {
        if (mark_) writer_.close(*mark_);
    }

private:
    void open() {
        if (!mark_) mark_ = writer_.open_object();
    }

    DocWriter writer_;
    std::optional<size_t> mark_;
};

}  // namespace

std::vector<std::string> TouchReader::fields() {
    return {"context.channel",
            "context.campaign.source",
            "context.campaign.medium",
            "context.campaign.name",
            "context.campaign.content",
            "context.campaign.term",
            "context.page.url",
            "context.page.search",
            "context.page.referrer",
            "context.referrer",
            "context.referrer.url",
            "properties.channel",
            "properties.url",
            "properties.search",
            "properties.referrer",
            "properties.campaign.source",
            "properties.campaign.medium",
            "properties.campaign.name",
            "properties.campaign.content",
            "properties.campaign.term"};
}

bool TouchReader::is_named(std::string_view event) const {
    if (needs_.events.empty() || event.empty()) return false;
    return std::ranges::find(needs_.events, folded(event)) != needs_.events.end();
}

void TouchReader::append_key(const EventView& event, std::string& out) const {
    const DocView context = event.doc().find("context");
    const Page page{context.find("page"), event.doc().find("properties")};
    const bool is_named_event = is_named(event.name());
    const Origin origin = read_origin(event, context, page);

    KeyWriter key(out);
    std::string_view channel = context.find("channel").as_string();
    if (channel.empty() && is_named_event) channel = page.properties.find("channel").as_string();
    key.text("channel", clipped(channel));
    for (size_t part = 0; part < kParts.size(); ++part) key.text(kParts[part], origin.parts[part]);
    key.list("click", origin.clicks);
    if (origin.parts[kSource].empty()) key.text("referrer", referrer_of(context, page));
    if (is_named_event) key.text("event", clipped(event.name()));
    if (needs_.sender) key.number("sender", event.source());
    key.close();
}

void TouchReader::append_key_of(std::string_view plain_key, model::SourceId source,
                                std::string& out) const {
    if (!needs_.sender) {
        out.append(plain_key);
        return;
    }
    DocWriter key(out);
    const size_t mark = key.open_object();
    for (const model::DocField& field : DocView(plain_key).fields()) {
        key.key(field.key);
        key.copy(field.value);
    }
    key.field("sender", int64_t{source});
    key.close(mark);
}

std::optional<std::string_view> KeptTouch::of(const EventView& event, std::string& scratch) const {
    scratch.clear();
    reader_.append_key(event, scratch);
    if (scratch.empty()) return std::nullopt;
    return scratch;
}

}  // namespace throughline::query
