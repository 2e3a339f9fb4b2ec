#include "channel/smtp_sender.h"

#include "channel/mime.h"
#include "channel/rules.h"

namespace throughline::channel {

Result<std::unique_ptr<SmtpSender>> SmtpSender::make(net::SmtpOptions options, const Clock& clock) {
    TL_TRY_ASSIGN(net::SmtpClient client, net::SmtpClient::make(std::move(options)));
    return std::unique_ptr<SmtpSender>(new SmtpSender(std::move(client), clock));
}

Outcome SmtpSender::send(const Message& message) {
    const auto* email = std::get_if<Email>(&message.content);
    if (!email) return {Verdict::Refused, Stage::Compose, 0, "email: is a call of a webhook", 0};
    const auto text = compose(message, *email, clock_.now());
    if (!text) return {Verdict::Refused, Stage::Compose, 0, text.error().message, 0};
    return smtp_outcome(client_.send(email->from, message.to, *text), message, *email);
}

}  // namespace throughline::channel
