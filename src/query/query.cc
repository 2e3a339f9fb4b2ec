#include "query/query.h"

#include "query/asked_moment.h"
#include "query/attribution.h"
#include "query/attribution_spec.h"
#include "query/comparison.h"
#include "query/funnel_question.h"
#include "query/funnel_spec.h"
#include "query/joint_pass.h"
#include "query/retention_question.h"
#include "query/retention_spec.h"
#include "query/trend.h"
#include "query/trend_spec.h"

namespace throughline::query {

using model::DocView;

namespace {

Error unknown_kind() {
    return Error::invalid("query: kind: must be one of trend funnel retention attribution");
}

Result<std::unique_ptr<Plan>> plan_of(DocView query, const Environment& environment) {
    const std::string_view kind = query.find("kind").as_string();
    if (kind == "trend") return plan_trend(query, environment);
    if (kind == "funnel") return plan_funnel(query, environment);
    if (kind == "retention") return plan_retention(query, environment);
    if (kind == "attribution") return plan_attribution(query, environment);
    return unknown_kind();
}

template <typename Spec>
Status status_of(const Result<Spec>& spec) {
    return spec ? Status::ok() : Status(spec.error());
}

Status check_alone(DocView query, const QuestionDefaults& defaults) {
    const Channels channels;
    const SessionRules rules{channels, {}};
    TL_TRY(parse_known_at(query, defaults));
    const std::string_view kind = query.find("kind").as_string();
    if (kind == "trend") return status_of(parse_trend(query, defaults, rules));
    if (kind == "funnel") return status_of(parse_funnel(query, defaults, rules));
    if (kind == "retention") return status_of(parse_retention(query, defaults));
    if (kind == "attribution") return status_of(parse_attribution(query, defaults, {}));
    return unknown_kind();
}

/// One question while it is answered, and what it is compared with.
struct Asked {
    const Environment* environment = nullptr;  // Of now, or of an earlier moment.
    std::optional<ComparedQuestions> compared = {};
    std::unique_ptr<Plan> plan = {};
    std::unique_ptr<Plan> before = {};
    std::optional<Error> error = {};
    std::string answer = {};
    std::string answer_before = {};

    static Result<Asked> make(DocView query, const Environment& now, AskedMoments& moments) {
        if (!query.is_object()) return Error::invalid("query: must be an object");
        Asked asked;
        TL_TRY_ASSIGN(asked.environment, environment_asked(query, now, moments));
        const Environment& environment = *asked.environment;
        TL_TRY_ASSIGN(asked.compared,
                      compared_questions(query, {environment.timezone, environment.clock.now()}));
        if (!asked.compared) {
            TL_TRY_ASSIGN(asked.plan, plan_of(query, environment));
            return asked;
        }
        TL_TRY_ASSIGN(asked.plan, plan_of(DocView(asked.compared->question), environment));
        TL_TRY_ASSIGN(asked.before, plan_of(DocView(asked.compared->before), environment));
        return asked;
    }
    Result<std::string> take_answer() {
        if (error) return *error;
        if (before) {
            answer.pop_back();
            answer += ",\"previous\":" + answer_before + '}';
        }
        return std::move(answer);
    }
};

/// A plan of a question, and where its answer goes.
struct Part {
    Asked* asked = nullptr;
    Plan* plan = nullptr;
    std::string* answer = nullptr;
};

/// Answers those parts that fit into one pass, beginning with the first; returns the others.
std::vector<Part> run_together(const std::vector<Part>& parts, Micros started) {
    const Environment& environment = *parts.front().asked->environment;
    JointPass joint(environment);
    std::vector<Part> together;
    std::vector<Part> rest;
    for (const Part& part : parts) {
        const bool fits = part.asked->environment == &environment && joint.add(*part.plan);
        (fits ? together : rest).push_back(part);
    }
    TL_ASSERT(!together.empty());
    const auto looked_at = joint.run();
    for (const Part& part : together) {
        if (!looked_at) {
            part.asked->error = looked_at.error();
            continue;
        }
        auto answer = part.plan->answer(*looked_at, environment.clock.monotonic() - started);
        if (!answer) {
            part.asked->error = answer.error();
        } else {
            *part.answer = std::move(*answer);
        }
    }
    return rest;
}

}  // namespace

Status check_query(DocView query, const QuestionDefaults& defaults) {
    if (!query.is_object()) return Error::invalid("query: must be an object");
    TL_TRY_ASSIGN(const auto compared, compared_questions(query, defaults));
    if (!compared) return check_alone(query, defaults);
    TL_TRY(check_alone(DocView(compared->question), defaults));
    return check_alone(DocView(compared->before), defaults);
}

std::vector<Result<std::string>> run_queries(std::span<const DocView> queries,
                                             const Environment& environment) {
    const Micros started = environment.clock.monotonic();
    AskedMoments moments;
    std::vector<Asked> all(queries.size());
    std::vector<Part> parts;
    for (size_t i = 0; i < queries.size(); ++i) {
        auto asked = Asked::make(queries[i], environment, moments);
        if (!asked) {
            all[i].error = asked.error();
            continue;
        }
        all[i] = std::move(*asked);
        parts.push_back({&all[i], all[i].plan.get(), &all[i].answer});
        if (all[i].before) parts.push_back({&all[i], all[i].before.get(), &all[i].answer_before});
    }
    while (!parts.empty()) parts = run_together(parts, started);
    std::vector<Result<std::string>> answers;
    for (Asked& asked : all) answers.push_back(asked.take_answer());
    return answers;
}

Result<std::string> run_query(DocView query, const Environment& environment) {
    const Micros started = environment.clock.monotonic();
    AskedMoments moments;
    TL_TRY_ASSIGN(const auto asked, Asked::make(query, environment, moments));
    if (asked.before) return std::move(run_queries(std::span(&query, 1), environment).front());
    Fold* const folds[] = {&asked.plan->fold()};
    TL_TRY_ASSIGN(const PassResult looked_at,
                  run_pass(asked.plan->pass(), *asked.environment, folds));
    return asked.plan->answer(looked_at, environment.clock.monotonic() - started);
}

Result<PeoplePage> people_behind(DocView query, DocView cell, PageRequest page,
                                 const Environment& now) {
    if (!query.is_object()) return Error::invalid("query: must be an object");
    AskedMoments moments;
    TL_TRY_ASSIGN(const Environment* const asked, environment_asked(query, now, moments));
    const Environment& environment = *asked;
    TL_TRY_ASSIGN(const auto compared,
                  compared_questions(query, {environment.timezone, environment.clock.now()}));
    if (compared) query = DocView(compared->question);
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
