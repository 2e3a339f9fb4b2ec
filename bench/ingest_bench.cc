// Events per second on one core, stage by stage, for bodies of 100 events of about 900 bytes, with
// memcpy and simdjson's DOM parser on the same bytes in the same run.
#include <simdjson.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "ingest/protocol.h"
#include "model/json.h"

namespace {

using namespace throughline;

constexpr int kBodies = 100;
constexpr int kEventsPerBody = 100;
constexpr Micros kReceived = 1'780'000'000 * kSecond;

std::string hex(SeededRandom& random, int digits) {
    std::string text;
    for (int i = 0; i < digits; ++i) text += "0123456789abcdef"[random.below(16)];
    return text;
}

std::string event_json(SeededRandom& random) {
    const bool is_identify = random.chance(0.1);
    const std::string anonymous = hex(random, 8) + "-" + hex(random, 4) + "-4" + hex(random, 3) +
                                  "-a" + hex(random, 3) + "-" + hex(random, 12);
    const std::string user = "user-" + std::to_string(random.below(2'000'000));
    std::string json = R"({"type":")";
    json += is_identify ? "identify" : "track";
    json += R"(","messageId":"node-next-1780000000000-)" + hex(random, 32) + R"(","userId":")" +
            user + R"(","anonymousId":")" + anonymous + R"(","timestamp":"2026-05-28T20:26:39.)" +
            std::to_string(100 + random.below(900)) + R"(Z",)";
    if (is_identify) {
        json += R"("traits":{"email":")" + user +
                R"(@example.com","firstName":"Ana","plan":"pro","age":41},)";
    } else {
        json += R"("event":"Order Completed","properties":{"order_id":")" + hex(random, 12) +
                R"(","revenue":)" + std::to_string(random.below(500)) +
                R"(.95,"currency":"EUR","coupon":null,"products":[{"sku":")" + hex(random, 8) +
                R"(","name":"Lantern \u201cRed\u201d","price":12.5,"quantity":2}]},)";
    }
    json +=
        R"("context":{"library":{"name":"@segment/analytics-node","version":"2.1.0"},)"
        R"("page":{"path":"/checkout/done","referrer":"https://shop.example/checkout",)"
        R"("search":"?step=4","title":"Thank you","url":"https://shop.example/checkout/done"},)"
        R"("userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) )"
        R"(Chrome/124.0.0.0 Safari/537.36","locale":"en-GB","timezone":"Europe/Istanbul",)"
        R"("ip":"203.0.113.77"},"integrations":{"All":true},"_metadata":{"nodeVersion":"22"}})";
    return json;
}

std::vector<std::string> make_bodies() {
    SeededRandom random(1);
    std::vector<std::string> bodies;
    for (int i = 0; i < kBodies; ++i) {
        std::string body = R"({"writeKey":"k","sentAt":"2026-05-28T20:26:40.000Z","batch":[)";
        for (int k = 0; k < kEventsPerBody; ++k) {
            if (k > 0) body += ',';
            body += event_json(random);
        }
        bodies.push_back(body + "]}");
    }
    return bodies;
}

double thread_seconds() {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

// CPU time, and the best of several passes over all bodies: other load only ever makes one slower.
double events_per_second(const std::vector<std::string>& bodies,
                         const std::function<void(const std::string&)>& work) {
    double best = 0;
    for (int pass = 0; pass < 30; ++pass) {
        const double begin = thread_seconds();
        for (const std::string& body : bodies) work(body);
        best = std::max(best, kBodies * kEventsPerBody / (thread_seconds() - begin));
    }
    return best;
}

}  // namespace

int main() {
    const std::vector<std::string> bodies = make_bodies();
    const model::Namespaces spaces = model::Namespaces::built_in();
    const SecretKey secret{1, 2, 3};
    model::Source source;
    source.id = 1;
    ingest::RequestDecoder decoder(spaces, secret);
    std::string copy;
    model::DocRoom room;
    simdjson::dom::parser parser;
    size_t bytes = 0;
    for (const std::string& body : bodies) bytes += body.size();

    const double copied =
        events_per_second(bodies, [&](const std::string& body) { copy.assign(body); });
    const double dom = events_per_second(bodies, [&](const std::string& body) {
        if (parser.parse(body).error() != simdjson::SUCCESS) std::abort();
    });
    const double packed = events_per_second(bodies, [&](const std::string& body) {
        if (!room.read(body)) std::abort();
    });
    const double all = events_per_second(bodies, [&](const std::string& body) {
        decoder.read(body);
        const auto& decoded = decoder.decode({.source = &source, .received = kReceived});
        if (decoded.records.accepted() != kEventsPerBody) std::abort();
    });
    std::printf("%zu bytes an event\n", bytes / kBodies / kEventsPerBody);
    std::printf("%-34s %8s %7s %8s %8s\n", "stage", "M ev/s", "us/ev", "/memcpy", "/dom");
    const auto line = [&](const char* stage, double rate) {
        std::printf("%-34s %8.2f %7.3f %8.4f %8.3f\n", stage, rate / 1e6, 1e6 / rate, rate / copied,
                    rate / dom);
    };
    line("memcpy", copied);
    line("simdjson DOM", dom);
    line("JSON to packed document", packed);
    line("body to encoded records", all);
    const double encode = 1 / (1 / all - 1 / packed);
    line("  of which after parsing", encode);
    return 0;
}
