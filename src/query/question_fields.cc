#include "query/question_fields.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "model/consequence.h"

namespace throughline::query {

using model::DocView;

namespace {

constexpr Micros kDurationMax = 3660 * kDay;

std::optional<model::EventType> type_named(std::string_view name) {
    for (const auto type :
         {model::EventType::Track, model::EventType::Identify, model::EventType::Page,
          model::EventType::Screen, model::EventType::Group, model::EventType::Alias,
          model::kConsequence}) {
        if (model::event_type_name(type) == name) return type;
    }
    return std::nullopt;
}

}  // namespace

Status check_keys(DocView object, std::span<const std::string_view> known,
                  const std::string& prefix) {
    for (const model::DocField& entry : object.fields()) {
        if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
            return Error::invalid(prefix + std::string(entry.key) +
                                  ": not known here, or not supported yet");
        }
    }
    return Status::ok();
}

Result<std::optional<std::string>> text_of(DocView object, std::string_view key,
                                           const std::string& prefix) {
    const DocView value = object.find(key);
    if (value.is_missing() || value.is_null()) return std::optional<std::string>();
    if (!value.is_string()) {
        return Error::invalid(prefix + std::string(key) + ": must be a text");
    }
    return std::optional<std::string>(value.as_string());
}

Result<bool> parse_known(DocView query, bool usual) {
    const DocView known = query.find("known");
    if (!known.is_missing() && known.type() != model::DocType::Bool) {
        return Error::invalid("query: known: must be true or false");
    }
    return known.as_bool(usual);
}

Result<Range> parse_range(DocView query, const QuestionDefaults& defaults) {
    TL_TRY_ASSIGN(const auto timezone, text_of(query, "timezone", "query: "));
    TL_TRY_ASSIGN(const auto from, text_of(query, "from", "query: "));
    TL_TRY_ASSIGN(const auto to, text_of(query, "to", "query: "));
    const std::string name = timezone.value_or(defaults.timezone);
    auto zone = Zone::find(name);
    if (!zone) return Error::invalid("query: timezone: " + zone.error().message);

    auto start = zone->parse_time(from.value_or("-30d"), defaults.now);
    if (!start) return Error::invalid("query: from: " + start.error().message);
    auto end = to ? zone->parse_time(*to, defaults.now) : Result<Micros>(defaults.now);
    if (!end) return Error::invalid("query: to: " + end.error().message);
    if (*start >= *end) return Error::invalid("query: to: must be after from");
    return Range{.from = *start, .to = *end, .timezone = name, .zone = *zone};
}

Result<std::optional<Micros>> parse_known_at(DocView query, const QuestionDefaults& defaults) {
    TL_TRY_ASSIGN(const auto text, text_of(query, "as_known_at", "query: "));
    if (!text) return std::optional<Micros>();
    TL_TRY_ASSIGN(const auto timezone, text_of(query, "timezone", "query: "));
    auto zone = Zone::find(timezone.value_or(defaults.timezone));
    if (!zone) return Error::invalid("query: timezone: " + zone.error().message);
    const auto at = zone->parse_time(*text, defaults.now);
    if (!at) return Error::invalid("query: as_known_at: " + at.error().message);
    if (*at > defaults.now) return Error::invalid("query: as_known_at: must not be after now");
    return std::optional<Micros>(*at);
}

Result<Condition> parse_condition(DocView object, const std::string& field) {
    if (!object.is_object()) return Error::invalid(field + ": must be an object");
    Condition condition;
    TL_TRY_ASSIGN(auto event, text_of(object, "event", field + "."));
    TL_TRY_ASSIGN(const auto type, text_of(object, "type", field + "."));
    TL_TRY_ASSIGN(std::tie(condition.event, condition.type),
                  event_and_type(std::move(event), type, field));
    TL_TRY_ASSIGN(condition.where, Predicate::compile(object.find("where"), field + ".where"));
    return condition;
}

Result<std::pair<std::optional<std::string>, std::optional<model::EventType>>> event_and_type(
    std::optional<std::string> event, const std::optional<std::string>& type,
    const std::string& field) {
    if (event == "*") event.reset();
    std::optional<model::EventType> parsed;
    if (type) {
        parsed = type_named(*type);
        if (!parsed) {
            return Error::invalid(field +
                                  ".type: must be one of track identify page screen group alias " +
                                  "consequence");
        }
    } else if (event) {
        parsed = model::EventType::Track;  // A page may bear the name of an event.
    }
    return std::pair(std::move(event), parsed);
}

Result<std::string> trait_path_of(std::string_view path, const std::string& field) {
    if (path.empty()) return Error::invalid(field + ": must be the name of a trait");
    if (path.size() > 500) return Error::invalid(field + ": longer than 500 bytes");
    if (path.find("[]") != path.npos) {
        return Error::invalid(field + ": a path into a list has many values; name one");
    }
    return std::string(path);
}

Result<Micros> parse_duration(std::string_view text, const std::string& field) {
    static constexpr std::pair<std::string_view, Micros> kUnits[] = {
        {"s", kSecond}, {"m", kMinute},  {"h", kHour},
        {"d", kDay},    {"w", 7 * kDay}, {"mo", 30 * kDay}};
    const Error bad = Error::invalid(
        field + ": need a whole number with s, m, h, d, w or mo, such as 7d, up to 10 years");
    int64_t count = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), count);
    if (end.ec != std::errc{} || count < 1) return bad;
    const std::string_view unit = text.substr(static_cast<size_t>(end.ptr - text.data()));
    const auto known = std::ranges::find(kUnits, unit, [](const auto& one) { return one.first; });
    if (known == std::end(kUnits) || count > kDurationMax / known->second) return bad;
    return count * known->second;
}

}  // namespace throughline::query
