// How fast the HTTP server alone is: it answers every POST with a small JSON body, either on the
// I/O thread, or from a second thread in batches, as the fold of the engine does.
//
//   net_bench [port] [io threads] [inline|handoff] [certificate key]
//   wrk -t1 -c16 -d10 -s post.lua http://127.0.0.1:8099/v1/batch
//
// Every second it prints requests, body bytes and the CPU microseconds of the whole process per
// request.

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"
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

/// Answers what has gathered since it last looked, like one epoch of the fold.
class Answerer {
public:
    Answerer() : thread_([this] { run(); }) { thread_.detach(); }

    void add(HttpRequest&& request, Responder responder) {
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back({std::move(request), std::move(responder)});
        }
        came_.notify_one();
    }

private:
    void run() {
        std::vector<std::pair<HttpRequest, Responder>> epoch;
        for (;;) {
            std::unique_lock lock(mutex_);
            came_.wait(lock, [this] { return !waiting_.empty(); });
            epoch.swap(waiting_);
            lock.unlock();
            const ResponseBatch batch;
            for (auto& [request, responder] : epoch) responder.send(answer());
            epoch.clear();
        }
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<std::pair<HttpRequest, Responder>> waiting_;
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
    const bool hands_off = args.size() > 2 && args[2] == "handoff";
    if (args.size() > 4) {
        options.tls_certificate_path = args[3];
        options.tls_key_path = args[4];
    }

    static Answerer answerer;
    HttpHandlers handlers;
    handlers.handle = [hands_off](HttpRequest&& request, Responder responder) {
        requests.fetch_add(1, std::memory_order_relaxed);
        body_bytes.fetch_add(request.body.size(), std::memory_order_relaxed);
        if (hands_off) return answerer.add(std::move(request), std::move(responder));
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
