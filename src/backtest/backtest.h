// A draft over history: who would have entered and when, what would have been sent, and why not.
//
// Nothing is sent and nothing is changed; runs are moved by journey::advance, as live. People are
// shared out among threads by ranges of their ids, and what was counted is added up, so that the
// answer does not depend on how many threads there were.
//
// Layer 6. Thread-safe. Cost: README.md has the figures.
#pragma once

#include <string>

#include "backtest/person.h"

namespace throughline::backtest {

struct Question {
    const Plan& plan;
    Source source;
    const Knowledge* knowledge = nullptr;  // Null: nobody said anything, everybody can be reached.
};

struct Outcome {
    Tally tally;
    uint64_t rows = 0;         // Of history.
    uint64_t taken = 0;        // Rows that people were taken through.
    uint64_t people = 0;       // Who were.
    uint64_t late_starts = 0;  // Rows that would have started runs, had they not come late.
};

/// Errors: Corrupt; Cancelled; DeadlineExceeded; ResourceExhausted; of `knowledge`.
Result<Outcome> run_backtest(const Question& question);

/// As run_backtest, in one thread, with everything told to a listener.
Result<Outcome> run_backtest(const Question& question, Listener& listener);

}  // namespace throughline::backtest
