#include "sql/needs.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "sql/duckdb_library.h"

namespace throughline::sql {

using model::DocView;

namespace {

constexpr std::string_view kPrefix = "throughline_";
constexpr std::string_view kBetween = "_between";

/// One use of a table in the plan.
struct Get {
    std::string table;
    std::vector<std::string> names;  // Of its columns.
    TableNeeds needs;                // Fields of those columns only that are not needed whole.
};

/// Where a column that an operator gives comes from, unchanged.
struct Origin {
    Get* get = nullptr;  // Null: it is made here, or of no table of ours.
    std::string column;
    bool is_mark = false;  // Whether the column is one of `texts`.
    TextSet texts;
};
using Origins = std::vector<Origin>;

bool is_json(std::string_view column) {
    return column == "properties" || column == "context" || column == "traits";
}

std::optional<size_t> index_of(DocView value) {
    const auto index = value.as_integer();
    return index && *index >= 0 ? std::optional(static_cast<size_t>(*index)) : std::nullopt;
}

std::string_view class_of(DocView expression) {
    return expression.find("expression_class").as_string();
}

/// The column that an expression is; null: it is none of a table's.
const Origin* column_of(DocView expression, const Origins& from) {
    if (class_of(expression) != "BOUND_REF") return nullptr;
    const auto index = index_of(expression.find("index"));
    return index && *index < from.size() && from[*index].get != nullptr ? &from[*index] : nullptr;
}

/// A constant of a type; missing: it is none, or null.
DocView constant_of(DocView expression, std::string_view type) {
    if (class_of(expression) != "BOUND_CONSTANT") return {};
    const DocView value = expression.find("value");
    const bool fits = value.find("type").find("id").as_string() == type;
    return fits && !value.find("is_null").as_bool(true) ? value.find("value") : DocView();
}

std::optional<std::string> text_of(DocView expression) {
    const DocView value = constant_of(expression, "VARCHAR");
    return value.is_string() ? std::optional<std::string>(value.as_string()) : std::nullopt;
}

/// The field of the document that a path of `->>` leads into; nothing: it is not that simple.
std::optional<std::string> field_of(std::string_view path) {
    if (path.starts_with("$.\"")) {
        path.remove_prefix(3);
        const size_t end = path.find_first_of("\"\\");
        if (end == path.npos || path[end] != '"') return std::nullopt;
        return std::string(path.substr(0, end));
    }
    const bool is_path = path.starts_with("$.");
    if (is_path) path.remove_prefix(2);
    if (path.empty() || path[0] == '$' || path[0] == '/' || path.find('*') != path.npos) {
        return std::nullopt;
    }
    return std::string(is_path ? path.substr(0, path.find_first_of(".[")) : path);
}

class PlanReader {
public:
    void read(DocView operation) {
        look_at_all(visit(operation));  // What the answer shows is needed whole.
    }

    StatementNeeds needs() {
        StatementNeeds all;
        for (const auto& get : gets_) {
            const auto [known, is_new] = all.try_emplace(get->table, get->needs);
            if (!is_new) widen(known->second, get->needs);
        }
        return all;
    }

private:
    static void widen(TableNeeds& needs, const TableNeeds& more) {
        needs.range.from = std::min(needs.range.from, more.range.from);
        needs.range.to = std::max(needs.range.to, more.range.to);
        for (const auto member : {&TableNeeds::texts, &TableNeeds::fields}) {
            auto& own = needs.*member;
            std::erase_if(own,
                          [&](const auto& one) { return !(more.*member).contains(one.first); });
            for (auto& [column, texts] : own) {
                const TextSet& others = (more.*member).find(column)->second;
                texts.insert(others.begin(), others.end());
            }
        }
    }

    Origins visit(DocView operation) {
        const std::string_view type = operation.find("type").as_string();
        if (type == "LOGICAL_GET") return get(operation);
        std::vector<Origins> children;
        for (const DocView child : operation.find("children").items()) {
            children.push_back(visit(child));
        }
        if (type == "LOGICAL_COMPARISON_JOIN" && children.size() == 2) {
            return join(operation, std::move(children));
        }
        if (children.size() == 1) {
            Origins& from = children.front();
            if (type == "LOGICAL_FILTER") return filter(operation, std::move(from));
            if (type == "LOGICAL_PROJECTION") return projection(operation, from);
            if (type == "LOGICAL_AGGREGATE_AND_GROUP_BY") {
                look_at(operation.find("groups"), from);
                look_at(operation.find("expressions"), from);
                return {};
            }
        }
        for (const Origins& from : children) look_at_all(from);
        return {};
    }

    Origins get(DocView operation) {
        std::string_view name = operation.find("name").as_string();
        if (!name.starts_with(kPrefix)) return {};
        name.remove_prefix(kPrefix.size());
        if (name.ends_with(kBetween)) name.remove_suffix(kBetween.size());
        gets_.push_back(std::make_unique<Get>());
        Get& made = *gets_.back();
        made.table = name;
        for (const DocView column : operation.find("names").items()) {
            made.names.emplace_back(column.as_string());
            if (is_json(made.names.back())) made.needs.fields[made.names.back()];
        }
        Origins columns;
        for (const DocView column : operation.find("column_indexes").items()) {
            const auto index = index_of(column.find("index"));
            const bool is_ours = index && *index < made.names.size();
            columns.push_back(is_ours ? Origin{&made, made.names[*index], false, {}} : Origin{});
        }
        return chosen(operation.find("projection_ids"), columns);
    }

    /// What a map of columns leaves; an empty one leaves all.
    static Origins chosen(DocView map, const Origins& from) {
        Origins left;
        for (const DocView one : map.items()) {
            const auto index = index_of(one);
            left.push_back(index && *index < from.size() ? from[*index] : Origin{});
        }
        return left.empty() ? from : left;
    }

    Origins filter(DocView operation, Origins from) {
        for (const DocView condition : operation.find("expressions").items()) {
            restrict(condition, from);
        }
        look_at(operation.find("expressions"), from);
        return chosen(operation.find("projection_map"), from);
    }

    Origins projection(DocView operation, const Origins& from) {
        Origins made;
        for (const DocView expression : operation.find("expressions").items()) {
            const Origin* const column = column_of(expression, from);
            made.push_back(column != nullptr ? *column : Origin{});
            if (column == nullptr) look_at(expression, from);
        }
        return made;
    }

    /// An IN of many texts is a join that marks the rows whose text is among them.
    Origins join(DocView operation, std::vector<Origins> sides) {
        const DocView conditions = operation.find("conditions");
        const bool is_mark = operation.find("join_type").as_string() == "MARK";
        Origin mark;
        for (const DocView condition : conditions.items()) {
            const Origin* const column = column_of(condition.find("left"), sides[0]);
            if (is_mark && column != nullptr) mark = *column;
            look_at(condition.find("left"), sides[0]);
            look_at(condition.find("right"), sides[1]);
        }
        if (!is_mark || !operation.find("predicate").is_null()) {
            for (const Origins& side : sides) look_at_all(side);
            return {};
        }
        look_at_all(sides[1]);
        Origins made = chosen(operation.find("left_projection_map"), sides[0]);
        mark.is_mark = true;
        const auto marked = marked_texts(operation);
        if (!marked || mark.get == nullptr) mark = {};
        if (marked) mark.texts = *marked;
        made.push_back(std::move(mark));
        return made;
    }

    static std::optional<TextSet> marked_texts(DocView join) {
        DocView list;
        for (const DocView child : join.find("children").items()) list = child;
        size_t conditions = 0;
        for (const DocView one : join.find("conditions").items()) {
            ++conditions;
            if (one.find("comparison").as_string() != "COMPARE_EQUAL") return std::nullopt;
        }
        const bool is_list = list.find("type").as_string() == "LOGICAL_CHUNK_GET";
        if (!is_list || conditions != 1) return std::nullopt;
        TextSet texts;
        size_t columns = 0;
        for (const DocView column : list.find("collection").find("values").items()) {
            if (++columns > 1) return std::nullopt;
            for (const DocView value : column.items()) {
                if (!value.find("value").is_string()) return std::nullopt;
                texts.emplace(value.find("value").as_string());
            }
        }
        return texts;
    }

    // Notes what rows a condition asks for, as far as it is understood.
    static void restrict(DocView condition, const Origins& from) {
        const std::string_view kind = class_of(condition);
        const std::string_view type = condition.find("type").as_string();
        if (kind == "BOUND_CONJUNCTION" && type == "CONJUNCTION_AND") {
            for (const DocView one : condition.find("children").items()) restrict(one, from);
        } else if (kind == "BOUND_BETWEEN") {
            const DocView input = condition.find("input");
            const bool from_included = condition.find("lower_inclusive").as_bool(true);
            const bool to_included = condition.find("upper_inclusive").as_bool(true);
            restrict_time(column_of(input, from), from_included ? ">=" : ">",
                          condition.find("lower"));
            restrict_time(column_of(input, from), to_included ? "<=" : "<",
                          condition.find("upper"));
        } else if (kind == "BOUND_COMPARISON") {
            compare(condition, type, from);
        } else if (kind == "BOUND_REF") {
            const Origin* const mark = column_of(condition, from);
            if (mark != nullptr && mark->is_mark) restrict_text(*mark, mark->texts);
        } else if (const auto any = any_of(condition, from)) {
            restrict_text(*any->first, any->second);
        }
    }

    static void compare(DocView condition, std::string_view type, const Origins& from) {
        DocView column = condition.find("left");
        DocView constant = condition.find("right");
        const bool is_turned = class_of(column) == "BOUND_CONSTANT";
        if (is_turned) std::swap(column, constant);
        if (type == "COMPARE_EQUAL") {
            restrict_time(column_of(column, from), ">=", constant);
            restrict_time(column_of(column, from), "<=", constant);
            if (const auto any = any_of(condition, from)) restrict_text(*any->first, any->second);
            return;
        }
        std::string_view sign = type == "COMPARE_GREATERTHANOREQUALTO" ? ">="
                                : type == "COMPARE_GREATERTHAN"        ? ">"
                                : type == "COMPARE_LESSTHANOREQUALTO"  ? "<="
                                : type == "COMPARE_LESSTHAN"           ? "<"
                                                                       : "";
        if (is_turned) {
            sign = sign == ">=" ? "<=" : sign == ">" ? "<" : sign == "<=" ? ">=" : ">";
        }
        const bool is_understood =
            type.starts_with("COMPARE_GREATER") || type.starts_with("COMPARE_LESS");
        if (is_understood) restrict_time(column_of(column, from), sign, constant);
    }

    static void restrict_time(const Origin* column, std::string_view sign, DocView constant) {
        if (column == nullptr || column->is_mark) return;
        const bool is_time = (column->get->table == "events" && column->column == "time") ||
                             (column->get->table == "sessions" && column->column == "started");
        const auto at = constant_of(constant, "TIMESTAMP WITH TIME ZONE").as_integer();
        if (!is_time || !at || *at >= INT64_MAX - 1 || *at <= INT64_MIN + 1) return;
        TimeRange& range = column->get->needs.range;
        if (sign == ">=") range.from = std::max(range.from, *at);
        if (sign == ">") range.from = std::max(range.from, *at + 1);
        if (sign == "<") range.to = std::min(range.to, *at);
        if (sign == "<=") range.to = std::min(range.to, *at + 1);
    }

    static void restrict_text(const Origin& column, const TextSet& texts) {
        auto& all = column.get->needs.texts;
        const auto [known, is_new] = all.try_emplace(column.column, texts);
        if (is_new) return;
        std::erase_if(known->second, [&](const std::string& one) { return !texts.contains(one); });
    }

    /// The column, and the texts of which it must be one: `= 'a'`, `IN ('a', 'b')`, or several
    /// such of one column with OR.
    static std::optional<std::pair<const Origin*, TextSet>> any_of(DocView condition,
                                                                   const Origins& from) {
        const std::string_view type = condition.find("type").as_string();
        if (class_of(condition) == "BOUND_COMPARISON" && type == "COMPARE_EQUAL") {
            DocView left = condition.find("left");
            DocView right = condition.find("right");
            if (class_of(left) == "BOUND_CONSTANT") std::swap(left, right);
            return texts_of(column_of(left, from), {right});
        }
        std::vector<DocView> children;
        for (const DocView child : condition.find("children").items()) children.push_back(child);
        if (children.empty()) return std::nullopt;
        if (class_of(condition) == "BOUND_OPERATOR" && type == "COMPARE_IN") {
            const DocView column = children.front();
            children.erase(children.begin());
            return texts_of(column_of(column, from), children);
        }
        if (class_of(condition) != "BOUND_CONJUNCTION" || type != "CONJUNCTION_OR") {
            return std::nullopt;
        }
        auto all = any_of(children.front(), from);
        for (const DocView child : children) {
            const auto one = any_of(child, from);
            if (!all || !one || one->first != all->first) return std::nullopt;
            all->second.insert(one->second.begin(), one->second.end());
        }
        return all;
    }

    static std::optional<std::pair<const Origin*, TextSet>> texts_of(
        const Origin* column, const std::vector<DocView>& constants) {
        if (column == nullptr || column->is_mark) return std::nullopt;
        std::pair<const Origin*, TextSet> all(column, {});
        for (const DocView constant : constants) {
            const auto text = text_of(constant);
            if (!text) return std::nullopt;
            all.second.insert(*text);
        }
        return all;
    }

    // Notes which fields of JSON an expression looks at, or that it takes the column whole.
    static void look_at(DocView expression, const Origins& from) {
        if (const Origin* const column = column_of(expression, from)) {
            if (!column->is_mark) column->get->needs.fields.erase(column->column);
            return;
        }
        if (look_at_field(expression, from)) return;
        for (const DocView item : expression.items()) look_at(item, from);
        for (const model::DocField& part : expression.fields()) look_at(part.value, from);
    }
    static void look_at_all(const Origins& from) {
        for (const Origin& column : from) {
            if (column.get != nullptr && !column.is_mark) {
                column.get->needs.fields.erase(column.column);
            }
        }
    }

    static bool look_at_field(DocView expression, const Origins& from) {
        static constexpr std::string_view kExtract[] = {"->>", "->", "json_extract",
                                                        "json_extract_string"};
        const std::string_view name = expression.find("name").as_string();
        if (class_of(expression) != "BOUND_FUNCTION" ||
            std::ranges::find(kExtract, name) == std::end(kExtract)) {
            return false;
        }
        std::vector<DocView> arguments;
        for (const DocView child : expression.find("children").items()) arguments.push_back(child);
        if (arguments.size() != 2) return false;
        const Origin* const column = column_of(arguments[0], from);
        const auto path = text_of(arguments[1]);
        const auto field = path ? field_of(*path) : std::nullopt;
        if (column == nullptr || column->is_mark || !field) return false;
        auto& fields = column->get->needs.fields;
        const auto known = fields.find(column->column);
        if (known != fields.end()) known->second.insert(*field);
        return true;
    }

    std::vector<std::unique_ptr<Get>> gets_;
};

}  // namespace

std::string plan_statement(const std::string& statement) {
    return "SELECT json_serialize_plan(" + sql_literal(statement) + ", optimize := true)";
}

StatementNeeds needs_of(DocView plan) {
    PlanReader reader;
    for (const DocView one : plan.find("plans").items()) reader.read(one);
    return reader.needs();
}

}  // namespace throughline::sql
