#include "query/channel.h"

#include <algorithm>

#include "model/json.h"
#include "model/unicode.h"
#include "query/site_list.h"

namespace throughline::query {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kNameBytesMax = 100;
constexpr size_t kRulesMax = 100;
constexpr std::string_view kTouchProperties[] = {"source", "medium",   "campaign", "content",
                                                 "term",   "referrer", "click",    "event",
                                                 "sender", "site",     "paid"};

std::string folded(std::string_view text) {
    return model::unicode_folded(text).value_or(std::string(text));
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
    return std::ranges::find(known, text) != known.end();
}

/// Texts of one leaf: of `eq` one, of `in` a list.
void collect_events(DocView value, TouchNeeds& needs) {
    if (value.is_string()) needs.events.push_back(folded(value.as_string()));
    for (const DocView item : value.items()) {
        if (item.is_string()) needs.events.push_back(folded(item.as_string()));
    }
}

/// Checks what the grammar cannot know: that a leaf asks for something a touch has.
Status check_leaves(DocView condition, const std::string& field, TouchNeeds& needs) {
    if (condition.is_missing()) return Status::ok();
    size_t index = 0;
    for (const DocView part : condition.items()) {
        TL_TRY(check_leaves(part, field + "[" + std::to_string(index++) + "]", needs));
    }
    for (const std::string_view key : {"and", "or", "not"}) {
        TL_TRY(check_leaves(condition.find(key), field + "." + std::string(key), needs));
    }
    const DocView property = condition.find("property");
    if (!property.is_string()) return Status::ok();
    const std::string_view name = property.as_string();
    if (std::ranges::find(kTouchProperties, name) == std::end(kTouchProperties)) {
        return Error::invalid(field +
                              ".property: must be one of source medium campaign content term "
                              "referrer click event sender site paid");
    }
    needs.sender |= name == "sender";
    if (name != "event") return Status::ok();
    if (!is_one_of(condition.find("op").as_string(), {"eq", "in"})) {
        return Error::invalid(field + ".op: an event must be named: eq or in");
    }
    collect_events(condition.find("value"), needs);
    return Status::ok();
}

/// The same document with every text folded, so that a rule written `CPC` means `cpc`.
void write_folded(DocWriter& out, DocView value) {
    if (value.is_string()) return out.string(folded(value.as_string()));
    if (value.is_array()) {
        const size_t mark = out.open_array();
        for (const DocView item : value.items()) write_folded(out, item);
        return out.close(mark);
    }
    if (!value.is_object()) return out.copy(value);
    const size_t mark = out.open_object();
    for (const model::DocField& entry : value.fields()) {
        out.key(entry.key);
        write_folded(out, entry.value);
    }
    out.close(mark);
}

Status read_rules(DocView rules, Channel& channel) {
    if (rules.is_missing()) return Status::ok();
    if (!rules.is_array()) return Error::invalid("channel: rules: must be a list");
    for (const DocView rule : rules.items()) {
        const std::string field = "channel: rules[" + std::to_string(channel.rules.size()) + "]";
        if (channel.rules.size() == kRulesMax) {
            return Error::invalid("channel: rules: more than " + std::to_string(kRulesMax));
        }
        if (!rule.is_array() && !rule.is_object()) {
            return Error::invalid(field + ": must be a condition or a list of them");
        }
        TL_TRY(check_leaves(rule, field, channel.needs));
        std::string text;
        DocWriter writer(text);
        write_folded(writer, rule);
        TL_TRY_ASSIGN(auto predicate, Predicate::compile(DocView(text), field, Leaves::Properties));
        channel.rules.push_back(std::move(predicate));
    }
    return Status::ok();
}

/// One of a few words; `other` is of every kind, so it need not say.
Result<std::string> choice(DocView definition, std::string_view name, bool is_needed,
                           std::initializer_list<std::string_view> known) {
    const DocView given = definition.find(name);
    if (!is_needed && (given.is_missing() || given.is_null())) return std::string();
    const std::string_view value = given.as_string();
    if (is_one_of(value, known)) return std::string(value);
    std::string message = "channel: " + std::string(name) + ": must be one of";
    for (const std::string_view one : known) message += " " + std::string(one);
    return Error::invalid(std::move(message));
}

Status check_fields(std::string_view key, DocView definition) {
    if (!definition.is_object()) return Error::invalid("channel: must be an object");
    for (const model::DocField& entry : definition.fields()) {
        if (is_one_of(entry.key, {"key", "name", "media", "place", "can_send", "order", "rules"})) {
            continue;
        }
        return Error::invalid("channel: " + std::string(entry.key) +
                              ": need key, name, media, place, can_send, order or rules");
    }
    const DocView own = definition.find("key");
    if (!own.is_missing() && own.as_string() != key) {
        return Error::invalid("channel: key: not that of the address");
    }
    return Status::ok();
}

/// What rules are asked about: the touch as an event whose properties it is.
std::string touch_as_event(DocView touch, const Arrival& arrival, std::string_view sender,
                           bool is_paid) {
    std::string doc;
    DocWriter out(doc);
    const size_t whole = out.open_object();
    out.key("properties");
    const size_t properties = out.open_object();
    const auto text = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) out.field(name, std::string_view(folded(value)));
    };
    text("source", arrival.source == arrival.referrer ? std::string() : arrival.source);
    text("medium", arrival.medium);
    text("campaign", arrival.campaign);
    text("content", arrival.content);
    text("term", arrival.term);
    text("referrer", arrival.referrer);
    text("event", touch.find("event").as_string());
    text("sender", sender);
    text("site", site_kind(arrival.source));
    if (const DocView click = touch.find("click"); click.is_array()) {
        out.key("click");
        out.copy(click);
    }
    out.key("paid");
    out.boolean(is_paid);
    out.close(properties);
    out.close(whole);

    std::string payload;
    model::append_event(payload, {.message_key = {}, .identifiers = {}, .doc = doc});
    return payload;
}

/// Whether the medium or a click id says that somebody paid for the click: the words of GA4.
bool says_paid(DocView touch, std::string_view medium) {
    if (medium.find("cp") != medium.npos || medium.starts_with("paid") || medium == "ppc" ||
        medium == "retargeting") {
        return true;
    }
    for (const DocView name : touch.find("click").items()) {
        const ClickId* click = click_id(name.as_string());
        if (medium.empty() && click != nullptr && click->is_paid) return true;
    }
    return false;
}

std::string click_source(DocView touch) {
    for (const DocView name : touch.find("click").items()) {
        if (const ClickId* click = click_id(name.as_string())) return std::string(click->source);
    }
    return {};
}

bool is_below_any(std::string_view host, const std::vector<std::string>& domains) {
    return std::ranges::any_of(domains, [&](const std::string& domain) {
        return host == domain || host.ends_with("." + domain);
    });
}

}  // namespace

Result<Channel> Channel::from_doc(std::string_view key, DocView definition) {
    TL_TRY(check_fields(key, definition));
    Channel channel;
    channel.key = key;
    channel.name = definition.find("name").as_string();
    if (channel.name.empty() || channel.name.size() > kNameBytesMax) {
        return Error::invalid("channel: name: need text of 1 to 100 bytes");
    }
    const bool is_needed = key != kOtherChannel;
    TL_TRY_ASSIGN(channel.media,
                  choice(definition, "media", is_needed, {"paid", "owned", "earned", "partner"}));
    TL_TRY_ASSIGN(channel.place, choice(definition, "place", is_needed, {"digital", "physical"}));
    const DocView can_send = definition.find("can_send");
    if (!can_send.is_missing() && can_send.type() != model::DocType::Bool) {
        return Error::invalid("channel: can_send: must be true or false");
    }
    channel.can_send = can_send.as_bool();
    if (const DocView order = definition.find("order"); !order.is_missing()) {
        const auto number = order.as_integer();
        if (!number || *number < 0 || *number > 1'000'000) {
            return Error::invalid("channel: order: need a whole number from 0 to 1000000");
        }
        channel.order = *number;
    }
    TL_TRY(read_rules(definition.find("rules"), channel));
    if (key == kDirectChannel && !channel.rules.empty()) {
        return Error::invalid("channel: rules: direct has none, it is where no touch is");
    }
    return channel;
}

Channels::Channels(const std::vector<OwnChannel>& own, std::vector<std::string> own_hosts)
    : own_hosts_(std::move(own_hosts)) {
    for (const OwnChannel& definition : own) {
        auto channel = Channel::from_doc(definition.key, definition.definition);
        if (channel) channels_.push_back(std::move(*channel));
    }
    const size_t count = channels_.size();
    for (const auto& [key, text] : shipped()) {
        const auto end = channels_.begin() + static_cast<std::ptrdiff_t>(count);
        if (std::find_if(channels_.begin(), end, [&](const Channel& c) { return c.key == key; }) !=
            end) {
            continue;
        }
        const auto doc = model::doc_from_json(text);
        TL_ASSERT(doc.is_ok());
        auto channel = Channel::from_doc(key, DocView(*doc));
        TL_ASSERT(channel.is_ok());
        channels_.push_back(std::move(*channel));
    }
    std::ranges::sort(channels_, [](const Channel& a, const Channel& b) {
        return std::pair(a.order, std::string_view(a.key)) <
               std::pair(b.order, std::string_view(b.key));
    });
    for (size_t i = 0; i < channels_.size(); ++i) {
        if (channels_[i].key == kDirectChannel) direct_ = i;
        if (channels_[i].key == kOtherChannel) other_ = i;
        needs_.sender |= channels_[i].needs.sender;
        needs_.events.insert(needs_.events.end(), channels_[i].needs.events.begin(),
                             channels_[i].needs.events.end());
    }
    for (std::string& host : own_hosts_) host = folded(host);
}

std::optional<size_t> Channels::called(std::string_view text) const {
    const std::string wanted = folded(text);
    for (size_t i = 0; i < channels_.size(); ++i) {
        if (channels_[i].key == wanted || folded(channels_[i].name) == wanted) return i;
    }
    return std::nullopt;
}

Arrival Channels::decide(std::string_view touch_key,
                         const std::function<std::string(model::SourceId)>& source_name) const {
    Arrival arrival;
    arrival.channel = direct_;
    if (touch_key.empty()) return arrival;
    const DocView touch(touch_key);
    arrival.medium = touch.find("medium").as_string();
    arrival.campaign = touch.find("campaign").as_string();
    arrival.content = touch.find("content").as_string();
    arrival.term = touch.find("term").as_string();
    arrival.referrer = touch.find("referrer").as_string();
    if (is_below_any(arrival.referrer, own_hosts_)) arrival.referrer.clear();
    arrival.source = touch.find("source").as_string();
    if (arrival.source.empty()) arrival.source = click_source(touch);
    const bool has_campaign = !arrival.source.empty() || !arrival.medium.empty() ||
                              !arrival.campaign.empty() || !arrival.content.empty() ||
                              !arrival.term.empty();
    if (arrival.source.empty()) arrival.source = arrival.referrer;

    if (const std::string_view named = touch.find("channel").as_string(); !named.empty()) {
        arrival.kind = Arrival::Kind::Campaign;
        const auto channel = called(named);
        if (channel) arrival.channel = *channel;
        if (!channel) arrival.unlisted = named;
        return arrival;
    }
    std::string sender;
    if (const auto id = touch.find("sender").as_integer(); id && source_name) {
        sender = source_name(static_cast<model::SourceId>(*id));
    }
    const std::string payload =
        touch_as_event(touch, arrival, sender, says_paid(touch, arrival.medium));
    const model::EventView event(payload);
    const auto found = std::ranges::find_if(channels_, [&](const Channel& channel) {
        return std::ranges::any_of(channel.rules,
                                   [&](const Predicate& rule) { return rule.matches(event); });
    });
    const bool is_taken = found != channels_.end();
    if (is_taken) arrival.channel = static_cast<size_t>(found - channels_.begin());
    if (!is_taken && has_campaign) arrival.channel = other_;
    arrival.kind = has_campaign ? Arrival::Kind::Campaign
                   : is_taken   ? Arrival::Kind::Passing
                                : Arrival::Kind::None;
    return arrival;
}

}  // namespace throughline::query
