#include "query/predicate.h"

#include <algorithm>
#include <array>
#include <compare>
#include <optional>

namespace throughline::query {

using model::DocType;
using model::DocView;
using model::EventType;
using model::EventView;

namespace {

__extension__ using Int128 = __int128;

Int128 scaled(model::Decimal value, uint8_t other_scale) {
    Int128 units = value.units;
    for (uint8_t i = value.scale; i < other_scale; ++i) units *= 10;
    return units;
}

/// Orders two numbers or two texts; nothing for anything else.
std::optional<std::partial_ordering> compare(DocView a, DocView b) {
    if (a.is_string() && b.is_string()) return a.as_string() <=> b.as_string();
    if (!a.is_number() || !b.is_number()) return std::nullopt;
    const auto left = a.as_decimal();
    const auto right = b.as_decimal();
    // 18 digits shifted by at most 18 places fit 128 bits.
    if (left && right) return scaled(*left, right->scale) <=> scaled(*right, left->scale);
    return a.as_double().value_or(0) <=> b.as_double().value_or(0);
}

bool are_equal(DocView a, DocView b) {
    if (a.type() == DocType::Bool && b.type() == DocType::Bool) return a.as_bool() == b.as_bool();
    const auto order = compare(a, b);
    return order && *order == 0;
}

bool is_scalar(DocView value) {
    return value.is_string() || value.is_number() || value.type() == DocType::Bool;
}

constexpr std::array<std::string_view, 6> kOtherLeaves = {"trait",  "identifier", "channel",
                                                          "source", "segment",    "did"};

DocView value_at(DocView object, const std::string& path) {
    const DocView whole = object.find(path);  // A key may itself hold dots.
    return whole.is_missing() ? object.at_path(path) : whole;
}

}  // namespace

Result<PropertyPath> PropertyPath::parse(DocView text, const std::string& field) {
    const std::string_view path = text.as_string();
    if (path.empty()) return Error::invalid(field + ": must be the name of a property");
    if (path.size() > 500) return Error::invalid(field + ": longer than 500 bytes");
    if (path.find("[]") != path.npos) {
        return Error::invalid(field + ": a path into a list has many values; name one");
    }
    PropertyPath property;
    property.from_event_ = path.starts_with("$.");
    property.path_ = property.from_event_ ? path.substr(2) : path;
    const size_t dot = property.path_.rfind('.');
    if (dot != std::string::npos) property.parent_ = property.path_.substr(0, dot);
    return property;
}

DocView PropertyPath::top(const EventView& event) const {
    if (from_event_) return event.doc();
    const bool has_traits = event.type() == EventType::Identify || event.type() == EventType::Group;
    return event.doc().find(has_traits ? "traits" : "properties");
}

DocView PropertyPath::value_in(const EventView& event) const {
    const DocView object = top(event);
    const DocView whole = object.find(path_);  // A key may itself hold dots.
    return whole.is_missing() && !parent_.empty() ? object.at_path(path_) : whole;
}

DocView PropertyPath::beside(const EventView& event, std::string_view key) const {
    const DocView object = top(event);
    if (parent_.empty() || !object.find(path_).is_missing()) return object.find(key);
    return object.at_path(parent_).find(key);
}

Result<Predicate> Predicate::compile(DocView condition, const std::string& field) {
    Predicate predicate;
    if (condition.is_missing() || condition.is_null()) return predicate;
    TL_TRY_ASSIGN(const size_t whole, predicate.add(condition, field));
    TL_ASSERT(whole + 1 == predicate.nodes_.size());
    return predicate;
}

Predicate Predicate::both(const Predicate& a, const Predicate& b) {
    if (a.always_holds() || a == b) return b;
    if (b.always_holds()) return a;
    Predicate whole = a;
    const size_t shift = a.nodes_.size();
    for (Node node : b.nodes_) {
        for (size_t& part : node.parts) part += shift;
        whole.nodes_.push_back(std::move(node));
    }
    const size_t last = whole.nodes_.size() - 1;
    whole.nodes_.push_back(
        {.op = Op::And, .parts = {shift - 1, last}, .property = {}, .operands = {}});
    return whole;
}

Result<size_t> Predicate::add_node(Node node, const std::string& field) {
    if (nodes_.size() == kNodesMax) {
        return Error::invalid(field + ": more than " + std::to_string(kNodesMax) + " conditions");
    }
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
}

Result<size_t> Predicate::add(DocView condition, const std::string& field) {
    if (condition.is_array()) return add_all(Op::And, condition, field);
    if (!condition.is_object()) return Error::invalid(field + ": must be a condition or a list");
    if (!condition.find("property").is_missing()) return add_leaf(condition, field);

    for (const model::DocField& entry : condition.fields()) {
        if (std::count(kOtherLeaves.begin(), kOtherLeaves.end(), entry.key) > 0) {
            return Error::invalid(field + "." + std::string(entry.key) +
                                  ": not supported yet in a trend, only property is");
        }
    }
    const DocView both = condition.find("and");
    const DocView either = condition.find("or");
    const DocView none = condition.find("not");
    const int given = !both.is_missing() + !either.is_missing() + !none.is_missing();
    const auto fields = condition.fields();
    if (given != 1 || ++fields.begin() != fields.end()) {
        return Error::invalid(field + ": must be one of property, and, or, not");
    }
    if (!both.is_missing()) return add_all(Op::And, both, field + ".and");
    if (!either.is_missing()) return add_all(Op::Or, either, field + ".or");
    TL_TRY_ASSIGN(const size_t part, add(none, field + ".not"));
    return add_node({.op = Op::Not, .parts = {part}, .property = {}, .operands = {}}, field);
}

Result<size_t> Predicate::add_all(Op op, DocView conditions, const std::string& field) {
    if (!conditions.is_array()) return Error::invalid(field + ": must be a list");
    Node node{.op = op, .parts = {}, .property = {}, .operands = {}};
    for (const DocView condition : conditions.items()) {
        const std::string place = field + "[" + std::to_string(node.parts.size()) + "]";
        TL_TRY_ASSIGN(const size_t part, add(condition, place));
        node.parts.push_back(part);
    }
    return add_node(std::move(node), field);
}

Result<size_t> Predicate::add_leaf(DocView leaf, const std::string& field) {
    struct Operator {
        std::string_view name;
        Op op;
        bool is_negated;
    };
    static constexpr Operator kOperators[] = {{"eq", Op::In, false},
                                              {"ne", Op::In, true},
                                              {"in", Op::In, false},
                                              {"not_in", Op::In, true},
                                              {"lt", Op::Less, false},
                                              {"lte", Op::LessOrEqual, false},
                                              {"gt", Op::Greater, false},
                                              {"gte", Op::GreaterOrEqual, false},
                                              {"contains", Op::Contains, false},
                                              {"starts_with", Op::StartsWith, false},
                                              {"exists", Op::Exists, false},
                                              {"not_exists", Op::Exists, true}};
    for (const model::DocField& entry : leaf.fields()) {
        if (entry.key == "property" || entry.key == "op" || entry.key == "value") continue;
        if (entry.key == "quantifier") continue;
        return Error::invalid(field + "." + std::string(entry.key) + ": not supported yet");
    }
    const std::string_view name = leaf.find("op").as_string();
    const auto found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                    [&](const Operator& known) { return known.name == name; });
    if (name == "matches") return Error::invalid(field + ".op: matches is not supported yet");
    if (found == std::end(kOperators)) {
        return Error::invalid(field +
                              ".op: must be one of eq ne lt lte gt gte in not_in contains "
                              "starts_with exists not_exists");
    }
    Node node{.op = found->op, .parts = {}, .property = {}, .operands = {}};
    TL_TRY(read_path(leaf, field, node));
    TL_TRY(read_operands(leaf, name, field + ".value", node));
    if (!node.elements.empty()) {
        node.is_negated = found->is_negated;
        return add_node(std::move(node), field);
    }
    TL_TRY_ASSIGN(const size_t index, add_node(std::move(node), field));
    if (!found->is_negated) return index;
    return add_node({.op = Op::Not, .parts = {index}, .property = {}, .operands = {}}, field);
}

Status Predicate::read_path(DocView leaf, const std::string& field, Node& node) {
    const DocView quantifier = leaf.find("quantifier");
    const std::string_view which = quantifier.as_string();
    if (!quantifier.is_missing() && which != "any" && which != "all") {
        return Error::invalid(field + ".quantifier: must be any or all");
    }
    node.needs_all = which == "all";
    std::string path(leaf.find("property").as_string());
    size_t list = path.find("[]");
    if (list == path.npos) {
        if (!quantifier.is_missing()) {
            return Error::invalid(field + ".quantifier: goes with a path such as products[].sku");
        }
        TL_TRY_ASSIGN(node.property,
                      PropertyPath::parse(leaf.find("property"), field + ".property"));
        return Status::ok();
    }
    std::string name;
    model::DocWriter(name).string(path.substr(0, list));
    TL_TRY_ASSIGN(node.property, PropertyPath::parse(DocView(name), field + ".property"));
    while (list != path.npos) {
        path.erase(0, list + 2);
        list = path.find("[]");
        const std::string rest = path.substr(0, list);
        const bool is_bad = !rest.empty() && (rest[0] != '.' || rest.size() == 1);
        if (is_bad) return Error::invalid(field + ".property: need a dot after []");
        node.elements.push_back(rest.substr(rest.empty() ? 0 : 1));
    }
    return Status::ok();
}

Status Predicate::read_operands(DocView leaf, std::string_view op, const std::string& field,
                                Node& node) const {
    const DocView value = leaf.find("value");
    if (node.op == Op::Exists) return Status::ok();
    if (op == "in" || op == "not_in") {
        if (!value.is_array()) return Error::invalid(field + ": must be a list");
        for (const DocView item : value.items()) {
            if (!is_scalar(item))
                return Error::invalid(field + ": must be texts, numbers, booleans");
            if (node.operands.size() == kOperandsMax) {
                return Error::invalid(field + ": more than " + std::to_string(kOperandsMax));
            }
            node.operands.emplace_back(item.bytes());
        }
        return Status::ok();
    }
    if (value.is_null() || value.is_missing()) {
        return Error::invalid(field + ": missing; to ask for absence use not_exists");
    }
    if (!is_scalar(value)) return Error::invalid(field + ": must be a text, number or boolean");
    const bool needs_text = node.op == Op::StartsWith;
    if (needs_text && !value.is_string()) return Error::invalid(field + ": must be a text");
    const bool has_order = value.is_string() || value.is_number();
    const bool needs_order = node.op != Op::In && node.op != Op::Contains;
    if (needs_order && !has_order) return Error::invalid(field + ": must be a text or number");
    node.operands.emplace_back(value.bytes());
    return Status::ok();
}

bool Predicate::part_holds(size_t part, DocView value) const {
    const Node& leaf = nodes_[part];
    return leaf.elements.empty() ? leaf_holds(leaf, value) : elements_hold(leaf, value, 0);
}

bool Predicate::elements_hold(const Node& leaf, DocView list, size_t depth) {
    bool has_any = false;
    for (const DocView item : list.items()) {
        has_any = true;
        const std::string& path = leaf.elements[depth];
        const DocView value = path.empty() ? item : value_at(item, path);
        const bool is_last = depth + 1 == leaf.elements.size();
        const bool holds = is_last ? leaf_holds(leaf, value) != leaf.is_negated
                                   : elements_hold(leaf, value, depth + 1);
        if (holds != leaf.needs_all) return holds;
    }
    return leaf.needs_all && has_any;
}

bool Predicate::leaf_holds(const Node& leaf, DocView value) {
    if (value.is_missing() || value.is_null()) return false;
    if (leaf.op == Op::Exists) return true;
    if (leaf.op == Op::In) {
        return std::any_of(leaf.operands.begin(), leaf.operands.end(),
                           [&](const auto& operand) { return are_equal(value, DocView(operand)); });
    }
    const DocView operand(leaf.operands[0]);
    if (leaf.op == Op::StartsWith) {
        return value.is_string() && value.as_string().starts_with(operand.as_string());
    }
    if (leaf.op == Op::Contains) {
        if (value.is_string() && operand.is_string()) {
            return value.as_string().find(operand.as_string()) != std::string_view::npos;
        }
        for (const DocView item : value.items()) {
            if (are_equal(item, operand)) return true;
        }
        return false;
    }
    const auto order = compare(value, operand);
    if (!order) return false;
    if (leaf.op == Op::Less) return *order < 0;
    if (leaf.op == Op::LessOrEqual) return *order <= 0;
    if (leaf.op == Op::Greater) return *order > 0;
    return *order >= 0;
}

}  // namespace throughline::query
