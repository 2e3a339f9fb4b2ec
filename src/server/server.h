// The server: every route behind one port, and the web app.
//
// Ingest is answered on I/O threads; the management API on workers; files of the web app from the
// binary. Security headers go on everything a browser may show.
//
// Layer 7. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

struct ServerOptions {
    net::HttpServerOptions http;
    AppOptions app;
    size_t workers = 4;  // Threads of the management API.
};

class Server {
public:
    /// Listens. Borrows engine and clock. Errors: of the listening socket and TLS files.
    static Result<std::unique_ptr<Server>> start(engine::Engine& engine, const Clock& clock,
                                                 ServerOptions options);
    ~Server();

    uint16_t port() const;
    /// A link that signs in as administrator once, within ten minutes.
    std::string one_time_login_url();
    /// Lets requests in flight finish, then closes.
    void stop();

    const Router& router() const;

private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// Registers every route of the management API: the one list of them.
void add_all_routes(Router& router, App& app);

}  // namespace throughline::server
