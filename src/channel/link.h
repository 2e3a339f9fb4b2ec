// Links in messages that lead back to us: click, unsubscribe, open. Signed, so that nobody else
// can make one.
//
//   https://news.shop.example/l/<token>
//   token = base64url( kind 1 byte · key 16 bytes · mac 16 bytes · target )
//   mac   = the first 16 bytes of HMAC-SHA-256(secret, purpose · kind · key · target)
//
// A click carries its target, so following it needs no look-up; as the signature covers it, we
// redirect to nothing that we did not write (no open redirect). An unsubscribe link has no target
// and is 44 characters and the base: its header must not be folded (folding List-Unsubscribe broke
// DKIM at Gmail). Who and which topic stand in the ledger under the key.
//
// Whoever serves these links: GET never unsubscribes, since scanners of mail follow every link; GET
// shows a page with a button, POST acts (is_one_click, or the page's own form).
//
// Layer 4. Immutable, safe from any thread. Cost: one HMAC over the target.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace throughline::channel {

inline constexpr size_t kLinkBaseMax = 200;      // Bytes.
inline constexpr size_t kLinkTargetMax = 2'000;  // Bytes; browsers and mail programs agree on that.

enum class LinkKind : unsigned char { Click = 'c', Unsubscribe = 'u', Open = 'o' };

struct Link {
    LinkKind kind = LinkKind::Open;
    Key128 key;          // Of the message.
    std::string target;  // Of a click: http or https.

    bool operator==(const Link&) const = default;
};

class Links {
public:
    /// `base` is our address as people reach it, to which the token is added; `secret` is the
    /// installation's, at least 16 bytes.
    ///
    /// Errors: InvalidArgument for a base that is no http or https URL, has a query, does not end
    /// with `/`, or is longer than kLinkBaseMax; for a short secret.
    static Result<Links> make(std::string base, std::string secret);

    /// Errors: InvalidArgument for a target that is not http or https, or too long.
    Result<std::string> click(Key128 key, std::string_view target) const;
    std::string unsubscribe(Key128 key) const;
    std::string open(Key128 key) const;

    /// Reads a token that came back. Errors: InvalidArgument for anything that we did not sign,
    /// whatever is wrong with it.
    Result<Link> read(std::string_view token) const;

private:
    Links(std::string base, std::string secret)
        : base_(std::move(base)), secret_(std::move(secret)) {}

    std::string mac(std::string_view kind_and_key, std::string_view target) const;
    std::string link(LinkKind kind, Key128 key, std::string_view target) const;

    std::string base_;
    std::string secret_;
};

/// Whether the body of a POST is the one that mail programs send for one click (RFC 8058):
/// `List-Unsubscribe=One-Click`, as a form or as multipart/form-data.
bool is_one_click(std::string_view content_type, std::string_view body);

}  // namespace throughline::channel
