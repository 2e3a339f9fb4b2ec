#include "server/session_routes.h"

#include <thread>

#include "model/json.h"
#include "server/first_run.h"
#include "server/sending_routes.h"
#include "store/files.h"

namespace throughline::server {

namespace {

// Guessing costs a quarter of a second, whatever was guessed.
constexpr auto kWrongTokenDelay = std::chrono::milliseconds(250);

std::string session_doc(const App& app, const Session& session, const engine::Settings& settings) {
    const engine::Definition* token = settings.find("tokens", session.token);
    const model::DocView value(token != nullptr ? std::string_view(token->value)
                                                : std::string_view());
    const engine::Definition* installation = settings.find("settings", "installation");
    const model::DocView about(installation != nullptr ? std::string_view(installation->value)
                                                       : std::string_view());
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("actor", session.token);
    out.field("name", value.find("name").is_string() ? value.find("name").as_string()
                                                     : std::string_view(session.token));
    out.key("scopes");
    out.copy(value.find("scopes"));
    out.field("csrf", session.csrf);
    out.field("expires_at", format_instant(session.expires_at));
    out.key("installation");
    const size_t inner = out.open_object();
    out.field("name", about.find("name").is_string() ? about.find("name").as_string()
                                                     : std::string_view("Throughline"));
    out.field("version", app.options.version);
    out.field("timezone", settings.timezone());
    out.key("public_url");
    out.copy(about.find("public_url"));
    out.field("sending", sending_state(app));
    out.close(inner);
    out.close(mark);
    return doc;
}

std::string cookie(const App& app, const ApiRequest& request, std::string_view value,
                   std::string_view life) {
    std::string text = std::string(Auth::kCookie) + "=" + std::string(value) +
                       "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::string(life);
    const bool is_tls =
        request.http.is_tls || (app.options.behind_proxy &&
                                request.http.header("X-Forwarded-Proto").value_or("") == "https");
    return is_tls ? text + "; Secure" : text;
}

// Whoever signs in has read the first secrets; mostly the file is long gone.
void remove_first_login(const App& app) {
    if (app.options.data_directory.empty()) return;
    static_cast<void>(
        store::posix_files().remove(store::join_path(app.options.data_directory, kFirstLoginFile)));
}

Result<net::HttpResponse> sign_in(App& app, ApiRequest& request) {
    const auto settings = app.engine.settings();
    const auto session = app.auth.open_session(request.body().find("token").as_string(), *settings);
    if (!session) {
        std::this_thread::sleep_for(kWrongTokenDelay);
        return session.error();
    }
    remove_first_login(app);
    auto response = doc_response(session_doc(app, *session, *settings));
    response.headers.push_back({"Set-Cookie", cookie(app, request, session->id, "43200")});
    return response;
}

Result<net::HttpResponse> who_am_i(App& app, ApiRequest& request) {
    const auto settings = app.engine.settings();
    if (const auto session = app.auth.session(request.caller.session)) {
        return doc_response(session_doc(app, *session, *settings));
    }
    // A bearer token asks: it needs neither cookie nor CSRF token.
    const std::string key = request.caller.actor.substr(request.caller.actor.find(':') + 1);
    return doc_response(
        session_doc(app, {.id = {}, .token = key, .csrf = {}, .expires_at = app.clock.now() + kDay},
                    *settings));
}

}  // namespace

void add_session_routes(Router& router, App& app) {
    router.post(
        "/api/session", [&app](ApiRequest& request) { return sign_in(app, request); }, Scope::None);
    router.get("/api/session", [&app](ApiRequest& request) { return who_am_i(app, request); });
    router.remove(
        "/api/session",
        [&app](ApiRequest& request) -> Result<net::HttpResponse> {
            app.auth.close_session(request.caller.session);
            auto response = net::HttpResponse::empty(204);
            response.headers.push_back({"Set-Cookie", cookie(app, request, "", "0")});
            return response;
        },
        Scope::Read);
}

}  // namespace throughline::server
