#include "server/overview_routes.h"

#include "server/definitions.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocWriter;

void write_totals(DocWriter& out, App& app, const engine::FoldState& state, uint64_t rejects_open) {
    const auto people = app.vitals->people();
    const model::Position next = state.next_position;
    write_time(out, "at", app.clock.now());
    out.field("position", std::string_view(model::format_position(next == 0 ? 0 : next - 1)));
    write_count(out, "events_total", state.events);
    write_count(out, "people_known", people->count().known);
    write_count(out, "people_unknown", people->count().unknown);
    write_count(out, "rejects_open", rejects_open);
}

void add_overview_routes(Router& router, App& app) {
    router.get("/api/overview", [&app](ApiRequest& request) -> Result<net::HttpResponse> {
        TL_TRY(wait_for_position(app, request));
        const engine::QueryView view = app.engine.query_view();
        TL_TRY_ASSIGN(const auto rejects, app.vitals->open_rejects());
        std::string doc;
        DocWriter out(doc);
        const size_t mark = out.open_object();
        write_totals(out, app, view.state, rejects->open);
        write_real(out, "events_per_second", app.vitals->rates(view).events);
        write_count(out, "duplicates_total", view.state.duplicates);
        write_time(out, "started_at", app.started_at);
        out.close(mark);
        return doc_response(doc);
    });
}

}  // namespace throughline::server
