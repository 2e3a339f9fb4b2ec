#include "channel/smtp_sender.h"

#include "channel/mime.h"
#include "channel/rules.h"

namespace throughline::channel {

Result<std::unique_ptr<SmtpSender>> SmtpSender::make(net::SmtpOptions options, const Clock& clock) {
    auto is_cut_off = std::make_unique<std::atomic<bool>>(false);
    options.is_cancelled = is_cut_off.get();
    TL_TRY_ASSIGN(net::SmtpClient client, net::SmtpClient::make(std::move(options)));
    return std::unique_ptr<SmtpSender>(
        new SmtpSender(std::move(is_cut_off), std::move(client), clock));
}

Outcome SmtpSender::send(const Message& message) {
    const auto* email = std::get_if<Email>(&message.content);
    if (!email) return {Verdict::Refused, Stage::Compose, 0, "email: is a call of a webhook", 0};
    const auto text = compose(message, *email, clock_.now());
    if (!text) return {Verdict::Refused, Stage::Compose, 0, text.error().message, 0};
    return smtp_outcome(client_.send(email->from, message.to, *text), message, *email);
}

}  // namespace throughline::channel
