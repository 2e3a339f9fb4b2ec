// E-mails as they go over the wire (RFC 5322, 2045 to 2047, 8058).
//
// Headers are ASCII, at most 76 characters a line but for addresses and links, which stand whole;
// what is not ASCII is in encoded words that end between characters. Bodies are quoted-printable
// with CRLF; text and HTML together are multipart/alternative, text first. The boundary holds `=_`,
// which quoted-printable never does, so no body can contain it. No value can add a header: line
// breaks and control characters are refused, not escaped.
//
// Layer 4. Pure. Cost: about 12 us for a mail of 4 kB.
// Left out: attachments, addresses outside ASCII (SMTPUTF8), DKIM (the provider signs).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "channel/sender.h"

namespace throughline::channel {

inline constexpr size_t kSubjectMax = 1'000;    // Bytes.
inline constexpr size_t kNameMax = 200;         // Bytes.
inline constexpr size_t kBodyMax = 4 << 20;     // Bytes of text and HTML together.
inline constexpr size_t kUnsubscribeMax = 400;  // Bytes of the link.

/// Puts a whole e-mail together, headers and body, with `Date` from `now`.
///
/// Errors: InvalidArgument, naming the field, for what is no address, holds a line break or control
/// character, is not UTF-8, is missing or too long.
Result<std::string> compose(const Message& message, const Email& email, Micros now);

/// Whether this can be written between < and > in a header and an SMTP command: a dot-atom of at
/// most 64 characters, `@`, and a host name.
bool is_mail_address(std::string_view text);

/// Whether this can be the name beside an address: 1 to kNameMax bytes of UTF-8 without line breaks
/// and control characters.
bool is_display_name(std::string_view text);

/// Appends text in quoted-printable: lines of at most 76 characters that end with CRLF.
void append_quoted_printable(std::string& out, std::string_view text);

/// Appends a header `name: value`, in encoded words where plain ASCII does not do or is too long.
/// Requires: UTF-8 without control characters.
void append_text_header(std::string& out, std::string_view name, std::string_view value);

}  // namespace throughline::channel
