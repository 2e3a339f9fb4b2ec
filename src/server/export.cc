#include "server/export.h"

#include <algorithm>
#include <thread>

#include "base/log.h"
#include "model/json.h"
#include "server/catalog_routes.h"
#include "server/consent_json.h"
#include "server/explanation.h"
#include "server/profile_json.h"
#include "server/profile_routes.h"
#include "server/verdicts.h"
#include "server/write_fields.h"

namespace throughline::server {

namespace {

using engine::Person;
using engine::View;
using model::DocView;
using model::DocWriter;

constexpr size_t kPageEvents = 200;
constexpr size_t kPageRejects = 1000;
constexpr size_t kPieceBytes = 32 * 1024;    // Handed to the stream at once.
constexpr size_t kBufferBytes = 128 * 1024;  // Let wait for the client: half of what net allows.

// What the identifiers that are hers alone leave in rejects.
Result<engine::Traces> traces_of(const View& view, const Person& person) {
    const auto members = person.members();
    engine::Traces traces;
    for (const engine::PersonIdentity& identity : person.identities) {
        const identity::Node& node = identity.node;
        const Key128 key = model::identifier_key(view.secret, node.space, node.value);
        TL_TRY_ASSIGN(const auto bytes, view.tables.identifiers.read(key, view.pin));
        if (!bytes) continue;
        const identity::SlicesView slices(*bytes);
        bool is_own = true;
        for (size_t i = 0; i < slices.size(); ++i) {
            is_own = is_own && std::ranges::binary_search(members, slices.at(i).identity);
        }
        if (is_own) traces.add(node.value);
    }
    return traces;
}

// The rejects of the next page that name her, a comma before each; `range` is behind it then. The
// table has no versions, so a short view will do for each page, and none waits for the client.
Result<std::string> next_rejects(const App& app, const engine::Traces& traces,
                                 store::KeyRange& range, bool& is_last_page) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const auto rows, view.tables.rejects.scan(range, kPageRejects));
    std::string json;
    for (const auto& [key, row] : rows) {
        if (!traces.are_in(row)) continue;
        std::string doc;
        DocWriter out(doc);
        write_reject(out, view, engine::number_of_key(key), DocView(row));
        json += ',';
        model::append_json(json, DocView(doc));
    }
    is_last_page = rows.size() < kPageRejects;
    if (!is_last_page) range.from = rows.back().first + '\0';
    return json;
}

// All that she said of purposes and topics, with its proof: a profile shows only what stands.
Result<std::string> statements_of(const View& view, const Person& person) {
    TL_TRY_ASSIGN(const engine::PersonBooks all, engine::load_books(view, person));
    std::string doc;
    DocWriter out(doc);
    const size_t list = out.open_array();
    for (size_t i = 0; i < all.books.size(); ++i) {
        for (const privacy::Statement& statement : all.books[i].statements) {
            TL_TRY(write_statement_line(view, {all.identities[i], statement}, out));
        }
    }
    out.close(list);
    return doc;
}

// Hands pieces on no faster than the client takes them. A client that stops is disconnected by the
// server (HttpServerOptions::write_timeout), which closes the stream.
bool write_slowly(net::EventStream& stream, std::string_view bytes) {
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, kPieceBytes);
        while (!stream.is_closed() && stream.buffered_bytes() + piece.size() > kBufferBytes) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        if (!stream.write(piece)) return false;
        bytes.remove_prefix(piece.size());
    }
    return true;
}

void stream_export(const App& app, const ApiRequest& request, net::Responder responder) {
    const auto person = PersonExport::make(app, request.parameters.front());
    if (!person) {
        responder.send(error_response(person.error()));
        return;
    }
    auto head = net::HttpResponse::json(200, "");
    head.headers.push_back({"Content-Disposition", "attachment; filename=\"throughline-" +
                                                       person->profile_id() + ".json\""});
    net::EventStream stream = responder.stream(std::move(head));
    const Status written =
        person->write([&](std::string_view bytes) { return write_slowly(stream, bytes); });
    // The client sees it too: a document that stops in the middle is no JSON.
    if (!written) log_error("server.export_failed", {{"code", code_name(written.error().code)}});
}

}  // namespace

Result<PersonExport> PersonExport::make(const App& app, std::string_view ref) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Person person, person_of(view, ref));
    std::string profile;
    DocWriter profile_out(profile);
    TL_TRY(write_profile(view, person, profile_out));
    std::string explanation;
    DocWriter explanation_out(explanation);
    TL_TRY(write_explanation(view, person, explanation_out));

    PersonExport made(app);
    made.profile_id_ = person.public_id(view);
    made.head_ = R"({"profile":)";
    model::append_json(made.head_, DocView(profile));
    made.head_ += R"(,"explanation":)";
    model::append_json(made.head_, DocView(explanation));
    TL_TRY_ASSIGN(const std::string statements, statements_of(view, person));
    made.head_ += R"(,"statements":)";
    model::append_json(made.head_, DocView(statements));
    made.identities_ = person.members();
    std::string items;
    DocWriter items_out(items);
    TL_TRY(write_items_of(view, made.identities_, items_out));
    made.head_ += R"(,"items":)";
    model::append_json(made.head_, DocView(items));
    TL_TRY_ASSIGN(made.traces_, traces_of(view, person));
    made.settings_ = view.settings;
    made.history_ = view.history;
    return made;
}

Status PersonExport::write(const ExportSink& sink) const {
    bool goes_on = sink(head_) && sink(R"(,"events":[)");
    if (goes_on) TL_TRY(write_events(sink, goes_on));
    goes_on = goes_on && sink(R"(],"rejects":[)");
    if (goes_on) TL_TRY(write_rejects(sink, goes_on));
    if (goes_on) sink("]}");
    return Status::ok();
}

Status PersonExport::write_events(const ExportSink& sink, bool& goes_on) const {
    const Names names(settings_, app_->engine.secret());
    std::string cursor;
    std::string doc;
    std::string json;
    bool is_first = true;
    do {
        TL_TRY_ASSIGN(auto page, history_->timeline(identities_, cursor, kPageEvents));
        json.clear();
        for (const sequence::StoredEvent& stored : page.events) {
            doc.clear();
            DocWriter out(doc);
            write_event(names, stored, out);
            if (!is_first) json += ',';
            is_first = false;
            model::append_json(json, DocView(doc));
        }
        goes_on = sink(json);
        cursor = std::move(page.next);
    } while (goes_on && !cursor.empty());
    return Status::ok();
}

Status PersonExport::write_rejects(const ExportSink& sink, bool& goes_on) const {
    if (traces_.is_empty()) return Status::ok();
    store::KeyRange range;
    bool is_first = true;
    bool is_last_page = false;
    while (goes_on && !is_last_page) {
        TL_TRY_ASSIGN(const std::string json, next_rejects(*app_, traces_, range, is_last_page));
        // Each brings its comma; the first of all needs none.
        goes_on = sink(std::string_view(json).substr(is_first && !json.empty() ? 1 : 0));
        is_first = is_first && json.empty();
    }
    return Status::ok();
}

void add_export_route(Router& router, App& app) {
    router.stream("/api/profiles/{ref}/export",
                  [&app](ApiRequest& request, net::Responder responder) {
                      stream_export(app, request, std::move(responder));
                  });
}

}  // namespace throughline::server
