// The web app inside the binary: files of web/dist, linked in by cmake/tl_embed.cmake.
//
// Layer 7. Thread-safe. A build without a web app has no assets; the server then says so at `/`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace throughline::server {

struct WebAsset {
    std::string_view bytes;
    std::string_view gzip;  // The same compressed at build time; empty where that saves nothing.
    std::string_view content_type;
};

/// Returns the file at a path like `assets/index-3f2a.js`.
std::optional<WebAsset> web_asset(std::string_view path);

/// 200 with the file, compressed for who takes that.
net::HttpResponse asset_response(const net::RequestHead& request, const WebAsset& asset);

}  // namespace throughline::server
