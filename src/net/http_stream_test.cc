// Streams of events, and everything again through TLS.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <mutex>

#include "net/http_client.h"
#include "net/test_peer.h"

namespace throughline::net {
namespace {

/// Keeps the streams it opens for the test to write to.
class Streams : public testing::Test {
protected:
    void start(HttpServerOptions options = {}) {
        HttpHandlers handlers;
        handlers.handle = [this](HttpRequest&&, Responder responder) {
            const std::lock_guard lock(mutex_);
            streams_.push_back(responder.stream({.content_type = "text/event-stream"}));
        };
        server_ = serve(std::move(options), std::move(handlers));
    }
    void wait_for_one() {
        ASSERT_TRUE(eventually([this] {
            const std::lock_guard lock(mutex_);
            return streams_.size() == 1;
        }));
    }
    std::mutex mutex_;
    std::vector<EventStream> streams_;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(Streams, BytesArriveAsTheyAreWritten) {
    start();
    RawPeer peer(*server_);
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto head = peer.read_until("\r\n\r\n");
    EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos) << head;
    wait_for_one();
    EXPECT_TRUE(streams_[0].write("data: 1\n\n"));
    EXPECT_EQ(peer.read_until("data: 1\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
    EXPECT_TRUE(streams_[0].write("data: 2\n\n"));
    EXPECT_EQ(peer.read_until("data: 2\n\n\r\n"), "9\r\ndata: 2\n\n\r\n");
    EXPECT_TRUE(eventually([&] { return streams_[0].buffered_bytes() == 0; }));
    streams_[0].end();
    EXPECT_EQ(peer.read_until("0\r\n\r\n"), "0\r\n\r\n");
    peer.send("GET /again HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(peer.read_until("\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(Streams, AWriterLearnsThatItsClientHasGone) {
    start();
    RawPeer peer(*server_);
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.read_until("\r\n\r\n");
    wait_for_one();
    peer.reset();
    EXPECT_TRUE(eventually([&] { return streams_[0].is_closed(); }));
    EXPECT_FALSE(streams_[0].write("x"));
}

TEST_F(Streams, ASlowClientIsDisconnectedInsteadOfBuffered) {
    start({.stream_buffer_bytes_max = 100'000});
    RawPeer peer(*server_);
    peer.shrink_receive_buffer();
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for_one();
    const std::string piece(1000, 'x');
    size_t written = 0;
    while (written < 100'000 && streams_[0].write(piece)) {
        ++written;
        std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    EXPECT_GE(written, 100u);
    EXPECT_LT(written, 100'000u);
    EXPECT_TRUE(streams_[0].is_closed());
    EXPECT_TRUE(eventually([&] { return server_->connections() == 0; }));
}

TEST_F(Streams, AStopEndsThem) {
    start();
    RawPeer peer(*server_);
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.read_until("\r\n\r\n");
    wait_for_one();
    server_->stop(std::chrono::seconds(5));
    EXPECT_EQ(peer.read_all(), "0\r\n\r\n");
    EXPECT_FALSE(streams_[0].write("x"));
}

TEST_F(Streams, OldClientsReadUntilTheEnd) {
    start();
    RawPeer peer(*server_);
    peer.send("GET / HTTP/1.0\r\n\r\n");
    wait_for_one();
    streams_[0].write("plain");
    streams_[0].end();
    EXPECT_TRUE(peer.read_all().ends_with("\r\n\r\nplain"));
}

TEST_F(Streams, TheClientReadsThemPieceByPiece) {
    start();
    std::string got;
    std::thread writer([this] {
        wait_for_one();
        for (int i = 0; i < 100; ++i) streams_[0].write("event " + std::to_string(i) + '\n');
        streams_[0].end();
    });
    auto client = HttpClient::make("http://127.0.0.1:" + std::to_string(server_->port())).value();
    const auto take = [&](std::string_view piece) {
        got += piece;
        return true;
    };
    EXPECT_TRUE(client.send({.target = "/", .on_body = take}));
    writer.join();
    EXPECT_TRUE(got.starts_with("event 0\nevent 1\n"));
    EXPECT_TRUE(got.ends_with("event 99\n"));
}

/// A certificate for 127.0.0.1 that signed itself.
class Tls : public testing::Test {
protected:
    void SetUp() override {
        directory_ =
            std::filesystem::temp_directory_path() / ("net_test_" + std::to_string(::getpid()));
        std::filesystem::create_directories(directory_);
        write_certificate();
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string certificate() const { return directory_ / "certificate.pem"; }
    std::string key() const { return directory_ / "key.pem"; }

    HttpServerOptions options() const {
        HttpServerOptions options;
        options.tls_certificate_path = certificate();
        options.tls_key_path = key();
        return options;
    }
    HttpClient client_of(const HttpServer& server, const std::string& host = "127.0.0.1") const {
        return HttpClient::make("https://" + host + ':' + std::to_string(server.port()),
                                {.authorities_path = certificate()})
            .value();
    }

private:
    void write_certificate() const {
        EVP_PKEY* pair = EVP_EC_gen("P-256");
        X509* cert = X509_new();
        X509_set_version(cert, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
        X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
        X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
        X509_set_pubkey(cert, pair);
        X509_NAME* name = X509_get_subject_name(cert);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
        X509_set_issuer_name(cert, name);
        X509_EXTENSION* alt =
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
        X509_add_ext(cert, alt, -1);
        X509_EXTENSION_free(alt);
        X509_sign(cert, pair, EVP_sha256());
        std::FILE* file = std::fopen(certificate().c_str(), "w");
        PEM_write_X509(file, cert);
        std::fclose(file);
        file = std::fopen(key().c_str(), "w");
        PEM_write_PrivateKey(file, pair, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
        X509_free(cert);
        EVP_PKEY_free(pair);
    }
    std::filesystem::path directory_;
};

TEST_F(Tls, CarriesRequestsOfEverySize) {
    const auto server = serve(options());
    auto client = client_of(*server);
    for (const size_t size : {0u, 1u, 1000u, 16'384u, 100'000u, 3'000'000u}) {
        const std::string body(size, 'b');
        const auto answer = client.post("/tls", body);
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer.value().body, "POST /tls " + body);
    }
    EXPECT_EQ(server->connections(), 1u);
}

TEST_F(Tls, TellsTheHandlerThatItIsThere) {
    HttpHandlers handlers;
    handlers.handle = [](HttpRequest&& request, Responder responder) {
        responder.send(
            HttpResponse::text(200, request.peer + (request.is_tls ? " tls" : " plain")));
    };
    const auto server = serve(options(), std::move(handlers));
    EXPECT_EQ(client_of(*server).get("/").value().body, "127.0.0.1 tls");
}

TEST_F(Tls, AClientTrustsOnlyWhomItShould) {
    const auto server = serve(options());
    const std::string url = "https://127.0.0.1:" + std::to_string(server->port());
    EXPECT_FALSE(HttpClient::make(url).value().get("/")) << "authority unknown";
    EXPECT_FALSE(client_of(*server, "localhost").get("/")) << "another name";
    EXPECT_TRUE(HttpClient::make(url, {.verifies_peer = false}).value().get("/"));
}

TEST_F(Tls, PlainBytesAreHungUpOn) {
    const auto server = serve(options());
    RawPeer peer(*server);
    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.read_all();
    EXPECT_TRUE(peer.has_ended());
}

TEST_F(Tls, StreamsAndGracefulStopsWorkAlike) {
    std::mutex mutex;
    std::vector<EventStream> streams;
    HttpHandlers handlers;
    handlers.handle = [&](HttpRequest&&, Responder responder) {
        const std::lock_guard lock(mutex);
        streams.push_back(responder.stream({.content_type = "text/event-stream"}));
        streams.back().write("data: hello\n\n");
    };
    const auto server = serve(options(), std::move(handlers));
    std::string got;
    std::thread reader([&] {
        auto client = client_of(*server);
        const auto take = [&](std::string_view piece) {
            const std::lock_guard lock(mutex);
            got += piece;
            return true;
        };
        EXPECT_TRUE(client.send({.target = "/", .on_body = take}));
    });
    EXPECT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return got == "data: hello\n\n";
    }));
    server->stop(std::chrono::seconds(5));
    reader.join();
}

TEST_F(Tls, BadFilesAreToldAtTheStart) {
    auto bad = options();
    bad.tls_key_path = certificate();
    HttpHandlers handlers;
    handlers.handle = echo;
    EXPECT_FALSE(HttpServer::start(bad, handlers, system_clock()));
    bad.tls_certificate_path = "/nowhere.pem";
    EXPECT_FALSE(HttpServer::start(bad, handlers, system_clock()));
}

}  // namespace
}  // namespace throughline::net
