// What people and scripts see: results on stdout, everything else on stderr.
//
// Layer 8. Used by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/doc.h"

namespace throughline::cli {

/// Writes to stdout, at once.
void print(std::string_view text);
/// Writes to stderr.
void tell(std::string_view text);
void print_json(model::DocView doc);

bool is_terminal_stdout();
bool is_terminal_stderr();

/// `1,234,567`.
std::string with_commas(uint64_t number);
/// `1.4 GB`.
std::string readable_bytes(uint64_t bytes);
/// `2 min 5 s`.
std::string readable_seconds(double seconds);

/// A line about long work on stderr: rewritten on a terminal, one every ten seconds otherwise.
class Progress {
public:
    explicit Progress(const Clock& clock) : clock_(clock), last_(clock.monotonic()) {}
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Whether it is time for a line: ask before making one.
    bool is_due() const;
    void show(std::string_view line);
    /// Takes the line from the terminal.
    void clear();

private:
    const Clock& clock_;
    Micros last_;
    bool is_shown_ = false;
};

}  // namespace throughline::cli
