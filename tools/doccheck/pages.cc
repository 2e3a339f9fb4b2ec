#include "doccheck/pages.h"

#include <span>

namespace throughline::doccheck {

namespace {

constexpr std::string_view kAnything = "…";

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == text.npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

bool line_matches(std::string_view pattern, std::string_view line) {
    const size_t wild = pattern.find(kAnything);
    if (wild == pattern.npos) return pattern == line;
    if (!line.starts_with(pattern.substr(0, wild))) return false;
    line.remove_prefix(wild);
    pattern.remove_prefix(wild + kAnything.size());
    for (size_t skip = 0; skip <= line.size(); ++skip) {
        if (line_matches(pattern, line.substr(skip))) return true;
    }
    return false;
}

bool lines_match(std::span<const std::string_view> pattern,
                 std::span<const std::string_view> lines) {
    if (pattern.empty()) return lines.empty();
    if (pattern[0] == kAnything) {
        for (size_t skip = 0; skip <= lines.size(); ++skip) {
            if (lines_match(pattern.subspan(1), lines.subspan(skip))) return true;
        }
        return false;
    }
    return !lines.empty() && line_matches(pattern[0], lines[0]) &&
           lines_match(pattern.subspan(1), lines.subspan(1));
}

}  // namespace

std::vector<Example> examples_of(std::string_view page) {
    std::vector<Example> examples;
    const auto lines = lines_of(page);
    bool follows_example = false;  // Only blank lines since an example ended.
    for (size_t i = 0; i < lines.size(); ++i) {
        if (!lines[i].starts_with("```")) {
            if (!lines[i].empty()) follows_example = false;
            continue;
        }
        const std::string_view info = lines[i].substr(3);
        const size_t opened = i + 1;
        std::string text;
        for (++i; i < lines.size() && lines[i] != "```"; ++i) text += std::string(lines[i]) + "\n";
        if (info == "text output" && follows_example) examples.back().output = text;
        follows_example = info == "sh run";
        if (follows_example) examples.push_back({opened, text, std::nullopt});
    }
    return examples;
}

bool output_matches(std::string_view expected, std::string_view actual) {
    return lines_match(lines_of(expected), lines_of(actual));
}

}  // namespace throughline::doccheck
