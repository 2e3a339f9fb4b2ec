#include "template/reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json_text.h"
#include "template/characters.h"

namespace throughline::tmpl {

namespace {

constexpr int kBracketDepthMax = 32;

struct OperatorWord {
    std::string_view text;
    Operator operation;
    int rank;  // A higher one is applied first.
};
// Longer ones first.
constexpr std::array<OperatorWord, 10> kOperators{{{"==", Operator::Equal, 2},
                                                   {"!=", Operator::NotEqual, 2},
                                                   {">=", Operator::GreaterEqual, 2},
                                                   {"<=", Operator::LessEqual, 2},
                                                   {">", Operator::Greater, 2},
                                                   {"<", Operator::Less, 2},
                                                   {"contains", Operator::Contains, 2},
                                                   {"not", Operator::Not, 1},
                                                   {"and", Operator::And, 0},
                                                   {"or", Operator::Or, 0}}};

int rank_of(Operator operation) {
    return std::ranges::find(kOperators, operation, &OperatorWord::operation)->rank;
}

// Reads up to `count` digits of a base; takes them from `text`.
char32_t take_digits(std::string_view& text, int base, size_t count) {
    char32_t number = 0;
    for (size_t i = 0; i < count && !text.empty(); ++i) {
        const int digit = hex_digit(text.front());
        if (digit < 0 || digit >= base) break;
        number = number * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
        text.remove_prefix(1);
    }
    return number;
}

// A text between quotes that holds backslashes.
std::string unescaped(std::string_view text) {
    static constexpr std::string_view kLetters = "bfnrtv";
    static constexpr std::string_view kMeanings = "\b\f\n\r\t\v";
    std::string out;
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c != '\\' || text.empty()) {
            out += c;
            continue;
        }
        const char mark = text.front();
        const size_t letter = kLetters.find(mark);
        if (letter != kLetters.npos) {
            out += kMeanings[letter];
            text.remove_prefix(1);
        } else if (mark == 'u' || (mark >= '0' && mark <= '7')) {
            if (mark == 'u') text.remove_prefix(1);
            const char32_t code = mark == 'u' ? take_digits(text, 16, 4) : take_digits(text, 8, 3);
            // Half of a pair is no character.
            append_utf8(out, code >= 0xd800 && code < 0xe000 ? U'\ufffd' : code);
        } else {
            out += mark;
            text.remove_prefix(1);
        }
    }
    return out;
}

}  // namespace

Symbol Compilation::symbol(std::string_view name, Role role) {
    const auto [at, is_new] = symbols_.try_emplace(name, static_cast<Symbol>(symbols_.size()));
    if (is_new) {
        program_.symbols.push_back(name);
        program_.roles.push_back(0);
    }
    program_.roles[at->second] |= static_cast<uint8_t>(role);
    return at->second;
}

std::string_view Compilation::keep(std::string text) {
    return program_.texts.emplace_back(std::move(text));
}

Error Reader::error_at(const char* at, std::string message) const {
    return template_error(places_.source(), quotes_ ? quotes_ : at, std::move(message));
}

void Reader::skip_blanks() {
    while (const size_t size = tag_blank_size(rest())) at_ += size;
}

bool Reader::at_end() {
    skip_blanks();
    return at_ == end_;
}

char Reader::peek() {
    return at_end() ? '\0' : *at_;
}

bool Reader::take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
}

std::string_view Reader::word() {
    skip_blanks();
    const char* begin = at_;
    while (const size_t size = word_character_size(rest())) at_ += size;
    return since(begin);
}

bool Reader::take_word(std::string_view wanted) {
    const char* begin = at_;
    if (word() == wanted) return true;
    at_ = begin;
    return false;
}

std::string Reader::shown() const {
    const size_t size = byte_of_character(rest(), 24);
    return "`" + std::string(rest().substr(0, size)) + (size < rest().size() ? "…`" : "`");
}

Status Reader::finish(const char* expected) {
    if (at_end()) return Status::ok();
    return error(shown() + " is not understood here: expected " + expected);
}

std::optional<Value> Reader::literal() {
    const char* begin = at_;
    const std::string_view text = word();
    if (text == "true") return Value::boolean(true);
    if (text == "false") return Value::boolean(false);
    if (text == "nil" || text == "null") return Value::word(Kind::Nil);
    if (text == "empty") return Value::word(Kind::Empty);
    if (text == "blank") return Value::word(Kind::Blank);
    at_ = begin;
    return {};
}

std::optional<double> Reader::number() {
    skip_blanks();
    std::string_view text = rest();
    size_t size = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    bool has_digit = false;
    bool has_point = false;
    for (; size < text.size(); ++size) {
        if (is_digit(text[size])) {
            has_digit = true;
        } else if (text[size] == '.' && !text.substr(size + 1).starts_with('.')) {
            if (has_point || !has_digit) return {};
            has_point = true;
        } else {
            break;
        }
    }
    if (!has_digit || word_character_size(text.substr(size)) != 0) return {};
    at_ += size;
    return number_of_text(text.substr(0, size));
}

// A text in quotes. Requires: one begins here.
Result<std::string_view> Reader::quoted() {
    const char quote = *at_;
    const char* begin = ++at_;
    bool has_escape = false;
    for (; at_ < end_ && *at_ != quote; ++at_) {
        if (*at_ != '\\' || at_ + 1 == end_) continue;
        has_escape = true;
        ++at_;
    }
    if (at_ == end_) return error_at(begin - 1, "a quote is not closed");
    const std::string_view text = since(begin);
    ++at_;
    return has_escape ? compilation_.keep(unescaped(text)) : text;
}

// `(1..cart.size)`. Requires: a parenthesis begins here.
Result<Operand> Reader::range() {
    const char* begin = at_;
    if (++depth_ > kBracketDepthMax) return error("brackets too deep");
    take('(');
    TL_TRY_ASSIGN(Operand low, needed_value("the first number of a range"));
    if (!take('.') || !take('.')) {
        return error_at(begin, "parentheses hold a range such as (1..5)");
    }
    TL_TRY_ASSIGN(Operand high, needed_value("the last number of a range"));
    if (!take(')')) return error_at(begin, "a range is not closed: end it with )");
    --depth_;
    RangeOperand range{std::make_unique<Operand>(std::move(low)),
                       std::make_unique<Operand>(std::move(high))};
    return Operand{std::move(range), since(begin)};
}

Result<std::optional<Value>> Reader::constant() {
    if (const auto found = literal()) return found;
    if (peek() == '"' || peek() == '\'') {
        TL_TRY_ASSIGN(const std::string_view text, quoted());
        return std::optional(Value::text(text));
    }
    if (const auto found = number()) return std::optional(Value::number(*found));
    return std::optional<Value>();
}

Result<Access> Reader::bracket() {
    const char* begin = at_;
    if (++depth_ > kBracketDepthMax) return error("brackets too deep");
    ++at_;
    TL_TRY_ASSIGN(Operand key, needed_value("a name or a number in brackets"));
    if (!take(']')) return error_at(begin, "a bracket is not closed: end it with ]");
    --depth_;
    if (const auto* value = std::get_if<Value>(&key.what)) return Access{*value, nullptr};
    return Access{Value(), std::make_unique<Operand>(std::move(key))};
}

Result<Path> Reader::accesses(Path path) {
    while (at_ < end_) {
        if (*at_ == '[') {
            TL_TRY_ASSIGN(Access access, bracket());
            path.accesses.push_back(std::move(access));
        } else if (*at_ == '.' && !rest().starts_with("..")) {
            ++at_;
            const std::string_view name = word();
            if (name.empty()) return error("a name is missing after the point");
            path.accesses.push_back({Value::text(name), nullptr});
        } else {
            break;
        }
    }
    return path;
}

Result<Operand> Reader::value() {
    skip_blanks();
    const char* begin = at_;
    Path path;
    path.place = place();
    TL_TRY_ASSIGN(const std::optional<Value> found, constant());
    if (found) {
        path.base = std::make_unique<Operand>(Operand{*found, since(begin)});
    } else if (peek() == '(') {
        TL_TRY_ASSIGN(Operand low_to_high, range());
        path.base = std::make_unique<Operand>(std::move(low_to_high));
    } else if (peek() == '[') {
        // `["first name"]` is a variable too.
        path.root = Path::kNone;
    } else {
        const std::string_view name = word();
        if (name.empty()) return Operand();
        path.root = compilation_.symbol(name, Role::Read);
    }
    TL_TRY_ASSIGN(path, accesses(std::move(path)));
    if (path.base && path.accesses.empty()) return std::move(*path.base);
    path.text = since(begin);
    path.number = compilation_.program().paths++;
    return Operand{std::move(path), since(begin)};
}

Result<Operand> Reader::needed_value(const char* what) {
    TL_TRY_ASSIGN(Operand found, value());
    if (found.is_there()) return found;
    return error(at_ == end_ ? std::string(what) + " is missing"
                             : shown() + " is not understood here: expected " + what);
}

std::optional<Operator> Reader::operation() {
    skip_blanks();
    for (const OperatorWord& one : kOperators) {
        if (!rest().starts_with(one.text)) continue;
        const bool is_word = word_character_size(one.text) != 0;
        if (is_word && word_character_size(rest().substr(one.text.size())) != 0) continue;
        at_ += one.text.size();
        return one.operation;
    }
    return {};
}

Result<Expression> Reader::expression() {
    Expression out;
    std::vector<Operator> waiting;
    bool wants_operand = true;
    while (true) {
        const char* begin = at_;
        if (const auto found = operation()) {
            const bool is_unary = *found == Operator::Not;
            if (is_unary != wants_operand) {
                at_ = begin;
                return error(wants_operand ? "a value is missing before " + shown()
                                           : "an operator is missing before " + shown());
            }
            while (!waiting.empty() && rank_of(waiting.back()) > rank_of(*found)) {
                out.terms.push_back({waiting.back()});
                waiting.pop_back();
            }
            waiting.push_back(*found);
            wants_operand = true;
            continue;
        }
        if (!wants_operand) break;
        TL_TRY_ASSIGN(Operand operand, needed_value("a value"));
        out.terms.push_back({std::move(operand)});
        wants_operand = false;
    }
    for (; !waiting.empty(); waiting.pop_back()) out.terms.push_back({waiting.back()});
    return out;
}

Result<FilteredValue> Reader::filtered_value() {
    FilteredValue out;
    skip_blanks();
    out.place = place();
    TL_TRY_ASSIGN(out.initial, expression());
    while (take('|')) {
        TL_TRY_ASSIGN(FilterCall call, filter_call());
        out.has_default = out.has_default || call.filter->name == "default";
        out.filters.push_back(std::move(call));
    }
    return out;
}

Result<FilteredValue> Reader::whole_value() {
    TL_TRY_ASSIGN(FilteredValue found, filtered_value());
    TL_TRY(finish("an operator or | before a filter"));
    return found;
}

Result<FilterCall> Reader::filter_call() {
    skip_blanks();
    const char* begin = at_;
    FilterCall call;
    call.place = place();
    const std::string_view name = word();
    if (name.empty()) return error("the name of a filter is missing after |");
    call.filter = find_filter(name);
    if (!call.filter) {
        const std::string_view close = filter_spelled_like(name);
        return error_at(begin, "no filter " + std::string(name) +
                                   (close.empty() ? "" : "; did you mean " + std::string(close)));
    }
    if (take(':')) TL_TRY(filter_arguments(call));
    TL_TRY(check_arguments(call, begin));
    return call;
}

Status Reader::filter_arguments(FilterCall& call) {
    do {
        skip_blanks();
        const char* begin = at_;
        TL_TRY_ASSIGN(Operand found, needed_value("an argument"));
        if (!take(':')) {
            call.arguments.push_back(std::move(found));
            continue;
        }
        if (call.filter->name != "default" || found.text != "allow_false") {
            return error_at(begin, std::string(call.filter->name) + " has no option " +
                                       std::string(found.text));
        }
        TL_TRY_ASSIGN(Operand allowed, needed_value("true or false"));
        call.allow_false = std::make_unique<Operand>(std::move(allowed));
    } while (take(','));
    return Status::ok();
}

Status Reader::check_arguments(FilterCall& call, const char* begin) {
    const Filter& filter = *call.filter;
    const size_t count = call.arguments.size();
    if (count < filter.arguments_min || count > filter.arguments_max) {
        const auto min = std::to_string(filter.arguments_min);
        const auto max = std::to_string(filter.arguments_max);
        return error_at(begin, std::string(filter.name) + " takes " +
                                   (min == max ? min : min + " to " + max) + " arguments, not " +
                                   std::to_string(count));
    }
    return filter.item_test == ItemTest::None ? Status::ok() : compile_item_expression(call, begin);
}

// The second argument of `where_exp` is an expression; it is compiled here, so it must stand there.
Status Reader::compile_item_expression(FilterCall& call, const char* begin) {
    const auto* name = std::get_if<Value>(&call.arguments[0].what);
    const auto* text = std::get_if<Value>(&call.arguments[1].what);
    if (!name || !text || !name->is_text() || !text->is_text() || name->text().empty()) {
        return error_at(begin, std::string(call.filter->name) +
                                   " takes the name of an item and an expression, both in quotes");
    }
    call.item = compilation_.symbol(name->text(), Role::Set);
    Reader inner(*this, quotes_ ? quotes_ : begin, call.place, text->text());
    inner.depth_ = depth_ + 1;
    if (inner.depth_ > kBracketDepthMax) return error("expressions too deep");
    TL_TRY_ASSIGN(FilteredValue compiled, inner.whole_value());
    call.expression = std::make_unique<FilteredValue>(std::move(compiled));
    return Status::ok();
}

}  // namespace throughline::tmpl
