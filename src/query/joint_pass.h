// One pass for several questions: a dashboard is one reading of history.
//
// Each question's fold is shown exactly what its own pass would have shown it: its rows in its
// range, its conditions by its numbers, values only of rows for which it asked for them. What the
// questions have in common (conditions, dimensions, numbers) is looked up once.
//
// Layer 4. One thread makes it. Cost: that of the widest pass, and 1 to 3 ns a question for each
// row that some question matches.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "query/plan.h"

namespace throughline::query {

class JointPass {
public:
    explicit JointPass(const Environment& environment);
    ~JointPass();

    /// Takes a question in. Returns false when it does not fit: its range is less than a third of
    /// what would be read, or there would be more than kConditionsMax conditions. Requires: `plan`
    /// outlives this.
    bool add(Plan& plan);

    /// Shows everybody to the folds of all questions. Errors: as run_pass.
    Result<PassResult> run();

private:
    class Share;

    /// How much of history a range holds, where it has no beginning.
    Micros length(Micros from, Micros to) const;

    const Environment& environment_;
    Micros earliest_;  // Of history.
    Pass pass_;
    Micros shortest_ = 0;  // Of the questions' ranges.
    std::vector<Plan*> plans_;
    std::vector<std::unique_ptr<Share>> shares_;
};

}  // namespace throughline::query
