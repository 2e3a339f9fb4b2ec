#include <algorithm>
#include <map>
#include <string>

#include "tidy/checks.h"

namespace throughline::tidy {

namespace {

constexpr size_t kBlockLines = 9;  // More than 8.

struct Place {
    const SourceFile* file;
    size_t index;  // Into the file's normalised lines.
};

struct NormalLine {
    std::string text;
    size_t line;  // From 1.
};

// Lines that say something, with blanks squeezed out: no braces alone, includes or namespaces.
std::vector<NormalLine> normalised(const SourceFile& file) {
    std::vector<NormalLine> out;
    for (size_t i = 0; i < file.cpp.with_strings.size(); ++i) {
        std::string text = file.cpp.with_strings[i];
        std::erase(text, ' ');
        const bool says_something = std::ranges::any_of(
            text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
        if (!says_something || text.starts_with('#') || text.starts_with("namespace") ||
            text.starts_with("using") || text == "public:" || text == "private:") {
            continue;
        }
        out.push_back({std::move(text), i + 1});
    }
    return out;
}

}  // namespace

Findings check_duplicates(const SourceTree& tree) {
    std::map<std::string, std::pair<const SourceFile*, size_t>> first_seen;
    Findings found;
    for (const auto& file : tree.files()) {
        if (!file.is_cpp() || file.is_test()) continue;
        const auto lines = normalised(file);
        size_t reported_until = 0;
        for (size_t i = 0; i + kBlockLines <= lines.size(); ++i) {
            std::string block;
            for (size_t k = 0; k < kBlockLines; ++k) block += lines[i + k].text + "\n";
            const auto [seen, is_first] =
                first_seen.emplace(std::move(block), std::pair(&file, lines[i].line));
            if (is_first || i < reported_until) continue;
            // One finding for a run of equal lines, however long.
            reported_until = i + kBlockLines;
            found.push_back({"duplicate", file.path, lines[i].line,
                             "more than 8 lines as at " + seen->second.first->path + ":" +
                                 std::to_string(seen->second.second)});
        }
    }
    return found;
}

}  // namespace throughline::tidy
