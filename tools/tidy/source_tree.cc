#include "tidy/source_tree.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace throughline::tidy {
namespace fs = std::filesystem;

namespace {

// Written by tools or by nobody.
constexpr std::array<std::string_view, 7> kSkippedFolders{
    ".git", ".tools", "build", "dist", "node_modules", "out", "throughline-data"};

// Reads C++ a character at a time; `state` says inside what we are.
class Stripper {
public:
    explicit Stripper(std::string_view text) : text_(text), code_(text), with_strings_(text) {}

    CodeText strip() {
        while (at_ < text_.size()) step();
        return {split_lines(code_), split_lines(with_strings_)};
    }

private:
    enum class State { Code, LineComment, BlockComment, String, Character, RawString };

    void step() {
        switch (state_) {
            case State::Code:
                return code();
            case State::LineComment:
                return line_comment();
            case State::BlockComment:
                return block_comment();
            case State::String:
                return quoted('"');
            case State::Character:
                return quoted('\'');
            case State::RawString:
                return raw_string();
        }
    }

    void code() {
        const char c = text_[at_];
        if (text_.substr(at_, 2) == "//") {
            state_ = State::LineComment;
        } else if (text_.substr(at_, 2) == "/*") {
            state_ = State::BlockComment;
            blank_comment();
            blank_comment();
        } else if (c == '"' && at_ > 0 && text_[at_ - 1] == 'R') {
            const size_t open = text_.find('(', at_);
            if (open == text_.npos) return advance();
            raw_end_ = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
            state_ = State::RawString;
            advance();
        } else if (c == '"') {
            state_ = State::String;
            advance();
        } else if (c == '\'' && !is_digit_separator()) {
            state_ = State::Character;
            advance();
        } else {
            advance();
        }
    }

    bool is_digit_separator() const {
        return at_ > 0 && std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0;
    }

    void line_comment() {
        if (text_[at_] == '\n') {
            state_ = State::Code;
            return advance();
        }
        blank_comment();
    }

    void block_comment() {
        if (text_.substr(at_, 2) == "*/") {
            blank_comment();
            state_ = State::Code;
        }
        blank_comment();
    }

    void quoted(char end) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
            blank_quoted();
        } else if (text_[at_] == end || text_[at_] == '\n') {
            state_ = State::Code;
            return advance();
        }
        blank_quoted();
    }

    void raw_string() {
        if (text_.substr(at_, raw_end_.size()) == raw_end_) {
            at_ += raw_end_.size();
            state_ = State::Code;
            return;
        }
        blank_quoted();
    }

    void advance() { ++at_; }
    void blank_quoted() {
        if (text_[at_] != '\n') code_[at_] = ' ';
        ++at_;
    }
    void blank_comment() {
        if (text_[at_] != '\n') code_[at_] = with_strings_[at_] = ' ';
        ++at_;
    }

    std::string_view text_;
    std::string code_;
    std::string with_strings_;
    std::string raw_end_;
    State state_ = State::Code;
    size_t at_ = 0;
};

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Include> includes_of(const CodeText& cpp) {
    static const std::regex kInclude(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
    std::vector<Include> includes;
    for (size_t i = 0; i < cpp.with_strings.size(); ++i) {
        std::smatch match;
        if (std::regex_search(cpp.with_strings[i], match, kInclude)) {
            includes.push_back({match[1], i + 1});
        }
    }
    return includes;
}

Module parse_module(const std::string& cmake) {
    Module module;
    std::smatch match;
    if (std::regex_search(cmake, match, std::regex(R"(\bLAYER\s+(\d+))"))) {
        module.layer = std::stoi(match[1]);
    }
    // Names in lower case up to the next keyword, which is in upper case.
    if (std::regex_search(cmake, match, std::regex(R"(\bDEPS((\s+[a-z_]+)+))"))) {
        std::istringstream names(match[1]);
        module.deps.assign(std::istream_iterator<std::string>(names), {});
    }
    return module;
}

}  // namespace

CodeText strip_cpp(std::string_view text) {
    return Stripper(text).strip();
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        if (end == text.npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

bool SourceFile::is_test() const {
    const size_t dot = path.rfind('.');
    const std::string_view stem = std::string_view(path).substr(0, dot);
    return stem.ends_with("_test") || stem.ends_with(".test") || is_under("tests/");
}

std::string_view SourceFile::module() const {
    const std::string_view view = path;
    if (!view.starts_with("src/")) return {};
    const size_t slash = view.find('/', 4);
    return slash == view.npos ? std::string_view{} : view.substr(4, slash - 4);
}

SourceTree::SourceTree(std::map<std::string, std::string> texts) {
    static const std::regex kModuleFile("src/([a-z_]+)/CMakeLists\\.txt");
    for (auto& [path, text] : texts) {
        std::smatch match;
        if (std::regex_match(path, match, kModuleFile)) modules_[match[1]] = parse_module(text);
        SourceFile file;
        file.path = path;
        file.lines = split_lines(text);
        if (file.is_cpp()) {
            file.cpp = strip_cpp(text);
            file.includes = includes_of(file.cpp);
        }
        file.text = std::move(text);
        files_.push_back(std::move(file));
    }
}

SourceTree SourceTree::load(const std::string& root) {
    std::map<std::string, std::string> texts;
    fs::recursive_directory_iterator walk(root), end;
    for (; walk != end; ++walk) {
        const std::string name = walk->path().filename().string();
        if (walk->is_directory()) {
            if (std::ranges::count(kSkippedFolders, name)) walk.disable_recursion_pending();
        } else if (walk->is_regular_file()) {
            texts[fs::relative(walk->path(), root).generic_string()] = read_file(walk->path());
        }
    }
    return SourceTree(std::move(texts));
}

SourceTree SourceTree::from_texts(const std::map<std::string, std::string>& texts) {
    return SourceTree(texts);
}

const SourceFile* SourceTree::find(std::string_view path) const {
    const auto at = std::ranges::lower_bound(files_, path, {}, &SourceFile::path);
    return at != files_.end() && at->path == path ? &*at : nullptr;
}

bool SourceTree::has(std::string_view path) const {
    while (path.ends_with('/')) path.remove_suffix(1);
    const std::string folder = std::string(path) + "/";
    return std::ranges::any_of(files_, [&](const SourceFile& file) {
        return file.path == path || file.path.starts_with(folder);
    });
}

}  // namespace throughline::tidy
