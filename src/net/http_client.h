// A blocking HTTP/1.1 client with keep-alive, for the commands that talk to a running server, for
// tests and for load.
//
// It knows no redirects, proxies, cookies or compressed answers: it is made for our own server.
//
// Layer 1. HttpClient: used by one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"
#include "net/socket.h"
#include "net/tls.h"

namespace throughline::net {

struct HttpClientOptions {
    std::vector<Header> headers = {};  // Sent with every request, e.g. Authorization.
    Micros connect_timeout = 5 * kSecond;
    Micros timeout = 60 * kSecond;      // Without a byte moving in either direction.
    bool verifies_peer = true;          // False only by a person's explicit wish.
    std::string authorities_path = {};  // PEM; empty: the system's.
    size_t body_bytes_max = 256 << 20;  // Of an answer kept in memory.
};

struct ClientRequest {
    std::string method = "GET";
    std::string target = "/";
    std::vector<Header> headers = {};
    std::string_view body = {};  // Borrowed for the call.
    /// Instead of `body`: fills the space given and returns how much; 0 ends the body, which goes
    /// out in chunks.
    std::function<Result<size_t>(char* into, size_t room)> source = nullptr;
    /// Takes the answer's body piece by piece instead of HttpResponse::body; false hangs up.
    std::function<bool(std::string_view)> on_body = nullptr;
};

class HttpClient {
public:
    /// Takes scheme, host and port of `url`; its path is put before every target. Connects at the
    /// first request. Errors: InvalidArgument.
    static Result<HttpClient> make(std::string_view url, HttpClientOptions options = {});

    /// Errors: Unavailable when there is no connection or it breaks, DeadlineExceeded, Internal for
    /// an answer that is not HTTP. An answer of any status is a success here.
    Result<HttpResponse> send(const ClientRequest& request);

    Result<HttpResponse> get(std::string target);
    Result<HttpResponse> post(std::string target, std::string_view body,
                              std::vector<Header> headers = {});
    Result<HttpResponse> put(std::string target, std::string_view body,
                             std::vector<Header> headers = {});
    Result<HttpResponse> del(std::string target);
    /// Sends a file without holding it in memory. Errors: also NotFound.
    Result<HttpResponse> post_file(std::string target, const std::string& path,
                                   std::vector<Header> headers = {});

    void disconnect();

private:
    HttpClient(Url url, HttpClientOptions options, std::unique_ptr<TlsContext> tls);

    Status connect();
    bool is_stale() const;
    Status exchange(const ClientRequest& request, HttpResponse& response);
    std::string request_head(const ClientRequest& request) const;
    Status write(std::string_view bytes);
    Status write_source(const ClientRequest& request);
    Status read_more();
    Status flush_wire();
    Status read_head(HttpResponse& response, uint64_t& length, bool& is_chunked);
    Status read_body(const ClientRequest& request, HttpResponse& response, uint64_t length);
    Status read_chunks(const ClientRequest& request, HttpResponse& response);
    Status take_body(const ClientRequest& request, HttpResponse& response, std::string_view bytes);

    Url url_;
    HttpClientOptions options_;
    std::unique_ptr<TlsContext> context_;  // Null: plain.
    Socket socket_;
    std::unique_ptr<TlsSession> tls_;
    std::string wire_out_;    // Encrypted, to be sent.
    std::string inbox_;       // Read, not consumed.
    bool has_ended_ = false;  // The server will send nothing more.
    bool keeps_alive_ = true;
};

}  // namespace throughline::net
