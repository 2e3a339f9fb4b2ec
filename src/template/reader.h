// Reads what stands inside an output or a tag: words, values, expressions, filters.
//
// `a or b and c` groups from the right: operators of one rank are applied last to first, `not`
// binds closer than those, comparisons closest. There is no arithmetic and there are no parentheses
// but those of ranges.
//
// Layer 2. Shard-owned, used by the parser.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "template/lexer.h"
#include "template/syntax.h"

namespace throughline::tmpl {

/// What a template does with a variable.
enum class Role : uint8_t { Read = 1, Set = 2 };

/// What all parts of one compilation share.
class Compilation {
public:
    explicit Compilation(Program& program) : program_(program) {}
    Program& program() { return program_; }
    /// The number of a name, which is read or set here.
    Symbol symbol(std::string_view name, Role role);
    /// Keeps a text as long as the template.
    std::string_view keep(std::string text);

private:
    Program& program_;
    std::unordered_map<std::string_view, Symbol> symbols_;
};

class Reader {
public:
    /// `text` is a part of the source of `places`, which errors refer to.
    Reader(Compilation& compilation, PlaceFinder& places, std::string_view text)
        : compilation_(compilation), places_(places), at_(text.data()), end_(at_ + text.size()) {}
    /// For an expression in quotes: everything in it stands where the quotes do.
    Reader(const Reader& outer, const char* quotes, Place place, std::string_view text)
        : compilation_(outer.compilation_),
          places_(outer.places_),
          at_(text.data()),
          end_(at_ + text.size()),
          quotes_(quotes),
          place_(place) {}

    bool at_end();
    /// The next character after blanks; 0 at the end.
    char peek();
    /// Takes the character if it comes next.
    bool take(char c);
    /// Letters, digits, `_`, `-`, `?`; empty if there are none.
    std::string_view word();
    /// Takes the word if it comes next.
    bool take_word(std::string_view wanted);

    /// A literal, a range or a path; is_there() says whether one came next.
    Result<Operand> value();
    /// The same, where one must come; `what` is for the message.
    Result<Operand> needed_value(const char* what);
    Result<FilteredValue> filtered_value();
    /// A filtered value and nothing after it.
    Result<FilteredValue> whole_value();
    /// Errors unless all is read.
    Status finish(const char* expected);

    const char* here() const { return quotes_ ? quotes_ : at_; }
    Error error(std::string message) const { return error_at(here(), std::move(message)); }
    Error error_at(const char* at, std::string message) const;
    Place place() const { return quotes_ ? place_ : places_.place(at_); }
    const char* position() const { return at_; }
    std::string_view since(const char* begin) const {
        return {begin, static_cast<size_t>(at_ - begin)};
    }
    Compilation& compilation() { return compilation_; }

private:
    void skip_blanks();
    std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
    std::string shown() const;

    std::optional<Value> literal();
    std::optional<double> number();
    Result<std::string_view> quoted();
    Result<Operand> range();
    Result<std::optional<Value>> constant();
    Result<Path> accesses(Path path);
    Result<Access> bracket();
    std::optional<Operator> operation();
    Result<Expression> expression();
    Result<FilterCall> filter_call();
    Status filter_arguments(FilterCall& call);
    Status check_arguments(FilterCall& call, const char* begin);
    Status compile_item_expression(FilterCall& call, const char* begin);

    Compilation& compilation_;
    PlaceFinder& places_;
    const char* at_;
    const char* end_;
    const char* quotes_ = nullptr;  // Where an expression in quotes stands,
    Place place_;                   // as line and column.
    int depth_ = 0;
};

}  // namespace throughline::tmpl
