#include "server/web_assets.h"

#include <algorithm>
#include <span>

#include "server/embedded.h"

namespace throughline::server {

namespace {

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".json", "application/json"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

std::string_view type_of(std::string_view path) {
    for (const auto& [ending, type] : kTypes) {
        if (path.ends_with(ending)) return type;
    }
    return "application/octet-stream";
}

const EmbeddedFile* find_file(std::string_view path) {
    const auto files = embedded_files();
    const auto found = std::ranges::lower_bound(files, path, {}, &EmbeddedFile::path);
    return found != files.end() && found->path == path ? &*found : nullptr;
}

}  // namespace

std::optional<WebAsset> web_asset(std::string_view path) {
    const EmbeddedFile* file = find_file(path);
    if (file == nullptr) return {};
    const EmbeddedFile* compressed = find_file(std::string(path) + ".gz");
    return WebAsset{.bytes = file->bytes,
                    .gzip = compressed != nullptr ? compressed->bytes : std::string_view{},
                    .content_type = type_of(path)};
}

net::HttpResponse asset_response(const net::RequestHead& request, const WebAsset& asset) {
    net::HttpResponse response;
    response.content_type = asset.content_type;
    const bool packs = !asset.gzip.empty() &&
                       net::has_token(request.header("Accept-Encoding").value_or(""), "gzip");
    response.body = packs ? asset.gzip : asset.bytes;
    if (packs) response.headers.push_back({"Content-Encoding", "gzip"});
    response.headers.push_back({"Vary", "Accept-Encoding"});
    return response;
}

}  // namespace throughline::server
