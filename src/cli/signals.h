// SIGINT and SIGTERM as something to wait for and to ask about, instead of handlers.
//
// Layer 8. One at a time, made before any thread is.
#pragma once

namespace throughline::cli {

class StopSignals {
public:
    /// Blocks both signals in this thread and all that it starts.
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Returns once one has come.
    void wait();
    /// Whether one has come.
    bool has_come();
    /// From here on the next one ends the process at once.
    static void let_the_next_one_kill();

private:
    bool has_come_ = false;
};

}  // namespace throughline::cli
