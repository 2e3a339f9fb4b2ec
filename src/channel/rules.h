// Which answer of a provider means what for the message: the one place that decides it.
//
// SMTP, by the last step that was begun and the answer to it:
//
//   step                              2xx        4xx        5xx         no answer
//   connecting, TLS, login            -          retryable  retryable   retryable
//   MAIL FROM, RCPT TO, DATA          -          retryable  refused     retryable
//   the end of the data is sent       delivered  retryable  refused     uncertain
//
// What fails before MAIL FROM is the connection's, not the message's, and so is a 5xx about
// authentication (530, 534, 535, 538): an operator mends it, and the deadline ends the tries.
//
// Webhooks: 2xx delivered. 408, 421, 425, 429 and 503 say that nothing was done: retryable. Other
// 5xx, and a call that was begun and not answered, may have had their effect: uncertain, as is 409
// where the receiver heeds Idempotency-Key (the first call is still under way): the ledger repeats
// it by its key. No connection is retryable. Any other status is refused, redirects among them; so
// is a host without a public address.
//
// Layer 4. Pure.
#pragma once

#include "channel/sender.h"
#include "net/http_call.h"
#include "net/smtp_client.h"

namespace throughline::channel {

/// `addresses` are taken out of the text of the answer, which is shown and kept.
Outcome smtp_outcome(const net::SmtpResult& result, const Message& message, const Email& email);

Outcome call_outcome(const net::HttpCallResult& result, bool heeds_key);

/// Whether the answer says that the address does not exist or takes no mail for good: an enhanced
/// status of RFC 3463 about the recipient, 5.1.1, 5.1.2, 5.1.3, 5.1.6 or 5.1.10 (null MX). A bare
/// 550 does not: it is said of policy and blocks as well.
bool is_hard_bounce(const Outcome& outcome);

}  // namespace throughline::channel
