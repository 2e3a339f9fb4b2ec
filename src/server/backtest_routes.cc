#include "server/backtest_routes.h"

#include <memory>
#include <span>
#include <vector>

#include "engine/past.h"
#include "engine/runs/live_journeys.h"
#include "identity/public_id.h"
#include "model/json.h"
#include "model/yaml.h"
#include "query/question_fields.h"
#include "server/backtest_cell.h"
#include "server/backtest_json.h"
#include "server/definitions.h"
#include "server/query_desk.h"
#include "server/query_routes.h"
#include "server/question_moment.h"
#include "server/view_knowledge.h"
#include "server/write_fields.h"

namespace throughline::server {

using backtest::Draft;
using engine::QueryView;
using engine::Settings;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr Micros kTimeLimit = 2 * kMinute;
constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;

// The document of the body, else that of the draft that is kept under the key.
Result<std::string> document_of(const ApiRequest& request, const Settings& settings) {
    const DocView body = request.body();
    if (const DocView yaml = body.find("yaml"); yaml.is_string()) {
        return model::doc_from_yaml(yaml.as_string());
    }
    if (const DocView document = body.find("document"); document.is_object()) {
        return std::string(document.bytes());
    }
    const engine::Definition* const draft =
        settings.find(engine::kJourneyKind, request.parameters[0]);
    if (draft == nullptr) {
        return Error::not_found("backtest: no journey has this key; give a document or yaml");
    }
    return std::string(DocView(draft->value).find("document").bytes());
}

Result<backtest::Order> order_of(DocView body) {
    const std::string_view order = body.find("order").as_string();
    if (order.empty() || order == "as_taken") return backtest::Order::AsTaken;
    if (order == "as_happened") return backtest::Order::AsHappened;
    return Error::invalid("backtest: order: need as_taken or as_happened");
}

// Those that a journey and its conditions name; of one that is not there nobody is a member.
Status take_segments(const journey::Definition& definition, const Settings& settings,
                     Draft& draft) {
    const auto take_key = [&](const std::string& key) -> Status {
        const engine::Definition* const kept = settings.find("segments", key);
        const bool is_known = std::ranges::any_of(
            draft.segments, [&](const backtest::NamedSegment& one) { return one.key == key; });
        if (kept == nullptr || is_known) return Status::ok();
        TL_TRY_ASSIGN(auto conditions,
                      segment::Segment::compile(DocView(kept->value).find("conditions"),
                                                settings.namespaces(), "segment: conditions"));
        draft.segments.push_back({key, std::move(conditions)});
        return Status::ok();
    };
    const auto take = [&](const journey::Wanted& wanted) -> Status {
        const auto* const named = std::get_if<journey::SegmentWanted>(&wanted);
        return named == nullptr ? Status::ok() : take_key(named->segment);
    };
    for (const segment::Segment& condition : draft.conditions) {
        for (const std::string& key : condition.segments()) TL_TRY(take_key(key));
    }
    TL_TRY(take(definition.trigger().on));
    for (const journey::Ending& ending : definition.endings()) TL_TRY(take(ending.on));
    std::ranges::sort(draft.segments, {}, &backtest::NamedSegment::key);
    return Status::ok();
}

backtest::Rules rules_of(const Settings& settings) {
    const auto zone = TimeZone::find(settings.timezone());
    return {.privacy = settings.privacy(),
            .survivorship = settings.survivorship(),
            .sources = settings.source_names(),
            .namespaces = settings.namespaces(),
            .zone = zone ? *zone : TimeZone()};
}

Status take_range(const App& app, const ApiRequest& request, const Settings& settings,
                  Draft& draft) {
    draft.rules = rules_of(settings);
    TL_TRY_ASSIGN(const query::Range range,
                  query::parse_range(request.body(),
                                     {.timezone = settings.timezone(), .now = app.clock.now()}));
    draft.from = range.from;
    draft.to = range.to;
    TL_TRY_ASSIGN(draft.order, order_of(request.body()));
    return Status::ok();
}

Result<Draft> draft_of_journey(const App& app, const ApiRequest& request,
                               const Settings& settings) {
    TL_TRY_ASSIGN(const std::string document, document_of(request, settings));
    const journey::Compiled compiled = journey::Definition::compile(DocView(document));
    if (!compiled.definition) {
        const journey::Problem& first = compiled.problems.front();
        return Error::invalid("backtest: " + first.path + ": " + first.message);
    }
    Draft draft{.journey = compiled.definition};
    TL_TRY_ASSIGN(draft.conditions,
                  engine::compile_conditions(*compiled.definition, settings.namespaces()));
    TL_TRY(take_segments(*compiled.definition, settings, draft));
    TL_TRY(take_range(app, request, settings, draft));
    return draft;
}

Result<backtest::Plan> plan_of_journey(const App& app, const ApiRequest& request,
                                       const Settings& settings) {
    TL_TRY_ASSIGN(Draft draft, draft_of_journey(app, request, settings));
    return backtest::Plan::make(std::move(draft));
}

/// A page of people: after whom, and how many, one more than are shown, which tells whether there
/// is another page. `Wanted`: StaysWanted or PeopleWanted.
template <typename Wanted>
Status take_page(const App& app, const ApiRequest& request, Wanted& wanted) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    wanted.most = limit + 1;
    const std::string cursor = request.query("cursor");
    if (cursor.empty()) return Status::ok();
    const auto last = identity::identity_of_public_id(app.engine.secret(), cursor);
    if (!last) return Error::invalid("backtest: cursor: not one that a page gave");
    wanted.after = *last;
    return Status::ok();
}

// The draft is run once more for each page, and only who is behind the number is kept.
Result<backtest::Plan> plan_of_people(const App& app, const ApiRequest& request,
                                      const Settings& settings) {
    TL_TRY_ASSIGN(Draft draft, draft_of_journey(app, request, settings));
    backtest::PeopleWanted& wanted = draft.people.emplace();
    TL_TRY_ASSIGN(wanted.cell, cell_of(request.body().find("cell"), draft));
    TL_TRY(take_page(app, request, wanted));
    return backtest::Plan::make(std::move(draft));
}

// Of the conditions in the body, else of those that stand.
Result<backtest::Plan> plan_of_segment(const App& app, const ApiRequest& request,
                                       const Settings& settings) {
    const std::string& key = request.parameters[0];
    DocView conditions = request.body().find("conditions");
    if (conditions.is_missing() || conditions.is_null()) {
        const engine::Definition* const standing = settings.find("segments", key);
        if (standing == nullptr) {
            return Error::not_found("backtest: no segment has this key; give conditions");
        }
        conditions = DocView(standing->value).find("conditions");
    }
    Draft draft;
    TL_TRY_ASSIGN(auto compiled, segment::Segment::compile(conditions, settings.namespaces(),
                                                           "backtest: conditions"));
    draft.segments.push_back({key, std::move(compiled)});
    TL_TRY(take_range(app, request, settings, draft));
    TL_TRY(take_page(app, request, draft.stays));
    return backtest::Plan::make(std::move(draft));
}

Result<std::vector<backtest::RootChange>> changes_of(const App& app, const backtest::Plan& plan) {
    TL_TRY_ASSIGN(const auto kept,
                  engine::changes_since(app.engine.view().tables.past, plan.draft().from));
    std::vector<backtest::RootChange> changes;
    changes.reserve(kept.size());
    for (const engine::PastChange& one : kept) {
        changes.push_back({one.position, one.at, one.identity, one.before});
    }
    return changes;
}

/// What is told of an outcome, beside what every answer has.
struct Told {
    const App& app;
    const backtest::Plan& plan;
    const backtest::Outcome& outcome;
    DocWriter& out;

    PersonName name() const {
        return [this](uint32_t root) { return identity::public_id(app.engine.secret(), root); };
    }
};

Status tell_journey(const Told& told) {
    write_backtest(told.plan, told.outcome, told.name(), told.out);
    return Status::ok();
}

Status tell_people(const Told& told) {
    return write_backtest_people(told.plan, told.outcome, told.app.engine.view(), told.out);
}

Status tell_segment(const Told& told) {
    write_segment_backtest(told.plan, told.outcome, told.name(), told.out);
    return Status::ok();
}

/// A kind of question: how its plan is made, what it is called in the answer, and what is told.
struct Kind {
    Result<backtest::Plan> (*plan)(const App&, const ApiRequest&, const Settings&);
    std::string_view field;
    Status (*tell)(const Told&);
};

/// Backtests are handed in where questions are: one at a time of each, with a name to ask by how
/// far it is, and not worked out any more when everybody who asked has hung up.
class BacktestRoutes {
public:
    explicit BacktestRoutes(App& app) : app_(app) {}

    Result<HttpResponse> answer(ApiRequest& request, const Kind& kind) {
        TL_TRY(wait_for_position(app_, request));
        const QueryView view = app_.engine.query_view();
        const Micros now = app_.clock.now();
        const DocView body = request.body();
        const Micros minute = hangs_on_now(body, now) ? floor_div(now, kMinute) : 0;
        const QueryDesk::Asked asked{
            .version = view.state.next_position,
            .keys = {std::to_string(minute) + ' ' + std::string(request.http.path()) + ' ' +
                     request.query("limit") + ' ' + request.query("cursor") + ' ' +
                     std::string(body.bytes())},
            .name = request.query("id"),
            .watch = [&](std::function<void()> on_gone) {
                if (request.responder != nullptr) request.responder->watch(std::move(on_gone));
            }};
        const auto answers = desk_.ask(asked, [&](std::span<const size_t>, QueryDesk::Work& work) {
            return std::vector{work_out(request, view, kind, work)};
        });
        if (!answers[0]) return answers[0].error();
        return HttpResponse::json(200, std::string(**answers[0]));
    }

    Result<HttpResponse> progress(const ApiRequest& request) const {
        return answer_progress(desk_, request);
    }

private:
    Result<std::string> work_out(const ApiRequest& request, const QueryView& view, const Kind& kind,
                                 QueryDesk::Work& work) const {
        TL_TRY_ASSIGN(const backtest::Plan plan, kind.plan(app_, request, *view.settings));
        TL_TRY_ASSIGN(const auto changes, changes_of(app_, plan));
        QuestionMoment moment(app_, view, {});
        query::Environment& environment = moment.environment();
        environment.cancelled = &work.is_cancelled;
        environment.progress = &work.progress;
        environment.time_limit = kTimeLimit;
        const ViewKnowledge knowledge(app_.engine);
        const Micros began = app_.clock.monotonic();
        TL_TRY_ASSIGN(
            const backtest::Outcome outcome,
            backtest::run_backtest({.plan = plan,
                                    .source = {environment, view.state.next_identity, changes},
                                    .knowledge = &knowledge}));
        std::string doc;
        DocWriter out(doc);
        const size_t mark = out.open_object();
        out.field(kind.field,
                  plan.journey() != nullptr ? plan.journey()->key() : plan.draft().segments[0].key);
        out.field("from", format_instant(plan.draft().from));
        out.field("to", format_instant(plan.draft().to));
        TL_TRY(kind.tell({app_, plan, outcome, out}));
        out.key("meta");
        const size_t meta = out.open_object();
        write_count(out, "events_scanned", outcome.rows);
        write_count(out, "events_taken", outcome.taken);
        write_count(out, "profiles_scanned", outcome.people);
        out.field("elapsed_ms", (app_.clock.monotonic() - began) / (kSecond / 1000));
        out.field("timezone", view.settings->timezone());
        out.close(meta);
        out.close(mark);
        return model::to_json(DocView(doc));
    }

    App& app_;
    QueryDesk desk_;
};

}  // namespace

void add_backtest_routes(Router& router, App& app) {
    const auto routes = std::make_shared<BacktestRoutes>(app);  // Shared by the routes below.
    const auto add = [&](const std::string& path, const Kind& kind) {
        router.post(
            path, [routes, kind](ApiRequest& request) { return routes->answer(request, kind); },
            Scope::Read);
    };
    add("/api/journeys/{key}/backtest", {plan_of_journey, "journey", tell_journey});
    add("/api/journeys/{key}/backtest/people", {plan_of_people, "journey", tell_people});
    add("/api/segments/{key}/backtest", {plan_of_segment, "segment", tell_segment});
    router.get("/api/backtests/{id}/progress",
               [routes](ApiRequest& request) { return routes->progress(request); });
}

}  // namespace throughline::server
