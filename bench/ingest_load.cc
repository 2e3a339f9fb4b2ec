// A load generator for a running server, and what it costs per stage.
//
//   ingest_load URL WRITE_KEY fill  FIRST COUNT            new people, one event each
//   ingest_load URL WRITE_KEY mixed SECONDS RATE [PID]     the traffic of the spine's target
//   ingest_load URL WRITE_KEY single SECONDS CONNECTIONS   one event a request
//
// Mixed traffic: 16 connections, 100 distinct events of about 900 bytes a request, 2 million people
// by Zipf (s = 0.9), 10 % identify, 0.05 % tying a fresh anonymous id to a person, 2 % duplicates.
// RATE in events a second over all connections, 0 for as fast as it goes. With the server's PID it
// tells the CPU time of each of its threads, in microseconds an event.
#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "net/http_client.h"

namespace throughline {
namespace {

constexpr int kConnections = 16;
constexpr int kEventsPerRequest = 100;
constexpr uint64_t kPeople = 2'000'000;
constexpr double kZipf = 0.9;
constexpr size_t kIdDigits = 10;
constexpr size_t kMessageDigits = 16;

// Fields of fixed width inside a rendered event, to be overwritten in place.
struct Slots {
    size_t user = 0;
    size_t anonymous = 0;
    size_t message = 0;
};

std::string padding(size_t size, uint64_t seed) {
    std::string text;
    SeededRandom random(seed);
    while (text.size() < size) text += static_cast<char>('a' + random.below(26));
    return text;
}

std::string event_json(bool identify, uint64_t seed) {
    const std::string zeros(kIdDigits, '0');
    const std::string message(kMessageDigits, '0');
    std::string json =
        identify ? R"({"type":"identify",)" : R"({"type":"track","event":"Product Viewed",)";
    json += R"("userId":"u)" + zeros + R"(","anonymousId":"a)" + zeros + R"(","messageId":"m-)" +
            message + R"(","timestamp":"2026-11-20T10:11:12.345Z",)";
    json +=
        R"("context":{"library":{"name":"analytics.js","version":"npm:next-1.84.0"},"page":{)"
        R"("path":"/products/)" +
        padding(12, seed) + R"(","referrer":"https://www.example.org/search?q=)" +
        padding(10, seed + 1) +
        R"(","search":"","title":"A page of the shop","url":"https://shop.example/products/)" +
        padding(12, seed) +
        R"("},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",)"
        R"("locale":"en-US","timezone":"Europe/Istanbul","ip":"203.0.113.7"},)";
    json +=
        identify
            ? R"("traits":{"plan":"pro","logins":17,"city":"Ankara","note":")" +
                  padding(120, seed + 2) + "\"}"
            : R"("properties":{"product_id":")" + padding(8, seed + 2) +
                  R"(","sku":"SKU-00017","category":"Kitchen","name":"White hanging heart","brand":"Acme","price":12.55,"quantity":2,"currency":"EUR","position":3,"note":")" +
                  padding(60, seed + 3) + "\"}";
    return json + "}";
}

// A request body whose ids are overwritten before each use.
class Body {
public:
    explicit Body(const std::string& write_key)
        : text_(R"({"writeKey":")" + write_key + R"(","batch":[)") {
        for (int i = 0; i < kEventsPerRequest; ++i) {
            if (i > 0) text_ += ',';
            const size_t base = text_.size();
            const std::string json = event_json(i % 10 == 0, static_cast<uint64_t>(i) * 10);
            text_ += json;
            slots_.push_back({base + json.find(R"("userId":"u)") + 11,
                              base + json.find(R"("anonymousId":"a)") + 16,
                              base + json.find(R"("messageId":"m-)") + 15});
        }
        text_ += "]}";
    }
    void set(int event, uint64_t user, uint64_t anonymous, uint64_t message) {
        const Slots& slots = slots_[static_cast<size_t>(event)];
        write(slots.user, user, kIdDigits);
        write(slots.anonymous, anonymous, kIdDigits);
        write(slots.message, message, kMessageDigits);
    }
    const std::string& text() const { return text_; }

private:
    void write(size_t at, uint64_t number, size_t digits) {
        for (size_t i = digits; i > 0; --i, number /= 10) {
            text_[at + i - 1] = static_cast<char>('0' + number % 10);
        }
    }
    std::string text_;
    std::vector<Slots> slots_;
};

uint64_t zipf(SeededRandom& random) {
    return static_cast<uint64_t>(static_cast<double>(kPeople) *
                                 std::pow(random.unit(), 1 / (1 - kZipf)));
}

struct Totals {
    std::atomic<uint64_t> events{0};
    std::atomic<uint64_t> failures{0};
    std::vector<std::vector<uint32_t>> latencies;  // Microseconds, by connection.
};

bool post(net::HttpClient& client, const std::string& body, std::vector<uint32_t>& latencies) {
    const auto started = system_clock().monotonic();
    const auto response = client.post("/v1/batch", body, {{"Content-Type", "application/json"}});
    latencies.push_back(static_cast<uint32_t>(system_clock().monotonic() - started));
    return response && response->status == 200;
}

void run_mixed(const std::string& url, const std::string& key, int connection, double seconds,
               double rate, Totals& totals) {
    auto client = net::HttpClient::make(url);
    if (!client) return;
    SeededRandom random(static_cast<uint64_t>(connection) + 1);
    Body body(key);
    // Message ids never repeat from run to run, except where a duplicate is meant: a run starts at
    // its microsecond, and no connection sends an event each microsecond.
    uint64_t message = static_cast<uint64_t>(system_clock().now()) +
                       static_cast<uint64_t>(connection) * 100'000'000'000'000;
    uint64_t fresh = 5'000'000'000 + message % 1'000'000'000;
    const Micros end = system_clock().monotonic() + static_cast<Micros>(seconds * 1e6);
    const double pause = rate > 0 ? kConnections * kEventsPerRequest / rate * 1e6 : 0;
    Micros due = system_clock().monotonic();
    while (system_clock().monotonic() < end) {
        for (int i = 0; i < kEventsPerRequest; ++i) {
            const uint64_t person = zipf(random);
            const bool duplicate = random.chance(0.02);
            const bool merging = random.chance(0.0005);
            body.set(i, person, merging ? ++fresh : person, duplicate ? message : ++message);
        }
        if (post(*client, body.text(), totals.latencies[static_cast<size_t>(connection)])) {
            totals.events += kEventsPerRequest;
        } else {
            ++totals.failures;
        }
        due += static_cast<Micros>(pause);
        const Micros wait = due - system_clock().monotonic();
        if (wait > 0) std::this_thread::sleep_for(std::chrono::microseconds(wait));
    }
}

void run_fill(const std::string& url, const std::string& key, int connection, uint64_t first,
              uint64_t count, Totals& totals) {
    auto client = net::HttpClient::make(url);
    if (!client) return;
    Body body(key);
    const uint64_t share = count / kConnections;
    const uint64_t begin = first + share * static_cast<uint64_t>(connection);
    for (uint64_t at = begin; at < begin + share; at += kEventsPerRequest) {
        for (int i = 0; i < kEventsPerRequest; ++i) {
            const uint64_t person = at + static_cast<uint64_t>(i);
            body.set(i, person, person, 9'000'000'000 + person);
        }
        while (!post(*client, body.text(), totals.latencies[static_cast<size_t>(connection)])) {
            ++totals.failures;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        totals.events += kEventsPerRequest;
    }
}

void run_single(const std::string& url, const std::string& key, int connection, double seconds,
                Totals& totals) {
    auto client = net::HttpClient::make(url);
    if (!client) return;
    SeededRandom random(static_cast<uint64_t>(connection) + 77);
    uint64_t message = static_cast<uint64_t>(system_clock().now()) * 100;
    const Micros end = system_clock().monotonic() + static_cast<Micros>(seconds * 1e6);
    while (system_clock().monotonic() < end) {
        const std::string body =
            R"({"writeKey":")" + key + R"(","event":"Page Viewed","userId":"u)" +
            std::to_string(zipf(random)) + R"(","messageId":"s)" + std::to_string(connection) +
            "-" + std::to_string(++message) + "\"}";
        const auto started = system_clock().monotonic();
        const auto response = client->post("/v1/track", body, {});
        totals.latencies[static_cast<size_t>(connection)].push_back(
            static_cast<uint32_t>(system_clock().monotonic() - started));
        ++(response && response->status == 200 ? totals.events : totals.failures);
    }
}

// CPU seconds of each thread of a process, by the thread's name.
std::map<std::string, double> thread_seconds(const std::string& pid) {
    std::map<std::string, double> seconds;
    const std::string folder = "/proc/" + pid + "/task";
    DIR* directory = ::opendir(folder.c_str());
    if (directory == nullptr) return seconds;
    while (const dirent* entry = ::readdir(directory)) {
        std::ifstream file(folder + "/" + entry->d_name + "/stat");
        // The entry of the first thread tells, on some kernels, the time of the whole process.
        std::string line;
        if (entry->d_name == pid || !std::getline(file, line)) continue;
        const size_t open = line.find('(');
        const size_t close = line.rfind(')');
        std::istringstream rest(line.substr(close + 2));
        std::string field;
        double ticks = 0;
        for (int i = 3; i <= 15 && rest >> field; ++i) {
            if (i >= 14) ticks += std::stod(field);
        }
        seconds[line.substr(open + 1, close - open - 1)] +=
            ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
    ::closedir(directory);
    return seconds;
}

void print_totals(Totals& totals, double seconds) {
    std::vector<uint32_t> all;
    for (const auto& latencies : totals.latencies)
        all.insert(all.end(), latencies.begin(), latencies.end());
    std::ranges::sort(all);
    const auto at = [&](double share) {
        return all.empty()
                   ? 0.0
                   : all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))] / 1000.0;
    };
    std::printf(
        "events/s %.0f   requests/s %.0f   p50 %.2f ms   p99 %.2f ms   max %.2f ms   failed %lu\n",
        static_cast<double>(totals.events) / seconds, static_cast<double>(all.size()) / seconds,
        at(0.5), at(0.99), at(1), totals.failures.load());
}

int run(int argc, char** argv) {
    if (argc < 6) {
        std::puts(
            "usage: ingest_load URL WRITE_KEY fill FIRST COUNT | mixed SECONDS RATE [PID] | "
            "single SECONDS CONNECTIONS");
        return 2;
    }
    const std::string url = argv[1];
    const std::string key = argv[2];
    const std::string mode = argv[3];
    const int connections = mode == "single" ? std::atoi(argv[5]) : kConnections;
    const std::string pid = argc > 6 ? argv[6] : "";
    Totals totals;
    totals.latencies.resize(static_cast<size_t>(connections));
    const auto before = thread_seconds(pid);
    const Micros started = system_clock().monotonic();
    std::vector<std::thread> threads;
    for (int i = 0; i < connections; ++i) {
        threads.emplace_back([&, i] {
            if (mode == "fill") {
                run_fill(url, key, i, std::strtoull(argv[4], nullptr, 10),
                         std::strtoull(argv[5], nullptr, 10), totals);
            } else if (mode == "mixed") {
                run_mixed(url, key, i, std::atof(argv[4]), std::atof(argv[5]), totals);
            } else {
                run_single(url, key, i, std::atof(argv[4]), totals);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    print_totals(totals, static_cast<double>(system_clock().monotonic() - started) / 1e6);
    for (const auto& [name, after] : thread_seconds(pid)) {
        const auto earlier = before.find(name);
        const double used = after - (earlier == before.end() ? 0 : earlier->second);
        if (used < 0.01) continue;
        std::printf("  %-16s %.3f us/event\n", name.c_str(),
                    used * 1e6 / static_cast<double>(std::max<uint64_t>(1, totals.events)));
    }
    return totals.failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace throughline

int main(int argc, char** argv) {
    return throughline::run(argc, argv);
}
