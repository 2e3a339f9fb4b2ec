#include "cli/command_line.h"

#include <algorithm>
#include <charconv>

namespace throughline::cli {

namespace {

constexpr std::string_view kUsage = "usage: ";
constexpr size_t kHelpColumn = 26;

std::string quoted(std::string_view option) {
    return "--" + std::string(option);
}

}  // namespace

Error usage_error(std::string_view message) {
    return Error::invalid(std::string(kUsage) + std::string(message));
}

bool is_usage_error(const Error& error) {
    return error.code == Code::InvalidArgument && error.message.starts_with(kUsage);
}

const Option* Arguments::option(std::string_view name) const {
    const auto found = std::ranges::find(command_->options, name, &Option::name);
    return found == command_->options.end() ? nullptr : &*found;
}

Status Arguments::take_option(std::span<const std::string> words, size_t& at) {
    const std::string_view word = words[at];
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(2, equals == word.npos ? word.npos : equals - 2);
    const Option* known = option(name);
    if (known == nullptr) {
        return usage_error(quoted(name) + ": no such option; see throughline " +
                           std::string(command_->name) + " --help");
    }
    if (has(name)) return usage_error(quoted(name) + ": given twice");
    if (known->value.empty()) {
        if (equals != word.npos) return usage_error(quoted(name) + ": takes no value");
        given_.emplace(name, "true");
        return Status::ok();
    }
    if (equals != word.npos) {
        given_.emplace(name, word.substr(equals + 1));
        return Status::ok();
    }
    if (at + 1 == words.size()) {
        return usage_error(quoted(name) + ": needs a value: " + std::string(known->value));
    }
    given_.emplace(name, words[++at]);
    return Status::ok();
}

Result<Arguments> Arguments::parse(const Command& command, std::span<const std::string> words) {
    Arguments parsed(command);
    parsed.wants_help_ = std::ranges::any_of(
        words, [](const std::string& word) { return word == "--help" || word == "-h"; });
    if (parsed.wants_help_) return parsed;
    bool is_past_options = false;
    for (size_t at = 0; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (!is_past_options && word == "--") {
            is_past_options = true;
        } else if (!is_past_options && word.starts_with("--")) {
            TL_TRY(parsed.take_option(words, at));
        } else {
            parsed.operands_.push_back(word);
        }
    }
    const size_t count = parsed.operands_.size();
    if (count >= command.operands_min && count <= command.operands_max) return parsed;
    return usage_error("throughline " + std::string(command.name) +
                       (command.operands.empty() ? std::string(" takes no operands")
                                                 : ": needs " + std::string(command.operands)));
}

std::string Arguments::text(std::string_view name) const {
    const Option* known = option(name);
    TL_ASSERT(known != nullptr);
    const auto found = given_.find(name);
    return found == given_.end() ? std::string(known->otherwise) : found->second;
}

void Arguments::give(std::string_view name, std::string value) {
    TL_ASSERT(option(name) != nullptr);
    given_.emplace(name, std::move(value));
}

std::string help_of(const Command& command) {
    std::string text = "Usage: throughline " + std::string(command.name);
    if (!command.options.empty()) text += " [OPTIONS]";
    if (!command.operands.empty()) text += " " + std::string(command.operands);
    text += "\n\n" + std::string(command.summary) + ".\n";
    if (!command.details.empty()) text += "\n" + std::string(command.details) + "\n";
    text += "\nOptions:\n";
    for (const Option& option : command.options) {
        std::string line = "  " + quoted(option.name);
        if (!option.value.empty()) line += " " + std::string(option.value);
        line.resize(std::max(line.size() + 2, kHelpColumn), ' ');
        text += line + std::string(option.help);
        if (!option.otherwise.empty()) text += " [default: " + std::string(option.otherwise) + "]";
        text += "\n";
    }
    std::string help = "  --help";
    help.resize(kHelpColumn, ' ');
    return text + help + "This text\n";
}

Result<uint64_t> parse_count(std::string_view option, std::string_view text) {
    uint64_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec == std::errc{} && end.ptr == text.data() + text.size()) return number;
    return usage_error(quoted(option) + ": not a whole number: " + std::string(text));
}

Result<uint64_t> parse_bytes(std::string_view option, std::string_view text) {
    constexpr std::string_view kUnits = "KMGT";
    uint64_t unit = 1;
    const size_t place = text.empty() ? kUnits.npos : kUnits.find(text.back());
    if (place != kUnits.npos) {
        unit = uint64_t{1} << (10 * (place + 1));
        text.remove_suffix(1);
    }
    TL_TRY_ASSIGN(const uint64_t number, parse_count(option, text));
    if (number > UINT64_MAX / unit) return usage_error(quoted(option) + ": too large");
    return number * unit;
}

bool ListenAddress::is_loopback() const {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string ListenAddress::url_host() const {
    return host.find(':') == host.npos ? host : "[" + host + "]";
}

Result<ListenAddress> parse_listen(std::string_view text) {
    const size_t colon = text.rfind(':');
    if (colon == text.npos) return usage_error("--listen: need HOST:PORT, as in 127.0.0.1:8080");
    std::string_view host = text.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != host.npos) {
        return usage_error("--listen: an IPv6 address stands in brackets, as in [::1]:8080");
    }
    TL_TRY_ASSIGN(const uint64_t port, parse_count("listen", text.substr(colon + 1)));
    if (port > UINT16_MAX) return usage_error("--listen: the port is at most 65535");
    return ListenAddress{.host = host.empty() ? "0.0.0.0" : std::string(host),
                         .port = static_cast<uint16_t>(port)};
}

}  // namespace throughline::cli
