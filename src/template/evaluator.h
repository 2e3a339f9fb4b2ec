// Values of expressions while a template runs, and the variables they see.
//
// A name is looked up in the loops around it, then among what `assign` and `capture` have set, then
// in counters of `increment`, then in what the caller gave. Each look-up is by index.
//
// A value counts as missing when it is written, looped over, or given to a filter, and is nil: not
// when it is tested by a condition, and not when a `default` stands after it.
//
// Layer 2. Shard-owned: one render.
#pragma once

#include <string>
#include <vector>

#include "template/filters.h"
#include "template/syntax.h"
#include "template/work.h"

namespace throughline::tmpl {

/// Why a value is asked for: only what is used can be missing.
enum class Purpose : uint8_t { Use, Test };

/// A variable of a scope.
struct Slot {
    Value value;
    bool is_set = false;
};

/// The variables that tags have set; `render` begins with none.
struct Scope {
    std::vector<Slot> loops;     // By symbol: what `for` and arguments of partials bind.
    std::vector<Slot> assigned;  // What `assign` and `capture` set.
    std::vector<Slot> counters;  // What `increment` and `decrement` count.
    explicit Scope(size_t symbols) : loops(symbols), assigned(symbols), counters(symbols) {}
};

class Evaluator {
public:
    Evaluator(const Program& program, const RenderInput& input, Work& work);

    Value evaluate(const FilteredValue& value, Purpose purpose);
    Value evaluate(const Operand& operand, Purpose purpose);

    /// What a name stands for now.
    Value variable(Symbol symbol) const;
    Scope& scope() { return scope_; }
    /// What the caller gave for a name.
    Value given(Symbol symbol) const { return given_[symbol]; }

    std::vector<MissingValue> take_missing() { return std::move(missing_); }
    /// Where the render stands, for its error.
    void at(Place place) { place_ = place; }
    Place place() const { return place_; }

private:
    Value path(const Path& path, Purpose purpose);
    Value root(const Path& path, size_t& next);
    Value named(std::string_view name) const;
    Value range(const RangeOperand& range, Purpose purpose);
    Value expression(const Expression& expression, Purpose purpose);
    Value binary(Operator operation, Value left, Value right);
    Value filtered(const FilterCall& call, Value value, Purpose purpose);
    Value by_expression(const FilterCall& call, Value value);
    Value group(const FilterCall& call, Value value);
    void note_missing(const Path& path);
    bool is_set_here(Symbol symbol) const;

    const Program& program_;
    const RenderInput& input_;
    Work& work_;
    Scope scope_;
    std::vector<Value> given_;    // By symbol.
    std::vector<bool> is_noted_;  // By number of a path.
    std::vector<MissingValue> missing_;
    Place place_;
};

}  // namespace throughline::tmpl
