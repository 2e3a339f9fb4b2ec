// The ingest endpoints: from an HTTP request to records in the engine and a reply to the SDK.
//
// Runs on I/O threads and never waits: a request is authenticated, decoded and submitted; when its
// records are durable and folded, the outcome comes back to the I/O thread, which makes the reply.
// Every answer carries CORS headers that mirror what the browser asked for and expose Retry-After,
// without which browsers retry at once.
//
// Layer 7. Thread-safe: a decoder per I/O thread.
#pragma once

#include <atomic>
#include <memory>

#include "server/app.h"
#include "server/ingest_path.h"

namespace throughline::server {

/// Counters of requests, for /metrics.
struct IngestCounters {
    std::atomic<uint64_t> requests{0};
    std::atomic<uint64_t> unauthenticated{0};
    std::atomic<uint64_t> overloaded{0};
    std::atomic<uint64_t> retried{0};  // Requests that said they were a retry.
};

class IngestRoutes {
public:
    explicit IngestRoutes(App& app) : app_(app) {}

    void handle(const IngestPath& path, net::HttpRequest&& request, net::Responder responder);
    /// Answers a request whose body could not be read; keeps what there is in quarantine when its
    /// write key is known. The key must be outside the body then.
    void refuse(const IngestPath& path, const net::RefusedBody& body, net::Responder responder);

    /// Answers a preflight: what was asked for is allowed.
    static net::HttpResponse preflight(const net::RequestHead& request);
    static void add_cors(const net::RequestHead& request, net::HttpResponse& response);

    const IngestCounters& counters() const { return counters_; }

private:
    struct Decoder;
    struct Pending;

    Decoder& decoder();
    void take_events(const IngestPath& path, net::HttpRequest&& request, net::Responder responder);
    void take_webhook(const IngestPath& path, net::HttpRequest&& request, net::Responder responder);
    void submit(const net::RequestHead& request, ingest::Decoded& decoded, net::Responder responder,
                Endpoint endpoint);
    net::HttpResponse answer(Pending& done);
    static net::HttpResponse verdicts(const Pending& done);
    net::HttpResponse overloaded();
    net::HttpResponse answer_get(const IngestPath& path, const net::RequestHead& request);
    std::string peer_of(const net::RequestHead& request) const;

    App& app_;
    IngestCounters counters_;
};

}  // namespace throughline::server
