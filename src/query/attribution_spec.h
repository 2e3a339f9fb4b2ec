// The `attribution` question, read and checked: nothing that runs it can fail on its form.
//
//   {"kind":"attribution","from":"2026-03-01","to":"2026-04-01",
//    "conversion":{"event":"Order Completed","value":"revenue","where":...},
//    "models":["first","last"],"by":"channel","lookback":"90d","half_life":"7d",
//    "qualified":{"event":"Demo Requested"},"known":true,"where":...}
//
// Layer 4. Immutable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/credit.h"
#include "query/question_fields.h"

namespace throughline::query {

/// What the rows of the answer are.
enum class By : uint8_t {
    Channel,
    Media,
    Place,
    Source,
    Medium,
    Campaign,
    Asset,  // utm_content: the piece that was clicked.
    Term,
    Referrer
};

std::string_view by_name(By by);

inline constexpr size_t kByMax = 3;

struct AttributionSpec {
    Range range;
    bool known_only = true;
    Predicate where;
    Condition conversion;
    std::optional<PropertyPath> value;   // Of the conversion.
    std::optional<Condition> qualified;  // None: nobody is.
    std::vector<Model> models;
    Micros lookback = 90 * kDay;
    Micros half_life = 7 * kDay;  // Of time_decay.
    std::vector<By> by;
};

/// `qualified` is the installation's condition, packed; the question may name another.
/// Errors: InvalidArgument naming the field, also for a field it does not know.
Result<AttributionSpec> parse_attribution(model::DocView query, const QuestionDefaults& defaults,
                                          std::string_view qualified);

/// Checks a condition of settings/qualified.
Status check_qualified(model::DocView condition);

}  // namespace throughline::query
