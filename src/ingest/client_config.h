// Answers to the requests that SDKs make before they send anything.
//
// analytics-next does not start without settings that name `integrations["Segment.io"].apiKey`;
// RudderStack's JavaScript SDK does not without a sourceConfig that names a source.
//
// Layer 6. Pure.
#pragma once

#include <string>
#include <string_view>

#include "model/source.h"

namespace throughline::ingest {

/// Body of `GET /v1/projects/:writeKey/settings`. `api_url` is how the browser reached us
/// (`https://shop.example/v1`); events are then sent there. The scheme is told, because the SDK
/// takes https where nothing is said.
std::string settings_body(std::string_view write_key, std::string_view api_url);

/// Body of RudderStack's `GET /sourceConfig`. `data_plane_url` is where events are to be sent. Of a
/// source that is switched off the SDK sends nothing.
std::string source_config_body(std::string_view write_key, const model::Source& source,
                               std::string_view data_plane_url);

}  // namespace throughline::ingest
