#include "ingest/mapping_value.h"

#include <algorithm>

#include "ingest/number_text.h"
#include "model/json.h"

namespace throughline::ingest {

using model::DocView;
using model::DocWriter;

namespace {

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<bool> read_boolean(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    for (const char* yes : {"true", "t", "yes", "y", "1"}) {
        if (lower == yes) return true;
    }
    for (const char* no : {"false", "f", "no", "n", "0"}) {
        if (lower == no) return false;
    }
    return {};
}

// Numbers by value, anything else by bytes.
int compare(std::string_view a, std::string_view b) {
    const auto x = read_decimal(a, '.');
    const auto y = read_decimal(b, '.');
    if (!x || !y) return a.compare(b);
    if (x->scale == y->scale) return x->units < y->units ? -1 : x->units > y->units;
    const double difference = x->as_double() - y->as_double();
    return difference < 0 ? -1 : difference > 0;
}

std::string date_text(Micros at) {
    return format_instant(at).substr(0, 10);
}

}  // namespace

Status ValueReader::use_columns(std::span<const std::string> columns) {
    columns_.assign(plan_.paths.size(), -1);
    for (size_t i = 0; i < plan_.paths.size(); ++i) {
        const PathPlan& path = plan_.paths[i];
        const auto found = std::ranges::find(columns, path.text);
        if (found != columns.end()) {
            columns_[i] = static_cast<int>(found - columns.begin());
        } else if (!path.is_optional) {
            return Error::invalid("import: the file has no column `" + path.text + "`");
        }
    }
    return Status::ok();
}

DocView ValueReader::path_doc(size_t path) const {
    const PathPlan& plan = plan_.paths[path];
    const DocView from = plan.is_of_item ? item_ : row_->doc;
    if (plan.text.empty()) return from;
    const DocView direct = from.find(plan.text);  // A key may hold dots itself.
    return direct.is_missing() ? from.at_path(plan.text) : direct;
}

std::string ValueReader::path_text(size_t path) const {
    if (!has_cells()) return path_doc(path).as_text().value_or("");
    return columns_[path] < 0 ? "" : std::string(row_->cells[static_cast<size_t>(columns_[path])]);
}

Got ValueReader::fail(size_t path, std::string_view what) {
    problem_ = "column `" + plan_.paths[path].text + "`: " + std::string(what);
    return Got::Problem;
}

Got ValueReader::append(const ValuePlan& value, std::string& packed) {
    switch (value.kind) {
        case ValueKind::Constant:
            packed += value.constant;
            return value.constant.empty() ? Got::Nothing : Got::Value;
        case ValueKind::Column:
            return append_column(value, packed);
        case ValueKind::Template:
            return append_template(value, packed);
        case ValueKind::Product:
            return append_product(value, packed);
        case ValueKind::First:
            for (const ValuePlan& part : value.parts) {
                const Got got = append(part, packed);
                if (got != Got::Nothing) return got;
            }
            return Got::Nothing;
        case ValueKind::Case:
            return append_case(value, packed);
        case ValueKind::Object:
            return append_object(value, packed);
        case ValueKind::List:
            return append_list(value, packed);
    }
    return Got::Nothing;
}

Got ValueReader::read_text(const ValuePlan& value, std::string& text) {
    std::string packed;
    const Got got = append(value, packed);
    if (got != Got::Value) return got;
    auto read = DocView(packed).as_text();
    if (!read) {
        problem_ = "a text, number or boolean is needed where an object or array is";
        return Got::Problem;
    }
    text = *std::move(read);
    return text.empty() ? Got::Nothing : Got::Value;
}

Got ValueReader::append_column(const ValuePlan& value, std::string& packed) {
    std::string_view text;
    if (has_cells()) {
        if (columns_[value.path] >= 0) {
            text = row_->cells[static_cast<size_t>(columns_[value.path])];
        }
    } else {
        const DocView doc = path_doc(value.path);
        const bool is_plain = value.type == ValueType::AsIs && value.renames.empty();
        if ((is_plain || value.type == ValueType::Json) && !doc.is_string() && !doc.is_missing() &&
            !doc.is_null()) {
            packed += doc.bytes();
            return Got::Value;
        }
        if (doc.is_object() || doc.is_array()) {
            return fail(value.path, "an object or array can not be converted");
        }
        room_ = doc.as_text().value_or("");
        text = room_;
    }
    if (value.trims) text = without_blanks(text);
    const bool is_empty =
        text.empty() || std::ranges::find(value.empties, text) != value.empties.end();
    if (is_empty) {
        packed += value.constant;  // The default.
        return value.constant.empty() ? Got::Nothing : Got::Value;
    }
    for (const auto& [from, to] : value.renames) {
        if (from != text) continue;
        packed += to;
        return Got::Value;
    }
    return convert(value, text, packed);
}

Got ValueReader::convert(const ValuePlan& value, std::string_view text, std::string& packed) {
    DocWriter out(packed);
    switch (value.type) {
        case ValueType::AsIs:
        case ValueType::Text:
            out.string(text);
            return Got::Value;
        case ValueType::Integer: {
            const auto number = read_decimal(text, value.decimal_mark);
            const auto whole = number ? whole_number(*number) : std::nullopt;
            if (!whole) return fail(value.path, "no whole number");
            out.integer(*whole);
            return Got::Value;
        }
        case ValueType::Decimal: {
            const auto number = read_decimal(text, value.decimal_mark);
            if (!number) return fail(value.path, "no decimal number of at most 18 digits");
            out.decimal(*number);
            return Got::Value;
        }
        case ValueType::Boolean: {
            const auto boolean = read_boolean(text);
            if (!boolean) return fail(value.path, "neither true nor false");
            out.boolean(*boolean);
            return Got::Value;
        }
        case ValueType::Date:
        case ValueType::Time: {
            const auto at = value.time->parse(text);
            if (!at) return fail(value.path, "no time in the format that the mapping names");
            out.string(value.type == ValueType::Date ? date_text(*at) : format_instant_exact(*at));
            return Got::Value;
        }
        case ValueType::Json:
            if (!model::append_doc_from_json(text, packed)) return fail(value.path, "no JSON");
            return Got::Value;
    }
    return Got::Nothing;
}

// Nothing at all when one of its columns is empty: `invoice:` alone would join strangers.
Got ValueReader::append_template(const ValuePlan& value, std::string& packed) {
    std::string text = value.texts[0];
    for (size_t i = 0; i < value.paths.size(); ++i) {
        const std::string part = path_text(value.paths[i]);
        const std::string_view trimmed = without_blanks(part);
        if (trimmed.empty()) return Got::Nothing;
        text.append(trimmed).append(value.texts[i + 1]);
    }
    DocWriter(packed).string(text);
    return Got::Value;
}

Got ValueReader::append_product(const ValuePlan& value, std::string& packed) {
    model::Decimal product{1, 0};
    std::string factor;
    for (const ValuePlan& part : value.parts) {
        factor.clear();
        const Got got = append(part, factor);
        if (got != Got::Value) return got;
        const auto number = DocView(factor).as_decimal();
        const auto next = number ? multiply(product, *number) : std::nullopt;
        if (!next) {
            problem_ = "a product has a factor that is no number, or more than 18 digits";
            return Got::Problem;
        }
        product = *next;
    }
    DocWriter(packed).decimal(product);
    return Got::Value;
}

Got ValueReader::append_case(const ValuePlan& value, std::string& packed) {
    for (size_t i = 0; i < value.conditions.size(); ++i) {
        if (holds(value.conditions[i])) return append(value.parts[i], packed);
    }
    const bool has_else = value.parts.size() > value.conditions.size();
    return has_else ? append(value.parts.back(), packed) : Got::Nothing;
}

Got ValueReader::append_object(const ValuePlan& value, std::string& packed) {
    DocWriter out(packed);
    const size_t mark = out.open_object();
    const size_t empty = packed.size();
    for (size_t i = 0; i < value.parts.size(); ++i) {
        const size_t before = packed.size();
        out.key(value.texts[i]);
        const Got got = append(value.parts[i], packed);
        if (got == Got::Problem) return got;
        if (got == Got::Nothing) packed.resize(before);
    }
    out.close(mark);
    return packed.size() == empty ? Got::Nothing : Got::Value;
}

Got ValueReader::append_list(const ValuePlan& value, std::string& packed) {
    const DocView list = path_doc(value.path);
    if (!list.is_array()) return Got::Nothing;
    const DocView outer = item_;
    DocWriter out(packed);
    const size_t mark = out.open_array();
    for (const DocView item : list.items()) {
        item_ = item;
        const size_t before = packed.size();
        const Got got = append(value.parts[0], packed);
        if (got == Got::Nothing) packed.resize(before);
        if (got == Got::Problem) {
            item_ = outer;
            return got;
        }
    }
    item_ = outer;
    out.close(mark);
    return Got::Value;
}

bool ValueReader::holds(const Condition& condition) {
    const auto part_holds = [&](const Condition& part) { return holds(part); };
    switch (condition.kind) {
        case ConditionKind::Always:
            return true;
        case ConditionKind::And:
            return std::ranges::all_of(condition.parts, part_holds);
        case ConditionKind::Or:
            return std::ranges::any_of(condition.parts, part_holds);
        case ConditionKind::Not:
            return !holds(condition.parts[0]);
        case ConditionKind::Leaf:
            return leaf_holds(condition);
    }
    return false;
}

bool ValueReader::leaf_holds(const Condition& leaf) {
    const std::string whole = path_text(leaf.path);
    const std::string_view text = without_blanks(whole);
    const bool is_there =
        !text.empty() ||
        (!has_cells() && (path_doc(leaf.path).is_object() || path_doc(leaf.path).is_array()));
    const auto is_equal = [&](const std::string& value) { return compare(text, value) == 0; };
    switch (leaf.op) {
        case Operator::Exists:
            return is_there;
        case Operator::NotExists:
            return !is_there;
        case Operator::Eq:
            return is_equal(leaf.values[0]);
        case Operator::Ne:
            return !is_equal(leaf.values[0]);
        case Operator::Lt:
            return !text.empty() && compare(text, leaf.values[0]) < 0;
        case Operator::Lte:
            return !text.empty() && compare(text, leaf.values[0]) <= 0;
        case Operator::Gt:
            return !text.empty() && compare(text, leaf.values[0]) > 0;
        case Operator::Gte:
            return !text.empty() && compare(text, leaf.values[0]) >= 0;
        case Operator::In:
            return std::ranges::any_of(leaf.values, is_equal);
        case Operator::NotIn:
            return std::ranges::none_of(leaf.values, is_equal);
        case Operator::Contains:
            return text.find(leaf.values[0]) != std::string_view::npos;
        case Operator::StartsWith:
            return text.starts_with(leaf.values[0]);
    }
    return false;
}

}  // namespace throughline::ingest
