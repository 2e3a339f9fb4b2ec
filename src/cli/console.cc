#include "cli/console.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>

#include "model/json.h"

namespace throughline::cli {

namespace {

constexpr Micros kTerminalPause = kSecond / 5;
constexpr Micros kFilePause = 10 * kSecond;

}  // namespace

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void tell(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

void print_json(model::DocView doc) {
    print(model::to_pretty_json(doc) + "\n");
}

bool is_terminal_stdout() {
    return ::isatty(STDOUT_FILENO) == 1;
}
bool is_terminal_stderr() {
    return ::isatty(STDERR_FILENO) == 1;
}

std::string with_commas(uint64_t number) {
    std::string text = std::to_string(number);
    for (size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
    return text;
}

std::string readable_bytes(uint64_t bytes) {
    constexpr std::array kUnits{"bytes", "kB", "MB", "GB", "TB"};
    auto size = static_cast<double>(bytes);
    size_t unit = 0;
    for (; size >= 1000 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
    return text.data();
}

std::string readable_seconds(double seconds) {
    const auto whole = static_cast<uint64_t>(std::ceil(seconds));
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) {
        return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    }
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

bool Progress::is_due() const {
    const Micros pause = is_terminal_stderr() ? kTerminalPause : kFilePause;
    return clock_.monotonic() - last_ >= pause;
}

void Progress::show(std::string_view line) {
    constexpr std::string_view kClearLine = "\r\x1b[K";
    last_ = clock_.monotonic();
    if (!is_terminal_stderr()) return tell(std::string(line) + "\n");
    is_shown_ = true;
    tell(std::string(kClearLine) + std::string(line));
}

void Progress::clear() {
    if (is_shown_) tell("\r\x1b[K");
    is_shown_ = false;
}

}  // namespace throughline::cli
