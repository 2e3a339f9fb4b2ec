// What a template is once it is compiled: a tree that points into its own text.
//
// Names of variables are numbers (`Symbol`), so that a render looks one up by index. Everything a
// render could trip over (an unknown filter, too few arguments, a nesting too deep) was refused by
// the parser.
//
// Layer 2. Immutable after compiling.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "template/filters.h"
#include "template/template.h"
#include "template/value.h"

namespace throughline::tmpl {

using Symbol = uint32_t;

struct Operand;

/// One `.name` or `[…]`.
struct Access {
    Value key;                    // A name or an index that the template says...
    std::unique_ptr<Operand> at;  // ...or what this evaluates to, if set.
};

/// A variable and what is taken of it: `cart.items[0].sku`.
struct Path {
    static constexpr Symbol kNone = ~Symbol{0};

    Symbol root = kNone;            // kNone: `base`, or the name that the first access gives.
    std::unique_ptr<Operand> base;  // The literal in `"abc".size`.
    std::vector<Access> accesses;
    std::string_view text;  // As it stands in the template.
    Place place;
    uint32_t number = 0;  // Among the paths of the template.
};

struct RangeOperand {
    std::unique_ptr<Operand> low;
    std::unique_ptr<Operand> high;
};

struct Operand {
    std::variant<Value, Path, RangeOperand> what;
    std::string_view text;  // As it stands in the template.
    /// False for the operand that nothing has been read into.
    bool is_there() const { return text.data() != nullptr; }
};

enum class Operator : uint8_t {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Contains,
    Not,
    And,
    Or,
};

/// Operands and operators in postfix order.
struct Expression {
    struct Term {
        std::variant<Operand, Operator> what;
    };
    std::vector<Term> terms;
};

struct FilteredValue;

struct FilterCall {
    const Filter* filter = nullptr;
    std::vector<Operand> arguments;
    std::unique_ptr<Operand> allow_false;       // Of `default`.
    std::unique_ptr<FilteredValue> expression;  // Of `where_exp` and its kind,
    Symbol item = 0;                            // with the name of the item in it.
    Place place;
};

/// An expression and the filters it goes through.
struct FilteredValue {
    Expression initial;
    std::vector<FilterCall> filters;
    bool has_default = false;  // One of the filters is `default`: nothing here counts as missing.
    Place place;
};

struct Node;
using Nodes = std::vector<Node>;

struct TextNode {
    std::string_view text;
};
struct OutputNode {
    FilteredValue value;
    bool is_raw = false;  // Written as it is, whatever the channel.
};
struct AssignNode {
    Symbol symbol;
    FilteredValue value;
};
struct CaptureNode {
    Symbol symbol;
    Nodes body;
};
struct IfNode {
    struct Branch {
        FilteredValue condition;
        bool wanted = true;  // false: the first branch of `unless`.
        Nodes body;
    };
    std::vector<Branch> branches;
    Nodes otherwise;
};
struct CaseNode {
    struct Branch {
        std::vector<Operand> values;
        Nodes body;
    };
    FilteredValue subject;
    std::vector<Branch> branches;
    Nodes otherwise;
};
struct ForNode {
    Symbol variable;
    std::string_view variable_name;
    Operand collection;
    std::optional<Operand> offset;
    std::optional<Operand> limit;
    std::optional<Operand> columns;  // Of `tablerow`.
    bool is_continued = false;       // offset: continue
    bool is_reversed = false;
    bool is_table = false;
    bool has_else = false;
    uint32_t place_kept = 0;  // Loops of one variable over one collection share where they ended.
    Nodes body;
    Nodes otherwise;
};
struct CycleNode {
    std::optional<Operand> group;
    std::vector<OutputNode> values;
    uint32_t number = 0;  // Cycles of one text go on from each other, within a group.
};
struct CounterNode {
    Symbol symbol;
    bool is_increment;
};
enum class Jump : uint8_t { None, Continue, Break };
struct JumpNode {
    Jump jump;
};
/// `include` and `render`: the text of another template, compiled into this one.
struct PartialNode {
    struct Argument {
        Symbol symbol;
        Operand value;
    };
    Nodes body;
    bool is_isolated = false;  // `render`: it sees its arguments and what the caller gives.
    std::vector<Argument> arguments;
    std::optional<Operand> each;  // render … for list as item
    Symbol item = 0;
};

struct Node {
    std::variant<TextNode, OutputNode, AssignNode, CaptureNode, IfNode, CaseNode, ForNode,
                 CycleNode, CounterNode, JumpNode, PartialNode>
        what;
    Place place;
};

/// A compiled template.
struct Program {
    std::deque<std::string> texts;  // The source, partials, and literals with escapes.
    std::vector<std::string_view> symbols;
    std::vector<uint8_t> roles;  // By symbol, a Role each: read, set.
    uint32_t paths = 0;
    uint32_t loop_places = 0;
    Escape escape = Escape::None;
    Nodes nodes;

    Symbol forloop = 0;
    Symbol tablerowloop = 0;
};

}  // namespace throughline::tmpl
