#include <array>

#include "base/json_text.h"
#include "tidy/checks.h"

namespace throughline::tidy {

namespace {

constexpr std::array<std::string_view, 18> kTextEndings{
    ".h",   ".cc",  ".md", ".txt",  ".cmake", ".ts",   ".tsx",    ".css",          ".json",
    ".mjs", ".cjs", ".js", ".html", ".sh",    ".toml", ".tlspec", ".clang-format", ".clang-tidy"};

bool is_our_text(const SourceFile& file) {
    // Samples of outside input may be as odd as the outside is.
    if (file.is_under("tests/data/") || file.is_under("fuzz/corpus/")) return false;
    if (file.path == "dev" || file.path == ".ci/run") return true;
    for (const auto ending : kTextEndings) {
        if (file.path.ends_with(ending)) return true;
    }
    return false;
}

}  // namespace

Findings check_text(const SourceTree& tree) {
    Findings found;
    for (const auto& file : tree.files()) {
        if (!is_our_text(file)) continue;
        if (!is_utf8(file.text)) found.push_back({"text", file.path, 0, "is not UTF-8"});
        if (file.text.empty()) {
            found.push_back({"text", file.path, 0, "is empty"});
            continue;
        }
        if (!file.text.ends_with('\n') || file.text.ends_with("\n\n")) {
            found.push_back({"text", file.path, 0, "does not end in exactly one newline"});
        }
        for (size_t i = 0; i < file.lines.size(); ++i) {
            const std::string& line = file.lines[i];
            if (line.find('\t') != line.npos) {
                found.push_back({"text", file.path, i + 1, "has a tab"});
            }
            if (line.ends_with(' ') || line.ends_with('\r')) {
                found.push_back({"text", file.path, i + 1, "has a blank or a CR at its end"});
            }
        }
    }
    return found;
}

}  // namespace throughline::tidy
