// Commands and their options as tables: one text for parsing, for --help and for defaults.
//
// `--name value`, `--name=value`, `--switch`, operands anywhere, `--` ends options, `-` is an
// operand. An option may be given once.
//
// Layer 8. Pure.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace throughline::cli {

/// What a command ends with: the process's exit code.
enum class Exit : int {
    Done = 0,
    Failed = 1,
    Usage = 2,  // The command line makes no sense.
};

struct Option {
    std::string_view name;       // "listen", given as --listen.
    std::string_view value;      // What stands for its value in the help; empty: a switch.
    std::string_view otherwise;  // Its value when it is not given; empty: none.
    std::string_view help;
};

class Arguments;

struct Command {
    std::string_view name;
    std::string_view operands;  // As the help shows them.
    size_t operands_min = 0;
    size_t operands_max = 0;
    std::string_view summary;  // One line.
    std::string_view details;  // What else to know; may be empty.
    std::span<const Option> options;
    /// Errors end the command with Exit::Failed; InvalidArgument that starts with `usage:` is
    /// Exit::Usage.
    Result<Exit> (*run)(const Arguments&);
};

class Arguments {
public:
    /// Errors: InvalidArgument for an option that is unknown, given twice or without its value, and
    /// for too few or too many operands; `--help` beside them is an answer all the same.
    static Result<Arguments> parse(const Command& command, std::span<const std::string> words);

    bool wants_help() const { return wants_help_; }
    /// Whether it was given, here or by give().
    bool has(std::string_view name) const { return given_.contains(name); }
    /// What was given, or the default. Requires: the command has such an option.
    std::string text(std::string_view name) const;
    const std::vector<std::string>& operands() const { return operands_; }
    const Command& command() const { return *command_; }

    /// Gives a value from elsewhere; one given before stays.
    void give(std::string_view name, std::string value);

private:
    explicit Arguments(const Command& command) : command_(&command) {}
    Status take_option(std::span<const std::string> words, size_t& at);
    const Option* option(std::string_view name) const;

    const Command* command_;
    std::map<std::string, std::string, std::less<>> given_;
    std::vector<std::string> operands_;
    bool wants_help_ = false;
};

/// What `throughline COMMAND --help` prints.
std::string help_of(const Command& command);

/// An error that is the caller's: exit code 2.
Error usage_error(std::string_view message);
bool is_usage_error(const Error& error);

/// Reads a whole number. Errors: usage errors naming the option.
Result<uint64_t> parse_count(std::string_view option, std::string_view text);
/// Reads `4G`, `512M`, `100K` or bytes (powers of 1024).
Result<uint64_t> parse_bytes(std::string_view option, std::string_view text);

struct ListenAddress {
    std::string host;
    uint16_t port = 0;
    /// 127.0.0.0/8, ::1 or localhost: nobody else can connect.
    bool is_loopback() const;
    /// As in a URL: IPv6 in brackets.
    std::string url_host() const;
};
/// Reads `HOST:PORT`, `[::1]:8080` or `:8080` (every address).
Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace throughline::cli
