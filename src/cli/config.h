// How a server is set up: options of `serve`, from a TOML file, the environment and the command
// line, the later winning.
//
// An option `tls-cert` is `tls-cert = "..."` in the file and THROUGHLINE_TLS_CERT in the
// environment; what a file or the environment says must be known and readable, as on the command
// line. docs/CONFIG.md is printed from the same table.
//
// Layer 8. Pure, but for reading file and environment.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "cli/command_line.h"

namespace throughline::cli {

/// One setting: an option of `serve`, and who would change it why.
struct Setting {
    Option option;
    std::string_view kind;     // "path", "address", "size", "number", "switch" or "text".
    std::string_view details;  // One or two sentences for docs/CONFIG.md.
    bool in_file = true;       // False: on the command line only.
};

std::span<const Setting> settings_table();
/// Their options, for the command line.
std::span<const Option> serve_options();

/// What `serve` runs with.
struct ServeConfig {
    std::string directory;
    ListenAddress listen;
    uint64_t memory_bytes = 0;
    Micros keep_history = 0;  // 0: for ever.
    size_t io_threads = 0;
    size_t connections_max = 0;
    bool sends = true;
    bool is_behind_proxy = false;
    std::string tls_certificate;
    std::string tls_key;
    std::string path_prefix;
    bool is_demo = false;
    std::string demo_data;
    LogLevel log_level = LogLevel::Info;
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
/// The process's own.
Environment process_environment();

/// The keys of a configuration file and their values as text.
/// Errors: InvalidArgument naming file and line, or the key that is unknown.
Result<std::vector<std::pair<std::string, std::string>>> read_config_file(const std::string& path);

/// Puts all three together. Errors: of the file; usage errors naming the option.
Result<ServeConfig> make_config(Arguments arguments, const Environment& environment);

/// `THROUGHLINE_TLS_CERT` for `tls-cert`.
std::string environment_name(std::string_view option);

/// What docs/CONFIG.md holds.
std::string config_page();
/// What `config explain NAME` prints. Errors: NotFound listing the names.
Result<std::string> explain_setting(std::string_view name);

}  // namespace throughline::cli
