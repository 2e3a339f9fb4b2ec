#include "template/renderer.h"

#include <algorithm>
#include <cmath>

#include "template/compare.h"
#include "template/escape.h"
#include "template/property.h"
#include "template/value_text.h"

namespace throughline::tmpl {

Renderer::Renderer(const Program& program, const RenderInput& input, Arena& arena, std::string& out)
    : program_(program),
      out_(out),
      out_start_(out.size()),
      work_(arena, input.limits),
      evaluator_(program, input, work_),
      loop_ends_(program.loop_places) {}

Result<RenderReport> Renderer::run() {
    nodes(program_.nodes);
    if (!work_.failed()) return RenderReport{evaluator_.take_missing(), work_.steps()};
    out_.resize(out_start_);
    const Place place = evaluator_.place();
    return Error{work_.error().code, "template: line " + std::to_string(place.line) + ", column " +
                                         std::to_string(place.column) + ": " +
                                         work_.error().message};
}

Jump Renderer::nodes(const Nodes& nodes) {
    for (const Node& one : nodes) {
        work_.step();
        evaluator_.at(one.place);
        const Jump jump = std::visit([this](const auto& what) { return node(what); }, one.what);
        if (work_.failed()) return Jump::Break;
        if (jump != Jump::None) return jump;
    }
    return Jump::None;
}

void Renderer::write(std::string_view text) {
    const size_t limit = work_.limits().output_bytes;
    if (out_.size() - out_start_ + text.size() > limit) {
        work_.fail(Code::ResourceExhausted,
                   "more than " + std::to_string(limit) + " bytes: shorten the text or a list");
        return;
    }
    out_.append(text);
}

Jump Renderer::node(const TextNode& node) {
    write(node.text);
    return Jump::None;
}

void Renderer::write_value(const OutputNode& node) {
    const Value value = evaluator_.evaluate(node.value, Purpose::Use);
    if (work_.failed()) return;
    const bool is_written = node.is_raw || value.is_markup();
    if (is_written || program_.escape == Escape::None) {
        NumberBuffer buffer;
        write(value.is_number() ? number_text(value.number(), buffer) : printed(work_, value));
        return;
    }
    TextBuilder escaped(work_);
    append_escaped(escaped, value, program_.escape);
    write(escaped.text());
}

Jump Renderer::node(const OutputNode& node) {
    write_value(node);
    return Jump::None;
}

Jump Renderer::node(const AssignNode& node) {
    const Value value = evaluator_.evaluate(node.value, Purpose::Use);
    scope().assigned[node.symbol] = {value, true};
    return Jump::None;
}

// The body is written where it stands, then taken from there. What it holds is in the form of the
// channel already.
Jump Renderer::node(const CaptureNode& node) {
    const size_t start = out_.size();
    const Jump jump = nodes(node.body);
    const std::string_view text = work_.keep(std::string_view(out_).substr(start));
    out_.resize(start);
    const bool is_markup = program_.escape != Escape::None;
    scope().assigned[node.symbol] = {is_markup ? Value::markup(text) : Value::text(text), true};
    return jump;
}

Jump Renderer::node(const IfNode& node) {
    for (const IfNode::Branch& branch : node.branches) {
        const Value value = evaluator_.evaluate(branch.condition, Purpose::Test);
        if (work_.failed()) return Jump::Break;
        if (value.is_truthy() == branch.wanted) return nodes(branch.body);
    }
    return nodes(node.otherwise);
}

// Every branch with an equal value is shown, not only the first.
Jump Renderer::node(const CaseNode& node) {
    // A word such as nil is the value it stands for, not a test of one.
    Value subject = evaluator_.evaluate(node.subject, Purpose::Test);
    if (subject.kind() == Kind::Nil) subject = Value::null();
    if (subject.kind() == Kind::Empty || subject.kind() == Kind::Blank) subject = Value::text("");
    bool is_met = false;
    for (const CaseNode::Branch& branch : node.branches) {
        const bool is_equal = std::ranges::any_of(branch.values, [&](const Operand& value) {
            return are_equal(work_, subject, evaluator_.evaluate(value, Purpose::Test));
        });
        if (!is_equal) continue;
        is_met = true;
        const Jump jump = nodes(branch.body);
        if (jump != Jump::None) return jump;
    }
    return is_met ? Jump::None : nodes(node.otherwise);
}

namespace {

// The end of a slice as JavaScript counts it: cut to a whole number, from the end if below zero.
size_t slice_place(double place, size_t size) {
    if (std::isnan(place)) return 0;
    place = std::trunc(place);
    if (place < 0) place = std::max(0.0, place + static_cast<double>(size));
    return static_cast<size_t>(std::min(place, static_cast<double>(size)));
}

}  // namespace

// What `offset` and `limit` leave, and where the next loop with `offset: continue` begins.
std::span<const Value> Renderer::chosen_items(const ForNode& node, std::span<const Value> items) {
    double offset = node.is_continued ? loop_ends_[node.place_kept] : 0;
    if (node.offset) offset = as_operand(work_, evaluator_.evaluate(*node.offset, Purpose::Use));
    items = items.subspan(slice_place(offset, items.size()));
    const Value limit = node.limit ? evaluator_.evaluate(*node.limit, Purpose::Use) : Value();
    if (!limit.is_missing()) {
        items = items.first(slice_place(as_number(work_, limit), items.size()));
    }
    loop_ends_[node.place_kept] = offset + static_cast<double>(items.size());
    return items;
}

Jump Renderer::node(const ForNode& node) {
    const Value collection =
        evaluator_.evaluate(node.collection, node.has_else ? Purpose::Test : Purpose::Use);
    const std::span<const Value> items = loop_items(work_, collection);
    if (work_.failed()) return Jump::Break;
    if (items.empty()) return nodes(node.otherwise);
    return each(node, chosen_items(node, items));
}

void Renderer::write_cell_begin(const Loop& loop) {
    const uint32_t column = loop.index % loop.columns;
    if (column == 0) {
        if (loop.index > 0) write("</tr>");
        write("<tr class=\"row" + std::to_string(loop.index / loop.columns + 1) + "\">");
    }
    write("<td class=\"col" + std::to_string(column + 1) + "\">");
}

Jump Renderer::each(const ForNode& node, std::span<const Value> items) {
    Loop loop{0, static_cast<uint32_t>(items.size()), 0, node.variable_name, node.collection.text};
    if (node.is_table) {
        loop.columns = std::max(1u, loop.length);
        const double columns =
            node.columns ? as_number(work_, evaluator_.evaluate(*node.columns, Purpose::Use)) : 0;
        if (columns >= 1 && columns < 1e9) loop.columns = static_cast<uint32_t>(columns);
    }
    const Symbol name = node.is_table ? program_.tablerowloop : program_.forloop;
    const Slot outer_loop = scope().loops[name];
    const Slot outer_item = scope().loops[node.variable];
    bind(name, Value::loop(&loop));
    for (; loop.index < loop.length; ++loop.index) {
        bind(node.variable, items[items.size() - 1 - loop.index]);
        if (!node.is_reversed) bind(node.variable, items[loop.index]);
        if (node.is_table) write_cell_begin(loop);
        const Jump jump = nodes(node.body);
        if (node.is_table) write("</td>");
        if (jump == Jump::Break || work_.failed()) break;
    }
    if (node.is_table && loop.length > 0) write("</tr>");
    scope().loops[node.variable] = outer_item;
    scope().loops[name] = outer_loop;
    return Jump::None;
}

Jump Renderer::node(const CycleNode& node) {
    const Value group = node.group ? evaluator_.evaluate(*node.group, Purpose::Use) : Value();
    const std::string_view name = as_string(work_, group);
    auto next = cycles_.find({node.number, name});
    if (next == cycles_.end()) {
        next = cycles_.emplace(std::pair(node.number, work_.keep(name)), 0).first;
    }
    const OutputNode& value = node.values[next->second];
    next->second = (next->second + 1) % node.values.size();
    write_value(value);
    return Jump::None;
}

// A number that the caller gave counts on from itself.
Jump Renderer::node(const CounterNode& node) {
    Slot& counter = scope().counters[node.symbol];
    if (!counter.is_set) {
        const Value given = evaluator_.given(node.symbol);
        counter = {given.is_number() ? given : Value::number(0), true};
    }
    const double before = counter.value.number();
    const double after = before + (node.is_increment ? 1 : -1);
    counter.value = Value::number(after);
    NumberBuffer buffer;
    write(number_text(node.is_increment ? before : after, buffer));
    return Jump::None;
}

Jump Renderer::node(const PartialNode& node) {
    if (node.is_isolated) return isolated(node);
    std::vector<Slot> outer;
    for (const PartialNode::Argument& argument : node.arguments) {
        outer.push_back(scope().loops[argument.symbol]);
        bind(argument.symbol, evaluator_.evaluate(argument.value, Purpose::Use));
    }
    const Jump jump = nodes(node.body);
    for (size_t i = node.arguments.size(); i-- > 0;) {
        scope().loops[node.arguments[i].symbol] = outer[i];
    }
    return jump;
}

// `render` sees its arguments and what the caller gave, and leaves nothing behind.
Jump Renderer::isolated(const PartialNode& node) {
    work_.step(program_.symbols.size() / 4);
    Scope fresh(program_.symbols.size());
    for (const PartialNode::Argument& argument : node.arguments) {
        fresh.assigned[argument.symbol] = {evaluator_.evaluate(argument.value, Purpose::Use), true};
    }
    std::span<const Value> items;
    if (node.each) items = loop_items(work_, evaluator_.evaluate(*node.each, Purpose::Use));
    std::swap(scope(), fresh);
    if (!node.each) {
        nodes(node.body);
    } else {
        Loop loop{0, static_cast<uint32_t>(items.size()), 0, program_.symbols[node.item],
                  node.each->text};
        scope().assigned[program_.forloop] = {Value::loop(&loop), true};
        for (; loop.index < loop.length && !work_.failed(); ++loop.index) {
            scope().assigned[node.item] = {items[loop.index], true};
            nodes(node.body);
        }
    }
    std::swap(scope(), fresh);
    return Jump::None;
}

}  // namespace throughline::tmpl
