#include "channel/rules.h"

#include <algorithm>
#include <cctype>

#include "base/assert.h"

namespace throughline::channel {

namespace {

Stage stage_of(net::SmtpStep step) {
    switch (step) {
        case net::SmtpStep::Connect:
        case net::SmtpStep::Session:
            return Stage::Connect;
        case net::SmtpStep::Sender:
        case net::SmtpStep::Recipient:
            return Stage::Address;
        case net::SmtpStep::Data:
        case net::SmtpStep::End:
            return Stage::Content;
    }
    TL_UNREACHABLE();
}

bool is_about_login(int code) {
    return code == 530 || code == 534 || code == 535 || code == 538;  // RFC 4954 6.
}

Verdict smtp_verdict(const net::SmtpResult& result) {
    if (result.is_accepted) return Verdict::Delivered;
    if (result.step == net::SmtpStep::End && result.code == 0) return Verdict::Uncertain;
    const bool is_final = result.code >= 500 && !is_about_login(result.code);
    return is_final && stage_of(result.step) != Stage::Connect ? Verdict::Refused
                                                               : Verdict::Retryable;
}

void take_out(std::string& text, const std::string& address) {
    if (address.empty()) return;
    // Servers write it as they keep it: `<Ana@Example.org>` for ana@example.org.
    const auto is_same = [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    };
    while (true) {
        const auto at =
            std::search(text.begin(), text.end(), address.begin(), address.end(), is_same);
        if (at == text.end()) return;
        text.replace(at, at + static_cast<ptrdiff_t>(address.size()), "…");
    }
}

/// Text of somebody else, made fit to be shown: no control characters.
std::string shown(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
    return text;
}

bool says_that_nothing_was_done(int status) {
    return status == 408 || status == 421 || status == 425 || status == 429 || status == 503;
}

// What may have been taken is uncertain also where the key is heeded: whoever keeps the ledger
// repeats it, but only to the receiver that knows the key.
Verdict call_verdict(const net::HttpCallResult& result, bool heeds_key) {
    if (result.is_forbidden) return Verdict::Refused;
    if (result.status == 0) return result.was_begun ? Verdict::Uncertain : Verdict::Retryable;
    if (result.status < 300) return Verdict::Delivered;
    if (says_that_nothing_was_done(result.status)) return Verdict::Retryable;
    if (result.status >= 500 || (result.status == 409 && heeds_key)) return Verdict::Uncertain;
    return Verdict::Refused;
}

}  // namespace

Outcome smtp_outcome(const net::SmtpResult& result, const Message& message, const Email& email) {
    Outcome outcome{.verdict = smtp_verdict(result),
                    .stage = stage_of(result.step),
                    .code = result.code,
                    .detail = shown(result.text)};
    take_out(outcome.detail, message.to);
    take_out(outcome.detail, email.from);
    return outcome;
}

bool is_hard_bounce(const Outcome& outcome) {
    static constexpr std::string_view kOfTheRecipient[] = {"5.1.1", "5.1.2", "5.1.3", "5.1.6",
                                                           "5.1.10"};
    if (outcome.verdict != Verdict::Refused || outcome.code < 500) return false;
    const std::string_view text = outcome.detail;
    const std::string_view status = text.substr(0, text.find_first_not_of("0123456789."));
    return std::ranges::find(kOfTheRecipient, status) != std::end(kOfTheRecipient);
}

Outcome call_outcome(const net::HttpCallResult& result, bool heeds_key) {
    Outcome outcome{.verdict = call_verdict(result, heeds_key),
                    .stage = result.was_begun ? Stage::Content : Stage::Connect,
                    .code = result.status,
                    .detail = result.failure};
    if (result.is_forbidden) outcome.detail = "the host has no public address";
    if (outcome.verdict == Verdict::Retryable) outcome.retry_after = result.retry_after;
    return outcome;
}

}  // namespace throughline::channel
