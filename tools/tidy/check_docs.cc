#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <sstream>

#include "tidy/checks.h"

namespace throughline::tidy {

namespace {

// Folders of the tree that a path in back quotes may begin with.
constexpr std::array<std::string_view, 10> kTop{"src/",   "tests/", "docs/",    "tools/", "web/",
                                                "bench/", "fuzz/",  "changes/", "cmake/", ".ci/"};

// What notes on past changes name may be gone by now.
bool is_history(const SourceFile& file) {
    return file.path == "CHANGELOG.md" ||
           (file.is_under("changes/") && file.path != "changes/README.md");
}

class DocsCheck {
public:
    explicit DocsCheck(const SourceTree& tree) : tree_(tree) {
        static const std::regex kTest(R"(\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\))");
        for (const auto& file : tree.files()) {
            names_.insert(file.path.substr(file.path.rfind('/') + 1));
            if (!file.is_cpp()) continue;
            for (std::sregex_iterator at(file.text.begin(), file.text.end(), kTest), end; at != end;
                 ++at) {
                suites_.insert((*at)[1]);
                tests_.insert((*at)[1].str() + "." + (*at)[2].str());
            }
        }
    }

    Findings run() {
        for (const auto& file : tree_.files()) {
            if (file.is_markdown() && !file.is_under("tests/data/")) check_page(file);
        }
        return std::move(found_);
    }

private:
    void check_page(const SourceFile& file) {
        size_t titles = 0;
        bool in_fence = false;
        for (size_t i = 0; i < file.lines.size(); ++i) {
            const std::string& line = file.lines[i];
            if (line.starts_with("```")) in_fence = !in_fence;
            if (in_fence || line.starts_with("```")) continue;
            if (line.starts_with("# ")) ++titles;
            if (is_history(file)) continue;
            check_links(file, line, i + 1);
            check_quotes(file, line, i + 1);
        }
        if (titles != 1) {
            add(file, 0, "has " + std::to_string(titles) + " titles (# ...), needs exactly one");
        }
    }

    void check_links(const SourceFile& file, const std::string& line, size_t number) {
        static const std::regex kLink(R"(\]\(([^)#\s]+)[^)]*\))");
        const std::string folder = file.path.substr(0, file.path.rfind('/') + 1);
        for (std::sregex_iterator at(line.begin(), line.end(), kLink), end; at != end; ++at) {
            const std::string target = (*at)[1];
            if (target.find(':') != target.npos) continue;  // https:, mailto:
            if (!tree_.has(normal_path(folder + target)))
                add(file, number, target + " is not there");
        }
    }

    void check_quotes(const SourceFile& file, const std::string& line, size_t number) {
        static const std::regex kQuoted("`([^`\\s]+)`");
        for (std::sregex_iterator at(line.begin(), line.end(), kQuoted), end; at != end; ++at) {
            const std::string quoted = (*at)[1];
            if (!exists(quoted)) add(file, number, quoted + " is not there");
        }
    }

    // Whether `quoted` names something that exists, or is nothing that has to.
    bool exists(const std::string& quoted) const {
        static const std::regex kPath(R"([\w./-]+)");
        static const std::regex kTestFile(R"([\w./-]*(_test\.cc|\.test\.(ts|tsx|mjs|js)))");
        static const std::regex kTestName(R"((\w+)\.[A-Z]\w*)");
        static const std::regex kModuleFile(R"(([a-z]+)/[\w/-]+\.(h|cc|md))");
        std::smatch match;
        if (std::regex_match(quoted, kTestFile)) {
            return names_.contains(quoted.substr(quoted.rfind('/') + 1));
        }
        if (std::regex_match(quoted, match, kTestName) && suites_.contains(match[1])) {
            return tests_.contains(quoted);
        }
        if (std::regex_match(quoted, match, kModuleFile) &&
            tree_.modules().contains(match[1].str())) {
            return tree_.has("src/" + quoted);
        }
        if (!std::regex_match(quoted, kPath) || quoted.starts_with("web/dist")) return true;
        const bool is_ours = std::ranges::any_of(
            kTop, [&](std::string_view top) { return quoted.starts_with(top); });
        return !is_ours || tree_.has(quoted);
    }

    static std::string normal_path(const std::string& path) {
        std::vector<std::string> parts;
        std::istringstream in(path);
        for (std::string part; std::getline(in, part, '/');) {
            if (part == ".." && !parts.empty()) {
                parts.pop_back();
            } else if (!part.empty() && part != ".") {
                parts.push_back(part);
            }
        }
        std::string out;
        for (const auto& part : parts) out += (out.empty() ? "" : "/") + part;
        return out;
    }

    void add(const SourceFile& file, size_t line, std::string message) {
        found_.push_back({"docs", file.path, line, std::move(message)});
    }

    const SourceTree& tree_;
    std::set<std::string> names_;   // Base names of all files.
    std::set<std::string> suites_;  // Of gtest.
    std::set<std::string> tests_;   // Suite.Name
    Findings found_;
};

}  // namespace

Findings check_docs(const SourceTree& tree) {
    return DocsCheck(tree).run();
}

}  // namespace throughline::tidy
