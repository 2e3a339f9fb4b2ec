// Links of an HTML mail turned into ones that lead over us, and the picture that tells of opening.
//
// What is replaced is the value of `href` of `<a>` and `<area>`, if it is an http or https address
// other than our own: `mailto:`, `tel:`, anchors and the link for unsubscribing stay, and so does
// all that stands in comments (Outlook's own markup among them), styles and scripts. Not a byte is
// changed besides. An address that cannot be followed over us (too long, odd) stays as it is: a
// link that works goes before one that is counted.
//
// Layer 4. Pure. Cost: one pass, and one HMAC a link.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace throughline::channel {

/// What stands for a link's address (entities resolved); nothing: it stays.
using LinkReplacement = std::function<std::optional<std::string>(std::string_view address)>;

/// Returns the HTML with its links replaced.
std::string replace_links(std::string_view html, const LinkReplacement& replace);

/// Returns the HTML with a picture of one pixel at its end. Requires: an address without `"`.
std::string with_pixel(std::string_view html, std::string_view address);

}  // namespace throughline::channel
