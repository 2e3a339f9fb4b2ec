#include "server/marketing.h"

#include <algorithm>

namespace throughline::server {

using model::DocView;

namespace {

constexpr size_t kHostsMax = 1000;

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    });
}

std::vector<std::string> own_hosts(const engine::Settings& settings) {
    std::vector<std::string> hosts;
    const engine::Definition* definition = settings.find("settings", "attribution");
    if (definition == nullptr) return hosts;
    for (const DocView host : DocView(definition->value).find("own_hosts").items()) {
        hosts.emplace_back(host.as_string());
    }
    return hosts;
}

}  // namespace

query::Marketing marketing_of(const engine::Settings& settings) {
    query::Marketing marketing;
    std::vector<query::OwnChannel> channels;
    for (const auto& [path, definition] : settings.all()) {
        if (definition.kind == "channels") {
            channels.push_back({definition.key, DocView(definition.value)});
        } else if (definition.kind == "costs") {
            const auto costs = query::costs_from_doc(DocView(definition.value));
            if (!costs) continue;
            marketing.costs.insert(marketing.costs.end(), costs->begin(), costs->end());
        }
    }
    marketing.channels = query::Channels(channels, own_hosts(settings));
    const engine::Definition* qualified = settings.find("settings", "qualified");
    const bool is_said =
        qualified != nullptr && !DocView(qualified->value).find("event").is_missing();
    if (is_said) marketing.qualified = qualified->value;
    return marketing;
}

Status check_attribution_settings(DocView value) {
    for (const model::DocField& field : value.fields()) {
        if (field.key == "own_hosts") continue;
        return Error::invalid("settings: " + std::string(field.key) + ": need own_hosts");
    }
    const DocView hosts = value.find("own_hosts");
    if (!hosts.is_missing() && !hosts.is_array()) {
        return Error::invalid("settings: own_hosts: must be a list");
    }
    size_t count = 0;
    for (const DocView host : hosts.items()) {
        if (++count > kHostsMax) return Error::invalid("settings: own_hosts: at most 1000");
        if (!is_host(host.as_string())) {
            return Error::invalid("settings: own_hosts[" + std::to_string(count - 1) +
                                  "]: need a host such as pay.example.com, in small letters");
        }
    }
    return Status::ok();
}

}  // namespace throughline::server
