// `GET /pixel/v1/{track,page}`: an event in the query string, for mails and pages without scripts.
//
// Keys are paths (`context.page.url=…`), values strings; `data=` holds a whole event as base64 JSON
// instead. The answer is a 1x1 GIF whatever happens.
//
// Layer 6. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace throughline::ingest {

using QueryParameters = std::span<const std::pair<std::string, std::string>>;  // Decoded.

/// Returns the JSON body to decode on the path of the pixel; `writeKey` is left out.
std::string pixel_event_json(QueryParameters parameters);

/// A transparent GIF of one pixel.
std::string_view pixel_gif();

}  // namespace throughline::ingest
