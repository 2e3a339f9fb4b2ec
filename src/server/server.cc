#include "server/server.h"

#include "model/json.h"
#include "server/health_routes.h"
#include "server/ingest_routes.h"
#include "server/maintenance.h"
#include "server/public_pages.h"
#include "server/web_assets.h"
#include "server/worker_pool.h"

namespace throughline::server {

namespace {

constexpr size_t kWaitingRequestsMax = 1000;
constexpr size_t kPublicWorkers = 2;  // Of their own: a flood of visits delays nobody's work.
constexpr auto kGrace = std::chrono::seconds(10);

// What a page of ours may load and do; charts and the component library set inline styles.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

void add_security_headers(net::HttpResponse& response) {
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    response.headers.push_back({"Referrer-Policy", "same-origin"});
}

net::HttpResponse page_missing() {
    return net::HttpResponse::text(
        200, "Throughline is running. This build comes without the web app; the API is at /api.\n");
}

// A file of the web app; any other path is the app itself, which reads the address.
net::HttpResponse static_file(const net::RequestHead& request) {
    std::string_view path = request.path();
    while (path.starts_with('/')) path.remove_prefix(1);
    auto asset = web_asset(path);
    const bool is_hashed = asset && path.starts_with("assets/");
    if (!asset && path.starts_with("assets/")) {
        return net::HttpResponse::error(404, "not_found", "no such file");
    }
    if (!asset) asset = web_asset("index.html");
    if (!asset) return page_missing();

    net::HttpResponse response = asset_response(request, *asset);
    response.headers.push_back(
        {"Cache-Control", is_hashed ? "public, max-age=31536000, immutable" : "no-cache"});
    response.headers.push_back({"Content-Security-Policy", std::string(kContentSecurityPolicy)});
    return response;
}

bool has_body(net::Method method) {
    return method == net::Method::Post || method == net::Method::Put;
}

// Lines of JSON are none.
bool is_json(const net::RequestHead& request) {
    const std::string_view type = request.header("Content-Type").value_or("application/json");
    const auto names = [&](std::string_view part) { return type.find(part) != type.npos; };
    return names("json") && !names("ndjson") && !names("jsonl");
}

net::HttpResponse refusal(int status, std::string_view code, std::string_view message,
                          const net::RequestHead* head) {
    auto response = net::HttpResponse::error(status, code, message);
    if (status == 503) response.headers.push_back({"Retry-After", "1"});
    if (head != nullptr) IngestRoutes::add_cors(*head, response);
    return response;
}

}  // namespace

struct Server::Parts {
    Parts(engine::Engine& engine, const Clock& clock, ServerOptions given)
        : options(std::move(given)),
          auth(clock),
          app{.engine = engine,
              .auth = auth,
              .clock = clock,
              .options = options.app,
              .started_at = clock.now()},
          ingest(app),
          pages(app),
          workers(options.workers, kWaitingRequestsMax),
          public_workers(kPublicWorkers, kWaitingRequestsMax) {
        app.last_use->load(app.options.data_directory, *engine.settings());
        add_all_routes(router, app);
    }

    void handle(net::HttpRequest&& request, net::Responder responder);
    void dispatch(net::HttpRequest& request, net::Responder responder);
    void visit(net::HttpRequest&& request, net::Responder responder);
    void refuse_body(const net::RefusedBody& body, net::Responder responder);
    void answer(const Route& route, ApiRequest& request, net::Responder responder);

    ServerOptions options;
    Auth auth;
    App app;
    IngestRoutes ingest;
    PublicPages pages;
    Router router;
    Maintenance maintenance{app};
    std::unique_ptr<net::HttpServer> http;
    WorkerPool workers;  // Last, as the next: their threads use all of the above.
    WorkerPool public_workers;
};

void Server::Parts::handle(net::HttpRequest&& request, net::Responder responder) {
    const std::string_view path = request.path();
    if (path.starts_with("/api/")) {
        auto work = std::make_shared<std::pair<net::HttpRequest, net::Responder>>(
            std::move(request), std::move(responder));
        const bool taken =
            workers.post([this, work] { dispatch(work->first, std::move(work->second)); });
        if (!taken) work->second.send(error_response(Error::unavailable("server: too busy")));
        return;
    }
    if (path == "/healthz")
        return responder.send(net::HttpResponse::json(200, R"({"status":"ok"})"));
    if (path == "/readyz") return responder.send(readiness(app));
    if (path == "/metrics") return responder.send(metrics(app, ingest.counters()));
    if (const auto target = ingest_path(path, options.app.path_prefix)) {
        return ingest.handle(*target, std::move(request), std::move(responder));
    }
    if (PublicPages::takes(path)) return visit(std::move(request), std::move(responder));
    if (path == "/openapi.json") {
        const auto document = web_asset("openapi.json");
        return responder.send(document ? net::HttpResponse::json(200, std::string(document->bytes))
                                       : page_missing());
    }
    if (request.method() != net::Method::Get && request.method() != net::Method::Head) {
        auto response = net::HttpResponse::error(404, "not_found", "no such path");
        IngestRoutes::add_cors(request, response);
        return responder.send(std::move(response));
    }
    auto response = static_file(request);
    add_security_headers(response);
    responder.send(std::move(response));
}

// What is not signed by us is answered here and costs nobody a thread.
void Server::Parts::visit(net::HttpRequest&& request, net::Responder responder) {
    auto link = pages.link_of(request);
    if (!link) return responder.send(pages.answer_stranger(request));
    struct Visit {
        net::HttpRequest request;
        net::Responder responder;
        channel::Link link;
    };
    auto visit = std::make_shared<Visit>(  // Copied with the task.
        Visit{std::move(request), std::move(responder), *std::move(link)});
    const bool taken = public_workers.post(
        [this, visit] { visit->responder.send(pages.answer(visit->request, visit->link)); });
    if (!taken) visit->responder.send(pages.answer_busy(visit->request, visit->link));
}

void Server::Parts::refuse_body(const net::RefusedBody& body, net::Responder responder) {
    if (const auto target = ingest_path(body.head.path(), options.app.path_prefix)) {
        return ingest.refuse(*target, body, std::move(responder));
    }
    responder.send(refusal(body.status, body.code, body.message, &body.head));
}

void Server::Parts::dispatch(net::HttpRequest& request, net::Responder responder) {
    const auto refuse = [&](const Error& error) {
        auto response = error_response(error);
        add_security_headers(response);
        responder.send(std::move(response));
    };
    const auto method = request.method() == net::Method::Head ? net::Method::Get : request.method();
    RouteMatch match = router.match(method, request.path());
    if (match.route == nullptr) {
        if (!match.other_method) return refuse(Error::not_found("api: no such path"));
        auto response = error_response(Error::invalid("api: this path takes another method"));
        response.status = 405;
        return responder.send(std::move(response));
    }
    ApiRequest api{.http = request,
                   .caller = {},
                   .parameters = std::move(match.parameters),
                   .body_doc = {},
                   .responder = nullptr};
    if (match.route->scope != Scope::None) {
        auto caller = auth.identify(request, *app.engine.settings());
        if (!caller) return refuse(caller.error());
        if (!caller->may(match.route->scope)) {
            return refuse(
                {Code::PermissionDenied, "api: scope: this needs the scope " +
                                             std::string(scope_name(match.route->scope))});
        }
        app.last_use->note(caller->actor, app.clock.now());
        api.caller = std::move(*caller);
    }
    if (has_body(request.method()) && is_json(request) && !request.body.empty()) {
        auto doc = model::doc_from_json(request.body);
        if (!doc) return refuse(doc.error());
        api.body_doc = std::move(*doc);
    }
    answer(*match.route, api, std::move(responder));
}

void Server::Parts::answer(const Route& route, ApiRequest& request, net::Responder responder) {
    if (route.stream) return route.stream(request, std::move(responder));
    request.responder = &responder;
    auto result = route.handle(request);
    net::HttpResponse response = result ? std::move(*result) : error_response(result.error());
    const bool was_conditional = request.http.header("If-Match").has_value();
    if (!result && result.error().code == Code::Conflict && was_conditional) response.status = 412;
    add_security_headers(response);
    response.headers.push_back({"Cache-Control", "no-store"});
    responder.send(std::move(response));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
    stop();
}

Result<std::unique_ptr<Server>> Server::start(engine::Engine& engine, const Clock& clock,
                                              ServerOptions options) {
    auto parts = std::make_unique<Parts>(engine, clock, std::move(options));
    Parts* raw = parts.get();
    net::HttpHandlers handlers{.handle =
                                   [raw](net::HttpRequest&& request, net::Responder responder) {
                                       raw->handle(std::move(request), std::move(responder));
                                   },
                               .upload = {},
                               .admit = [raw](uint64_t) { return raw->app.engine.accepts(); },
                               .refuse = refusal,
                               .refuse_body =
                                   [raw](net::RefusedBody&& body, net::Responder responder) {
                                       raw->refuse_body(body, std::move(responder));
                                   }};
    TL_TRY_ASSIGN(parts->http,
                  net::HttpServer::start(parts->options.http, std::move(handlers), clock));
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

uint16_t Server::port() const {
    return parts_->http->port();
}

std::string Server::one_time_login_url() {
    const std::string host = parts_->options.http.address;
    const bool is_tls = !parts_->options.http.tls_certificate_path.empty();
    return std::string(is_tls ? "https://" : "http://") + host + ":" + std::to_string(port()) +
           "/login#token=" + parts_->auth.one_time_login("admin");
}

void Server::stop() {
    if (parts_->http)
        parts_->http->stop(std::chrono::duration_cast<std::chrono::milliseconds>(kGrace));
}

const Router& Server::router() const {
    return parts_->router;
}

}  // namespace throughline::server
