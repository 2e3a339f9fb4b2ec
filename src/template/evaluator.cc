#include "template/evaluator.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "template/compare.h"
#include "template/groups.h"
#include "template/property.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

constexpr size_t kArgumentsMax = 4;
constexpr size_t kMissingMax = 1000;

}  // namespace

Evaluator::Evaluator(const Program& program, const RenderInput& input, Work& work)
    : program_(program),
      input_(input),
      work_(work),
      scope_(program.symbols.size()),
      given_(program.symbols.size()),
      is_noted_(program.paths) {
    for (size_t symbol = 0; symbol < program.symbols.size(); ++symbol) {
        const auto found =
            std::ranges::find(input.variables, program.symbols[symbol], &Variable::name);
        if (found != input.variables.end()) given_[symbol] = Value::of(found->value);
    }
}

Value Evaluator::variable(Symbol symbol) const {
    if (scope_.loops[symbol].is_set) return scope_.loops[symbol].value;
    if (scope_.assigned[symbol].is_set) return scope_.assigned[symbol].value;
    if (scope_.counters[symbol].is_set) return scope_.counters[symbol].value;
    return given_[symbol];
}

bool Evaluator::is_set_here(Symbol symbol) const {
    return scope_.loops[symbol].is_set || scope_.assigned[symbol].is_set;
}

// A name that is only known now: `[name]`.
Value Evaluator::named(std::string_view name) const {
    const auto symbol = std::ranges::find(program_.symbols, name);
    if (symbol != program_.symbols.end()) {
        return variable(static_cast<Symbol>(symbol - program_.symbols.begin()));
    }
    const auto found = std::ranges::find(input_.variables, name, &Variable::name);
    return found == input_.variables.end() ? Value() : Value::of(found->value);
}

// Where a path begins; `next` is the first access that is still to do.
Value Evaluator::root(const Path& path, size_t& next) {
    if (path.root != Path::kNone) return variable(path.root);
    if (path.base) return evaluate(*path.base, Purpose::Use);
    const Access& first = path.accesses[next++];
    const Value key = first.at ? evaluate(*first.at, Purpose::Use) : first.key;
    work_.step(program_.symbols.size() / 16);
    return named(as_string(work_, key));
}

Value Evaluator::path(const Path& path, Purpose purpose) {
    work_.step();
    size_t next = 0;
    Value value = root(path, next);
    for (; next < path.accesses.size(); ++next) {
        const Access& access = path.accesses[next];
        const Value key = access.at ? evaluate(*access.at, Purpose::Use) : access.key;
        value = property(work_, value, key);
    }
    if (value.is_nil() && purpose == Purpose::Use) [[unlikely]]
        note_missing(path);
    return value;
}

void Evaluator::note_missing(const Path& path) {
    // What a tag has set to nil was noted there.
    const bool is_local =
        path.root != Path::kNone && path.accesses.empty() && is_set_here(path.root);
    if (is_local || is_noted_[path.number] || missing_.size() == kMissingMax) return;
    is_noted_[path.number] = true;
    missing_.push_back({std::string(path.text), path.place});
}

Value Evaluator::range(const RangeOperand& range, Purpose purpose) {
    const double low = as_number(work_, evaluate(*range.low, purpose));
    const double high = as_number(work_, evaluate(*range.high, purpose));
    const double count = std::ceil(high - low + 1);
    if (!(count > 0)) return Value::list({});
    if (!(count * sizeof(Value) <= static_cast<double>(work_.limits().memory_bytes))) {
        work_.fail(Code::ResourceExhausted, "a range of more items than there may be");
        return Value::list({});
    }
    std::vector<Value> items;
    items.reserve(static_cast<size_t>(count));
    for (double i = 0; i < count; ++i) items.push_back(Value::number(low + i));
    work_.step(items.size() / 8);
    return work_.keep(items);
}

Value Evaluator::evaluate(const Operand& operand, Purpose purpose) {
    if (const auto* value = std::get_if<Value>(&operand.what)) return *value;
    if (const auto* path = std::get_if<Path>(&operand.what)) return this->path(*path, purpose);
    return range(std::get<RangeOperand>(operand.what), purpose);
}

Value Evaluator::binary(Operator operation, Value left, Value right) {
    using Order = std::partial_ordering;
    switch (operation) {
        case Operator::Equal:
            return Value::boolean(are_equal(work_, left, right));
        case Operator::NotEqual:
            return Value::boolean(!are_equal(work_, left, right));
        case Operator::Greater:
            return Value::boolean(compared(work_, left, right) == Order::greater);
        case Operator::Less:
            return Value::boolean(compared(work_, left, right) == Order::less);
        case Operator::GreaterEqual:
            return Value::boolean(compared(work_, left, right) >= 0);
        case Operator::LessEqual:
            return Value::boolean(compared(work_, left, right) <= 0);
        case Operator::Contains:
            return Value::boolean(contains(work_, left, right));
        case Operator::And:
            return Value::boolean(left.is_truthy() && right.is_truthy());
        case Operator::Or:
            return Value::boolean(left.is_truthy() || right.is_truthy());
        case Operator::Not:
            return Value::boolean(!right.is_truthy());
    }
    return {};
}

Value Evaluator::expression(const Expression& expression, Purpose purpose) {
    const auto& terms = expression.terms;
    if (terms.size() == 1) return evaluate(std::get<Operand>(terms[0].what), purpose);
    std::vector<Value> stack;
    for (const Expression::Term& term : terms) {
        if (const auto* operand = std::get_if<Operand>(&term.what)) {
            stack.push_back(evaluate(*operand, Purpose::Test));
            continue;
        }
        const auto operation = std::get<Operator>(term.what);
        const Value right = stack.back();
        stack.pop_back();
        if (operation == Operator::Not) {
            stack.push_back(Value::boolean(!right.is_truthy()));
        } else {
            stack.back() = binary(operation, stack.back(), right);
        }
    }
    return stack.back();
}

Value Evaluator::evaluate(const FilteredValue& filtered_value, Purpose purpose) {
    const bool is_used = purpose == Purpose::Use && !filtered_value.has_default;
    Value value = expression(filtered_value.initial, is_used ? Purpose::Use : Purpose::Test);
    for (const FilterCall& call : filtered_value.filters) {
        if (work_.failed()) return {};
        value = filtered(call, value, purpose);
    }
    return value;
}

Value Evaluator::filtered(const FilterCall& call, Value value, Purpose purpose) {
    work_.step();
    const Place outer = std::exchange(place_, call.place);
    if (call.expression) {
        value = call.filter->item_test == ItemTest::GroupBy ? group(call, value)
                                                            : by_expression(call, value);
    } else {
        // What `default` falls back on is used only if it does.
        const bool is_default = call.filter->name == "default";
        std::array<Value, kArgumentsMax> arguments;
        size_t count = 0;
        for (const Operand& operand : call.arguments) {
            arguments[count++] = evaluate(operand, is_default ? Purpose::Test : purpose);
        }
        if (call.allow_false) arguments[count++] = evaluate(*call.allow_false, Purpose::Test);
        FilterContext context{work_, input_};
        value = call.filter->function(context, value, {arguments.data(), count});
        if (is_default && value.is_nil() && purpose == Purpose::Use) {
            const auto* path = std::get_if<Path>(&call.arguments[0].what);
            if (path) note_missing(*path);
        }
    }
    if (!work_.failed()) place_ = outer;
    return value;
}

// `where_exp` and its kind: each item in turn is bound to a name that the expression sees.
Value Evaluator::by_expression(const FilterCall& call, Value value) {
    const Slot outer = scope_.loops[call.item];
    const ItemTest test = call.filter->item_test;
    ItemSearch search(test);
    for (const Value& item : filter_items(work_, value)) {
        scope_.loops[call.item] = {item, true};
        const Value found = evaluate(*call.expression, Purpose::Test);
        if (work_.failed() || search.add(item, found)) break;
    }
    scope_.loops[call.item] = outer;
    return search.result(work_);
}

Value Evaluator::group(const FilterCall& call, Value value) {
    const Slot outer = scope_.loops[call.item];
    Groups groups(work_);
    for (const Value& item : loop_items(work_, value)) {
        scope_.loops[call.item] = {item, true};
        groups.add(evaluate(*call.expression, Purpose::Test), item);
        if (work_.failed()) break;
    }
    scope_.loops[call.item] = outer;
    return groups.result();
}

}  // namespace throughline::tmpl
