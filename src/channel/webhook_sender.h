// Calls of webhooks, signed so that the receiver knows that they are ours and not old.
//
//   Idempotency-Key: <key>            the same in every attempt, as is
//   webhook-id: <key>
//   webhook-timestamp: <seconds>      of this attempt
//   webhook-signature: v1,<base64 of HMAC-SHA-256(secret, "id.timestamp.body")>
//
// The last three are those of Standard Webhooks (standardwebhooks.com), for which receivers find
// libraries in most languages. A receiver refuses what is older than some minutes.
//
// Layer 4. Used by one thread at a time. Cost: a round trip, and one hash over the body.
#pragma once

#include <atomic>
#include <memory>

#include "channel/sender.h"
#include "net/http_call.h"

namespace throughline::channel {

struct WebhookOptions {
    std::string secret;      // Bytes, at least 24; receivers know it as `whsec_` and base64.
    bool heeds_key = false;  // The receiver takes a repeated Idempotency-Key for what it is.
    net::HttpCallOptions call = {};  // Its connection is kept where the key is heeded.
};

class WebhookSender final : public Sender {
public:
    /// `clock` outlives the sender. Errors: InvalidArgument for a short secret or bad time-outs.
    static Result<std::unique_ptr<WebhookSender>> make(WebhookOptions options, const Clock& clock);

    Outcome send(const Message& message) override;
    bool repeats_by_key() const override { return heeds_key_; }
    void cut_off() override { *is_cut_off_ = true; }

private:
    WebhookSender(WebhookOptions options, std::unique_ptr<std::atomic<bool>> is_cut_off,
                  net::HttpCaller caller, const Clock& clock)
        : secret_(std::move(options.secret)),
          heeds_key_(options.heeds_key),
          is_cut_off_(std::move(is_cut_off)),
          caller_(std::move(caller)),
          clock_(clock) {}

    std::string secret_;
    bool heeds_key_;
    std::unique_ptr<std::atomic<bool>> is_cut_off_;  // The caller looks at it.
    net::HttpCaller caller_;
    const Clock& clock_;
};

/// The value of webhook-signature. Units: seconds since 1970.
std::string webhook_signature(std::string_view secret, std::string_view id, int64_t timestamp_s,
                              std::string_view body);

}  // namespace throughline::channel
