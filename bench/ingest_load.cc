// A load generator for a running server, and what it costs per stage.
//
//   ingest_load URL WRITE_KEY fill  FIRST COUNT            new people, one event each
//   ingest_load URL WRITE_KEY mixed SECONDS RATE [PID]     the traffic of the spine's target
//   ingest_load URL WRITE_KEY cold  SECONDS RATE [PID]     the same, 90 % over 10 million people
//   ingest_load URL WRITE_KEY single SECONDS CONNECTIONS [PID]   one event a request
//   ingest_load URL ADMIN_TOKEN read SECONDS RATE [PID]    profiles, drawn as mixed traffic is
//
// Mixed traffic: 16 connections, 100 distinct events of about 900 bytes a request, 2 million people
// by Zipf (s = 0.9), 10 % identify, 0.05 % tying a fresh anonymous id to a person, 2 % duplicates.
// RATE in events a second over all connections, 0 for as fast as it goes. With the server's PID it
// tells the CPU time of each of its threads, in microseconds an event, besides its own.
//
// It shares the machine with the server, so it is one thread over epoll that overwrites ids in
// requests made beforehand.
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "net/socket.h"
#include "net/url.h"

namespace throughline {
namespace {

constexpr size_t kConnections = 16;
constexpr int kEventsPerRequest = 100;
constexpr uint64_t kPeople = 2'000'000;
constexpr uint64_t kColdPeople = 10'000'000;  // As many as `fill 0 10000000` makes.
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

std::string request_text(std::string_view path, std::string_view body) {
    std::string text = "POST ";
    text += path;
    text += " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ";
    text += std::to_string(body.size()) + "\r\n\r\n";
    return text += body;
}

template <size_t kDigits>
std::array<char, kDigits> digits_of(uint64_t number) {
    std::array<char, kDigits> text;
    for (size_t i = kDigits; i > 0; --i, number /= 10) {
        text[i - 1] = static_cast<char>('0' + number % 10);
    }
    return text;
}
using IdText = std::array<char, kIdDigits>;

// A batch whose ids are overwritten before each use.
class BatchRequest {
public:
    explicit BatchRequest(const std::string& write_key) {
        std::string body = R"({"writeKey":")" + write_key + R"(","batch":[)";
        for (int i = 0; i < kEventsPerRequest; ++i) {
            if (i > 0) body += ',';
            const size_t base = body.size();
            const std::string json = event_json(i % 10 == 0, static_cast<uint64_t>(i) * 10);
            body += json;
            slots_.push_back({base + json.find(R"("userId":"u)") + 11,
                              base + json.find(R"("anonymousId":"a)") + 16,
                              base + json.find(R"("messageId":"m-)") + 15});
        }
        body += "]}";
        text_ = request_text("/v1/batch", body);
        for (Slots& slots : slots_) {
            const size_t head = text_.size() - body.size();
            slots.user += head;
            slots.anonymous += head;
            slots.message += head;
        }
    }
    void set(size_t event, const IdText& user, const IdText& anonymous) {
        std::memcpy(text_.data() + slots_[event].user, user.data(), kIdDigits);
        std::memcpy(text_.data() + slots_[event].anonymous, anonymous.data(), kIdDigits);
    }
    void set_message(size_t event, const std::array<char, kMessageDigits>& id) {
        std::memcpy(text_.data() + slots_[event].message, id.data(), kMessageDigits);
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
    std::vector<Slots> slots_;
};

uint64_t zipf(SeededRandom& random) {
    return static_cast<uint64_t>(static_cast<double>(kPeople) *
                                 std::pow(random.unit(), 1 / (1 - kZipf)));
}

// What the connections send.
class Traffic {
public:
    virtual ~Traffic() = default;
    /// Returns the next request of a connection, good until the next one; nothing when it is done.
    virtual std::optional<std::string_view> next(size_t connection) = 0;
    /// Whether a request that was not taken is to be sent again.
    virtual bool repeats() const { return false; }
    virtual uint64_t events_per_request() const { return kEventsPerRequest; }
};

class MixedTraffic final : public Traffic {
public:
    /// `cold` is the share of events from people drawn evenly from kColdPeople.
    MixedTraffic(const std::string& key, double cold) {
        SeededRandom random(1);
        for (IdText& id : people_) {
            id = digits_of<kIdDigits>(random.chance(cold) ? random.below(kColdPeople)
                                                          : zipf(random));
        }
        // Message ids never repeat from run to run, except where a duplicate is meant: a run starts
        // at its microsecond, and no connection sends an event each microsecond.
        const auto start = static_cast<uint64_t>(system_clock().now());
        fresh_ = 5'000'000'000 + start % 1'000'000'000;
        for (uint64_t i = 0; i < kConnections; ++i) {
            sources_.push_back({BatchRequest(key), SeededRandom(i + 2),
                                digits_of<kMessageDigits>(start + i * 100'000'000'000'000),
                                i * people_.size() / kConnections});
        }
    }
    std::optional<std::string_view> next(size_t connection) override {
        Source& from = sources_[connection];
        for (size_t i = 0; i < kEventsPerRequest; ++i) {
            const uint64_t dice = from.random.next();
            const IdText& person = people_[from.person++ % people_.size()];
            const bool is_merging = dice % 65'536 < 33;               // 0.05 %
            const bool is_duplicate = dice / 65'536 % 65'536 < 1311;  // 2 %
            from.request.set(i, person, is_merging ? digits_of<kIdDigits>(++fresh_) : person);
            if (!is_duplicate) count_up(from.message);
            from.request.set_message(i, from.message);
        }
        return from.request.text();
    }

private:
    struct Source {
        BatchRequest request;
        SeededRandom random;
        std::array<char, kMessageDigits> message;
        size_t person;
    };
    static void count_up(std::array<char, kMessageDigits>& number) {
        for (size_t i = number.size(); i > 0 && ++number[i - 1] > '9'; --i) number[i - 1] = '0';
    }

    std::vector<IdText> people_ = std::vector<IdText>(1 << 23);  // Drawn beforehand.
    std::vector<Source> sources_;
    uint64_t fresh_ = 0;
};

class FillTraffic final : public Traffic {
public:
    FillTraffic(const std::string& key, uint64_t first, uint64_t count)
        : requests_(kConnections, BatchRequest(key)), at_(first), end_(first + count) {}
    std::optional<std::string_view> next(size_t connection) override {
        if (at_ >= end_) return {};
        BatchRequest& request = requests_[connection];
        for (size_t i = 0; i < kEventsPerRequest; ++i, ++at_) {
            const IdText person = digits_of<kIdDigits>(at_);
            request.set(i, person, person);
            request.set_message(i, digits_of<kMessageDigits>(9'000'000'000 + at_));
        }
        return request.text();
    }
    bool repeats() const override { return true; }

private:
    std::vector<BatchRequest> requests_;
    uint64_t at_;
    uint64_t end_;
};

class SingleTraffic final : public Traffic {
public:
    SingleTraffic(std::string key, size_t connections)
        : key_(std::move(key)), texts_(connections) {}
    std::optional<std::string_view> next(size_t connection) override {
        const std::string body = R"({"writeKey":")" + key_ +
                                 R"(","event":"Page Viewed","userId":"u)" +
                                 std::to_string(zipf(random_)) + R"(","messageId":"s)" +
                                 std::to_string(++message_) + "\"}";
        texts_[connection] = request_text("/v1/track", body);
        return texts_[connection];
    }
    uint64_t events_per_request() const override { return 1; }

private:
    std::string key_;
    std::vector<std::string> texts_;
    SeededRandom random_{77};
    uint64_t message_ = static_cast<uint64_t>(system_clock().now()) * 100;
};

class ReadTraffic final : public Traffic {
public:
    explicit ReadTraffic(const std::string& token)
        : tail_(" HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + token + "\r\n\r\n"),
          texts_(kConnections) {}
    std::optional<std::string_view> next(size_t connection) override {
        const auto person = digits_of<kIdDigits>(zipf(random_));
        texts_[connection] = "GET /api/profiles/user_id:u";
        texts_[connection].append(person.data(), person.size()) += tail_;
        return texts_[connection];
    }
    uint64_t events_per_request() const override { return 1; }

private:
    std::string tail_;
    std::vector<std::string> texts_;
    SeededRandom random_{78};
};

struct Totals {
    uint64_t events = 0;
    uint64_t failures = 0;
    std::vector<uint32_t> latencies;  // Microseconds.
};

// Sends one request after the other over each connection until the time is over.
class Driver {
public:
    Driver(Traffic& traffic, size_t connections, double seconds, double rate)
        : traffic_(traffic),
          connections_(connections),
          end_(system_clock().monotonic() + static_cast<Micros>(seconds * 1e6)) {
        const auto per_round = static_cast<double>(connections * traffic.events_per_request());
        if (rate > 0) pause_ = static_cast<Micros>(per_round / rate * 1e6);
    }

    Status run(const net::Url& url) {
        for (Connection& c : connections_) {
            TL_TRY_ASSIGN(c.socket, net::connect_to(url.host, url.port, 5 * kSecond));
            const int on = 1;
            const int room = 1 << 20;
            ::setsockopt(c.socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            ::setsockopt(c.socket.fd(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
            const int flags = ::fcntl(c.socket.fd(), F_GETFL);
            ::fcntl(c.socket.fd(), F_SETFL, flags | O_NONBLOCK);
            epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &c}};
            ::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, c.socket.fd(), &event);
            c.due = system_clock().monotonic();
        }
        std::array<epoll_event, 256> events;
        while (begin_what_is_due()) {
            const int count = ::epoll_wait(epoll_.fd(), events.data(), events.size(), wait_ms());
            for (int i = 0; i < count; ++i) {
                const epoll_event& event = events[static_cast<size_t>(i)];
                TL_TRY(go_on(*static_cast<Connection*>(event.data.ptr)));
            }
        }
        return Status::ok();
    }

    Totals totals;

private:
    struct Connection {
        net::Socket socket;
        std::string_view request;  // Empty: none is under way.
        size_t sent = 0;
        std::string reply;
        Micros started = 0;
        Micros due = 0;
        bool is_again = false;  // The last one was not taken.
        bool is_done = false;
    };

    size_t index_of(const Connection& c) const {
        return static_cast<size_t>(&c - connections_.data());
    }

    // Returns false when all is over.
    bool begin_what_is_due() {
        const Micros now = system_clock().monotonic();
        bool is_busy = false;
        for (Connection& c : connections_) {
            if (c.request.empty() && !c.is_done && now >= end_) c.is_done = true;
            if (c.request.empty() && !c.is_done && now >= c.due) begin(c, now);
            is_busy |= !c.is_done;
        }
        return is_busy;
    }

    void begin(Connection& c, Micros now) {
        if (!c.is_again) {
            const auto next = traffic_.next(index_of(c));
            if (!next) return static_cast<void>(c.is_done = true);
            last_[index_of(c)] = *next;
        }
        c.request = last_[index_of(c)];
        c.sent = 0;
        c.started = now;
        c.due += pause_;
        send(c);
    }

    void send(Connection& c) {
        const ssize_t sent = ::send(c.socket.fd(), c.request.data() + c.sent,
                                    c.request.size() - c.sent, MSG_NOSIGNAL);
        if (sent > 0) c.sent += static_cast<size_t>(sent);
    }

    Status go_on(Connection& c) {
        if (c.sent < c.request.size()) send(c);
        char bytes[4096];
        for (;;) {
            const ssize_t got = ::recv(c.socket.fd(), bytes, sizeof bytes, 0);
            if (got < 0) break;
            if (got == 0) return Error::unavailable("the server has hung up");
            c.reply.append(bytes, static_cast<size_t>(got));
            if (static_cast<size_t>(got) < sizeof bytes) break;
        }
        if (!c.request.empty() && is_whole(c.reply)) end(c);
        return Status::ok();
    }

    static bool is_whole(std::string_view reply) {
        static constexpr std::string_view kLength = "Content-Length: ";
        const size_t head = reply.find("\r\n\r\n");
        const size_t length_at = reply.find(kLength);
        if (head == std::string_view::npos || length_at > head) return false;
        const auto length = std::strtoull(reply.data() + length_at + kLength.size(), nullptr, 10);
        return reply.size() >= head + 4 + length;
    }

    void end(Connection& c) {
        const Micros now = system_clock().monotonic();
        const bool is_taken = c.reply.starts_with("HTTP/1.1 200");
        totals.latencies.push_back(static_cast<uint32_t>(now - c.started));
        (is_taken ? totals.events : totals.failures) +=
            is_taken ? traffic_.events_per_request() : 1;
        c.is_again = !is_taken && traffic_.repeats();
        if (c.is_again) c.due = now + 50'000;
        c.request = {};
        c.reply.clear();
        if (now >= c.due && now < end_) begin(c, now);
    }

    int wait_ms() const {
        Micros next = end_;
        for (const Connection& c : connections_) {
            if (c.request.empty() && !c.is_done) next = std::min(next, c.due);
        }
        const Micros wait = next - system_clock().monotonic();
        return static_cast<int>(std::clamp<Micros>((wait + 999) / 1000, 0, 1000));
    }

    Traffic& traffic_;
    std::vector<Connection> connections_;
    std::vector<std::string_view> last_ = std::vector<std::string_view>(connections_.size());
    net::Socket epoll_{::epoll_create1(0)};
    Micros end_;
    Micros pause_ = 0;
};

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

double own_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print_totals(Totals& totals, double seconds) {
    std::vector<uint32_t>& all = totals.latencies;
    std::ranges::sort(all);
    const auto at = [&](double share) {
        return all.empty()
                   ? 0.0
                   : all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))] / 1000.0;
    };
    std::printf(
        "events/s %.0f   requests/s %.0f   p50 %.2f ms   p99 %.2f ms   max %.2f ms   failed %lu\n",
        static_cast<double>(totals.events) / seconds, static_cast<double>(all.size()) / seconds,
        at(0.5), at(0.99), at(1), totals.failures);
}

void print_cost(const std::string& name, double seconds, const Totals& totals) {
    if (seconds < 0.01) return;
    std::printf("  %-16s %.3f us/event\n", name.c_str(),
                seconds * 1e6 / static_cast<double>(std::max<uint64_t>(1, totals.events)));
}

int run(int argc, char** argv) {
    const std::string mode = argc < 6 ? "" : argv[3];
    const auto url = net::parse_url(argc < 6 ? "" : argv[1]);
    if (!url || url->is_tls ||
        (mode != "fill" && mode != "mixed" && mode != "cold" && mode != "single" &&
         mode != "read")) {
        std::puts(
            "usage: ingest_load URL WRITE_KEY fill FIRST COUNT | mixed SECONDS RATE [PID] | "
            "cold SECONDS RATE [PID] | "
            "single SECONDS CONNECTIONS [PID] | read SECONDS RATE [PID]");
        return 2;
    }
    const std::string key = argv[2];
    const std::string pid = argc > 6 ? argv[6] : "";
    const auto connections = mode == "single" ? std::strtoull(argv[5], nullptr, 10) : kConnections;
    std::unique_ptr<Traffic> traffic;
    const bool is_cold = mode == "cold";
    const bool is_mixed = mode == "mixed" || is_cold;
    if (is_mixed) traffic = std::make_unique<MixedTraffic>(key, is_cold ? 0.9 : 0);
    if (mode == "read") traffic = std::make_unique<ReadTraffic>(key);
    if (mode == "single") traffic = std::make_unique<SingleTraffic>(key, connections);
    if (mode == "fill") {
        traffic = std::make_unique<FillTraffic>(key, std::strtoull(argv[4], nullptr, 10),
                                                std::strtoull(argv[5], nullptr, 10));
    }
    const auto before = thread_seconds(pid);
    const double own_before = own_seconds();
    const Micros started = system_clock().monotonic();
    Driver driver(*traffic, connections, mode == "fill" ? 1e9 : std::atof(argv[4]),
                  is_mixed || mode == "read" ? std::atof(argv[5]) : 0);
    const Status status = driver.run(*url);
    if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
    Totals& totals = driver.totals;
    print_totals(totals, static_cast<double>(system_clock().monotonic() - started) / 1e6);
    for (const auto& [name, after] : thread_seconds(pid)) {
        const auto earlier = before.find(name);
        print_cost(name, after - (earlier == before.end() ? 0 : earlier->second), totals);
    }
    print_cost("(this generator)", own_seconds() - own_before, totals);
    return status && totals.failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace throughline

int main(int argc, char** argv) {
    return throughline::run(argc, argv);
}
