#include "server/journey_routes.h"

#include <algorithm>

#include "engine/runs/person_runs.h"
#include "identity/public_id.h"
#include "journey/shipped.h"
#include "model/consequence.h"
#include "model/yaml.h"
#include "server/definitions.h"
#include "server/journey_json.h"
#include "server/kept_definitions.h"
#include "server/profile_json.h"
#include "server/profile_routes.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::JourneyFigures;
using engine::LiveJourney;
using engine::View;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr size_t kJourneysMax = 500;
constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kOwnersLookedAt = 5'000;  // By one page of runs; a filter may leave none of them.
constexpr size_t kRowsLookedAt = 2'000;    // Of a timeline, for the steps of one person.

Error no_journey() {
    return Error::not_found("journey: no journey has this key");
}

// A draft may have problems: they are told with it, and keep it from being published.
Status read_draft(DocView body, const engine::Settings&, DocWriter& out) {
    const DocView yaml = body.find("yaml");
    const DocView document = body.find("document");
    if (yaml.is_string()) {
        TL_TRY_ASSIGN(const std::string read, model::doc_from_yaml(yaml.as_string()));
        if (!DocView(read).is_object()) return Error::invalid("journey: yaml: need a mapping");
        out.key("document");
        out.copy(DocView(read));
        out.field("yaml", yaml.as_string());
        return Status::ok();
    }
    if (!document.is_object()) return Error::invalid("journey: document: need one, or `yaml`");
    out.key("document");
    out.copy(document);
    return Status::ok();
}

// What a draft would be told if it were kept, which it is not. Of text that cannot be read that is
// its problem.
Result<HttpResponse> check_draft(App& app, const ApiRequest& request) {
    const auto settings = app.engine.settings();
    std::string draft;
    DocWriter read(draft);
    const size_t draft_mark = read.open_object();
    const Status readable = read_draft(request.body(), *settings, read);
    read.close(draft_mark);
    if (!readable && !request.body().find("yaml").is_string()) return readable.error();
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.key("document");
    if (readable) {
        out.copy(DocView(draft).find("document"));
        write_findings(*settings, request.parameters[0], DocView(draft).find("document"), out);
    } else {
        out.null();
        write_unreadable(readable.error(), out);
    }
    out.close(mark);
    return doc_response(doc);
}

Result<JourneyFigures> figures_of(const View& view, const LiveJourney* live) {
    if (live == nullptr) return JourneyFigures();
    return engine::journey_figures(view, live->id);
}

// A read of counts that fails shows none here; the report says why.
void write_draft(const App& app, const engine::Definition& definition, DocWriter& out) {
    const View view = app.engine.view();
    const DocView value(definition.value);
    const DocView document = value.find("document");
    out.key("document");
    out.copy(document);
    write_text(out, "yaml", value.find("yaml").as_string());
    write_findings(*view.settings, definition.key, document, out);
    const LiveJourney* const live = view.settings->journeys().find(definition.key);
    write_live(view, live, figures_of(view, live).value_or(JourneyFigures()), out);
    const auto is_starting = [&](const engine::LiveVersion& version) {
        const uint32_t latest = live->building != 0 ? live->building : live->starting;
        return version.number == latest && version.document == document.bytes();
    };
    write_flag(out, "has_changes",
               live == nullptr || std::ranges::none_of(live->versions, is_starting));
}

// --- decisions

Result<HttpResponse> answer_journey(App& app, const std::string& key) {
    const auto settings = app.engine.settings();
    const engine::Definition* const draft = settings->find(engine::kJourneyKind, key);
    if (draft == nullptr) return no_journey();
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("key", key);
    out.field("name", DocView(draft->value).find("name").as_string());
    const View view = app.engine.view();
    const LiveJourney* const live = view.settings->journeys().find(key);
    TL_TRY_ASSIGN(const JourneyFigures figures, figures_of(view, live));
    write_live(view, live, figures, out);
    out.close(mark);
    return doc_response(doc);
}

Result<HttpResponse> decide_journey(App& app, const ApiRequest& request, std::string_view what,
                                    std::string_view mode = {}) {
    const std::string& key = request.parameters[0];
    const auto settings = app.engine.settings();
    if (settings->find(engine::kJourneyKind, key) == nullptr) return no_journey();
    TL_TRY(decide(app, request.caller, "journey", [&](DocWriter& out) {
        out.field("journey", key);
        out.field("do", what);
        if (!mode.empty()) out.field("mode", mode);
    }));
    return answer_journey(app, key);
}

// All problems at once, each with its place.
Result<HttpResponse> publish(App& app, const ApiRequest& request) {
    const std::string& key = request.parameters[0];
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const engine::Definition* const draft = settings->find(engine::kJourneyKind, key);
    if (draft == nullptr) return no_journey();
    TL_TRY_ASSIGN(auto refusal, check_preconditions(request, draft, "journey"));
    if (refusal) return std::move(*refusal);
    std::string found;
    DocWriter out(found);
    const size_t mark = out.open_object();
    out.key("error");
    const size_t error = out.open_object();
    out.field("code", code_name(Code::FailedPrecondition));
    out.field("message", "journey: it has problems, so that it cannot be published");
    out.close(error);
    write_findings(*settings, key, DocView(draft->value).find("document"), out);
    out.close(mark);
    const model::DocItems problems = DocView(found).find("problems").items();
    if (problems.begin() != problems.end()) {
        return doc_response(found, http_status(Code::FailedPrecondition));
    }
    return decide_journey(app, request, "publish");
}

// With `dry_run`, what each way of going on would meet.
Result<HttpResponse> resume(App& app, const ApiRequest& request) {
    const std::string mode(request.body().find("mode").as_string());
    if (!request.is_set("dry_run")) {
        if (!engine::resume_mode(mode)) {
            return Error::invalid("journey: mode: need fire, shift or skip");
        }
        return decide_journey(app, request, "resume", mode);
    }
    const View view = app.engine.view();
    const LiveJourney* const live = view.settings->journeys().find(request.parameters[0]);
    if (live == nullptr) return no_journey();
    journey::Overdue overdue;
    for (engine::IdentityId after = 0;;) {
        TL_TRY_ASSIGN(const auto owners,
                      engine::run_owners(view, live->id, after, kOwnersLookedAt));
        TL_TRY_ASSIGN(const auto runs, engine::runs_of(view, owners));
        const journey::Overdue some = journey::count_overdue(runs, live->id);
        overdue.held += some.held;
        overdue.waiting += some.waiting;
        if (owners.size() < kOwnersLookedAt) break;
        after = owners.back();
    }
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "overdue", overdue.held);
    write_count(out, "waiting", overdue.waiting);
    write_time(out, "paused_at", live->paused_at);
    out.close(mark);
    return doc_response(doc);
}

// `{"runs":"finish"}` lets those go on that are on their way; `end` ends them.
Result<HttpResponse> stop(App& app, const ApiRequest& request) {
    const std::string_view runs = request.body().find("runs").as_string();
    if (runs != "finish" && runs != "end") {
        return Error::invalid("journey: runs: need finish or end");
    }
    TL_TRY_ASSIGN(HttpResponse stopped, decide_journey(app, request, "stop"));
    if (runs == "finish") return stopped;
    return decide_journey(app, request, "end_runs");
}

// --- starts by hand

// Of the run that has just been started, which may be over already.
Result<HttpResponse> answer_start(App& app, model::Position position, std::string_view ref) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const engine::Person person, person_of(view, ref));
    TL_TRY_ASSIGN(const auto page, view.history->timeline(person.members(), "", kRowsLookedAt));
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const sequence::StoredEvent& row : page.events) {
        const bool is_it = row.row.position == position &&
                           row.event().name() == engine::run_row_name(journey::RowKind::Entered);
        if (!is_it) continue;
        const DocView properties = row.event().doc().find("properties");
        out.field("run", properties.find("run").as_string());
        out.field("version", properties.find("version").as_integer().value_or(0));
        break;
    }
    out.close(mark);
    return doc_response(doc);
}

Result<HttpResponse> start_one(App& app, const ApiRequest& request, DocView body) {
    const std::string ref(body.find("profile").as_string());
    engine::IdentityId owner = 0;
    {
        const View view = app.engine.view();
        TL_TRY_ASSIGN(const engine::Person person, person_of(view, ref));
        owner = person.root;
    }
    TL_TRY_ASSIGN(const engine::Outcome outcome,
                  decide(app, request.caller, "run_start", [&](DocWriter& out) {
                      out.field("journey", request.parameters[0]);
                      out.field("owner", int64_t{owner});
                      out.field("subject", "journeys/" + request.parameters[0]);
                      if (!body.find("properties").is_object()) return;
                      out.key("properties");
                      out.copy(body.find("properties"));
                  }));
    return answer_start(app, outcome.position, ref);
}

// With `dry_run`, how many they are.
Result<HttpResponse> start_segment(App& app, const ApiRequest& request, DocView body) {
    const std::string key(body.find("segment").as_string());
    if (request.is_set("dry_run")) {
        const View view = app.engine.view();
        const engine::LiveSegment* const live = view.settings->segments().find(key);
        if (live == nullptr) return Error::not_found("journey: segment: no segment has this key");
        const auto state = view.state.segments.find(live->id);
        std::string doc;
        DocWriter out(doc);
        const size_t mark = out.open_object();
        write_count(out, "people", state == view.state.segments.end() ? 0 : state->second.size);
        out.close(mark);
        return doc_response(doc);
    }
    TL_TRY(decide(app, request.caller, "journey", [&](DocWriter& out) {
        out.field("journey", request.parameters[0]);
        out.field("do", "start");
        out.field("segment", key);
        if (!body.find("properties").is_object()) return;
        out.key("properties");
        out.copy(body.find("properties"));
    }));
    return answer_journey(app, request.parameters[0]);
}

// `{"profile":"user_id:ana"}` starts one person, `{"segment":"vip"}` everybody who is in it now.
Result<HttpResponse> start(App& app, const ApiRequest& request) {
    const auto settings = app.engine.settings();
    if (settings->find(engine::kJourneyKind, request.parameters[0]) == nullptr) return no_journey();
    const DocView body = request.body();
    const bool is_one = body.find("profile").is_string();
    if (is_one == body.find("segment").is_string()) {
        return Error::invalid("journey: need a profile or a segment to start");
    }
    const DocView properties = body.find("properties");
    if (!properties.is_missing() && !properties.is_null() && !properties.is_object()) {
        return Error::invalid("journey: properties: need an object");
    }
    if (is_one && request.is_set("dry_run")) {
        return Error::invalid("journey: dry_run: counts the people of a segment");
    }
    return is_one ? start_one(app, request, body) : start_segment(app, request, body);
}

// --- runs and counts

Result<HttpResponse> report(App& app, const ApiRequest& request) {
    TL_TRY(wait_for_position(app, request));
    const View view = app.engine.view();
    const std::string& key = request.parameters[0];
    if (view.settings->find(engine::kJourneyKind, key) == nullptr) return no_journey();
    const LiveJourney* const live = view.settings->journeys().find(key);
    TL_TRY_ASSIGN(JourneyFigures figures, figures_of(view, live));
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("key", key);
    out.field("state", journey_state(live));
    write_totals(figures, out);
    out.key("versions");
    const size_t list = out.open_array();
    for (size_t i = 0; live != nullptr && i < live->versions.size(); ++i) {
        const engine::LiveVersion& version = live->versions[i];
        write_version_counts(version, figures.versions[version.number], out);
    }
    out.close(list);
    out.close(mark);
    return doc_response(doc);
}

struct RunFilter {
    std::string state, step;

    bool takes(const LiveJourney& live, const journey::Run& run) const {
        if (run.journey != live.id || run.is_over()) return false;
        if (!state.empty() && (state == "held") != (run.state == journey::RunState::Held)) {
            return false;
        }
        if (step.empty()) return true;
        const auto version =
            std::ranges::find(live.versions, run.version, &engine::LiveVersion::number);
        return version != live.versions.end() && version->definition->steps()[run.step].id == step;
    }
};

Result<engine::IdentityId> after_of(const View& view, const ApiRequest& request) {
    const std::string cursor = request.query("cursor");
    if (cursor.empty()) return engine::IdentityId{0};
    const auto last = identity::identity_of_public_id(view.secret, cursor);
    if (!last) return Error::invalid("journey: cursor: not one that a page gave");
    return *last;
}

Status write_owner(const View& view, const LiveJourney& live, const RunFilter& filter,
                   engine::IdentityId owner, DocWriter& out, size_t& count) {
    TL_TRY_ASSIGN(const auto runs, engine::runs_of(view, std::span(&owner, 1)));
    for (const journey::Run& run : runs) {
        if (!filter.takes(live, run)) continue;
        const auto person = engine::load_person(view, owner);
        if (!person && person.error().code == Code::NotFound) return Status::ok();
        if (!person) return person.error();
        const size_t mark = out.open_object();
        write_run(live, run, out);
        out.key("profile");
        write_summary(view, *person, "", out);
        out.close(mark);
        ++count;
    }
    return Status::ok();
}

// A page goes on until it is full, or has looked at many owners; the cursor is the last of them.
Result<HttpResponse> list_runs(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    TL_TRY(wait_for_position(app, request));
    const View view = app.engine.view();
    const LiveJourney* const live = view.settings->journeys().find(request.parameters[0]);
    if (live == nullptr) return no_journey();
    const RunFilter filter{request.query("state"), request.query("step")};
    if (!filter.state.empty() && filter.state != "waiting" && filter.state != "held") {
        return Error::invalid("journey: state: need waiting or held");
    }
    TL_TRY_ASSIGN(const auto after, after_of(view, request));
    TL_TRY_ASSIGN(const auto owners, engine::run_owners(view, live->id, after, kOwnersLookedAt));
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) -> std::string {
        size_t count = 0;
        for (size_t i = 0; i < owners.size() && status; ++i) {
            status = write_owner(view, *live, filter, owners[i], out, count);
            const bool is_last = i + 1 == owners.size() && owners.size() < kOwnersLookedAt;
            const bool is_full = count >= limit || i + 1 == kOwnersLookedAt;
            if (is_full && !is_last) return identity::public_id(view.secret, owners[i]);
        }
        return "";
    });
    TL_TRY(status);
    return doc_response(doc);
}

// The run is looked for among those of the person that the body names.
Result<HttpResponse> stop_run(App& app, const ApiRequest& request) {
    const auto run = engine::run_of_name(request.parameters[1]);
    engine::IdentityId owner = 0;
    {
        const View view = app.engine.view();
        const LiveJourney* const live = view.settings->journeys().find(request.parameters[0]);
        if (live == nullptr) return no_journey();
        TL_TRY_ASSIGN(const engine::Person person,
                      person_of(view, request.body().find("profile").as_string()));
        TL_TRY_ASSIGN(const auto runs, engine::runs_of(view, person.members()));
        for (const journey::Run& one : runs) {
            if (run && one.id == *run && one.journey == live->id && !one.is_over()) {
                owner = one.owner;
            }
        }
    }
    if (owner == 0) return Error::not_found("journey: run: she has none of this name on its way");
    TL_TRY(decide(app, request.caller, "run_stop", [&](DocWriter& out) {
        out.field("owner", int64_t{owner});
        out.field("run", request.parameters[1]);
        out.field("subject", "journeys/" + request.parameters[0]);
    }));
    HttpResponse response;
    response.status = 204;
    return response;
}

/// What the rows of one run tell, oldest first.
struct Way {
    std::string run;
    std::vector<sequence::StoredEvent> rows;
};

void write_way(const Way& way, DocWriter& out) {
    const DocView first = way.rows.front().event().doc().find("properties");
    const size_t mark = out.open_object();
    out.field("run", way.run);
    out.field("journey", first.find("journey").as_string());
    out.field("version", first.find("version").as_integer().value_or(0));
    const model::EventView last = way.rows.back().event();
    const bool is_over = last.name() == engine::run_row_name(journey::RowKind::Ended);
    write_flag(out, "is_over", is_over);
    write_text(out, "reason", is_over ? last.doc().at_path("properties.reason").as_string() : "");
    out.key("rows");
    const size_t list = out.open_array();
    for (const sequence::StoredEvent& row : way.rows) {
        const DocView properties = row.event().doc().find("properties");
        const size_t one = out.open_object();
        write_time(out, "at", row.row.time);
        out.field("name", row.event().name());
        for (const char* field : {"step", "path", "goal", "reason"}) {
            write_text(out, field, properties.find(field).as_string());
        }
        const std::string by(properties.find("by").as_string());  // Who started it by hand.
        write_text(out, "by", by.empty() ? by : actor_name(by));
        out.close(one);
    }
    out.close(list);
    out.close(mark);
}

// From her timeline, so that ended runs are there too; of those with very many rows the latest.
Result<HttpResponse> list_ways(App& app, const ApiRequest& request) {
    TL_TRY(wait_for_position(app, request));
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const engine::Person person, person_of(view, request));
    TL_TRY_ASSIGN(const auto page, view.history->timeline(person.members(), "", kRowsLookedAt));
    std::vector<Way> ways;  // The latest start first.
    for (auto at = page.events.rbegin(); at != page.events.rend(); ++at) {
        if (at->row.type != model::kConsequence) continue;
        const std::string run(at->event().doc().at_path("properties.run").as_string());
        if (run.empty() || !at->event().name().starts_with("Journey ")) continue;
        auto way = std::ranges::find(ways, run, &Way::run);
        if (way == ways.end()) way = ways.insert(ways.begin(), Way{run, {}});
        way->rows.push_back(*at);
    }
    return doc_response(list_doc([&](DocWriter& out) -> std::string {
        for (const Way& way : ways) write_way(way, out);
        return "";
    }));
}

Result<HttpResponse> list_shipped() {
    return doc_response(list_doc([&](DocWriter& out) -> std::string {
        for (const std::string_view key : journey::shipped_journeys()) {
            const std::string_view yaml = journey::shipped_journey(key);
            const std::string document = model::doc_from_yaml(yaml).value_or("");
            const size_t mark = out.open_object();
            out.field("key", key);
            out.field("name", DocView(document).find("name").as_string());
            out.field("description", DocView(document).find("description").as_string());
            out.key("document");
            out.copy(DocView(document));
            out.field("yaml", yaml);
            out.close(mark);
        }
        return "";
    }));
}

}  // namespace

void add_journey_routes(Router& router, App& app) {
    add_kept_routes(
        router, app,
        {.kind = engine::kJourneyKind,
         .area = "journey",
         .most = kJourneysMax,
         .read = read_draft,
         .write = [&app](const engine::Definition& definition, const engine::Settings&,
                         DocWriter& out) { write_draft(app, definition, out); },
         .may_go = [](std::string_view, const engine::Settings&) { return Status::ok(); }});
    const std::string one = "/api/journeys/{key}";
    const auto decides = [&](const char* name, auto handle, Scope scope) {
        router.post(
            one + name, [&app, handle](ApiRequest& request) { return handle(app, request); },
            scope);
    };
    const auto pause = [](App& to, const ApiRequest& request) {
        return decide_journey(to, request, "pause");
    };
    // What may make messages go out is for who may send.
    decides("/publish", publish, Scope::Send);
    decides("/resume", resume, Scope::Send);
    decides("/start", start, Scope::Send);
    decides("/check", check_draft, Scope::Read);
    decides("/pause", pause, Scope::Write);
    decides("/stop", stop, Scope::Write);
    decides("/runs/{run}/stop", stop_run, Scope::Write);
    router.get(one + "/report", [&app](ApiRequest& request) { return report(app, request); });
    router.get(one + "/runs", [&app](ApiRequest& request) { return list_runs(app, request); });
    router.get("/api/shipped-journeys", [](ApiRequest&) { return list_shipped(); });
    router.get("/api/profiles/{ref}/journeys",
               [&app](ApiRequest& request) { return list_ways(app, request); });
}

}  // namespace throughline::server
