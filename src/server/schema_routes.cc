#include "server/schema_routes.h"

#include "query/question_fields.h"
#include "server/definitions.h"
#include "server/event_survey.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr size_t kItemsUsual = 200;
constexpr size_t kItemsMost = 1'000;

/// Writes `{"items":[…], …}`: at most `limit` of a list, then what `more` adds.
template <typename Items, typename WriteItem, typename WriteMore>
HttpResponse items_answer(const Items& items, size_t limit, WriteItem&& write, WriteMore&& more) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.key("items");
    const size_t list = out.open_array();
    for (size_t i = 0; i < std::min(limit, items.size()); ++i) {
        const size_t item = out.open_object();
        write(out, items[i]);
        out.close(item);
    }
    out.close(list);
    more(out);
    out.close(mark);
    return doc_response(doc);
}

// `event` and `type` as questions say them: a name alone is that of a track event, `*` is every
// one.
Result<SampleOf> sample_of(const ApiRequest& request) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const std::string_view name : {"event", "type"}) {
        const std::string value = request.query(name);
        if (!value.empty()) out.field(name, std::string_view(value));
    }
    out.close(mark);
    TL_TRY_ASSIGN(query::Condition condition,
                  query::parse_condition(model::DocView(doc), "schema"));
    return SampleOf{std::move(condition.event), condition.type};
}

Result<HttpResponse> list_events(const App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kItemsUsual, kItemsMost));
    const engine::QueryView view = app.engine.query_view();
    TL_TRY_ASSIGN(const EventNames found, EventSurvey(view, app.clock).names());
    const auto write = [](DocWriter& out, const EventNames::Name& one) {
        out.field("event", std::string_view(one.name));
        out.field("type", model::event_type_name(one.type));
        write_count(out, "count", one.count);
    };
    return items_answer(found.names, limit, write, [&](DocWriter& out) {
        write_count(out, "total", found.names.size());
        write_time(out, "since", found.since);
        write_flag(out, "partial", found.is_partial);
        write_count(out, "unnamed", found.unnamed);
    });
}

Result<HttpResponse> list_properties(const App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kItemsUsual, kItemsMost));
    TL_TRY_ASSIGN(const SampleOf of, sample_of(request));
    const engine::QueryView view = app.engine.query_view();
    TL_TRY_ASSIGN(const EventProperties found, EventSurvey(view, app.clock).properties(of));
    const auto write = [](DocWriter& out, const EventProperties::Property& one) {
        out.field("property", std::string_view(one.path));
        out.field("kind", value_kind_name(one.kind));
        write_count(out, "count", one.count);
        if (!one.distinct) return;
        write_count(out, "distinct", one.distinct->count);
        write_flag(out, "distinct_exact", one.distinct->is_exact);
    };
    return items_answer(found.properties, limit, write, [&](DocWriter& out) {
        write_count(out, "total", found.properties.size());
        write_count(out, "events", found.events);
        write_count(out, "uncounted", found.uncounted);
    });
}

Result<HttpResponse> list_values(const App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kItemsUsual, kItemsMost));
    TL_TRY_ASSIGN(const SampleOf of, sample_of(request));
    std::string name;
    DocWriter(name).string(request.query("property"));
    TL_TRY_ASSIGN(const auto property,
                  query::PropertyPath::parse(model::DocView(name), "schema: property"));
    const engine::QueryView view = app.engine.query_view();
    TL_TRY_ASSIGN(const PropertyValues found,
                  EventSurvey(view, app.clock).values(of, property, request.query("q")));
    const auto write = [](DocWriter& out, const PropertyValues::Value& one) {
        out.key("value");
        out.copy(model::DocView(one.packed));
        write_count(out, "count", one.count);
    };
    return items_answer(found.values, limit, write,
                        [&](DocWriter& out) { write_count(out, "events", found.events); });
}

}  // namespace

void add_schema_routes(Router& router, App& app) {
    using Answer = Result<HttpResponse> (*)(const App&, const ApiRequest&);
    const std::pair<const char*, Answer> kRoutes[] = {{"/api/schema/events", list_events},
                                                      {"/api/schema/properties", list_properties},
                                                      {"/api/schema/values", list_values}};
    for (const auto& [path, answer] : kRoutes) {
        router.get(path, [&app, answer](ApiRequest& request) -> Result<HttpResponse> {
            TL_TRY(wait_for_position(app, request));
            return answer(app, request);
        });
    }
}

}  // namespace throughline::server
