#include "engine/message_writer.h"

#include "channel/tracking.h"
#include "engine/link_settings.h"
#include "engine/message_values.h"
#include "model/json.h"
#include "net/url.h"

namespace throughline::engine {

using channel::MessageParts;
using channel::MessageTemplate;
using channel::TemplateChannel;

namespace {

constexpr size_t kKeptMax = 1'000;  // Templates; more begin anew.
constexpr std::string_view kUnsubscribe = "links.unsubscribe";

MessageAnswer unwritten(Unwritten why, std::string detail) {
    return {.message = {}, .why = why, .detail = std::move(detail)};
}

/// A host without its first label: `shop.example` of `news.shop.example`.
std::string_view parent_of(std::string_view host) {
    const size_t dot = host.find('.');
    const bool has_parent = dot != host.npos && host.find('.', dot + 1) != host.npos;
    return has_parent ? host.substr(dot + 1) : host;
}

// A link that leads over us bears our name. So it leads only to hosts that stand in the template,
// and to our own domain: where the event names the address, anybody may have made it up.
bool is_of_template(std::string_view address, std::string_view text, std::string_view base_url) {
    const auto url = net::parse_url(address);
    const auto base = net::parse_url(base_url);
    if (!url) return false;
    if (text.find("://" + url->host) != text.npos) return true;
    const std::string own(base ? parent_of(base->host) : "");
    return !own.empty() && (url->host == own || url->host.ends_with("." + own));
}

std::string tracked(std::string html, std::string_view text, const MessageAsk& ask,
                    const channel::Origin& origin, const LinkSettings& settings,
                    const channel::Links& links) {
    if (html.empty()) return html;
    if (settings.clicks) {
        html = channel::replace_links(
            html, [&](std::string_view address) -> std::optional<std::string> {
                const bool leads_over_us =
                    !links.is_own(address) && is_of_template(address, text, settings.base_url);
                if (!leads_over_us) return {};
                auto link = links.click(ask.key, origin, address);
                if (!link) return {};
                return *std::move(link);
            });
    }
    if (settings.opens) html = channel::with_pixel(html, links.open(ask.key, origin));
    return html;
}

channel::Email email_of(const MessageTemplate& message, MessageParts& parts,
                        const std::string& unsubscribe) {
    return {.from = message.from(),
            .from_name = message.from_name(),
            .reply_to = message.reply_to(),
            .subject = std::move(parts.subject),
            .text = std::move(parts.text),
            .html = std::move(parts.html),
            .unsubscribe = unsubscribe};
}

}  // namespace

std::string_view unwritten_name(Unwritten why) {
    switch (why) {
        case Unwritten::NoTemplate:
            return "no_template";
        case Unwritten::MissingValue:
            return "missing_value";
        case Unwritten::Failed:
            return "failed";
    }
    return "";
}

bool may_unsubscribe(const Settings& settings, std::string_view purpose) {
    const privacy::Purpose* const found = settings.privacy().purpose(purpose);
    return !purpose.empty() && (found == nullptr || found->may_be_refused());
}

const MessageTemplate* MessageWriter::find(const Definition& definition) {
    const auto found = kept_.find(definition.key);
    if (found != kept_.end() && found->second.version == definition.version) {
        return found->second.message.get();
    }
    if (kept_.size() >= kKeptMax) kept_.clear();
    auto checked = MessageTemplate::check(model::DocView(definition.value));
    Kept& kept = kept_[definition.key];
    kept = {definition.version, std::move(checked.message)};
    return kept.message.get();
}

Result<MessageAnswer> MessageWriter::write(const View& view, const MessageAsk& ask) {
    const Definition* const definition = view.settings->find("templates", ask.template_key);
    const MessageTemplate* const message = definition == nullptr ? nullptr : find(*definition);
    if (message == nullptr) return unwritten(Unwritten::NoTemplate, std::string(ask.template_key));

    TL_TRY_ASSIGN(const Person person, load_person(view, ask.person));
    const LinkSettings settings = LinkSettings::of(*view.settings);
    const auto links = settings.links(view.secret);
    const channel::Origin origin{.person = ask.person,
                                 .purpose = std::string(ask.purpose),
                                 .topic = std::string(ask.topic),
                                 .journey = std::string(ask.journey),
                                 .step = std::string(ask.step)};
    std::string unsubscribe;
    if (may_unsubscribe(*view.settings, ask.purpose)) {
        if (links) unsubscribe = links->unsubscribe(ask.key, origin);
        if (!links && message->channel() == TemplateChannel::Email) {
            return unwritten(Unwritten::MissingValue, std::string(kUnsubscribe));
        }
    }
    MessageValues values;
    if (message->reads("person")) TL_TRY(values.set_person(view, person));
    if (ask.context != nullptr) {
        const model::DocView properties = ask.context->doc().find("properties");
        values.set_event(ask.context->name(), ask.context->time(), properties);
        if (message->reads("items")) {
            TL_TRY(values.set_items(view, properties, person.members()));
        }
    }
    if (!unsubscribe.empty()) values.set_unsubscribe(unsubscribe);
    values.set_now(ask.at);
    const auto variables = values.variables();
    if (std::string missing = message->first_missing(variables); !missing.empty()) {
        return unwritten(Unwritten::MissingValue, std::move(missing));
    }
    const Manner manner = manner_of(view, person);
    auto parts =
        message->render(message->choose_locale(manner.locale),
                        {.variables = variables, .now = ask.at, .zone = manner.zone}, arena_);
    if (!parts) return unwritten(Unwritten::Failed, parts.error().message);

    WrittenMessage written{
        .content = {}, .template_version = definition->version, .locale = parts->locale};
    switch (message->channel()) {
        case TemplateChannel::Email:
            if (links) {
                parts->html = tracked(std::move(parts->html), definition->value, ask, origin,
                                      settings, *links);
            }
            written.content = email_of(*message, *parts, unsubscribe);
            break;
        case TemplateChannel::Webhook:
            if (const auto doc = model::doc_from_json(parts->body); !doc) {
                return unwritten(Unwritten::Failed, "body: " + doc.error().message);
            }
            written.content = channel::Call{.body = std::move(parts->body)};
            break;
        case TemplateChannel::Sms:
            written.content = Sms{std::move(parts->text)};
            break;
    }
    return MessageAnswer{.message = std::move(written), .why = {}, .detail = {}};
}

}  // namespace throughline::engine
