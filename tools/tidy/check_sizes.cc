#include <algorithm>
#include <optional>
#include <regex>

#include "tidy/checks.h"

namespace throughline::tidy {

namespace {

constexpr size_t kFunctionLinesMax = 70;
constexpr size_t kColumnsMax = 100;
constexpr size_t kDataBytesMax = size_t{256} << 10;

std::optional<size_t> lines_max(const SourceFile& file) {
    if (file.path == "CMakeLists.txt") return 120;
    if (file.path.ends_with("/README.md") && file.is_under("src/")) return 120;
    if (file.path.ends_with(".ts") || file.path.ends_with(".tsx")) {
        // The API types are written by a program.
        if (file.path.ends_with(".gen.ts") || file.path.ends_with(".d.ts")) return std::nullopt;
        return file.is_under("web/") ? std::optional<size_t>(300) : std::nullopt;
    }
    if (!file.is_cpp()) return std::nullopt;
    if (file.is_test()) return 1000;
    return file.is_header() ? 300 : 800;
}

size_t columns(std::string_view line) {
    return static_cast<size_t>(std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Finds functions by their braces: a brace that opens outside of any function, after a text with
// a parenthesis that is no type, namespace or initialiser, opens one. Lambdas belong to the
// function around them.
class FunctionFinder {
public:
    struct Function {
        size_t first_line;
        size_t last_line;
    };

    explicit FunctionFinder(const std::vector<std::string>& code) : code_(code) {}

    std::vector<Function> find() {
        for (line_ = 1; line_ <= code_.size(); ++line_) {
            if (is_directive(code_[line_ - 1])) continue;
            for (char c : code_[line_ - 1]) take(c);
            take(' ');
        }
        commit();
        return std::move(functions_);
    }

private:
    enum class Scope : char { Outer, Function, Inner };

    bool is_directive(const std::string& line) {
        const size_t first = line.find_first_not_of(' ');
        const bool directive = continues_ || (first != line.npos && line[first] == '#');
        continues_ = directive && line.ends_with('\\');
        return directive;
    }

    void take(char c) {
        if (c == ' ') {
            if (!statement_.empty() && statement_.back() != ' ') statement_ += c;
            return;
        }
        settle(c);
        if (c == '{') return open();
        if (c == '}') return close();
        if (in_function()) return;
        if (c == ';' || (c == ':' && is_access())) return statement_.clear();
        if (statement_.empty()) begin_ = line_;
        statement_ += c;
    }

    bool is_access() const {
        return statement_ == "public" || statement_ == "protected" || statement_ == "private";
    }

    // `X() : a_{1}, b_{2} {`: a brace that a comma or another brace follows was no body.
    void settle(char next) {
        if (!closed_) return;
        if (next != ',' && next != '{') return commit();
        begin_ = closed_->first_line;
        statement_ = "X()";
        closed_.reset();
    }

    void commit() {
        if (closed_) functions_.push_back(*closed_);
        closed_.reset();
    }

    void open() {
        const Scope scope = in_function() ? Scope::Inner : classify();
        scopes_.push_back(scope);
        if (scope == Scope::Outer) statement_.clear();
    }

    void close() {
        if (scopes_.empty()) return;
        const Scope scope = scopes_.back();
        scopes_.pop_back();
        if (scope == Scope::Function) closed_ = Function{begin_, line_};
        if (scope != Scope::Inner) statement_.clear();
    }

    Scope classify() const {
        static const std::regex kPrefix(R"(^(template <.*> )?(typedef |inline |static )*)");
        static const std::regex kType(R"(^(class|struct|union|enum|namespace|extern)\b)");
        std::string text = std::regex_replace(statement_, kPrefix, "");
        while (text.ends_with(' ')) text.pop_back();
        const bool has_parameters = text.find('(') != text.npos;
        if (std::regex_search(text, kType) && !text.ends_with(')')) return Scope::Outer;
        const bool is_value = text.ends_with('=') || text.ends_with(',');
        return has_parameters && !is_value ? Scope::Function : Scope::Inner;
    }

    bool in_function() const {
        return std::ranges::any_of(scopes_, [](Scope scope) { return scope != Scope::Outer; });
    }

    const std::vector<std::string>& code_;
    std::vector<Function> functions_;
    std::optional<Function> closed_;  // Ended, unless the next character says otherwise.
    std::vector<Scope> scopes_;
    std::string statement_;  // Text since the last statement ended, outside of functions.
    size_t line_ = 0;        // From 1.
    size_t begin_ = 0;       // Line where `statement_` begins.
    bool continues_ = false;
};

void check_cpp(const SourceFile& file, Findings& found) {
    for (const auto& function : FunctionFinder(file.cpp.code).find()) {
        const size_t lines = function.last_line - function.first_line + 1;
        if (lines <= kFunctionLinesMax) continue;
        found.push_back({"function-length", file.path, function.first_line,
                         std::to_string(lines) + " lines, at most 70"});
    }
    for (size_t i = 0; i < file.lines.size(); ++i) {
        const size_t width = columns(file.lines[i]);
        // An include and a raw string cannot be broken.
        const bool is_whole =
            file.lines[i].starts_with("#include") || file.lines[i].find("R\"") != std::string::npos;
        if (width <= kColumnsMax || is_whole) continue;
        found.push_back(
            {"line-length", file.path, i + 1, std::to_string(width) + " columns, at most 100"});
    }
}

}  // namespace

Findings check_sizes(const SourceTree& tree) {
    Findings found;
    for (const auto& file : tree.files()) {
        const auto limit = lines_max(file);
        if (limit && file.lines.size() > *limit) {
            found.push_back(
                {"file-length", file.path, 0,
                 std::to_string(file.lines.size()) + " lines, at most " + std::to_string(*limit)});
        }
        if (file.is_under("tests/data/") && file.text.size() > kDataBytesMax) {
            found.push_back({"data-size", file.path, 0, "over 256 KiB: make it from a seed"});
        }
        if (file.is_cpp()) check_cpp(file, found);
    }
    return found;
}

}  // namespace throughline::tidy
