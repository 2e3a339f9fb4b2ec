#include "server/reject_routes.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "server/definitions.h"
#include "server/replay.h"
#include "server/verdicts.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kStep = 200;
constexpr size_t kSettledAtOnceMax = 10'000;
constexpr size_t kBecameMost = 50;  // Told in the answer of a replay; each reject tells its own.

// Which rejects are meant; everything that is set must hold.
struct Filter {
    std::string code;
    std::optional<model::SourceId> source;
    std::set<model::Position> positions;  // Empty: any.
    std::string state = "open";
    Micros oldest = 0;

    bool holds(model::Position position, DocView row) const {
        if (row.find("received").as_integer().value_or(0) < oldest) return false;
        if (row.find("status").as_string() != state) return false;
        if (!code.empty() && row.find("code").as_string() != code) return false;
        if (source && row.find("source").as_integer().value_or(0) != *source) return false;
        return positions.empty() || positions.contains(position);
    }
};

// Sets the source of a filter by its key. False: there is no such source, so nothing matches.
bool set_source(const engine::Settings& settings, std::string_view key, Filter& filter) {
    if (key.empty()) return true;
    const model::Source* source = settings.source(key);
    if (source == nullptr) return false;
    filter.source = source->id;
    return true;
}

// Visits the rejects that a filter names, newest first, until `visit` returns false.
Status visit_rejects(const engine::View& view, const Filter& filter, store::KeyRange range,
                     const std::function<bool(model::Position, const std::string&)>& visit) {
    while (true) {
        TL_TRY_ASSIGN(const auto rows,
                      view.tables.rejects.scan(range, kStep, store::ScanOrder::Descending));
        for (const auto& [key, value] : rows) {
            const model::Position position = engine::number_of_key(key);
            if (filter.holds(position, DocView(value)) && !visit(position, value)) {
                return Status::ok();
            }
        }
        if (rows.size() < kStep) return Status::ok();
        range.to = rows.back().first;
    }
}

Result<net::HttpResponse> list_rejects(App& app, ApiRequest& request) {
    TL_TRY_ASSIGN(size_t left, request.limit(kPageUsual, kPageMost));
    const engine::View view = app.engine.view();
    Filter filter{.code = request.query("code"),
                  .source = {},
                  .positions = {},
                  .oldest = app.clock.now() - kRejectLife};
    if (const std::string state = request.query("state"); !state.empty()) filter.state = state;
    constexpr std::string_view kStates[] = {"open", "replayed", "mended", "discarded"};
    if (std::ranges::find(kStates, filter.state) == std::end(kStates)) {
        return Error::invalid("query: state: need open, replayed, mended or discarded");
    }
    store::KeyRange range;
    if (const std::string cursor = request.query("cursor"); !cursor.empty()) {
        const auto before = parse_reject_id(cursor);
        if (!before) return Error::invalid("query: cursor: not one of ours");
        range.to = engine::ordered_key(*before);
    }
    const bool exists = set_source(*view.settings, request.query("source"), filter);
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        model::Position last = 0;
        std::string next;
        if (!exists) return next;
        status = visit_rejects(view, filter, range, [&](model::Position position, const auto& row) {
            if (left-- == 0) {
                next = reject_id(last);
                return false;
            }
            last = position;
            write_reject(out, view, position, DocView(row));
            return true;
        });
        return next;
    });
    TL_TRY(status);
    return doc_response(doc);
}

Result<net::HttpResponse> summarise(App& app) {
    TL_TRY_ASSIGN(const auto rejects, app.vitals->open_rejects());
    const auto settings = app.engine.settings();
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "open", rejects->open);
    out.key("groups");
    const size_t groups = out.open_array();
    for (const auto& [name, group] : rejects->groups) {
        const model::Source* source = settings->source(name.second);
        const size_t one = out.open_object();
        out.field("code", name.first);
        write_text(out, "source", source != nullptr ? std::string_view(source->key) : "");
        write_count(out, "count", group.count);
        write_time(out, "last_at", group.last_at);
        out.close(one);
    }
    out.close(groups);
    out.close(mark);
    return doc_response(doc);
}

// One reject that is young enough to be shown.
Result<RejectRow> find_reject(const App& app, const engine::View& view, std::string_view id) {
    const auto position = parse_reject_id(id);
    const Error missing =
        Error::not_found("reject: no such reject, or older than 30 days: choose one of the list");
    if (!position) return missing;
    TL_TRY_ASSIGN(auto row, view.tables.rejects.get(engine::ordered_key(*position)));
    if (!row) return missing;
    const Micros received = DocView(*row).find("received").as_integer().value_or(0);
    if (received < app.clock.now() - kRejectLife) return missing;
    return RejectRow{*position, std::move(*row)};
}

Result<net::HttpResponse> show_reject(App& app, ApiRequest& request) {
    const engine::View view = app.engine.view();
    TL_TRY_ASSIGN(const RejectRow row, find_reject(app, view, request.parameters[0]));
    std::string doc;
    DocWriter out(doc);
    write_reject(out, view, row.position, DocView(row.doc));
    return doc_response(doc);
}

void write_replayed(DocWriter& out, const engine::View& view, const ReplayAnswer& answer) {
    out.key("became");
    const size_t list = out.open_array();
    for (size_t i = 0; i < std::min(answer.became.size(), kBecameMost); ++i) {
        const ReplayAnswer::Became& became = answer.became[i];
        const size_t one = out.open_object();
        out.field("id", std::string_view(reject_id(became.reject)));
        out.field("position", std::string_view(model::format_position(became.event)));
        write_text(out, "profile", profile_of(view, became.identity));
        out.close(one);
    }
    out.close(list);
}

net::HttpResponse replay_response(const App& app, const ReplayAnswer& answer) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "replayed", answer.replayed);
    write_count(out, "accepted", answer.accepted);
    write_count(out, "duplicates", answer.duplicates);
    out.key("rejected");
    const size_t list = out.open_array();
    for (const ReplayAnswer::Refused& refused : answer.refused) {
        const size_t one = out.open_object();
        out.field("id", std::string_view(reject_id(refused.position)));
        out.field("code", refused.code);
        out.field("message", refused.message);
        out.close(one);
    }
    out.close(list);
    write_replayed(out, app.engine.view(), answer);
    out.close(mark);
    return doc_response(doc);
}

Result<net::HttpResponse> replay_one(App& app, ApiRequest& request) {
    std::vector<RejectRow> rows;
    {
        const engine::View view = app.engine.view();
        TL_TRY_ASSIGN(RejectRow row, find_reject(app, view, request.parameters[0]));
        rows.push_back(std::move(row));
    }
    const std::string state(DocView(rows[0].doc).find("status").as_string());
    if (state != "open") {
        return Error::precondition("reject: state: already " + state +
                                   ", so it cannot be replayed");
    }
    const DocView body = request.body().find("body");
    if (!body.is_missing() && !body.is_string()) {
        return Error::invalid("reject: body: need the mended event as JSON text");
    }
    std::optional<std::string_view> mended;
    if (body.is_string()) mended = body.as_string();
    Replayer replayer(app, request.caller);
    TL_TRY(replayer.replay(rows, mended));
    return replay_response(app, replayer.answer());
}

// The filter that a body names. Nothing: it names a source that does not exist.
Result<std::optional<Filter>> read_filter(const App& app, DocView body) {
    Filter filter{.code = std::string(body.find("code").as_string()),
                  .source = {},
                  .positions = {},
                  .oldest = app.clock.now() - kRejectLife};
    for (const DocView item : body.find("ids").items()) {
        const auto position = parse_reject_id(item.as_string());
        if (!position) return Error::invalid("reject: ids: need ids of rejects");
        filter.positions.insert(*position);
    }
    const std::string_view source = body.find("source").as_string();
    const bool names_something = !filter.code.empty() || !source.empty() ||
                                 !filter.positions.empty() || body.find("all").as_bool();
    if (!names_something) {
        return Error::invalid("reject: all: name a code, a source, ids, or say all");
    }
    if (!set_source(*app.engine.settings(), source, filter)) return std::optional<Filter>();
    return std::optional<Filter>(std::move(filter));
}

Result<std::vector<RejectRow>> rows_of_filter(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const auto filter, read_filter(app, request.body()));
    std::vector<RejectRow> rows;
    if (!filter) return rows;
    const engine::View view = app.engine.view();
    store::KeyRange range;
    if (!filter->positions.empty()) {
        range.from = engine::ordered_key(*filter->positions.begin());
        range.to = engine::ordered_key(*filter->positions.rbegin() + 1);
    }
    TL_TRY(visit_rejects(view, *filter, range, [&](model::Position position, const auto& row) {
        rows.push_back({position, row});
        return rows.size() < kSettledAtOnceMax;
    }));
    std::ranges::reverse(rows);  // In the order they came.
    return rows;
}

Result<net::HttpResponse> replay_filter(App& app, ApiRequest& request) {
    TL_TRY_ASSIGN(const auto rows, rows_of_filter(app, request));
    Replayer replayer(app, request.caller);
    TL_TRY(replayer.replay(rows, {}));
    return replay_response(app, replayer.answer());
}

Result<net::HttpResponse> discard_filter(App& app, ApiRequest& request) {
    TL_TRY_ASSIGN(const auto rows, rows_of_filter(app, request));
    std::vector<Settling> settlings;
    for (const RejectRow& row : rows) settlings.push_back({row.position, "discarded", {}});
    TL_TRY(settle_rejects(app, request.caller, settlings));
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "discarded", settlings.size());
    out.close(mark);
    return doc_response(doc);
}

}  // namespace

void add_reject_routes(Router& router, App& app) {
    router.get("/api/rejects", [&app](ApiRequest& request) { return list_rejects(app, request); });
    router.get("/api/rejects/summary", [&app](ApiRequest&) { return summarise(app); });
    router.get("/api/rejects/{id}",
               [&app](ApiRequest& request) { return show_reject(app, request); });
    router.post("/api/rejects/replay",
                [&app](ApiRequest& request) { return replay_filter(app, request); });
    router.post("/api/rejects/discard",
                [&app](ApiRequest& request) { return discard_filter(app, request); });
    router.post("/api/rejects/{id}/replay",
                [&app](ApiRequest& request) { return replay_one(app, request); });
}

}  // namespace throughline::server
