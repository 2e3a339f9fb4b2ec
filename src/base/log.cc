#include "base/log.h"

#include <unistd.h>

#include <atomic>

#include "base/json_text.h"
#include "base/time.h"

namespace throughline {

namespace {

std::atomic<LogLevel> lowest{LogLevel::Info};
std::atomic<uint64_t> errors{0};

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "debug";
        case LogLevel::Info:
            return "info";
        case LogLevel::Warn:
            return "warn";
        case LogLevel::Error:
            return "error";
    }
    return "error";
}

}  // namespace

LogField::LogField(std::string_view field_name, double number) : name(field_name), is_number(true) {
    append_json_number(text, number);
}

void set_log_level(LogLevel level) {
    lowest = level;
}
uint64_t error_lines_written() {
    return errors;
}

void log_line(LogLevel level, std::string_view name, LogFields fields) {
    if (level < lowest.load(std::memory_order_relaxed)) return;
    if (level == LogLevel::Error) ++errors;
    std::string line = R"({"at":")" + format_instant(system_clock().now()) + R"(","level":")";
    line += level_name(level);
    line += R"(","event":)";
    append_json_string(line, name);
    for (const auto& field : fields) {
        line += ',';
        append_json_string(line, field.name);
        line += ':';
        if (field.is_number) {
            line += field.text;
        } else {
            append_json_string(line, field.text);
        }
    }
    line += "}\n";
    // A lost log line must not stop the caller.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace throughline
