#include "channel/webhook_sender.h"

#include <algorithm>

#include "base/base64.h"
#include "base/digest.h"
#include "channel/rules.h"
#include "net/url.h"

namespace throughline::channel {

namespace {

constexpr size_t kSecretBytesMin = 24;  // As Standard Webhooks asks for.
constexpr size_t kUrlMax = 2'000;

bool is_line(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

Outcome refused(std::string why) {
    return {Verdict::Refused, Stage::Compose, 0, std::move(why), 0};
}

}  // namespace

std::string webhook_signature(std::string_view secret, std::string_view id, int64_t timestamp_s,
                              std::string_view body) {
    std::string text(id);
    text += '.' + std::to_string(timestamp_s) + '.';
    text += body;
    const auto digest = hmac_sha256(text, secret);
    return "v1," + encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Result<std::unique_ptr<WebhookSender>> WebhookSender::make(WebhookOptions options,
                                                           const Clock& clock) {
    if (options.secret.size() < kSecretBytesMin) {
        return Error::invalid("webhook: secret: shorter than " + std::to_string(kSecretBytesMin) +
                              " bytes");
    }
    options.call.keeps_connection = options.heeds_key;
    auto is_cut_off = std::make_unique<std::atomic<bool>>(false);
    options.call.is_cancelled = is_cut_off.get();
    TL_TRY_ASSIGN(net::HttpCaller caller, net::HttpCaller::make(options.call));
    return std::unique_ptr<WebhookSender>(
        new WebhookSender(std::move(options), std::move(is_cut_off), std::move(caller), clock));
}

Outcome WebhookSender::send(const Message& message) {
    const auto* call = std::get_if<Call>(&message.content);
    if (!call) return refused("webhook: is an e-mail");
    if (message.to.size() > kUrlMax || !is_line(message.to) || !net::parse_url(message.to)) {
        return refused("webhook: url: is not an http or https URL");
    }
    if (!is_line(call->content_type)) return refused("webhook: content_type: is not one line");
    const std::string id = key_text(message.key);
    const int64_t now_s = floor_div(clock_.now(), kSecond);
    const net::HttpCallResult result =
        caller_.post(message.to,
                     {{"Content-Type", call->content_type},
                      {"Idempotency-Key", id},
                      {"webhook-id", id},
                      {"webhook-timestamp", std::to_string(now_s)},
                      {"webhook-signature", webhook_signature(secret_, id, now_s, call->body)}},
                     call->body);
    return call_outcome(result, heeds_key_);
}

}  // namespace throughline::channel
