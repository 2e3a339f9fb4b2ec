// Fields that questions have in common, read and checked.
//
// `prefix` is what stands before the name of a field in a message: `query: series[0].`.
//
// Layer 4. Pure. Errors: InvalidArgument naming the field.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "query/calendar.h"
#include "query/pass.h"

namespace throughline::query {

/// What a question means where it says nothing.
struct QuestionDefaults {
    std::string timezone;
    Micros now = 0;
};

/// The range [from, to) of a question, and the zone its dates are in.
struct Range {
    Micros from = 0;
    Micros to = 0;
    std::string timezone;
    Zone zone;
};

/// Refuses keys that are not among `known`: a misspelt `where` must not answer for everybody.
Status check_keys(model::DocView object, std::span<const std::string_view> known,
                  const std::string& prefix);

/// An optional text; null counts as absent.
Result<std::optional<std::string>> text_of(model::DocView object, std::string_view key,
                                           const std::string& prefix);

/// `known` of a question.
Result<bool> parse_known(model::DocView query, bool usual);

/// `from`, `to` and `timezone`; the last 30 days where it says nothing.
Result<Range> parse_range(model::DocView query, const QuestionDefaults& defaults);

/// `as_known_at`; nothing where it is not given. Errors: also for a moment still to come.
Result<std::optional<Micros>> parse_known_at(model::DocView query,
                                             const QuestionDefaults& defaults);

/// `event`, `type` and `where` of an object. An event alone means a track event of that name; `*`
/// every event.
/// `field` is the object's own name. Does not look at other keys.
Result<Condition> parse_condition(model::DocView object, const std::string& field);

/// What an event's name and an optional type mean: a name alone a track event of that name; `*`
/// every event. `field` is the object that has the type.
Result<std::pair<std::optional<std::string>, std::optional<model::EventType>>> event_and_type(
    std::optional<std::string> event, const std::optional<std::string>& type,
    const std::string& field);

/// The path of a trait. `field` is its name.
Result<std::string> trait_path_of(std::string_view path, const std::string& field);

/// A length of time such as `7d`: a whole number above 0 and s, m, h, d, w or mo (30 days). `field`
/// is its name.
Result<Micros> parse_duration(std::string_view text, const std::string& field);

}  // namespace throughline::query
