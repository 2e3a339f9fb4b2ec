#include "server/sql_question.h"

#include "engine/person.h"
#include "identity/public_id.h"
#include "model/json.h"
#include "server/marketing.h"
#include "server/profile_json.h"
#include "sql/statement.h"

namespace throughline::server {

using model::DocWriter;

namespace {

// The values that stand, by name: {"plan":"pro"}.
std::string traits_json(const engine::View& view, const profile::GoldenRecord& record) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const auto& [name, entries] : record.traits) {
        const auto value = profile::trait_doc(record, name, view.settings->survivorship(),
                                              view.settings->source_names());
        if (!value) continue;
        out.key(name);
        out.copy(model::DocView(*value));
    }
    out.close(mark);
    return model::to_json(model::DocView(doc));
}

std::string identifiers_json(const engine::View& view, const engine::Person& person) {
    const Names names(view);
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_array();
    for (const engine::PersonIdentity& identity : person.identities) {
        write_identifier(names.space(identity.node.space), identity.node.value, out);
    }
    out.close(mark);
    return model::to_json(model::DocView(doc));
}

struct PlaceGuard {
    SqlDesk& desk;
    ~PlaceGuard() { desk.places.release(); }
};

}  // namespace

Status RecordReader::read(std::span<const sql::Members> people,
                          std::span<sql::ProfileRow> rows) const {
    const engine::View view = engine_.view();
    for (size_t i = 0; i < people.size(); ++i) {
        const auto person = engine::load_person_of(view, people[i].identities);
        rows[i].exists = person.is_ok();
        if (!person && person.error().code == Code::NotFound) continue;
        TL_TRY(person);
        const profile::GoldenRecord& record = person->record;
        rows[i].first_seen = record.first_seen;
        rows[i].last_seen = record.last_seen;
        rows[i].events = record.event_count;
        rows[i].name = profile::display_name(record, view.settings->survivorship(),
                                             view.settings->source_names());
        rows[i].traits = traits_json(view, record);
        rows[i].identifiers = identifiers_json(view, *person);
    }
    return Status::ok();
}

SqlMoment::SqlMoment(const engine::Engine& engine)
    : view_(engine.query_view()),
      people_(view_),
      marketing_(marketing_of(*view_.settings)),
      environment_(environment_of(engine.clock(), view_, people_, &marketing_)),
      reader_(engine),
      sources_{.environment = environment_,
               .identities_end = static_cast<uint32_t>(view_.roots.size()),
               .profile_id =
                   [&engine](uint32_t root) {
                       return identity::public_id(engine.secret(), engine::IdentityId{root});
                   },
               .space_name =
                   [settings = view_.settings](uint8_t id) {
                       const model::Namespace* space = settings->namespaces().find(id);
                       return space != nullptr ? space->key : std::to_string(id);
                   },
               .profiles = &reader_} {}

Result<net::HttpResponse> answer_sql(const App& app, const ApiRequest& request, SqlDesk& desk) {
    if (!desk.places.try_acquire()) {
        return Error::exhausted("sql: two statements are being answered: ask again in a moment");
    }
    const PlaceGuard guard{desk};
    SqlMoment moment(app.engine);
    const auto has_left = std::make_shared<std::atomic<bool>>(false);  // The callback may outlive.
    if (request.responder != nullptr) request.responder->watch([has_left] { *has_left = true; });
    moment.environment().cancelled = has_left.get();
    TL_TRY_ASSIGN(std::string json, sql::run_statement(request.body(), moment.sources()));
    return net::HttpResponse::json(200, std::move(json));
}

}  // namespace throughline::server
