#include "ingest/mapping.h"

#include <algorithm>

#include "ingest/identifiers.h"
#include "ingest/mapping_plan.h"
#include "model/json.h"

namespace throughline::ingest {

using model::DocField;
using model::DocView;

namespace {

constexpr std::string_view kValueForms =
    "need a column name or one of column, value, template, product, first, case, object, list";

struct OperatorName {
    std::string_view name;
    Operator op;
};
constexpr OperatorName kOperators[] = {
    {"eq", Operator::Eq},
    {"ne", Operator::Ne},
    {"lt", Operator::Lt},
    {"lte", Operator::Lte},
    {"gt", Operator::Gt},
    {"gte", Operator::Gte},
    {"in", Operator::In},
    {"not_in", Operator::NotIn},
    {"contains", Operator::Contains},
    {"starts_with", Operator::StartsWith},
    {"exists", Operator::Exists},
    {"not_exists", Operator::NotExists},
};

struct TypeName {
    std::string_view name;
    ValueType type;
};
constexpr TypeName kValueTypes[] = {
    {"text", ValueType::Text},       {"string", ValueType::Text},
    {"integer", ValueType::Integer}, {"decimal", ValueType::Decimal},
    {"boolean", ValueType::Boolean}, {"date", ValueType::Date},
    {"time", ValueType::Time},       {"json", ValueType::Json},
};

constexpr std::pair<std::string_view, model::EventType> kEventTypes[] = {
    {"track", model::EventType::Track}, {"identify", model::EventType::Identify},
    {"page", model::EventType::Page},   {"screen", model::EventType::Screen},
    {"group", model::EventType::Group}, {"alias", model::EventType::Alias},
};

Error bad(std::string_view where, std::string_view what) {
    return Error::invalid("mapping: " + std::string(where) + ": " + std::string(what));
}

// Refuses keys that mean nothing, so that a misspelt one is not passed over in silence.
Status check_keys(DocView object, const std::string& where,
                  std::initializer_list<std::string_view> allowed) {
    if (!object.is_object()) return bad(where, "need an object");
    for (const DocField& field : object.fields()) {
        if (std::ranges::find(allowed, field.key) != allowed.end()) continue;
        std::string known;
        for (const std::string_view key : allowed)
            known += (known.empty() ? "" : ", ") + std::string(key);
        return bad(where, "`" + std::string(field.key) + "` is unknown; need " + known);
    }
    return Status::ok();
}

class Parser {
public:
    Result<std::shared_ptr<const MappingPlan>> parse(DocView doc) {
        TL_TRY(check_keys(doc, "document",
                          {"name", "description", "format", "zone", "skip", "id", "events"}));
        plan_->name = doc.find("name").as_string();
        if (plan_->name.empty()) return bad("name", "need a text");
        if (DocView zone = doc.find("zone"); !zone.is_missing()) {
            TL_TRY_ASSIGN(zone_, parse_zone(zone, "zone"));
        }
        TL_TRY(parse_shape(doc.find("format")));
        if (const DocView skip = doc.find("skip"); !skip.is_missing()) {
            TL_TRY_ASSIGN(plan_->skip, parse_condition(skip, "skip"));
            plan_->skips = true;
        }
        for (const DocView column : doc.find("id").items()) {
            TL_TRY_ASSIGN(const size_t path, add_path(column, "id"));
            plan_->id.push_back(path);
        }
        size_t index = 0;
        for (const DocView event : doc.find("events").items()) {
            const std::string where = "events[" + std::to_string(index++) + "]";
            TL_TRY_ASSIGN(EventPlan made, parse_event(event, where));
            plan_->events.push_back(std::move(made));
        }
        if (plan_->events.empty()) return bad("events", "need at least one");
        return std::shared_ptr<const MappingPlan>(std::move(plan_));
    }

private:
    Result<Zone> parse_zone(DocView value, const std::string& where) {
        auto zone = Zone::named(value.as_string());
        if (!zone) return bad(where, zone.error().message);
        return zone;
    }

    Result<size_t> add_path(DocView value, const std::string& where) {
        if (!value.is_string() || value.as_string().empty())
            return bad(where, "need a column name");
        return intern(value.as_string());
    }

    size_t intern(std::string_view text) {
        PathPlan path;
        path.is_of_item = text == "@" || text.starts_with("@.");
        path.text = path.is_of_item ? text.substr(std::min<size_t>(2, text.size())) : text;
        const auto same = [&](const PathPlan& other) {
            return other.text == path.text && other.is_of_item == path.is_of_item;
        };
        const auto found = std::ranges::find_if(plan_->paths, same);
        if (found != plan_->paths.end()) return static_cast<size_t>(found - plan_->paths.begin());
        plan_->paths.push_back(std::move(path));
        return plan_->paths.size() - 1;
    }

    Status parse_shape(DocView format) {
        if (format.is_missing()) return Status::ok();
        TL_TRY(check_keys(format, "format", {"kind", "delimiter", "header", "columns"}));
        FileShape& shape = plan_->shape;
        shape.kind = format.find("kind").as_string();
        if (!shape.kind.empty() && shape.kind != "csv" && shape.kind != "aligned" &&
            shape.kind != "jsonl") {
            return bad("format.kind", "need csv, aligned or jsonl");
        }
        if (const std::string_view mark = format.find("delimiter").as_string(); !mark.empty()) {
            if (mark.size() != 1) return bad("format.delimiter", "need one character");
            shape.delimiter = mark[0];
        }
        shape.has_header = format.find("header").as_bool(true);
        for (const DocView column : format.find("columns").items()) {
            shape.columns.emplace_back(column.as_string());
        }
        if (!shape.has_header && shape.columns.empty()) {
            return bad("format.columns", "need the names when there is no header");
        }
        return Status::ok();
    }

    Result<Condition> parse_condition(DocView doc, const std::string& where) {
        Condition condition;
        const auto parse_parts = [&](DocView list, const std::string& at) -> Status {
            size_t index = 0;
            for (const DocView part : list.items()) {
                TL_TRY_ASSIGN(Condition made,
                              parse_condition(part, at + "[" + std::to_string(index++) + "]"));
                condition.parts.push_back(std::move(made));
            }
            return condition.parts.empty() ? Status(bad(at, "need a list of conditions"))
                                           : Status::ok();
        };
        for (const auto& [key, kind] :
             {std::pair{"and", ConditionKind::And}, std::pair{"or", ConditionKind::Or}}) {
            const DocView list = doc.find(key);
            if (list.is_missing()) continue;
            TL_TRY(check_keys(doc, where, {key}));
            condition.kind = kind;
            TL_TRY(parse_parts(list, where + "." + key));
            return condition;
        }
        if (doc.is_array()) {
            condition.kind = ConditionKind::And;
            TL_TRY(parse_parts(doc, where));
            return condition;
        }
        if (const DocView inner = doc.find("not"); !inner.is_missing()) {
            condition.kind = ConditionKind::Not;
            TL_TRY_ASSIGN(Condition made, parse_condition(inner, where + ".not"));
            condition.parts.push_back(std::move(made));
            return condition;
        }
        return parse_leaf(doc, where);
    }

    Result<Condition> parse_leaf(DocView doc, const std::string& where) {
        TL_TRY(check_keys(doc, where, {"column", "op", "value"}));
        Condition leaf;
        leaf.kind = ConditionKind::Leaf;
        TL_TRY_ASSIGN(leaf.path, add_path(doc.find("column"), where + ".column"));
        const auto named =
            std::ranges::find(kOperators, doc.find("op").as_string(), &OperatorName::name);
        if (named == std::end(kOperators)) {
            return bad(where + ".op",
                       "need eq, ne, lt, lte, gt, gte, in, not_in, contains, "
                       "starts_with, exists or not_exists");
        }
        leaf.op = named->op;
        const DocView value = doc.find("value");
        if (leaf.op == Operator::Exists || leaf.op == Operator::NotExists) return leaf;
        const bool is_list = leaf.op == Operator::In || leaf.op == Operator::NotIn;
        if (is_list != value.is_array()) {
            return bad(where + ".value", is_list ? "need a list" : "need one value");
        }
        if (!is_list) {
            if (!value.as_text()) return bad(where + ".value", "need a text, number or boolean");
            leaf.values.push_back(*value.as_text());
        }
        for (const DocView one : value.items()) leaf.values.push_back(one.as_text().value_or(""));
        return leaf;
    }

    Result<ValuePlan> parse_value(DocView doc, const std::string& where) {
        ValuePlan plan;
        if (doc.is_string()) {
            plan.kind = ValueKind::Column;
            TL_TRY_ASSIGN(plan.path, add_path(doc, where));
            return plan;
        }
        if (!doc.find("column").is_missing()) return parse_column(doc, where);
        if (const DocView value = doc.find("value"); !value.is_missing()) {
            TL_TRY(check_keys(doc, where, {"value"}));
            plan.constant = value.bytes();
            return plan;
        }
        if (const DocView text = doc.find("template"); text.is_string()) {
            TL_TRY(check_keys(doc, where, {"template"}));
            return parse_template(text.as_string(), where + ".template");
        }
        if (const DocView cases = doc.find("case"); cases.is_array()) return parse_case(doc, where);
        if (const DocView fields = doc.find("object"); fields.is_object()) {
            TL_TRY(check_keys(doc, where, {"object"}));
            return parse_object(fields, where + ".object");
        }
        if (const DocView list = doc.find("list"); !list.is_missing()) {
            TL_TRY(check_keys(doc, where, {"list", "of"}));
            plan.kind = ValueKind::List;
            TL_TRY_ASSIGN(plan.path, add_path(list, where + ".list"));
            TL_TRY_ASSIGN(ValuePlan of, parse_value(doc.find("of"), where + ".of"));
            plan.parts.push_back(std::move(of));
            return plan;
        }
        return parse_several(doc, where);
    }

    Result<ValuePlan> parse_several(DocView doc, const std::string& where) {
        for (const auto& [key, kind] :
             {std::pair{"product", ValueKind::Product}, std::pair{"first", ValueKind::First}}) {
            const DocView list = doc.find(key);
            if (!list.is_array()) continue;
            TL_TRY(check_keys(doc, where, {key}));
            ValuePlan plan;
            plan.kind = kind;
            size_t index = 0;
            for (const DocView part : list.items()) {
                const std::string at = where + "." + key + "[" + std::to_string(index++) + "]";
                TL_TRY_ASSIGN(ValuePlan made, parse_value(part, at));
                if (kind == ValueKind::Product) made.type = ValueType::Decimal;
                plan.parts.push_back(std::move(made));
            }
            if (plan.parts.empty()) return bad(where, "need at least one value");
            return plan;
        }
        return bad(where, kValueForms);
    }

    Result<ValuePlan> parse_column(DocView doc, const std::string& where) {
        TL_TRY(check_keys(doc, where,
                          {"column", "as", "trim", "decimal", "format", "zone", "map", "default",
                           "empty", "optional"}));
        ValuePlan plan;
        plan.kind = ValueKind::Column;
        TL_TRY_ASSIGN(plan.path, add_path(doc.find("column"), where + ".column"));
        if (doc.find("optional").as_bool()) plan_->paths[plan.path].is_optional = true;
        if (const DocView as = doc.find("as"); !as.is_missing()) {
            const auto named = std::ranges::find(kValueTypes, as.as_string(), &TypeName::name);
            if (named == std::end(kValueTypes)) {
                return bad(where + ".as",
                           "need text, integer, decimal, boolean, date, time or json");
            }
            plan.type = named->type;
        }
        plan.trims = doc.find("trim").as_bool(true);
        if (const DocView mark = doc.find("decimal"); !mark.is_missing()) {
            if (mark.as_string() != "," && mark.as_string() != ".") {
                return bad(where + ".decimal", "need . or ,");
            }
            plan.decimal_mark = mark.as_string()[0];
        }
        for (const DocView empty : doc.find("empty").items()) {
            plan.empties.emplace_back(empty.as_string());
        }
        for (const DocField& field : doc.find("map").fields()) {
            plan.renames.emplace_back(field.key, field.value.bytes());
        }
        plan.constant = doc.find("default").bytes();
        if (plan.type == ValueType::Date || plan.type == ValueType::Time) {
            TL_TRY(parse_time(doc, where, plan));
        }
        return plan;
    }

    Status parse_time(DocView doc, const std::string& where, ValuePlan& plan) {
        std::vector<std::string> formats;
        const DocView format = doc.find("format");
        if (format.is_string()) formats.emplace_back(format.as_string());
        for (const DocView one : format.items()) formats.emplace_back(one.as_string());
        Zone zone = zone_;
        if (const DocView named = doc.find("zone"); !named.is_missing()) {
            TL_TRY_ASSIGN(zone, parse_zone(named, where + ".zone"));
        }
        auto made = TimeFormat::make(std::move(formats), zone);
        if (!made) return bad(where, made.error().message);
        plan.time = std::make_shared<const TimeFormat>(*std::move(made));
        return Status::ok();
    }

    Result<ValuePlan> parse_template(std::string_view text, const std::string& where) {
        ValuePlan plan;
        plan.kind = ValueKind::Template;
        while (true) {
            const size_t open = text.find('{');
            plan.texts.emplace_back(text.substr(0, open));
            if (open == std::string_view::npos) break;
            const size_t close = text.find('}', open);
            if (close == std::string_view::npos || close == open + 1) {
                return bad(where, "need {column}");
            }
            plan.paths.push_back(intern(text.substr(open + 1, close - open - 1)));
            text.remove_prefix(close + 1);
        }
        return plan;
    }

    Result<ValuePlan> parse_case(DocView doc, const std::string& where) {
        TL_TRY(check_keys(doc, where, {"case", "else"}));
        ValuePlan plan;
        plan.kind = ValueKind::Case;
        size_t index = 0;
        for (const DocView branch : doc.find("case").items()) {
            const std::string at = where + ".case[" + std::to_string(index++) + "]";
            TL_TRY(check_keys(branch, at, {"when", "then"}));
            TL_TRY_ASSIGN(Condition when, parse_condition(branch.find("when"), at + ".when"));
            TL_TRY_ASSIGN(ValuePlan then, parse_value(branch.find("then"), at + ".then"));
            plan.conditions.push_back(std::move(when));
            plan.parts.push_back(std::move(then));
        }
        if (const DocView other = doc.find("else"); !other.is_missing()) {
            TL_TRY_ASSIGN(ValuePlan made, parse_value(other, where + ".else"));
            plan.parts.push_back(std::move(made));
        }
        return plan;
    }

    Result<ValuePlan> parse_object(DocView fields, const std::string& where) {
        if (!fields.is_object()) return bad(where, "need an object");
        ValuePlan plan;
        plan.kind = ValueKind::Object;
        for (const DocField& field : fields.fields()) {
            TL_TRY_ASSIGN(ValuePlan made,
                          parse_value(field.value, where + "." + std::string(field.key)));
            plan.texts.emplace_back(field.key);
            plan.parts.push_back(std::move(made));
        }
        return plan;
    }

    Result<EventPlan> parse_event(DocView doc, const std::string& where) {
        TL_TRY(
            check_keys(doc, where,
                       {"when", "each", "as_is", "type", "name", "time", "identifiers", "group_id",
                        "previous_id", "properties", "traits", "context", "message_id"}));
        EventPlan plan;
        if (const DocView when = doc.find("when"); !when.is_missing()) {
            TL_TRY_ASSIGN(plan.when, parse_condition(when, where + ".when"));
        }
        if (const DocView each = doc.find("each"); !each.is_missing()) {
            TL_TRY_ASSIGN(plan.each, add_path(each, where + ".each"));
        }
        if (const DocView type = doc.find("type"); !type.is_missing()) {
            const auto named =
                std::ranges::find(kEventTypes, type.as_string(),
                                  &std::pair<std::string_view, model::EventType>::first);
            if (named == std::end(kEventTypes)) {
                return bad(where + ".type", "need track, identify, page, screen, group or alias");
            }
            plan.type = named->second;
            plan.has_type = true;
        }
        if (const DocView as_is = doc.find("as_is"); as_is.is_string() || as_is.as_bool()) {
            return parse_as_is(doc, where, std::move(plan));
        }
        for (const auto& [key, value] :
             {std::pair{"name", &plan.name}, std::pair{"group_id", &plan.group_id},
              std::pair{"previous_id", &plan.previous_id},
              std::pair{"message_id", &plan.message_id}}) {
            TL_TRY(parse_optional(doc.find(key), where + "." + key, *value));
        }
        for (const auto& [key, value] :
             {std::pair{"properties", &plan.properties}, std::pair{"traits", &plan.traits},
              std::pair{"context", &plan.context}}) {
            if (doc.find(key).is_missing()) continue;
            TL_TRY_ASSIGN(*value, parse_object(doc.find(key), where + "." + key));
        }
        return parse_who_and_when(doc, where, std::move(plan));
    }

    Result<EventPlan> parse_as_is(DocView doc, const std::string& where, EventPlan plan) {
        TL_TRY(check_keys(doc, where, {"when", "each", "as_is", "type", "time", "message_id"}));
        plan.is_as_is = true;
        if (const DocView path = doc.find("as_is"); path.is_string()) {
            TL_TRY_ASSIGN(plan.as_is, add_path(path, where + ".as_is"));
        }
        TL_TRY(parse_optional(doc.find("time"), where + ".time", plan.time));
        TL_TRY(parse_optional(doc.find("message_id"), where + ".message_id", plan.message_id));
        return plan;
    }

    Status parse_optional(DocView doc, const std::string& where, ValuePlan& plan) {
        if (doc.is_missing()) return Status::ok();
        TL_TRY_ASSIGN(plan, parse_value(doc, where));
        return Status::ok();
    }

    Result<EventPlan> parse_who_and_when(DocView doc, const std::string& where, EventPlan plan) {
        for (const DocField& field : doc.find("identifiers").fields()) {
            TL_TRY_ASSIGN(ValuePlan made, parse_value(field.value, where + ".identifiers." +
                                                                       std::string(field.key)));
            plan.identifiers.emplace_back(field.key, std::move(made));
        }
        if (plan.identifiers.empty()) {
            return bad(where + ".identifiers", "need at least one namespace");
        }
        const DocView time = doc.find("time");
        if (time.is_missing()) return bad(where + ".time", "is missing");
        TL_TRY_ASSIGN(plan.time, parse_value(time, where + ".time"));
        if (plan.time.kind == ValueKind::Column && plan.time.type != ValueType::Time) {
            plan.time.type = ValueType::Time;
            TL_TRY(parse_time(time, where + ".time", plan.time));
        }
        if (plan.type == model::EventType::Track && doc.find("name").is_missing()) {
            return bad(where + ".name", "is missing");
        }
        return plan;
    }

    std::shared_ptr<MappingPlan> plan_ = std::make_shared<MappingPlan>();
    Zone zone_;
};

}  // namespace

Result<Mapping> Mapping::from_doc(DocView doc) {
    TL_TRY_ASSIGN(auto plan, Parser().parse(doc));
    return Mapping(std::move(plan));
}

Result<Mapping> Mapping::from_json(std::string_view json) {
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(json));
    return from_doc(DocView(doc));
}

Result<Mapping> Mapping::shipped(std::string_view name) {
    const std::string_view text = shipped_text(name);
    if (!text.empty()) return from_json(text);
    std::string known;
    for (const std::string_view other : shipped_names()) {
        known += (known.empty() ? "" : ", ") + std::string(other);
    }
    return Error::not_found("mapping: " + std::string(name) + " is none of " + known);
}

std::optional<std::string> Mapping::namespace_outside(const model::Namespaces& spaces) const {
    for (const EventPlan& event : plan_->events) {
        for (const auto& [space, value] : event.identifiers) {
            if (find_namespace(spaces, space) == nullptr) return space;
        }
    }
    return {};
}

Status Mapping::check_namespaces(const model::Namespaces& spaces, const std::string& where) const {
    const auto missing = namespace_outside(spaces);
    if (!missing) return Status::ok();
    return Error::invalid(where + ": the namespace " + *missing +
                          " is not configured: add it in settings/identity");
}

const std::string& Mapping::name() const {
    return plan_->name;
}

const FileShape& Mapping::shape() const {
    return plan_->shape;
}

}  // namespace throughline::ingest
