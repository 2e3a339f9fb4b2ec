// What the I/O threads of one server share.
//
// Layer 1. Immutable but for the counters, which are atomic. Internal to net.
#pragma once

#include <atomic>
#include <memory>

#include "net/http_parser.h"
#include "net/http_server.h"
#include "net/mailbox.h"
#include "net/tls.h"

namespace throughline::net {

class ServerCore {
public:
    ServerCore(HttpServerOptions server_options, HttpHandlers server_handlers,
               const Clock& server_clock)
        : options(std::move(server_options)),
          handlers(std::move(server_handlers)),
          clock(server_clock),
          budget(std::make_shared<BodyBudget>(options.bodies_bytes_max)) {}

    /// The answer to a request we refuse ourselves.
    HttpResponse refusal(const HttpError& error, const RequestHead* head) const {
        auto response = handlers.refuse
                            ? handlers.refuse(error.status, error.code, error.message, head)
                            : HttpResponse::error(error.status, error.code, error.message);
        if (error.status == 503 && !response.header("Retry-After")) {
            response.headers.push_back({"Retry-After", "1"});
        }
        return response;
    }

    const HttpServerOptions options;
    const HttpHandlers handlers;
    const Clock& clock;
    const std::shared_ptr<BodyBudget> budget;  // Shared with the mailboxes, which may live longer.
    std::unique_ptr<TlsContext> tls;           // Null: plain HTTP.
    std::atomic<size_t> connections{0};
    std::atomic<bool> is_stopping{false};  // From now on every answer closes its connection.
};

}  // namespace throughline::net
