#include "server/forward_routes.h"

#include "server/definitions.h"
#include "server/kept_definitions.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::ForwardReport;
using engine::ForwardState;
using model::DocView;
using model::DocWriter;

namespace {

constexpr std::string_view kParts[] = {
    "url",          "write_key",      "enabled", "types",          "where",
    "batch_events", "allows_private", "from",    "include_history"};

bool is_said(DocView value) {
    return !value.is_missing() && !value.is_null();
}

// Whether the log still has it, the fold cannot know.
Status check_from(const App& app, DocView from) {
    const auto position = parse_position(from.as_string());
    const model::Position first = app.engine.log_begins_at();
    if (!position || *position >= first) return Status::ok();
    return Error::precondition("forward: from: the log begins at " + model::format_position(first));
}

Status read_forward(const App& app, DocView body, DocWriter& out) {
    TL_TRY(engine::Forward::make(body));
    TL_TRY(check_from(app, body.find("from")));
    for (const std::string_view part : kParts) {
        const DocView value = body.find(part);
        if (!is_said(value)) continue;
        out.key(part);
        out.copy(value);
    }
    return Status::ok();
}

void keep_write_key(DocView body, DocView standing, DocWriter& out) {
    const DocView kept = engine::kept_write_key(body, standing);
    if (kept.is_missing()) return;
    out.key("write_key");
    out.copy(kept);
}

// As its lane says; where there is none (yet), as the fold has it.
ForwardReport report_of(const App& app, const engine::Definition& definition, bool is_enabled) {
    const engine::Forwarder* const forwarder = app.options.forwarder;
    const auto report = forwarder != nullptr ? forwarder->report(definition.key) : std::nullopt;
    if (report) return *report;
    const auto row = engine::find_forward(app.engine.view().tables.forwarding, definition.key);
    return {.state = is_enabled ? ForwardState::Held : ForwardState::Off,
            .row = row.is_ok() ? row->value_or(engine::ForwardRow()) : engine::ForwardRow()};
}

void write_copy(DocWriter& out, std::string_view field, DocView value) {
    out.key(field);
    value.is_missing() ? out.null() : out.copy(value);
}

ForwardStanding standing_of(const App& app, const engine::Definition& definition) {
    const bool is_enabled = DocView(definition.value).find("enabled").as_bool(true);
    const model::Position next = app.engine.view().state.next_position;
    ForwardStanding standing{.key = definition.key,
                             .report = report_of(app, definition, is_enabled)};
    const ForwardReport& report = standing.report;
    standing.lag_records = next - std::min(next, report.row.position);
    if (report.state == ForwardState::Current) {
        standing.lag_seconds = 0;
    } else if (report.since != kNoTime) {
        const Micros lag = std::max<Micros>(app.clock.now() - report.since, 0);
        standing.lag_seconds = static_cast<uint64_t>(lag / kSecond);
    }
    return standing;
}

void write_lag(const App& app, const ForwardStanding& standing, DocWriter& out) {
    out.field("position", model::format_position(standing.report.row.position));
    out.field("log_begins_at", model::format_position(app.engine.log_begins_at()));
    write_count(out, "lag_records", standing.lag_records);
    if (!standing.lag_seconds) return write_null(out, "lag_seconds");
    write_count(out, "lag_seconds", *standing.lag_seconds);
}

void write_forward(const App& app, const engine::Definition& definition, DocWriter& out) {
    const DocView value(definition.value);
    out.field("url", value.find("url").as_string());
    write_flag(out, "write_key_set", !value.find("write_key").as_string().empty());
    write_flag(out, "enabled", value.find("enabled").as_bool(true));
    write_copy(out, "types", value.find("types"));
    write_copy(out, "where", value.find("where"));
    write_flag(out, "include_history", value.find("include_history").as_bool());
    out.field("batch_events",
              value.find("batch_events").as_integer().value_or(engine::Forward::kBatchEventsUsual));
    write_flag(out, "allows_private", value.find("allows_private").as_bool());
    const ForwardStanding standing = standing_of(app, definition);
    const ForwardReport& report = standing.report;
    out.field("state", engine::forward_state_name(report.state));
    write_lag(app, standing, out);
    write_count(out, "sent", report.row.sent);
    write_count(out, "refused", report.row.refused);
    write_count(out, "repeated", report.row.repeated);
    write_text(out, "last_error", report.last_error);
    write_time(out, "last_error_at", report.last_error_at);
    write_time(out, "next_try_at", report.next_try);
}

}  // namespace

std::vector<ForwardStanding> forwards_of(const App& app) {
    const auto settings = app.engine.settings();
    const std::string prefix = std::string(engine::kForwardKind) + "/";
    std::vector<ForwardStanding> all;
    for (auto at = settings->all().lower_bound(prefix);
         at != settings->all().end() && at->first.starts_with(prefix); ++at) {
        all.push_back(standing_of(app, at->second));
    }
    return all;
}

void add_forward_routes(Router& router, App& app) {
    add_kept_routes(
        router, app,
        {.kind = engine::kForwardKind,
         .area = "forward",
         .most = engine::kForwardsMax,
         .changed_by = Scope::Admin,  // Who writes one sends what is known of people elsewhere.
         .read = [&app](DocView body, const engine::Settings&,
                        DocWriter& out) { return read_forward(app, body, out); },
         .keep = keep_write_key,
         .write = [&app](const engine::Definition& definition, const engine::Settings&,
                         DocWriter& out) { write_forward(app, definition, out); },
         .may_go = [](std::string_view, const engine::Settings&) { return Status::ok(); }});
}

}  // namespace throughline::server
