#include "cli/config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace throughline::cli {

namespace {

// Every setting names who would change it; what we can choose ourselves is not here.
constexpr std::array kSettings{
    Setting{{"data", "DIR", "./throughline-data", "Directory that holds everything"},
            "path",
            "Made when missing. One server at a time has it open."},
    Setting{{"listen", "HOST:PORT", "127.0.0.1:8080", "Address to listen on; port 0 takes any"},
            "address",
            "Beyond loopback it needs `tls-cert` and `tls-key`, or `behind-proxy`: tokens and "
            "personal data must not travel in the clear."},
    Setting{{"memory", "SIZE", "4G", "Memory for state, caches and recent events together"},
            "size",
            "People beyond it are read from disk. At least 64M; half of the machine's memory "
            "serves well."},
    Setting{
        {"keep-history", "DAYS", "0", "Drop events older than this; 0 keeps them for ever"},
        "number",
        "Whole months (UTC) go, once all of a month is older, one an hour at most. What profiles "
        "counted and the traits they have stay; questions and timelines no longer see the "
        "events."},
    Setting{{"io-threads", "N", "1", "Threads that read and answer requests"},
            "number",
            "For machines with many cores: one takes about 300,000 events a second in batches."},
    Setting{{"connections-max", "N", "10000", "Connections at a time; more are refused with 503"},
            "number",
            "Each costs some kilobytes and one open file (`ulimit -n`)."},
    Setting{{"tls-cert", "FILE", "", "Certificate in PEM, the chain included; serves HTTPS"},
            "path",
            "Read at the start: restart after renewing it."},
    Setting{{"tls-key", "FILE", "", "Key of the certificate, in PEM"}, "path", ""},
    Setting{{"behind-proxy", "", "", "A proxy in front does TLS; X-Forwarded-For and -Proto count"},
            "switch",
            "Set it only where nobody but the proxy can connect: the headers are believed."},
    Setting{{"path-prefix", "PATH", "", "First-party prefix of the ingest routes, as in /collect"},
            "text",
            "Lets events come in under a path of your own site. The plain paths stay."},
    Setting{{"no-send", "", "", "Nothing leaves: no message to anybody"},
            "switch",
            "For trying things out on a copy of real data."},
    Setting{{"log-level", "LEVEL", "info", "debug, info, warn or error; JSON lines on stderr"},
            "text",
            "Logs hold ids, counts and codes, never personal data or secrets."},
    Setting{{"demo", "", "", "Load the demo shop into a new directory, print a sign-in link"},
            "switch",
            "",
            false},
    Setting{{"demo-data", "FILE", "../shared/data/online_retail/online_retail.csv.gz",
             "The demo shop's rows; `none`, or without the file, a small world from a seed"},
            "path",
            "",
            false},
    Setting{{"config", "FILE", "", "Settings from a TOML file, below environment and options"},
            "path",
            "",
            false},
};

template <size_t... I>
constexpr std::array<Option, sizeof...(I)> options_of(std::index_sequence<I...> /*places*/) {
    return {kSettings[I].option...};
}
constexpr auto kOptions = options_of(std::make_index_sequence<kSettings.size()>());

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLevels{
    {{"debug", LogLevel::Debug},
     {"info", LogLevel::Info},
     {"warn", LogLevel::Warn},
     {"error", LogLevel::Error}}};

constexpr uint64_t kMemoryMin = uint64_t{64} << 20;
constexpr uint64_t kThreadsMax = 64;
constexpr uint64_t kKeepDaysMax = 36'500;
constexpr uint64_t kConnectionsMax = 1'000'000;

const Setting* find_setting(std::string_view name) {
    const auto found =
        std::ranges::find(kSettings, name, [](const Setting& one) { return one.option.name; });
    return found == kSettings.end() ? nullptr : &*found;
}

// What a switch says in a file or the environment.
Result<bool> parse_switch(std::string_view name, std::string_view text) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return usage_error(std::string(name) + ": need true or false");
}

Status give(Arguments& arguments, const Setting& setting, const std::string& value) {
    if (arguments.has(setting.option.name)) return Status::ok();
    if (!setting.option.value.empty()) {
        arguments.give(setting.option.name, value);
        return Status::ok();
    }
    TL_TRY_ASSIGN(const bool is_on, parse_switch(setting.option.name, value));
    if (is_on) arguments.give(setting.option.name, "true");
    return Status::ok();
}

Status add_environment(Arguments& arguments, const Environment& environment) {
    for (const Setting& setting : kSettings) {
        const auto value = environment(environment_name(setting.option.name));
        if (setting.in_file && value) TL_TRY(give(arguments, setting, *value));
    }
    return Status::ok();
}

Status add_file(Arguments& arguments, const std::string& path) {
    TL_TRY_ASSIGN(const auto values, read_config_file(path));
    for (const auto& [key, value] : values) {
        const Setting* setting = find_setting(key);
        if (setting == nullptr || !setting->in_file) {
            return usage_error(path + ": " + key + ": no such setting; see docs/CONFIG.md");
        }
        TL_TRY(give(arguments, *setting, value));
    }
    return Status::ok();
}

Result<uint64_t> count_between(const Arguments& arguments, std::string_view name, uint64_t least,
                               uint64_t most) {
    TL_TRY_ASSIGN(const uint64_t count, parse_count(name, arguments.text(name)));
    if (count >= least && count <= most) return count;
    return usage_error("--" + std::string(name) + ": need " + std::to_string(least) + " to " +
                       std::to_string(most));
}

Result<LogLevel> parse_level(std::string_view text) {
    const auto found =
        std::ranges::find(kLevels, text, [](const auto& level) { return level.first; });
    if (found != kLevels.end()) return found->second;
    return usage_error("--log-level: need debug, info, warn or error");
}

Status check(const ServeConfig& config) {
    if (config.tls_certificate.empty() != config.tls_key.empty()) {
        return usage_error("--tls-cert and --tls-key: both or neither");
    }
    if (!config.path_prefix.empty() && !config.path_prefix.starts_with('/')) {
        return usage_error("--path-prefix: begins with /, as in /collect");
    }
    if (config.memory_bytes < kMemoryMin) return usage_error("--memory: at least 64M");
    if (config.listen.is_loopback() || config.is_behind_proxy || !config.tls_key.empty()) {
        return Status::ok();
    }
    return usage_error("--listen " + config.listen.url_host() +
                       ": others could connect, and tokens and personal data would travel in the "
                       "clear; give --tls-cert and --tls-key, or --behind-proxy when a proxy in "
                       "front does TLS");
}

std::string default_text(const Option& option) {
    if (option.value.empty()) return "off";
    return option.otherwise.empty() ? "none" : "`" + std::string(option.otherwise) + "`";
}

}  // namespace

std::span<const Setting> settings_table() {
    return kSettings;
}
std::span<const Option> serve_options() {
    return kOptions;
}

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
}

std::string environment_name(std::string_view option) {
    std::string name = "THROUGHLINE_";
    for (const char c : option) {
        name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name;
}

Result<ServeConfig> make_config(Arguments arguments, const Environment& environment) {
    TL_TRY(add_environment(arguments, environment));
    if (arguments.has("config")) TL_TRY(add_file(arguments, arguments.text("config")));

    ServeConfig config;
    config.directory = arguments.text("data");
    TL_TRY_ASSIGN(config.listen, parse_listen(arguments.text("listen")));
    TL_TRY_ASSIGN(config.memory_bytes, parse_bytes("memory", arguments.text("memory")));
    TL_TRY_ASSIGN(const size_t days, count_between(arguments, "keep-history", 0, kKeepDaysMax));
    config.keep_history = static_cast<Micros>(days) * kDay;
    TL_TRY_ASSIGN(config.io_threads, count_between(arguments, "io-threads", 1, kThreadsMax));
    TL_TRY_ASSIGN(config.connections_max,
                  count_between(arguments, "connections-max", 1, kConnectionsMax));
    TL_TRY_ASSIGN(config.log_level, parse_level(arguments.text("log-level")));
    config.sends = !arguments.has("no-send");
    config.is_behind_proxy = arguments.has("behind-proxy");
    config.tls_certificate = arguments.text("tls-cert");
    config.tls_key = arguments.text("tls-key");
    config.path_prefix = arguments.text("path-prefix");
    config.is_demo = arguments.has("demo");
    config.demo_data = arguments.text("demo-data");
    if (const auto data = environment("THROUGHLINE_DEMO_DATA"); data && !arguments.has("demo-data"))
        config.demo_data = *data;
    TL_TRY(check(config));
    return config;
}

std::string config_page() {
    std::string page =
        "# Configuration\n\n"
        "Printed by `throughline config --markdown`; do not edit.\n\n"
        "A setting is an option of `throughline serve`, a variable of the environment, or a line "
        "of the TOML\nfile that `--config` names. The option wins over the variable, the variable "
        "over the file. All take\neffect at the next start.\n\n"
        "| setting | variable | kind | default | what it is |\n|---|---|---|---|---|\n";
    for (const Setting& setting : kSettings) {
        if (!setting.in_file) continue;
        const Option& option = setting.option;
        page += "| `" + std::string(option.name) + "` | `" + environment_name(option.name) +
                "` | " + std::string(setting.kind) + " | " + default_text(option) + " | " +
                std::string(option.help) + ". " + std::string(setting.details) + " |\n";
    }
    page +=
        "\nTwo variables hold secrets and have no option, since others see a command line: "
        "`THROUGHLINE_WRITE_KEY`\nand `THROUGHLINE_ADMIN_TOKEN` (at least 16 characters) set the "
        "write key and the administrator token that\nthe first start on an empty directory would "
        "make up. `THROUGHLINE_TOKEN` stands for `--token` of the\ncommands that ask a running "
        "server.\n\n"
        "```toml\n# throughline.toml\ndata = \"/var/lib/throughline\"\nlisten = "
        "\"0.0.0.0:8080\"\nbehind-proxy = true\nmemory = \"16G\"\n```\n";
    return page;
}

Result<std::string> explain_setting(std::string_view name) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr || !setting->in_file) {
        std::string names;
        for (const Setting& one : kSettings) {
            if (one.in_file) names += (names.empty() ? "" : ", ") + std::string(one.option.name);
        }
        return Error::not_found("config: " + std::string(name) + ": no such setting; there are " +
                                names);
    }
    const Option& option = setting->option;
    std::string text = std::string(option.name) + ": " + std::string(option.help) + ".\n";
    if (!setting->details.empty()) text += std::string(setting->details) + "\n";
    const std::string value = option.value.empty() ? "" : " " + std::string(option.value);
    return text + "default: " + default_text(option) + "\noption: --" + std::string(option.name) +
           value + "\nvariable: " + environment_name(option.name) + "\n";
}

}  // namespace throughline::cli
