// How fast the HTTP server alone is: it answers every POST with a small JSON body, either on the
// I/O thread (inline), or from a second thread in batches, as the fold of the engine does
// (handoff). With `decode` the I/O thread also makes records of the bodies and passes them on: all
// it does in the product.
//
//   bare_http [port] [io threads] [inline|handoff|decode] [certificate key]
//   ingest_load http://127.0.0.1:8099 - mixed 10 0
//
// Every second it prints requests, body bytes and the CPU microseconds of the whole process per
// request.

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/thread.h"
#include "base/time.h"
#include "ingest/protocol.h"
#include "net/http_server.h"

namespace {

using namespace throughline;
using namespace throughline::net;

std::atomic<uint64_t> requests{0};
std::atomic<uint64_t> body_bytes{0};

HttpResponse answer() {
    return HttpResponse::json(
        200, R"({"success":true,"position":"0:123","accepted":100,"duplicates":0,"rejected":[]})");
}

using Records = std::shared_ptr<const std::string>;

// The records of a body, in memory of their own as the engine wants them.
Records records_of(const HttpRequest& request) {
    static const model::Namespaces spaces = model::Namespaces::built_in();
    static const SecretKey secret{1, 2, 3};
    static const model::Source source{.id = 1};
    thread_local ingest::RequestDecoder decoder(spaces, secret);
    decoder.read(request.body);
    const auto& decoded = decoder.decode({.source = &source,
                                          .received = request.received_us,
                                          .peer_ip = request.peer,
                                          .sent_at = {}});
    return std::make_shared<const std::string>(decoded.records.bytes);
}

/// Answers what has gathered since it last looked, like one epoch of the fold, and keeps the latest
/// records, as history does.
class Answerer {
public:
    Answerer() : thread_([this] { run(); }) { thread_.detach(); }

    void add(Records records, Responder responder) {
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back({std::move(records), std::move(responder)});
        }
        came_.notify_one();
    }

private:
    static constexpr size_t kKept = 4096;

    void run() {
        name_thread("answerer");
        std::vector<Records> kept(kKept);
        size_t next = 0;
        std::vector<std::pair<Records, Responder>> epoch;
        for (;;) {
            std::unique_lock lock(mutex_);
            came_.wait(lock, [this] { return !waiting_.empty(); });
            epoch.swap(waiting_);
            lock.unlock();
            const ResponseBatch batch;
            for (auto& [records, responder] : epoch) {
                kept[next++ % kKept] = std::move(records);
                responder.send_made(answer);
            }
            epoch.clear();
        }
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<std::pair<Records, Responder>> waiting_;
    std::thread thread_;
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void report_for_ever() {
    uint64_t requests_before = 0;
    double cpu_before = cpu_seconds();
    for (;;) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        const uint64_t now = requests;
        const uint64_t bytes = body_bytes.exchange(0);
        const double cpu = cpu_seconds();
        if (now != requests_before) {
            const auto count = static_cast<double>(now - requests_before);
            std::printf("%9.0f requests/s %8.1f MB/s %6.2f us CPU each, %3.0f %% busy\n", count,
                        static_cast<double>(bytes) / 1e6, (cpu - cpu_before) * 1e6 / count,
                        (cpu - cpu_before) * 100);
            std::fflush(stdout);
        }
        requests_before = now;
        cpu_before = cpu;
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> args(argv + 1, argv + argc);
    HttpServerOptions options;
    options.port = static_cast<uint16_t>(args.empty() ? 8099 : std::atoi(args[0].c_str()));
    options.io_threads = args.size() > 1 ? static_cast<size_t>(std::atoi(args[1].c_str())) : 1;
    const std::string mode = args.size() > 2 ? args[2] : "inline";
    if (args.size() > 4) {
        options.tls_certificate_path = args[3];
        options.tls_key_path = args[4];
    }

    static Answerer answerer;
    HttpHandlers handlers;
    handlers.handle = [mode](HttpRequest&& request, Responder responder) {
        requests.fetch_add(1, std::memory_order_relaxed);
        body_bytes.fetch_add(request.body.size(), std::memory_order_relaxed);
        if (mode == "handoff") return answerer.add({}, std::move(responder));
        if (mode == "decode") return answerer.add(records_of(request), std::move(responder));
        responder.send(answer());
    };
    auto server = HttpServer::start(std::move(options), std::move(handlers), system_clock());
    if (!server) {
        std::fprintf(stderr, "%s\n", server.error().message.c_str());
        return 1;
    }
    std::printf("listening on port %u\n", static_cast<unsigned>(server.value()->port()));
    std::fflush(stdout);
    report_for_ever();
}
