// TLS as a pure transformation: bytes of the wire in, bytes of the conversation out, and back.
//
// There are no sockets in here, so the same session serves the event loop and the blocking client.
// TLS 1.2 and later; the only application protocol is http/1.1.
//
// Layer 1. TlsContext: Thread-safe once made. TlsSession: used by one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace throughline::net {

class TlsContext {
public:
    /// Errors: InvalidArgument when a file cannot be read or key and certificate do not match.
    static Result<std::unique_ptr<TlsContext>> for_server(const std::string& certificate_path,
                                                          const std::string& key_path);

    enum class Verify : unsigned char { Peer, Nothing };
    /// Trusts the system's authorities, or those of `authorities_path` (PEM) when it is given.
    static Result<std::unique_ptr<TlsContext>> for_client(Verify verify,
                                                          const std::string& authorities_path);
    ~TlsContext();

private:
    friend class TlsSession;
    struct Parts;
    explicit TlsContext(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

class TlsSession {
public:
    static TlsSession accept(const TlsContext& context);
    /// `host` is sent as server name, and must be what the certificate is for.
    static TlsSession connect(const TlsContext& context, const std::string& host);
    TlsSession(TlsSession&&) noexcept;
    ~TlsSession();

    /// Takes bytes from the wire, appends what they say to `plain` and what must be sent in turn
    /// (handshake, alerts) to `wire_out`. Errors: InvalidArgument for what is not TLS, or a peer
    /// that is not trusted; `wire_out` may then hold an alert.
    Status receive(std::string_view wire, std::string& plain, std::string& wire_out);

    /// Appends `plain`, encrypted, to `wire_out`. Requires: is_ready().
    Status send(std::string_view plain, std::string& wire_out);

    /// Appends the first bytes a client has to send; nothing for a server.
    Status begin(std::string& wire_out);
    /// Appends the alert that says that nothing follows.
    void end(std::string& wire_out);

    bool is_ready() const;        // The handshake is done.
    bool has_peer_ended() const;  // The peer has said that nothing follows.

private:
    struct Parts;
    explicit TlsSession(std::unique_ptr<Parts> parts);
    Status handshake();
    void drain(std::string& wire_out);
    std::unique_ptr<Parts> parts_;
};

}  // namespace throughline::net
