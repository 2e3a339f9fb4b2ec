// The management API in a test: an engine on a temporary directory, a router, requests as text.
#pragma once

#include <gtest/gtest.h>

#include "engine/test_world.h"
#include "model/json.h"
#include "net/http_parser.h"
#include "server/app.h"

namespace throughline::server::testing {

/// An answer whose body is read as JSON.
struct Answer {
    int status = 0;
    std::string body;
    std::string doc;  // Packed; empty if the body is no JSON.
    std::string etag;

    model::DocView json() const { return model::DocView(doc); }
    std::string text(std::string_view path) const {
        return std::string(json().at_path(path).as_string());
    }
    int64_t number(std::string_view path) const {
        return json().at_path(path).as_integer().value_or(-1);
    }
    /// The value at an index of the array at `path`.
    model::DocView item(std::string_view path, size_t index) const {
        for (const model::DocView value : json().at_path(path).items()) {
            if (index-- == 0) return value;
        }
        return {};
    }
    size_t count(std::string_view path) const {
        size_t number = 0;
        for (const model::DocView value : json().at_path(path).items()) {
            number += !value.is_missing();
        }
        return number;
    }
};

class TestApi {
public:
    using AddRoutes = void (*)(Router&, App&);

    explicit TestApi(std::initializer_list<AddRoutes> routes, const Clock& clock = system_clock())
        : engine_(open(clock)),
          auth_(clock),
          app_{.engine = *engine_, .auth = auth_, .clock = clock} {
        app_.options.spool_directory = directory_.path() + "/imports";
        add(routes);
    }

    /// The routes anew, as after a restart of the server.
    void add(std::initializer_list<AddRoutes> routes) {
        router_ = std::make_unique<Router>();
        for (const AddRoutes add_routes : routes) add_routes(*router_, app_);
    }

    engine::Engine& engine() { return *engine_; }
    App& app() { return app_; }

    /// What a token must be allowed for a request.
    std::string_view scope_of(net::Method method, std::string_view path) const {
        const RouteMatch match = router_->match(method, path);
        return match.route == nullptr ? "none" : scope_name(match.route->scope);
    }
    /// `head` is `GET /api/sources`, with further header lines after `\r\n` if need be.
    Answer call(std::string_view head, std::string_view body = {}) {
        const size_t line_end = head.find("\r\n");
        const std::string text = std::string(head.substr(0, line_end)) + " HTTP/1.1\r\nHost: test" +
                                 (line_end == head.npos ? "" : std::string(head.substr(line_end))) +
                                 "\r\n\r\n";
        net::HttpRequest http;
        net::Framing framing;
        const auto error = net::HeadParser({}).parse(text, http, framing);
        EXPECT_FALSE(error) << head;
        http.body = body;
        RouteMatch match = router_->match(http.method(), http.path());
        if (match.route == nullptr)
            return {.status = 404, .body = "no route", .doc = {}, .etag = {}};
        // Field by field: g++ 12 at -O3 takes the braces for an uninitialised member.
        ApiRequest request{http, {}, {}, {}};
        request.caller.actor = "token:admin";
        request.caller.scopes = {Scope::Admin};
        request.parameters = std::move(match.parameters);
        request.body_doc = model::doc_from_json(body).value_or("");
        auto result = match.route->handle(request);
        const net::HttpResponse response =
            result ? std::move(*result) : error_response(result.error());
        return {.status = response.status,
                .body = response.body,
                .doc = model::doc_from_json(response.body).value_or(""),
                .etag = std::string(response.header("ETag").value_or(""))};
    }

    /// Sends an event into the engine as ingest would.
    engine::Outcome send(engine::testing::EventSpec spec) {
        if (spec.time == 0) spec.time = app_.clock.now();
        return engine_->submit_and_wait(engine::testing::event_payload(spec, engine_->secret()));
    }

private:
    std::unique_ptr<engine::Engine> open(const Clock& clock) {
        auto engine = engine::Engine::open(store::posix_files(), clock,
                                           {.directory = directory_.path() + "/data",
                                            .memory_bytes = 64 << 20,
                                            .log_file_bytes = 1 << 20});
        TL_ASSERT(engine.is_ok());
        return std::move(*engine);
    }

    engine::testing::TemporaryDirectory directory_;
    std::unique_ptr<engine::Engine> engine_;
    Auth auth_;
    App app_;
    std::unique_ptr<Router> router_;  // Last: its routes may have threads that use the above.
};

}  // namespace throughline::server::testing
