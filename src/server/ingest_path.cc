#include "server/ingest_path.h"

#include <algorithm>

#include "net/url.h"

namespace throughline::server {

namespace {

using Segments = std::vector<std::string>;

std::optional<IngestPath> of_library(const Segments& segments) {
    if (segments.size() < 3 || segments[0] != "analytics.js") return {};
    if (segments.back() != "analytics.min.js") return {};
    return IngestPath{.endpoint = Endpoint::Library, .key = segments[segments.size() - 2]};
}

std::optional<IngestPath> of_settings(const Segments& segments) {
    if (segments.size() < 3 || segments[0] != "projects" || segments.back() != "settings")
        return {};
    return IngestPath{.endpoint = Endpoint::Settings, .key = segments[segments.size() - 2]};
}

std::optional<IngestPath> of_events(const Segments& segments) {
    const bool all_known = std::ranges::all_of(segments, [](const std::string& segment) {
        return ingest::path_kind(segment).has_value();
    });
    if (segments.empty() || segments.size() > 2 || !all_known) return {};
    return IngestPath{.endpoint = Endpoint::Events, .kind = *ingest::path_kind(segments.back())};
}

}  // namespace

std::optional<IngestPath> ingest_path(std::string_view path, std::string_view prefix) {
    if (!prefix.empty() && path.starts_with(prefix)) path.remove_prefix(prefix.size());
    Segments segments = net::parse_path(path);
    if (segments.empty()) return {};
    if (auto library = of_library(segments)) return library;

    const std::string first = segments.front();
    std::erase(segments, "v1");
    if (segments.empty()) return {};
    if (first == "beacon" && segments.size() == 2 && segments[1] == "batch") {
        return IngestPath{.endpoint = Endpoint::Beacon};
    }
    if (first == "pixel" && segments.size() == 2) {
        const auto kind = ingest::path_kind(segments[1]);
        if (!kind) return {};
        return IngestPath{.endpoint = Endpoint::Pixel, .kind = *kind};
    }
    if (segments.back() == "sourceConfig" && segments.size() == 1) {
        return IngestPath{.endpoint = Endpoint::SourceConfig};
    }
    if (segments.size() == 2 && segments[0] == "webhook") {
        return IngestPath{.endpoint = Endpoint::Webhook, .key = segments[1]};
    }
    if (segments.size() == 1 && segments[0] == "m")
        return IngestPath{.endpoint = Endpoint::Metrics};
    if (auto settings = of_settings(segments)) return settings;
    return of_events(segments);
}

}  // namespace throughline::server
