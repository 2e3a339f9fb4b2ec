#include <toml++/toml.h>

#include <sstream>

#include "cli/config.h"

namespace throughline::cli {

namespace {

// A value as it would stand on the command line.
Result<std::string> text_of(const std::string& key, const toml::node& node) {
    if (const auto text = node.value<std::string>(); text && node.is_string()) return *text;
    if (node.is_integer()) return std::to_string(*node.value<int64_t>());
    if (node.is_boolean()) return std::string(*node.value<bool>() ? "true" : "false");
    return usage_error(key + ": need a text, a whole number, true or false");
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> read_config_file(const std::string& path) {
    std::vector<std::pair<std::string, std::string>> values;
    try {
        const toml::table table = toml::parse_file(path);
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            TL_TRY_ASSIGN(std::string text, text_of(path + ": " + name, node));
            values.emplace_back(name, std::move(text));
        }
    } catch (const toml::parse_error& error) {
        return usage_error(path + ": line " + std::to_string(error.source().begin.line) + ": " +
                           std::string(error.description()));
    }
    return values;
}

}  // namespace throughline::cli
