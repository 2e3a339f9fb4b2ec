#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <limits>

namespace throughline::net {

namespace {

constexpr unsigned char kProtocols[] = "\x08http/1.1";  // Length, then name (RFC 7301).
constexpr unsigned kProtocolsBytes = sizeof kProtocols - 1;

/// The newest reason OpenSSL has, as an error of ours. Empties its queue.
Error tls_error(std::string_view what) {
    char text[256] = "failed";
    if (const auto code = ERR_peek_last_error(); code != 0) {
        ERR_error_string_n(code, text, sizeof text);
    }
    ERR_clear_error();
    return Error::invalid("tls: " + std::string(what) + ": " + text);
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void*) {
    unsigned char* chosen = nullptr;
    const int outcome =
        SSL_select_next_proto(&chosen, out_size, kProtocols, kProtocolsBytes, in, in_size);
    *out = chosen;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

struct TlsContext::Parts {
    explicit Parts(const SSL_METHOD* method) : ctx(SSL_CTX_new(method)) {
        TL_ASSERT(ctx != nullptr);
        SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
        SSL_CTX_set_options(
            ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
        SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() { SSL_CTX_free(ctx); }

    SSL_CTX* ctx;
};

struct TlsSession::Parts {
    explicit Parts(SSL_CTX* ctx) : ssl(SSL_new(ctx)) {
        TL_ASSERT(ssl != nullptr);
        wire_in = BIO_new(BIO_s_mem());
        wire_out = BIO_new(BIO_s_mem());
        TL_ASSERT(wire_in != nullptr && wire_out != nullptr);
        SSL_set_bio(ssl, wire_in, wire_out);  // Takes both over.
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() { SSL_free(ssl); }

    SSL* ssl;
    BIO* wire_in;
    BIO* wire_out;
};

TlsContext::TlsContext(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::for_server(const std::string& certificate_path,
                                                           const std::string& key_path) {
    auto parts = std::make_unique<Parts>(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(parts->ctx, certificate_path.c_str()) != 1) {
        return tls_error("certificate");
    }
    if (SSL_CTX_use_PrivateKey_file(parts->ctx, key_path.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(parts->ctx) != 1) {
        return tls_error("key");
    }
    SSL_CTX_set_alpn_select_cb(parts->ctx, choose_protocol, nullptr);
    return std::unique_ptr<TlsContext>(new TlsContext(std::move(parts)));
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_client(Verify verify,
                                                           const std::string& authorities_path) {
    auto parts = std::make_unique<Parts>(TLS_client_method());
    SSL_CTX_set_verify(parts->ctx, verify == Verify::Peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                       nullptr);
    const int loaded =
        authorities_path.empty()
            ? SSL_CTX_set_default_verify_paths(parts->ctx)
            : SSL_CTX_load_verify_locations(parts->ctx, authorities_path.c_str(), nullptr);
    if (loaded != 1) return tls_error("authorities");
    SSL_CTX_set_alpn_protos(parts->ctx, kProtocols, kProtocolsBytes);
    return std::unique_ptr<TlsContext>(new TlsContext(std::move(parts)));
}

TlsSession::TlsSession(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession::~TlsSession() = default;

TlsSession TlsSession::accept(const TlsContext& context) {
    auto parts = std::make_unique<Parts>(context.parts_->ctx);
    SSL_set_accept_state(parts->ssl);
    return TlsSession(std::move(parts));
}

TlsSession TlsSession::connect(const TlsContext& context, const std::string& host) {
    auto parts = std::make_unique<Parts>(context.parts_->ctx);
    SSL_set_connect_state(parts->ssl);
    // An address is matched against the certificate's addresses and is never sent as a name.
    X509_VERIFY_PARAM* param = SSL_get0_param(parts->ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) != 1) {
        TL_ASSERT(SSL_set1_host(parts->ssl, host.c_str()) == 1);
        SSL_set_tlsext_host_name(parts->ssl, host.c_str());
    }
    ERR_clear_error();
    return TlsSession(std::move(parts));
}

bool TlsSession::is_ready() const {
    return SSL_is_init_finished(parts_->ssl) == 1;
}

bool TlsSession::has_peer_ended() const {
    return (SSL_get_shutdown(parts_->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void TlsSession::drain(std::string& wire_out) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(parts_->wire_out, &bytes);
    if (size <= 0) return;
    wire_out.append(bytes, static_cast<size_t>(size));
    BIO_reset(parts_->wire_out);
}

Status TlsSession::handshake() {
    const int outcome = SSL_do_handshake(parts_->ssl);
    if (outcome == 1 || SSL_get_error(parts_->ssl, outcome) == SSL_ERROR_WANT_READ) return {};
    return tls_error("handshake");
}

Status TlsSession::begin(std::string& wire_out) {
    const Status status = handshake();
    drain(wire_out);
    return status;
}

Status TlsSession::receive(std::string_view wire, std::string& plain, std::string& wire_out) {
    TL_ASSERT(wire.size() <= std::numeric_limits<int>::max());
    ERR_clear_error();
    BIO_write(parts_->wire_in, wire.data(), static_cast<int>(wire.size()));
    if (!is_ready()) {
        const Status status = handshake();
        drain(wire_out);
        if (!status || !is_ready()) return status;
    }
    constexpr size_t kRecordBytesMax = 16 * 1024;  // RFC 8446 5.1.
    char record[kRecordBytesMax];
    for (;;) {
        const int got = SSL_read(parts_->ssl, record, sizeof record);
        if (got > 0) {
            plain.append(record, static_cast<size_t>(got));
            continue;
        }
        const int reason = SSL_get_error(parts_->ssl, got);
        drain(wire_out);
        if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_ZERO_RETURN) return {};
        return tls_error("read");
    }
}

Status TlsSession::send(std::string_view plain, std::string& wire_out) {
    ERR_clear_error();
    while (!plain.empty()) {
        const size_t piece = std::min<size_t>(plain.size(), std::numeric_limits<int>::max());
        const int put = SSL_write(parts_->ssl, plain.data(), static_cast<int>(piece));
        if (put <= 0) return tls_error("write");
        plain.remove_prefix(static_cast<size_t>(put));
    }
    drain(wire_out);
    return {};
}

void TlsSession::end(std::string& wire_out) {
    if (is_ready()) SSL_shutdown(parts_->ssl);
    ERR_clear_error();
    drain(wire_out);
}

}  // namespace throughline::net
