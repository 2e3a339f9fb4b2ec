#include "query/criterion.h"

#include <algorithm>
#include <compare>

namespace throughline::query {

using model::DocType;
using model::DocView;

namespace {

__extension__ using Int128 = __int128;

Int128 scaled(model::Decimal value, uint8_t other_scale) {
    Int128 units = value.units;
    for (uint8_t i = value.scale; i < other_scale; ++i) units *= 10;
    return units;
}

std::partial_ordering in_order(model::Decimal a, model::Decimal b) {
    if (a.scale == b.scale) return a.units <=> b.units;
    // 18 digits shifted by at most 18 places fit 128 bits.
    return scaled(a, b.scale) <=> scaled(b, a.scale);
}

/// Orders two numbers or two texts; nothing for anything else.
std::optional<std::partial_ordering> compare(DocView a, DocView b) {
    if (a.is_string() && b.is_string()) return a.as_string() <=> b.as_string();
    if (!a.is_number() || !b.is_number()) return std::nullopt;
    const auto left = a.as_decimal();
    const auto right = b.as_decimal();
    if (left && right) return in_order(*left, *right);
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

}  // namespace

struct Criterion::Operator {
    std::string_view name;
    Op op;
    bool is_negated;
};

Result<Criterion> Criterion::make(std::string_view op, DocView operand, const std::string& field,
                                  const std::string& operand_field) {
    static constexpr Operator kOperators[] = {{"eq", Op::In, false},
                                              {"ne", Op::In, true},
                                              {"lt", Op::Less, false},
                                              {"lte", Op::LessOrEqual, false},
                                              {"gt", Op::Greater, false},
                                              {"gte", Op::GreaterOrEqual, false},
                                              {"in", Op::In, false},
                                              {"not_in", Op::In, true},
                                              {"contains", Op::Contains, false},
                                              {"starts_with", Op::StartsWith, false},
                                              {"matches", Op::Matches, false},
                                              {"exists", Op::Exists, false},
                                              {"not_exists", Op::Exists, true}};
    const auto found = std::ranges::find(kOperators, op, &Operator::name);
    if (found == std::end(kOperators)) {
        std::string message = field + ".op: must be one of";
        for (const Operator& known : kOperators) message += " " + std::string(known.name);
        return Error::invalid(std::move(message));
    }
    Criterion criterion;
    criterion.op_ = found->op;
    criterion.is_negated_ = found->is_negated;
    TL_TRY(criterion.read_operands(op, operand, operand_field));
    return criterion;
}

Status Criterion::read_elements(DocView quantifier, std::string& path, const std::string& field,
                                const std::string& path_field) {
    const std::string_view which = quantifier.as_string();
    if (!quantifier.is_missing() && which != "any" && which != "all") {
        return Error::invalid(field + ".quantifier: must be any or all");
    }
    needs_all_ = which == "all";
    size_t list = path.find("[]");
    if (list == path.npos) {
        if (quantifier.is_missing()) return Status::ok();
        return Error::invalid(field + ".quantifier: goes with a path such as products[].sku");
    }
    std::string rest = path.substr(list + 2);
    path.resize(list);
    while (true) {
        list = rest.find("[]");
        const std::string one = rest.substr(0, list);
        const bool is_bad = !one.empty() && (one[0] != '.' || one.size() == 1);
        if (is_bad) return Error::invalid(path_field + ": need a dot after []");
        elements_.push_back(one.substr(one.empty() ? 0 : 1));
        if (list == rest.npos) return Status::ok();
        rest.erase(0, list + 2);
    }
}

Status Criterion::read_list(DocView list, const std::string& field) {
    if (!list.is_array()) return Error::invalid(field + ": must be a list");
    for (const DocView item : list.items()) {
        if (!is_scalar(item)) return Error::invalid(field + ": must be texts, numbers, booleans");
        if (operands_.size() == kOperandsMax) {
            return Error::invalid(field + ": more than " + std::to_string(kOperandsMax));
        }
        operands_.emplace_back(item.bytes());
    }
    return Status::ok();
}

Status Criterion::read_operands(std::string_view op, DocView operand, const std::string& field) {
    if (op_ == Op::Exists) return Status::ok();
    if (op == "in" || op == "not_in") return read_list(operand, field);
    if (operand.is_null() || operand.is_missing()) {
        return Error::invalid(field + ": missing; to ask for absence use not_exists");
    }
    if (!is_scalar(operand)) return Error::invalid(field + ": must be a text, number or boolean");
    const bool needs_text = op_ == Op::StartsWith || op_ == Op::Matches;
    if (needs_text && !operand.is_string()) return Error::invalid(field + ": must be a text");
    const bool has_order = operand.is_string() || operand.is_number();
    const bool needs_order = op_ != Op::In && op_ != Op::Contains;
    if (needs_order && !has_order) return Error::invalid(field + ": must be a text or number");
    if (op_ == Op::Matches) {
        TL_TRY_ASSIGN(pattern_, Pattern::make(operand.as_string(), field));
        return Status::ok();
    }
    operands_.emplace_back(operand.bytes());
    if (needs_order && operand.is_number()) bound_ = operand.as_decimal();
    return Status::ok();
}

bool Criterion::is_met_by(std::partial_ordering order) const {
    if (op_ == Op::Less) return order < 0;
    if (op_ == Op::LessOrEqual) return order <= 0;
    if (op_ == Op::Greater) return order > 0;
    return order >= 0;
}

std::optional<bool> Criterion::holds_for_number(model::Decimal value) const {
    if (!bound_ || !elements_.empty()) return std::nullopt;
    return is_met_by(in_order(value, *bound_)) != is_negated_;
}

bool Criterion::holds_for_some(DocView values) const {
    bool holds = false;
    for (const DocView value : values.items()) holds = holds || holds_for(value);
    return holds != is_negated_;
}

std::vector<std::string> Criterion::equal_texts() const {
    std::vector<std::string> texts;
    if (op_ != Op::In) return texts;
    for (const std::string& operand : operands_) {
        texts.push_back(DocView(operand).as_text().value_or(""));
    }
    return texts;
}

Criterion Criterion::with_equal_texts(const std::vector<std::string>& texts) const {
    Criterion criterion = *this;
    criterion.operands_.clear();
    for (const std::string& text : texts) {
        model::DocWriter(criterion.operands_.emplace_back()).string(text);
    }
    return criterion;
}

bool Criterion::elements_hold(DocView list, size_t depth) const {
    bool has_any = false;
    for (const DocView item : list.items()) {
        has_any = true;
        const std::string& path = elements_[depth];
        const DocView value = path.empty() ? item : value_at(item, path);
        const bool is_last = depth + 1 == elements_.size();
        const bool holds =
            is_last ? holds_for(value) != is_negated_ : elements_hold(value, depth + 1);
        if (holds != needs_all_) return holds;
    }
    return needs_all_ && has_any;
}

bool Criterion::holds_for(DocView value) const {
    if (value.is_missing() || value.is_null()) return false;
    if (op_ == Op::Exists) return true;
    if (op_ == Op::In) {
        return std::ranges::any_of(
            operands_, [&](const auto& operand) { return are_equal(value, DocView(operand)); });
    }
    if (op_ == Op::Matches) return value.is_string() && pattern_->matches(value.as_string());
    const DocView operand(operands_[0]);
    if (op_ == Op::StartsWith) {
        return value.is_string() && value.as_string().starts_with(operand.as_string());
    }
    if (op_ == Op::Contains) {
        if (value.is_string() && operand.is_string()) {
            return value.as_string().find(operand.as_string()) != std::string_view::npos;
        }
        for (const DocView item : value.items()) {
            if (are_equal(item, operand)) return true;
        }
        return false;
    }
    const auto order = compare(value, operand);
    return order && is_met_by(*order);
}

DocView value_at(DocView object, std::string_view path) {
    const DocView whole = object.find(path);  // A key may itself hold dots.
    return whole.is_missing() ? object.at_path(path) : whole;
}

}  // namespace throughline::query
