// tidy ROOT: checks the project's own rules and prints what breaks them, one a line.
// Exit codes: 0 clean, 1 findings, 2 usage.

#include <cstdio>

#include "tidy/checks.h"

int main(int argc, char** argv) {
    using namespace throughline::tidy;
    if (argc != 2) {
        std::fputs("usage: tidy ROOT\n", stderr);
        return 2;
    }
    const SourceTree tree = SourceTree::load(argv[1]);
    const Findings found = apply_exceptions(run_all_checks(tree), tree);
    for (const auto& finding : found) {
        std::printf("%s:%zu: %s: %s\n", finding.path.c_str(), finding.line, finding.check.c_str(),
                    finding.message.c_str());
    }
    std::printf("tidy: %zu files checked, %zu findings\n", tree.files().size(), found.size());
    return found.empty() ? 0 : 1;
}
