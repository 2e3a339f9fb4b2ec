// Walks the tree of a template for one person.
//
// Layer 2. Shard-owned: one render.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "template/evaluator.h"
#include "template/syntax.h"
#include "template/template.h"

namespace throughline::tmpl {

class Renderer {
public:
    Renderer(const Program& program, const RenderInput& input, Arena& arena, std::string& out);

    /// After an error `out` is as it was.
    Result<RenderReport> run();

private:
    Jump nodes(const Nodes& nodes);
    Jump node(const TextNode& node);
    Jump node(const OutputNode& node);
    Jump node(const AssignNode& node);
    Jump node(const CaptureNode& node);
    Jump node(const IfNode& node);
    Jump node(const CaseNode& node);
    Jump node(const ForNode& node);
    Jump node(const CycleNode& node);
    Jump node(const CounterNode& node);
    Jump node(const JumpNode& node) { return node.jump; }
    Jump node(const PartialNode& node);

    void write(std::string_view text);
    void write_value(const OutputNode& node);
    void write_cell_begin(const Loop& loop);
    std::span<const Value> chosen_items(const ForNode& node, std::span<const Value> items);
    Jump each(const ForNode& node, std::span<const Value> items);
    Jump isolated(const PartialNode& node);
    void bind(Symbol symbol, Value value) { scope().loops[symbol] = {value, true}; }
    Scope& scope() { return evaluator_.scope(); }

    const Program& program_;
    std::string& out_;
    const size_t out_start_;
    Work work_;
    Evaluator evaluator_;
    std::vector<double> loop_ends_;                                   // By ForNode::place_kept.
    std::map<std::pair<uint32_t, std::string_view>, size_t> cycles_;  // By number and group.
};

}  // namespace throughline::tmpl
