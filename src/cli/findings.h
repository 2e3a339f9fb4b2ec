// What doctor and verify found: fine, to be mended some time, or a problem; each with what to do.
//
// Layer 8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace throughline::cli {

class Findings {
public:
    void fine(std::string_view area, std::string_view what) { add("ok", area, what, ""); }
    void advice(std::string_view area, std::string_view what, std::string_view remedy) {
        add("advice", area, what, remedy);
    }
    void problem(std::string_view area, std::string_view what, std::string_view remedy) {
        add("problem", area, what, remedy);
    }

    size_t problems() const;
    /// A line a finding, the remedy below it.
    std::string text() const;
    /// `{"problems":0,"findings":[{"level","area","what","remedy"}]}`, packed.
    std::string doc() const;

private:
    struct Finding {
        std::string level;  // ok, advice or problem.
        std::string area;
        std::string what;
        std::string remedy;
    };
    void add(std::string_view level, std::string_view area, std::string_view what,
             std::string_view remedy);

    std::vector<Finding> all_;
};

/// Reads every byte of a data directory and notes what is damaged.
/// Errors: FailedPrecondition when a server has it open, naming it.
Status check_files(const std::string& directory, Findings& findings);

}  // namespace throughline::cli
