#include <map>
#include <sstream>

#include "tidy/checks.h"

namespace throughline::tidy {

namespace {

constexpr std::string_view kListPath = "tools/tidy/exceptions.txt";

struct Exceptions {
    std::map<std::pair<std::string, std::string>, size_t> lines;  // {check, path} -> line number.
    size_t declared = 0;
    Findings wrong;
};

Exceptions parse_exceptions(const SourceFile& file) {
    Exceptions out;
    for (size_t i = 0; i < file.lines.size(); ++i) {
        if (file.lines[i].empty() || file.lines[i].starts_with('#')) continue;
        std::istringstream words(file.lines[i]);
        std::string check, path, reason;
        words >> check >> path >> reason;
        if (check == "count") {
            out.declared = std::stoul("0" + path);
        } else if (reason.empty()) {
            out.wrong.push_back({"exceptions", file.path, i + 1, "gives no reason"});
        } else {
            out.lines[{check, path}] = i + 1;
        }
    }
    return out;
}

}  // namespace

Findings apply_exceptions(const Findings& findings, const SourceTree& tree) {
    const SourceFile* list = tree.find(kListPath);
    if (!list) return findings;
    Exceptions exceptions = parse_exceptions(*list);
    Findings left = std::move(exceptions.wrong);
    if (exceptions.declared != exceptions.lines.size()) {
        left.push_back({"exceptions", list->path, 0,
                        "count says " + std::to_string(exceptions.declared) + ", there are " +
                            std::to_string(exceptions.lines.size())});
    }
    auto unused = exceptions.lines;
    for (const auto& finding : findings) {
        const std::pair key(finding.check, finding.path);
        unused.erase(key);
        if (!exceptions.lines.contains(key)) left.push_back(finding);
    }
    for (const auto& [key, line] : unused) {
        left.push_back({"exceptions", list->path, line,
                        key.first + " " + key.second + " excuses nothing any more: remove it"});
    }
    return left;
}

}  // namespace throughline::tidy
