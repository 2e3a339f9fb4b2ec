// E-mail over SMTP: composed (mime.h), handed over (net/smtp_client.h), judged (rules.h).
//
// Layer 4. Used by one thread at a time; keeps one connection, so a pool of n connections is a lane
// of n such senders. Cost: about 100 us of CPU a mail of 4 kB, and the provider's time.
#pragma once

#include <atomic>
#include <memory>

#include "channel/sender.h"
#include "net/smtp_client.h"

namespace throughline::channel {

class SmtpSender final : public Sender {
public:
    /// `clock` outlives the sender. Errors: those of SmtpClient::make.
    static Result<std::unique_ptr<SmtpSender>> make(net::SmtpOptions options, const Clock& clock);

    Outcome send(const Message& message) override;
    /// SMTP has nothing by which a server could know a message again.
    bool repeats_by_key() const override { return false; }
    void cut_off() override { *is_cut_off_ = true; }

private:
    SmtpSender(std::unique_ptr<std::atomic<bool>> is_cut_off, net::SmtpClient client,
               const Clock& clock)
        : is_cut_off_(std::move(is_cut_off)), client_(std::move(client)), clock_(clock) {}

    std::unique_ptr<std::atomic<bool>> is_cut_off_;  // The client looks at it.
    net::SmtpClient client_;
    const Clock& clock_;
};

}  // namespace throughline::channel
