// Links in messages that lead back to us: click, unsubscribe, open. Signed, so that nobody else
// can make one.
//
//   https://news.shop.example/c/<token>   click      /u/<token>   unsubscribe   /o/<token>.gif open
//   token  = base64url( kind 1 byte · key 16 bytes · mac 16 bytes · origin · target )
//   origin = person u32 · purpose, topic, journey, step: size 1 byte and text each
//   mac    = the first 16 bytes of HMAC-SHA-256(secret, purpose · kind · key · origin · target)
//
// A token says by itself who was written to and why, so acting on it needs no look-up: a link of a
// mail that the ledger has long forgotten still unsubscribes. As the signature covers the target,
// we redirect to nothing that we did not write (no open redirect). An unsubscribe link has no
// target and about 75 characters behind the base: its header must not be folded (folding
// List-Unsubscribe broke DKIM at Gmail).
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

inline constexpr size_t kOriginTextMax = 100;  // Bytes of each text of an origin.

enum class LinkKind : unsigned char {
    Click = 'c',
    Unsubscribe = 'u',
    Open = 'o',
    Undo = 'r',  // Of an unsubscribing: no link, but what the button of the page sends.
};

/// Whom a message was for, and what sent it. Keys; empty: none.
struct Origin {
    uint32_t person = 0;  // An identity of hers.
    std::string purpose = {};
    std::string topic = {};
    std::string journey = {};
    std::string step = {};

    bool operator==(const Origin&) const = default;
};

struct Link {
    LinkKind kind = LinkKind::Open;
    Key128 key;  // Of the message.
    Origin origin;
    std::string target;  // Of a click: http or https. Of an undo: until when, in microseconds.

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
    Result<std::string> click(Key128 key, const Origin& origin, std::string_view target) const;
    std::string unsubscribe(Key128 key, const Origin& origin) const;
    std::string open(Key128 key, const Origin& origin) const;

    /// Whether an address is one of ours: it leads to a token.
    bool is_own(std::string_view address) const;

private:
    Links(std::string base, std::string secret)
        : base_(std::move(base)), secret_(std::move(secret)) {}

    std::string base_;
    std::string secret_;
};

/// The token of a link. Texts of its origin are cut at kOriginTextMax.
std::string make_token(std::string_view secret, const Link& link);

/// Reads a token that came back. Errors: InvalidArgument for anything that we did not sign,
/// whatever is wrong with it.
Result<Link> read_token(std::string_view secret, std::string_view token);

/// Whether the body of a POST is the one that mail programs send for one click (RFC 8058):
/// `List-Unsubscribe=One-Click`, as a form or as multipart/form-data.
bool is_one_click(std::string_view content_type, std::string_view body);

}  // namespace throughline::channel
