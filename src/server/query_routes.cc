#include "server/query_routes.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>
#include <optional>

#include "model/json.h"
#include "query/query.h"
#include "server/definitions.h"
#include "server/profile_json.h"
#include "server/query_desk.h"
#include "server/query_form.h"
#include "server/question_moment.h"
#include "server/sql_question.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kPeopleUsual = 50;
constexpr size_t kPeopleMost = 500;

bool is_trend(DocView query) {
    return query.find("kind").as_string() == "trend";
}

/// One way from questions in the API's form to their answers.
class QueryRoutes {
public:
    explicit QueryRoutes(App& app) : app_(app) {}

    Result<net::HttpResponse> answer(ApiRequest& request) {
        TL_TRY(wait_for_position(app_, request));
        const DocView query = request.body();
        if (query.find("kind").as_string() == "sql") return answer_sql(app_, request, sql_desk_);
        auto answers = ask(std::span(&query, 1), request);
        if (!answers[0]) return answers[0].error();
        return net::HttpResponse::json(200, std::string(**answers[0]));
    }

    Result<net::HttpResponse> answer_several(ApiRequest& request) {
        TL_TRY(wait_for_position(app_, request));
        const DocView several = request.body().find("queries");
        if (!several.is_array()) return Error::invalid("query: queries: must be a list");
        std::vector<DocView> queries;
        for (const DocView query : several.items()) queries.push_back(query);
        if (queries.size() > kQueriesMax) {
            return Error::invalid("query: queries: more than " + std::to_string(kQueriesMax));
        }
        std::string json = "{\"answers\":[";
        for (const auto& answer : ask(queries, request)) {
            if (json.back() != '[') json += ',';
            json += answer ? **answer : error_response(answer.error()).body;
        }
        return net::HttpResponse::json(200, json + "]}");
    }

    Result<net::HttpResponse> progress(const ApiRequest& request) const {
        return answer_progress(desk_, request);
    }

private:
    static constexpr size_t kQueriesMax = 50;

    std::vector<Result<QueryDesk::Answer>> ask(std::span<const DocView> queries,
                                               ApiRequest& request) {
        const engine::QueryView view = app_.engine.query_view();
        const Micros now = app_.clock.now();
        QueryDesk::Asked asked{.version = view.state.next_position,
                               .keys = {},
                               .name = request.query("id"),
                               .watch = [&](std::function<void()> on_gone) {
                                   if (request.responder == nullptr) return;
                                   request.responder->watch(std::move(on_gone));
                               }};
        for (const DocView query : queries) {
            const Micros minute = hangs_on_now(query, now) ? floor_div(now, kMinute) : 0;
            asked.keys.push_back(std::to_string(minute) + ' ' + std::string(query.bytes()));
        }
        return desk_.ask(asked, [&](std::span<const size_t> numbers, QueryDesk::Work& work) {
            std::vector<DocView> mine;
            for (const size_t number : numbers) mine.push_back(queries[number]);
            return work_out(mine, view, work);
        });
    }

    std::vector<Result<std::string>> work_out(std::span<const DocView> queries,
                                              const engine::QueryView& view,
                                              QueryDesk::Work& work) const {
        QuestionMoment moment(app_, view, queries);
        query::Environment& environment = moment.environment();
        environment.cancelled = &work.is_cancelled;
        environment.progress = &work.progress;
        // A trend is asked in a form of the API's own; the other kinds have no other form.
        std::vector<Result<std::string>> inner;
        std::vector<DocView> readable;
        for (const DocView query : queries) {
            inner.push_back(is_trend(query) ? to_inner_query(query)
                                            : Result<std::string>(std::string(query.bytes())));
            if (inner.back()) readable.push_back(DocView(*inner.back()));
        }
        auto found = query::run_queries(readable, environment);
        std::vector<Result<std::string>> answers;
        size_t next = 0;
        for (size_t i = 0; i < queries.size(); ++i) {
            if (!inner[i]) {
                answers.emplace_back(inner[i].error());
            } else {
                answers.push_back(in_api_form(queries[i], std::move(found[next++])));
            }
        }
        return answers;
    }

    Result<std::string> in_api_form(DocView query, Result<std::string> answer) const {
        if (!answer || !is_trend(query)) return answer;
        TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(*answer));
        return model::to_json(DocView(to_answer(query, DocView(doc), app_.clock.now())));
    }

    App& app_;
    QueryDesk desk_;
    SqlDesk sql_desk_;
};

Result<query::PageRequest> page_of(const ApiRequest& request) {
    query::PageRequest page;
    TL_TRY_ASSIGN(page.limit, request.limit(kPeopleUsual, kPeopleMost));
    const std::string cursor = request.query("cursor");
    if (cursor.empty()) return page;
    uint32_t after = 0;
    const auto end = std::from_chars(cursor.data(), cursor.data() + cursor.size(), after);
    if (end.ec != std::errc{} || end.ptr != cursor.data() + cursor.size()) {
        return Error::invalid("query: cursor: not one of ours");
    }
    page.after = after;
    return page;
}

Result<query::PeoplePage> find_people(const App& app, const ApiRequest& request) {
    const DocView query = request.body().find("query");
    const DocView cell = request.body().find("cell");
    TL_TRY_ASSIGN(const query::PageRequest page, page_of(request));
    const engine::QueryView view = app.engine.query_view();
    QuestionMoment moment(app, view, std::span(&query, 1));
    query::Environment& environment = moment.environment();
    const auto has_left = std::make_shared<std::atomic<bool>>(false);  // The callback may outlive.
    if (request.responder != nullptr) request.responder->watch([has_left] { *has_left = true; });
    environment.cancelled = has_left.get();
    // A trend is asked in the form of `query`; the other kinds have no other form.
    if (!is_trend(query)) return query::people_behind(query, cell, page, environment);
    TL_TRY_ASSIGN(const std::string inner, to_inner_query(query));
    TL_TRY_ASSIGN(const std::string inner_cell, cell_of_token(cell.as_string()));
    return query::people_behind(DocView(inner), DocView(inner_cell), page, environment);
}

Result<net::HttpResponse> list_people(App& app, ApiRequest& request) {
    TL_TRY_ASSIGN(const query::PeoplePage found, find_people(app, request));
    const engine::View view = app.engine.view();
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        for (const uint32_t root : found.roots) {
            const auto person = engine::load_person(view, engine::IdentityId{root});
            // Erased since: she is in no list any more.
            if (!person && person.error().code == Code::NotFound) continue;
            if (!person) status = person.error();
            if (!status) break;
            write_summary(view, *person, {}, out);
        }
        return found.next ? std::to_string(*found.next) : std::string();
    });
    TL_TRY(status);
    return doc_response(doc);
}

}  // namespace

Result<net::HttpResponse> answer_progress(const QueryDesk& desk, const ApiRequest& request) {
    TL_TRY_ASSIGN(const auto rows, desk.progress(request.parameters[0]));
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "rows_done", std::min(rows.first, rows.second));
    write_count(out, "rows_total", rows.second);
    out.close(mark);
    return doc_response(doc);
}

void add_query_routes(Router& router, App& app) {
    const auto queries = std::make_shared<QueryRoutes>(app);  // Shared by the routes below.
    router.post(
        "/api/query", [queries](ApiRequest& request) { return queries->answer(request); },
        Scope::Read);
    router.post(
        "/api/queries", [queries](ApiRequest& request) { return queries->answer_several(request); },
        Scope::Read);
    router.get("/api/query/{id}/progress",
               [queries](ApiRequest& request) { return queries->progress(request); });
    router.post(
        "/api/query/people", [&app](ApiRequest& request) { return list_people(app, request); },
        Scope::Read);
}

}  // namespace throughline::server
