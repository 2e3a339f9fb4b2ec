#include <algorithm>
#include <regex>
#include <set>

#include "tidy/checks.h"

namespace throughline::tidy {

namespace {

class LayerCheck {
public:
    explicit LayerCheck(const SourceTree& tree) : tree_(tree) {}

    Findings run() {
        for (const auto& file : tree_.files()) {
            if (!file.is_cpp() || file.module().empty()) continue;
            for (const auto& include : file.includes) check_module(file, include);
        }
        return std::move(found_);
    }

private:
    void check_module(const SourceFile& file, const Include& include) {
        const std::string from(file.module());
        const std::string to = include.path.substr(0, include.path.find('/'));
        const auto target = tree_.modules().find(to);
        if (to == from || target == tree_.modules().end()) return;
        const auto source = tree_.modules().find(from);
        if (source == tree_.modules().end()) return;
        if (target->second.layer >= source->second.layer) {
            found_.push_back({"layers", file.path, include.line,
                              from + " (layer " + std::to_string(source->second.layer) +
                                  ") may not include " + to + " (layer " +
                                  std::to_string(target->second.layer) + ")"});
        } else if (!file.is_test() && !std::ranges::count(source->second.deps, to)) {
            found_.push_back(
                {"layers", file.path, include.line,
                 "src/" + from + "/CMakeLists.txt does not declare " + to + " in DEPS"});
        }
    }

    const SourceTree& tree_;
    Findings found_;
};

// Everything that some CMakeLists.txt names, from the root; `*` patterns do not count.
std::set<std::string> named_in_cmake(const SourceTree& tree) {
    static const std::regex kName(R"([\w./-]+\.cc\b)");
    std::set<std::string> names;
    for (const auto& file : tree.files()) {
        if (!file.path.ends_with("CMakeLists.txt")) continue;
        const std::string folder = file.path.substr(0, file.path.size() - 14);
        for (std::sregex_iterator at(file.text.begin(), file.text.end(), kName), end; at != end;
             ++at) {
            names.insert(folder + at->str());
        }
    }
    return names;
}

Findings dead_files(const SourceTree& tree) {
    std::set<std::string> included;
    for (const auto& file : tree.files()) {
        if (!file.is_cpp()) continue;
        for (const auto& include : file.includes) {
            if ("src/" + include.path != file.path) included.insert("src/" + include.path);
        }
    }
    const std::set<std::string> named = named_in_cmake(tree);
    Findings found;
    for (const auto& file : tree.files()) {
        if (!file.is_under("src/") || !file.is_cpp()) continue;
        if (file.is_header() && !included.contains(file.path)) {
            found.push_back({"dead-file", file.path, 0, "nobody includes it"});
        } else if (!file.is_header() && !named.contains(file.path)) {
            found.push_back({"dead-file", file.path, 0, "no CMakeLists.txt names it"});
        }
    }
    return found;
}

}  // namespace

Findings check_layers(const SourceTree& tree) {
    Findings found = LayerCheck(tree).run();
    std::ranges::move(dead_files(tree), std::back_inserter(found));
    return found;
}

}  // namespace throughline::tidy
