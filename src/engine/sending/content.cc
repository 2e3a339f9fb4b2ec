#include "engine/sending/content.h"

#include "engine/consents.h"
#include "engine/outbox/messages.h"
#include "identity/public_id.h"
#include "model/json.h"

namespace throughline::engine {

using model::DocView;
using model::DocWriter;

namespace {

std::string webhook_body(const View& view, const Message& message) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", hex_of_key(message.entry.key));
    out.field("journey", message.journey_key);
    out.field("version", int64_t{message.version});
    out.field("step", message.step);
    out.field("run", hex_of_key(message.run));
    out.field("profile", identity::public_id(view.secret, message.owner));
    if (!message.context.empty()) {
        const model::EventView event(message.context);
        out.key("event");
        const size_t started_by = out.open_object();
        out.field("name", event.name());
        out.field("time", format_instant(event.time()));
        out.key("properties");
        const DocView properties = event.doc().find("properties");
        if (properties.is_object()) {
            out.copy(properties);
        } else {
            out.close(out.open_object());
        }
        out.close(started_by);
    }
    out.close(mark);
    return model::to_json(DocView(doc));
}

channel::Call gateway_call(const Message& message, const std::string& to, const Sms& text) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", hex_of_key(message.entry.key));
    out.field("channel", message.channel);
    out.field("to", to);
    out.field("text", text.text);
    out.close(mark);
    return {.body = model::to_json(DocView(doc))};
}

Content content_of(MessageAnswer answer) {
    Content content;
    if (!answer.message) {
        const bool is_there = answer.why != Unwritten::NoTemplate;
        content.unfit = is_there ? journey::SendReason::NoContent : journey::SendReason::NoTemplate;
        content.detail = std::move(answer.detail);
        return content;
    }
    std::visit([&](auto& written) { content.what = std::move(written); }, answer.message->content);
    return content;
}

}  // namespace

ContentWriter template_writer() {
    return [writer = std::make_shared<MessageWriter>()](const View& view, const Message& message,
                                                        Micros at) -> Result<Content> {
        const auto event = message.context.empty()
                               ? std::optional<model::EventView>()
                               : std::optional<model::EventView>(message.context);
        TL_TRY_ASSIGN(MessageAnswer answer,
                      writer->write(view, {.template_key = message.template_key,
                                           .person = message.owner,
                                           .context = event ? &*event : nullptr,
                                           .key = message.entry.key,
                                           .at = at,
                                           .purpose = message.purpose,
                                           .topic = message.topic,
                                           .journey = message.journey_key,
                                           .step = message.step}));
        return content_of(std::move(answer));
    };
}

Result<Prepared> prepare(const View& view, const Message& message, const std::string& gateway,
                         const ContentWriter& write) {
    channel::Message out{.key = message.entry.key,
                         .to = message.url,
                         .not_after = message.entry.not_after,
                         .content = channel::Call{}};
    if (message.is_webhook()) {
        out.content = channel::Call{.body = webhook_body(view, message)};
        return Prepared{.message = std::move(out)};
    }
    const Attempt& attempt = message.attempts.back();
    TL_TRY_ASSIGN(const std::string to, address_of(view, attempt.to));
    if (to.empty()) {
        return Prepared{.unfit = journey::SendReason::NoAddress, .detail = "it was erased"};
    }
    if (!write) return Prepared{.unfit = journey::SendReason::NoTemplate};
    TL_TRY_ASSIGN(Content content, write(view, message, attempt.begun_at));
    const bool is_written = !std::holds_alternative<std::monostate>(content.what);
    const bool is_mail = std::holds_alternative<channel::Email>(content.what);
    if (is_written && is_mail != (message.channel == "email")) {
        return Prepared{.unfit = journey::SendReason::NoContent,
                        .detail = "the template is not for " + message.channel};
    }
    out.to = to;
    if (auto* const email = std::get_if<channel::Email>(&content.what)) {
        out.content = std::move(*email);
    } else if (auto* const call = std::get_if<channel::Call>(&content.what)) {
        if (!gateway.empty()) out.to = gateway;
        out.content = std::move(*call);
    } else if (const auto* const text = std::get_if<Sms>(&content.what)) {
        if (!gateway.empty()) out.to = gateway;
        out.content = gateway_call(message, to, *text);
    } else {
        return Prepared{.unfit = content.unfit, .detail = std::move(content.detail)};
    }
    return Prepared{.message = std::move(out)};
}

}  // namespace throughline::engine
