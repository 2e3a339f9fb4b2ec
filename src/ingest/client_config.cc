#include "ingest/client_config.h"

#include "base/assert.h"
#include "base/json_text.h"

namespace throughline::ingest {

namespace {

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace

std::string settings_body(std::string_view write_key, std::string_view api_url) {
    const std::string key = quoted(write_key);
    const size_t scheme_end = api_url.find("://");
    TL_ASSERT(scheme_end != std::string_view::npos);
    const std::string_view protocol = api_url.substr(0, scheme_end);
    const std::string_view api_host = api_url.substr(scheme_end + 3);
    // metrics.sampleRate 0: the SDK's own counters stay at home.
    return R"({"integrations":{"Segment.io":{"apiKey":)" + key + R"(,"apiHost":)" +
           quoted(api_host) + R"(,"protocol":)" + quoted(protocol) +
           R"(,"unbundledIntegrations":[],"addBundledMetadata":true,"maybeBundledConfigIds":{},)"
           R"("versionSettings":{"version":"4.4.7","componentTypes":["browser"]}}},)"
           R"("plan":{"track":{"__default":{"enabled":true,"integrations":{}}},)"
           R"("identify":{"__default":{"enabled":true}},"group":{"__default":{"enabled":true}}},)"
           R"("edgeFunction":{},"analyticsNextEnabled":true,"middlewareSettings":{},)"
           R"("enabledMiddleware":{},"metrics":{"sampleRate":0},)"
           R"("legacyVideoPluginsEnabled":false,"remotePlugins":[]})";
}

std::string source_config_body(std::string_view write_key, const model::Source& source,
                               std::string_view data_plane_url) {
    const std::string id = quoted(source.key);
    const std::string enabled = source.enabled ? "true" : "false";
    return R"({"source":{"id":)" + id + R"(,"name":)" + id + R"(,"writeKey":)" + quoted(write_key) +
           R"(,"enabled":)" + enabled + R"(,"workspaceId":"throughline","destinations":[],)" +
           R"("connections":[],"config":{"statsCollection":{"errors":{"enabled":false},)"
           R"("metrics":{"enabled":false}}},"dataplanes":{},)"
           R"("updatedAt":"1970-01-01T00:00:00.000Z","dataPlaneUrl":)" +
           quoted(data_plane_url) +
           R"(},"updatedAt":"1970-01-01T00:00:00.000Z","consentManagementMetadata":{}})";
}

}  // namespace throughline::ingest
