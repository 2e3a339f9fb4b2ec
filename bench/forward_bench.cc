// How many events a second go through one forward: read from the log, matched, put into Segment's
// form, sent over a kept connection to a receiver on loopback that answers 200 at once.
//
//   build/bench/bench/forward_bench [events [events a request]]

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "engine/forwarding/forward_lane.h"
#include "engine/test_world.h"
#include "net/http_server.h"

using namespace throughline;
using namespace throughline::engine;

namespace {

constexpr uint32_t kEventsAtOnce = 1'000;  // Of a submission.

double thread_seconds() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

double seconds() {
    return static_cast<double>(system_clock().monotonic()) / 1e6;
}

void need(const Status& status) {
    if (status) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
}

// An event as a shop's browser sends it: about 700 bytes of JSON.
std::string event_of(int number, const SecretKey& secret) {
    return testing::event_payload(
        {.user = "user-" + std::to_string(number % 5000),
         .anonymous = "0f1c7d5e-" + std::to_string(number % 9000),
         .name = "Product Viewed",
         .message_id = "ajs-next-" + std::to_string(1'000'000'000 + number),
         .extra = R"({"properties":{"product_id":"sku-4411","name":"Linen shirt, blue",)"
                  R"("category":"Women/Shirts","price":349.9,"currency":"TRY","position":7},)"
                  R"("context":{"page":{"path":"/p/linen-shirt-blue","title":"Linen shirt, blue",)"
                  R"("url":"https://shop.example/p/linen-shirt-blue?utm_source=news",)"
                  R"("referrer":"https://shop.example/women/shirts"},"locale":"tr-TR",)"
                  R"("userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",)"
                  R"("library":{"name":"analytics.js","version":"2.1.0"}}})",
         .time = system_clock().now()},
        secret);
}

void fill(Engine& engine, int events) {
    for (int from = 0; from < events; from += kEventsAtOnce) {
        auto bytes = std::make_shared<std::string>();
        Submission submission;
        for (uint32_t i = 0; i < kEventsAtOnce; ++i) {
            *bytes += event_of(from + static_cast<int>(i), engine.secret());
            submission.ends.push_back(static_cast<uint32_t>(bytes->size()));
        }
        submission.bytes = std::move(bytes);
        need(engine.submit_and_wait(std::move(submission)).status);
    }
}

}  // namespace

int main(int count, char** arguments) {
    const int events = count > 1 ? std::atoi(arguments[1]) : 300'000;
    const std::string batch = count > 2 ? arguments[2] : "100";
    const testing::TemporaryDirectory directory;
    auto receiver = net::HttpServer::start(
        {},
        {.handle = [](net::HttpRequest&&,
                      net::Responder responder) { responder.send(net::HttpResponse::empty(200)); }},
        system_clock());
    need(receiver ? Status::ok() : Status(receiver.error()));
    auto engine = Engine::open(store::posix_files(), system_clock(),
                               {.directory = directory.path(), .merges_files = false});
    need(engine ? Status::ok() : Status(engine.error()));
    const std::string doc = *model::doc_from_json(
        R"({"kind":"forwards","key":"w","value":{"name":"W","url":)"
        R"("http://127.0.0.1:)" +
        std::to_string((*receiver)->port()) +
        R"(/v1/batch","allows_private":true,"types":["track"],"batch_events":)" + batch + "}}");
    need((*engine)->submit_and_wait(model::make_record(model::RecordKind::Definition, doc)).status);
    fill(**engine, events);

    const auto settings = (*engine)->settings();
    auto forward = Forward::make(model::DocView(settings->find("forwards", "w")->value));
    need(forward ? Status::ok() : Status(forward.error()));
    auto lane = ForwardLane::make({**engine, system_clock(), [] { return true; }}, "w",
                                  std::move(*forward));
    need(lane ? Status::ok() : Status(lane.error()));
    const double began = seconds();
    const double began_cpu = thread_seconds();
    while ((*lane)->report().state != ForwardState::Current) (*lane)->step();
    const double took = seconds() - began;
    const double cpu = thread_seconds() - began_cpu;
    const auto sent = static_cast<double>((*lane)->report().row.sent);
    std::printf("%.0f events, %s a request: %.0f a second, %.2f us of the forward's CPU each\n",
                sent, batch.c_str(), sent / took, 1e6 * cpu / sent);
    return 0;
}
