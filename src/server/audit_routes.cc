#include "server/audit_routes.h"

#include <charconv>

#include "engine/runs/live_journeys.h"
#include "server/definitions.h"
#include "server/explanation.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kStep = 500;

// `area.verb` of what the fold noted: {define, sources/web} is source.update.
std::string action_of(DocView row) {
    const std::string_view action = row.find("action").as_string();
    const std::string_view subject = row.find("subject").as_string();
    if (action == "replayed") return "reject.replay";
    if (action == "mended") return "reject.mend";
    if (action == "discarded") return "reject.discard";
    if (action.starts_with("import.")) return std::string(action);
    if (action == "skip") return "record.skip";
    if (action == "suppress") return "suppression.add";
    if (action == "unsuppress") return "suppression.remove";
    if (action == "send_decide") return "message.decide";
    if (action == "send_resume") return "sending.resume";
    if (action.starts_with("task_")) return "task." + std::string(action.substr(5));
    if (action != "create" && action != "define" && action != "remove") {
        const std::string_view kind = subject.substr(0, subject.find('/'));
        if (kind == "journeys" || kind == engine::kLiveJourneyKind) {
            return action == "end_runs" ? "journey.end" : "journey." + std::string(action);
        }
        return "profile." + std::string(action);
    }
    std::string area(subject.substr(0, subject.find('/')));
    if (area.ends_with('s')) area.pop_back();
    if (action == "remove") return area + (area == "token" ? ".revoke" : ".delete");
    return area + (action == "create" ? ".create" : ".update");
}

// What was decided, in ids and names of traits: never a value.
void write_details(DocWriter& out, DocView row, model::Position position) {
    const std::string_view action = row.find("action").as_string();
    out.key("details");
    const size_t mark = out.open_object();
    if (action == "merge" || action == "split" || action == "lift") {
        out.field("decision", decision_name(position));
    }
    if (const auto lifted = row.find("decision").as_integer(); lifted && action == "lift") {
        out.field("lifts", decision_name(static_cast<identity::DecisionId>(*lifted)));
    }
    if (const auto trait = row.find("trait").as_string(); !trait.empty()) {
        out.field("trait", trait);
    }
    out.close(mark);
}

void write_entry(DocWriter& out, model::Position position, DocView row, std::string_view action) {
    const std::string id = model::format_position(position);
    const size_t mark = out.open_object();
    out.field("id", id);
    write_time(out, "at", row.find("at").as_integer().value_or(kNoTime));
    out.field("actor", actor_name(row.find("actor").as_string()));
    out.field("action", action);
    out.field("target", row.find("subject").as_string());
    write_text(out, "reason", row.find("reason").as_string());
    out.field("position", id);
    write_details(out, row, position);
    out.close(mark);
}

Result<std::string> write_page(App& app, const ApiRequest& request, DocWriter& out) {
    TL_TRY_ASSIGN(size_t left, request.limit(kPageUsual, kPageMost));
    const std::string actor = request.query("actor");
    const std::string prefix = request.query("action");
    store::KeyRange range;
    if (const std::string cursor = request.query("cursor"); !cursor.empty()) {
        uint64_t before = 0;
        const auto end = std::from_chars(cursor.data(), cursor.data() + cursor.size(), before);
        if (end.ec != std::errc{}) return Error::invalid("query: cursor: not one of ours");
        range.to = engine::ordered_key(before);
    }
    const engine::View view = app.engine.view();
    uint64_t last = 0;
    while (true) {
        TL_TRY_ASSIGN(const auto rows,
                      view.tables.audit.scan(range, kStep, store::ScanOrder::Descending));
        for (const auto& [key, value] : rows) {
            const DocView row(value);
            if (!actor.empty() && actor_name(row.find("actor").as_string()) != actor_name(actor)) {
                continue;
            }
            const std::string action = action_of(row);
            if (!action.starts_with(prefix)) continue;
            if (left-- == 0) return std::to_string(last);
            last = engine::number_of_key(key);
            write_entry(out, last, row, action);
        }
        if (rows.size() < kStep) return std::string();
        range.to = rows.back().first;
    }
}

}  // namespace

void add_audit_routes(Router& router, App& app) {
    router.get(
        "/api/audit",
        [&app](ApiRequest& request) -> Result<net::HttpResponse> {
            Status status;
            const std::string doc = list_doc([&](DocWriter& out) {
                auto next = write_page(app, request, out);
                if (!next) status = next.error();
                return next.value_or("");
            });
            TL_TRY(status);
            return doc_response(doc);
        },
        Scope::Admin);
}

}  // namespace throughline::server
