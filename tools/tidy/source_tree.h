// The project's own files, read once, with what the checks need to know of C++ text.
//
// A tree is what a person wrote: folders that are built, fetched or ignored (build, node_modules,
// .git, dist) are not in it. Tests make a tree from text in memory.
//
// Immutable after load(). Cost: one read of each file.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace throughline::tidy {

/// C++ text with the same lines and columns, but blanks where the words mean nothing.
struct CodeText {
    std::vector<std::string> code;          // Without comments and without what is in quotes.
    std::vector<std::string> with_strings;  // Without comments.
};

CodeText strip_cpp(std::string_view text);

struct Include {
    std::string path;
    size_t line;  // From 1.
};

struct SourceFile {
    std::string path;  // From the root, with '/'.
    std::string text;
    std::vector<std::string> lines;  // Without line ends.
    CodeText cpp;                    // This and the includes: only of .h and .cc files.
    std::vector<Include> includes;

    bool is_header() const { return path.ends_with(".h"); }
    bool is_cpp() const { return is_header() || path.ends_with(".cc"); }
    bool is_test() const;
    bool is_markdown() const { return path.ends_with(".md"); }
    /// The module of a file in src/, else nothing.
    std::string_view module() const;
    bool is_under(std::string_view folder) const { return path.starts_with(folder); }
};

/// What src/<name>/CMakeLists.txt declares.
struct Module {
    int layer = 0;
    std::vector<std::string> deps;
};

class SourceTree {
public:
    static SourceTree load(const std::string& root);
    /// For tests: path and text of each file.
    static SourceTree from_texts(const std::map<std::string, std::string>& texts);

    const std::vector<SourceFile>& files() const { return files_; }
    const std::map<std::string, Module, std::less<>>& modules() const { return modules_; }
    /// The file of that path, or nothing.
    const SourceFile* find(std::string_view path) const;
    /// Whether a file or folder of that path is part of the tree.
    bool has(std::string_view path) const;

private:
    explicit SourceTree(std::map<std::string, std::string> texts);

    std::vector<SourceFile> files_;
    std::map<std::string, Module, std::less<>> modules_;
};

std::vector<std::string> split_lines(std::string_view text);

}  // namespace throughline::tidy
