// The checks of tidy, each a function from the tree to what it found wrong.
//
// The rules are those of CONTRIBUTING.md; each check's comment states its rule exactly. A finding
// that is right but has to stay goes into exceptions.txt with its reason.
//
// Pure. Cost: all of them together take well under a second on this project.
#pragma once

#include <string>
#include <vector>

#include "tidy/source_tree.h"

namespace throughline::tidy {

struct Finding {
    std::string check;  // Its name in exceptions.txt.
    std::string path;
    size_t line = 0;  // From 1; 0 means the file as a whole.
    std::string message;
};

using Findings = std::vector<Finding>;

/// `layers`: an include of src/ stays in its module or names a lower one that DEPS declares
/// (tests: any lower one).
/// `dead-file`: a source is named in a CMakeLists.txt, a header included by another file.
Findings check_layers(const SourceTree& tree);

/// `libraries`: RocksDB is included in store only, sockets and TLS in net only. ./dev installs the
/// Debian packages that our includes need and no others; docs/dependencies.md explains each.
Findings check_libraries(const SourceTree& tree);

/// `function-length` 70, `file-length` 800 (header 300, test 1,000, module README 120, root
/// CMakeLists.txt 120, web 300), `line-length` 100 in C++, `data-size` 256 KiB under tests/data.
Findings check_sizes(const SourceTree& tree);

/// `banned`: unfinished-work marks without an issue number, output and time past base,
/// `using namespace` in headers, index.ts, data that imports view. `type-name`: words that say
/// nothing. `log-name`: unique, `module.past_tense`.
Findings check_code(const SourceTree& tree);

/// `text`: UTF-8, no tabs, no carriage returns, no blanks at line ends, one newline at the end.
Findings check_text(const SourceTree& tree);

/// `docs`: one title; links, paths and names of tests in back quotes exist.
Findings check_docs(const SourceTree& tree);

/// `duplicate`: more than 8 lines of code (tests apart) that occur twice, blanks and comments and
/// lines without a letter aside.
Findings check_duplicates(const SourceTree& tree);

Findings run_all_checks(const SourceTree& tree);

/// Takes out what exceptions.txt allows; adds findings when it is out of step (`exceptions`).
///
/// The file holds `count N` and N lines `check path reason...`; a line that excuses nothing is a
/// finding, so the count can only fall unless somebody raises it on purpose.
Findings apply_exceptions(const Findings& findings, const SourceTree& tree);

}  // namespace throughline::tidy
