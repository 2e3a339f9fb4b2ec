// For tests of the management API: an engine on a temporary directory, the routes of people, and
// requests that need no socket.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/test_world.h"
#include "model/json.h"
#include "net/http_parser.h"
#include "server/account_routes.h"
#include "server/app.h"
#include "server/identity_routes.h"
#include "server/profile_routes.h"
#include "server/test_schema.h"

namespace throughline::server::testing {

/// An answer, its body packed.
struct Answer {
    int status = 0;
    std::string doc;

    model::DocView body() const { return model::DocView(doc); }
    /// The value at `a.b.0.c` as JSON text; numbers step into arrays.
    std::string at(std::string_view path) const;
    std::string json() const { return model::to_json(body()); }
    size_t size(std::string_view path) const;
    model::DocView find(std::string_view path) const;
};

inline model::DocView Answer::find(std::string_view path) const {
    model::DocView at = body();
    while (!path.empty()) {
        const std::string_view step = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(path.size(), step.size() + 1));
        if (!at.is_array()) {
            at = at.find(step);
            continue;
        }
        size_t index = static_cast<size_t>(std::stoul(std::string(step)));
        model::DocView found;
        for (const model::DocView item : at.items()) {
            if (index-- == 0) found = item;
            if (index == static_cast<size_t>(-1)) break;
        }
        at = found;
    }
    return at;
}

inline std::string Answer::at(std::string_view path) const {
    const model::DocView value = find(path);
    if (value.is_missing()) return "missing";
    return value.is_string() ? std::string(value.as_string()) : model::to_json(value);
}

inline size_t Answer::size(std::string_view path) const {
    size_t count = 0;
    for ([[maybe_unused]] const model::DocView item : find(path).items()) ++count;
    return count;
}

class PeopleTest : public ::testing::Test {
protected:
    static constexpr Micros kNow = 1'760'000'000LL * kSecond;

    engine::testing::TemporaryDirectory directory;
    FakeClock clock{kNow};
    std::unique_ptr<engine::Engine> engine;
    std::unique_ptr<Auth> auth;
    std::unique_ptr<App> app;
    Router router;

    void SetUp() override {
        auto opened = engine::Engine::open(
            store::posix_files(), system_clock(),
            {.directory = directory.path(), .memory_bytes = 64 << 20, .log_file_bytes = 1 << 20});
        ASSERT_TRUE(opened) << opened.error().message;
        engine = std::move(*opened);
        auth = std::make_unique<Auth>(clock);
        app = std::make_unique<App>(
            App{.engine = *engine, .auth = *auth, .clock = clock, .options = {}});
        add_profile_routes(router, *app);
        add_identity_routes(router, *app);
        add_account_routes(router, *app);
        for (const char* key : {"web", "crm"}) {  // They get the numbers 1 and 2.
            ASSERT_TRUE(define(*app, "test", "sources", key,
                               *model::doc_from_json(R"({"name":"Source"})")));
        }
    }

    engine::Outcome send(engine::testing::EventSpec spec) { return send_all({std::move(spec)}); }

    /// Many events in one submission: one wait for the disk.
    engine::Outcome send_all(const std::vector<engine::testing::EventSpec>& specs) {
        std::vector<std::string> payloads;
        for (engine::testing::EventSpec spec : specs) {
            if (spec.time == 0) spec.time = kNow - kDay;
            if (spec.message_id.empty()) spec.message_id = "m" + std::to_string(++sent_);
            payloads.push_back(engine::testing::event_payload(spec, engine->secret()));
        }
        return submit(payloads);
    }

    engine::Outcome submit(const std::vector<std::string>& payloads) {
        auto bytes = std::make_shared<std::string>();
        engine::Submission submission;
        for (const std::string& payload : payloads) {
            *bytes += payload;
            submission.ends.push_back(static_cast<uint32_t>(bytes->size()));
        }
        submission.bytes = std::move(bytes);
        auto outcome = engine->submit_and_wait(std::move(submission));
        EXPECT_TRUE(outcome.status);
        EXPECT_TRUE(outcome.refused.empty());
        return outcome;
    }

    /// Parses the head of a request as the server does.
    static net::HttpRequest request_of(std::string_view method, std::string_view target) {
        net::HttpRequest request;
        net::Framing framing;
        const std::string head =
            std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n";
        const auto error = net::HeadParser({}).parse(head, request, framing);
        EXPECT_FALSE(error);
        return request;
    }

    Answer ask(std::string_view method, std::string_view target, std::string_view body = "") {
        net::HttpRequest http = request_of(method, target);
        const RouteMatch match = router.match(http.method(), http.path());
        EXPECT_NE(match.route, nullptr) << target;
        if (match.route == nullptr) return {};
        ApiRequest request{.http = http,
                           .caller = {.actor = "token:test", .scopes = {}, .session = {}},
                           .parameters = match.parameters,
                           .body_doc = body.empty() ? "" : *model::doc_from_json(body)};
        const auto answered = match.route->handle(request);
        const net::HttpResponse response = answered ? *answered : error_response(answered.error());
        Answer answer{.status = response.status, .doc = {}};
        if (auto doc = model::doc_from_json(response.body)) answer.doc = std::move(*doc);
        return answer;
    }
    Answer get(std::string_view target) { return ask("GET", target); }
    Answer post(std::string_view target, std::string_view body) {
        return ask("POST", target, body);
    }

    /// The answer is a 200 that the document describes so.
    static void expect_fits(const Answer& answer, std::string_view schema, int status = 200) {
        static const Schemas schemas;
        EXPECT_EQ(answer.status, status) << answer.json();
        EXPECT_EQ(schemas.mismatch(schema, answer.body()), "") << answer.json();
    }
    static void expect_error(const Answer& answer, int status, std::string_view message) {
        expect_fits(answer, "Error", status);
        EXPECT_NE(answer.at("error.message").find(message), std::string::npos) << answer.json();
    }

private:
    int sent_ = 0;
};

}  // namespace throughline::server::testing
