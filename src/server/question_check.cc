#include "server/question_check.h"

#include <array>

#include "query/query.h"
#include "server/query_form.h"
#include "sql/statement.h"

namespace throughline::server {

using model::DocView;

namespace {

query::QuestionDefaults defaults_of(const QuestionContext& context) {
    return {.timezone = context.settings.timezone(), .now = context.now};
}

// `query: steps[1].where: why` about a question that stands below `field`.
Status below(const std::string& field, const Status& status) {
    if (status) return status;
    constexpr std::string_view kAsked = "query: ";
    std::string_view message = status.error().message;
    if (!message.starts_with(kAsked)) {
        return Error{status.error().code, field + ": " + std::string(message)};
    }
    message.remove_prefix(kAsked.size());
    const size_t colon = message.find(": ");
    const bool names_field = colon != message.npos && message.find(' ') > colon;
    return Error{status.error().code, field + (names_field ? "." : ": ") + std::string(message)};
}

Status read(DocView question, const query::QuestionDefaults& defaults) {
    const std::string_view kind = question.find("kind").as_string();
    if (kind == "sql") return sql::check_statement(question, defaults);
    if (kind != "trend") return check_query(question, defaults);
    TL_TRY_ASSIGN(const std::string inner, to_inner_query(question));
    return check_query(DocView(inner), defaults);
}

}  // namespace

Status check_question(DocView question, const QuestionContext& context, const std::string& field) {
    if (!question.is_object()) return Error::invalid(field + ": need a question");
    return below(field, read(question, defaults_of(context)));
}

Status check_range(DocView range, const QuestionContext& context, const std::string& field) {
    constexpr std::array<std::string_view, 2> kKeys = {"from", "to"};
    if (!range.find("from").is_string()) {
        return Error::invalid(field + ".from: need a time such as 2026-03-01 or -30d");
    }
    TL_TRY(below(field, query::check_keys(range, kKeys, "query: ")));
    const auto parsed = query::parse_range(range, defaults_of(context));
    return below(field, parsed ? Status::ok() : Status(parsed.error()));
}

}  // namespace throughline::server
