// Logs are events with fields, one JSON line each on stderr.
//
//   log_warn("store.fsync_failed", {{"file", name}, {"errno", code}});
//
// Names are `module.past_tense` and unique; fields hold ids, counts and codes, never traits,
// addresses, bodies or secrets. There are no format strings.
//
// Layer 0. Thread-safe: a line is one write.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace throughline {

enum class LogLevel : unsigned char { Debug, Info, Warn, Error };

/// One field of a log line.
struct LogField {
    template <std::integral T>
    LogField(std::string_view field_name, T number)
        : name(field_name), text(std::to_string(number)), is_number(true) {}
    LogField(std::string_view field_name, double number);
    LogField(std::string_view field_name, std::string_view value) : name(field_name), text(value) {}
    LogField(std::string_view field_name, const char* value) : name(field_name), text(value) {}
    LogField(std::string_view field_name, const std::string& value)
        : name(field_name), text(value) {}

    std::string_view name;
    std::string text;
    bool is_number = false;
};

using LogFields = std::initializer_list<LogField>;

void log_line(LogLevel level, std::string_view name, LogFields fields);
inline void log_debug(std::string_view name, LogFields fields = {}) {
    log_line(LogLevel::Debug, name, fields);
}
inline void log_info(std::string_view name, LogFields fields = {}) {
    log_line(LogLevel::Info, name, fields);
}
inline void log_warn(std::string_view name, LogFields fields = {}) {
    log_line(LogLevel::Warn, name, fields);
}
inline void log_error(std::string_view name, LogFields fields = {}) {
    log_line(LogLevel::Error, name, fields);
}

/// Lines below `level` are not written. The default is Info.
void set_log_level(LogLevel level);

/// Returns how many error-level lines the process has written: tests fail on any they did not
/// announce.
uint64_t error_lines_written();

}  // namespace throughline
