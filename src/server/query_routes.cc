#include "server/query_routes.h"

#include <charconv>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/people_count.h"
#include "model/json.h"
#include "query/query.h"
#include "server/definitions.h"
#include "server/marketing.h"
#include "server/profile_json.h"
#include "server/query_form.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kPeopleUsual = 50;
constexpr size_t kPeopleMost = 500;

/// Who is who in one view. Who is known is looked up once somebody asks.
class ViewPeople final : public query::People {
public:
    explicit ViewPeople(const engine::QueryView& view) : roots_(view.roots) {}

    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        for (size_t i = 0; i < identities.size(); ++i) {
            roots[i] = engine::root_of_word(roots_[identities[i]]);
        }
    }
    bool is_known(uint32_t root) const override {
        std::call_once(asked_, [&] { known_.emplace(roots_); });
        return known_->is_known(root);
    }

private:
    const store::Dense32::Snapshot& roots_;
    mutable std::once_flag asked_;
    mutable std::optional<engine::KnownPeople> known_;
};

/// What only an attribution asks for; null for other kinds.
std::unique_ptr<const query::Marketing> marketing_for(DocView query,
                                                      const engine::QueryView& view) {
    if (query.find("kind").as_string() != "attribution") return nullptr;
    return std::make_unique<const query::Marketing>(marketing_of(*view.settings));
}

query::Environment environment_of(const App& app, const engine::QueryView& view,
                                  const query::People& people, const query::Marketing* marketing) {
    return {.history = *view.history,
            .names = view.dictionary,
            .people = people,
            .clock = app.clock,
            .source_name =
                [settings = view.settings](model::SourceId id) {
                    const model::Source* source = settings->source(id);
                    return source != nullptr ? source->key : std::to_string(id);
                },
            .timezone = view.settings->timezone(),
            .threads = std::max(1U, std::thread::hardware_concurrency()),
            .marketing = marketing};
}

// How many people are behind an answer: the question again, for people, over its whole range.
Result<std::pair<uint64_t, uint64_t>> count_people(DocView inner,
                                                   const query::Environment& environment) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const model::DocField& field : inner.fields()) {
        if (field.key == "series" || field.key == "breakdown" || field.key == "interval") continue;
        out.key(field.key);
        out.copy(field.value);
    }
    out.field("interval", "month");
    out.key("series");
    const size_t list = out.open_array();
    const size_t one = out.open_object();
    out.field("measure", "people");
    // Of several series all people count, whatever they did; of one, those who did it.
    size_t count = 0;
    for (const DocView series : inner.find("series").items()) count += !series.is_missing();
    for (const DocView series : inner.find("series").items()) {
        for (const std::string_view name : {"event", "type", "where"}) {
            const DocView value = series.find(name);
            if (count > 1 || value.is_missing()) continue;
            out.key(name);
            out.copy(value);
        }
    }
    out.close(one);
    out.close(list);
    out.close(mark);
    TL_TRY_ASSIGN(const std::string json, query::run_query(DocView(doc), environment));
    TL_TRY_ASSIGN(const std::string answer, model::doc_from_json(json));
    for (const DocView line : DocView(answer).find("series").items()) {
        return std::pair(static_cast<uint64_t>(line.find("total").as_integer().value_or(0)),
                         static_cast<uint64_t>(line.find("known_total").as_integer().value_or(0)));
    }
    return std::pair(uint64_t{0}, uint64_t{0});
}

bool is_trend(DocView query) {
    return query.find("kind").as_string() == "trend";
}

Result<net::HttpResponse> answer_query(App& app, ApiRequest& request) {
    TL_TRY(wait_for_position(app, request));
    const engine::QueryView view = app.engine.query_view();
    const ViewPeople people(view);
    const auto marketing = marketing_for(request.body(), view);
    const query::Environment environment = environment_of(app, view, people, marketing.get());
    if (!is_trend(request.body())) {
        TL_TRY_ASSIGN(std::string json, query::run_query(request.body(), environment));
        return net::HttpResponse::json(200, std::move(json));
    }
    TL_TRY_ASSIGN(const std::string inner, to_inner_query(request.body()));
    TL_TRY_ASSIGN(const std::string json, query::run_query(DocView(inner), environment));
    TL_TRY_ASSIGN(const std::string answer, model::doc_from_json(json));
    TL_TRY_ASSIGN(const auto counted, count_people(DocView(inner), environment));
    return doc_response(to_answer(
        request.body(), DocView(answer),
        {.now = app.clock.now(), .people = counted.first, .people_known = counted.second}));
}

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
    const ViewPeople people(view);
    const auto marketing = marketing_for(query, view);
    const query::Environment environment = environment_of(app, view, people, marketing.get());
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

void add_query_routes(Router& router, App& app) {
    router.post(
        "/api/query", [&app](ApiRequest& request) { return answer_query(app, request); },
        Scope::Read);
    router.post(
        "/api/query/people", [&app](ApiRequest& request) { return list_people(app, request); },
        Scope::Read);
}

}  // namespace throughline::server
