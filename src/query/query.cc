#include "query/query.h"

#include "query/attribution.h"
#include "query/funnel_question.h"
#include "query/retention_question.h"
#include "query/trend.h"

namespace throughline::query {

using model::DocView;

namespace {

Error unknown_kind() {
    return Error::invalid("query: kind: must be one of trend funnel retention attribution");
}

}  // namespace

Result<std::string> run_query(DocView query, const Environment& environment) {
    if (!query.is_object()) return Error::invalid("query: must be an object");
    const std::string_view kind = query.find("kind").as_string();
    if (kind == "trend") return run_trend(query, environment);
    if (kind == "funnel") return run_funnel(query, environment);
    if (kind == "retention") return run_retention(query, environment);
    if (kind == "attribution") return run_attribution(query, environment);
    return unknown_kind();
}

Result<PeoplePage> people_behind(DocView query, DocView cell, PageRequest page,
                                 const Environment& environment) {
    if (!query.is_object()) return Error::invalid("query: must be an object");
    const std::string_view kind = query.find("kind").as_string();
    if (kind == "trend") return trend_people(query, cell, page, environment);
    if (kind == "funnel") return funnel_people(query, cell.as_string(), page, environment);
    if (kind == "retention") {
        return retention_people(query, cell.as_string(), page, environment);
    }
    if (kind == "attribution") return people_of_attribution(query, cell, page, environment);
    return unknown_kind();
}

}  // namespace throughline::query
