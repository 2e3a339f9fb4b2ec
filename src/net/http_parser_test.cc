#include "net/http_parser.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace throughline::net {
namespace {

struct Parsed {
    RequestHead head;
    Framing framing;
    int status = 0;  // 0: good.
};

Parsed parse(std::string_view bytes) {
    Parsed parsed;
    const auto error = HeadParser(HeadLimits{}).parse(bytes, parsed.head, parsed.framing);
    if (error) parsed.status = error->status;
    return parsed;
}

/// A request with these header lines, each with its line end.
Parsed with_headers(const std::string& lines) {
    return parse("POST /v1/batch HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
}

TEST(HeadParser, ReadsWhatABrowserSends) {
    const auto parsed = parse(
        "POST /v1/t?writeKey=k%31 HTTP/1.1\r\nHost: x.example\r\ncontent-TYPE:text/plain \r\n"
        "Origin: https://shop.example\r\nContent-Length: 12\r\n\r\n");
    ASSERT_EQ(parsed.status, 0);
    EXPECT_EQ(parsed.head.method(), Method::Post);
    EXPECT_EQ(parsed.head.path(), "/v1/t");
    EXPECT_EQ(parsed.head.query(), "writeKey=k%31");
    EXPECT_EQ(parsed.head.query_param("writeKey"), "k1");
    EXPECT_EQ(parsed.head.header("Content-Type"), "text/plain");
    EXPECT_EQ(parsed.head.header("Cookie"), std::nullopt);
    EXPECT_EQ(parsed.framing.content_length, 12u);
    EXPECT_TRUE(parsed.framing.keeps_alive);
}

TEST(HeadParser, AMovedHeadStillPointsIntoItself) {
    auto parsed = parse("GET / HTTP/1.0\r\n\r\n");
    const RequestHead moved = std::move(parsed.head);
    EXPECT_EQ(moved.target(), "/");
    EXPECT_EQ(moved.method_name(), "GET");
}

TEST(HeadParser, TakesAllFormsOfTargetThatAServerMeets) {
    EXPECT_EQ(parse("GET http://a.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n").head.target(), "/x?y");
    EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status, 0);
    EXPECT_EQ(parse("GET * HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
    EXPECT_EQ(parse("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
    EXPECT_EQ(parse("GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
}

TEST(HeadParser, RefusesLinesThatTwoReadersCouldReadDifferently) {
    for (const char* lines :
         {"Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n",
          "Content-Length: +5\r\n", "Content-Length: -1\r\n", "Content-Length: 5x\r\n",
          "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n",
          "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length : 5\r\n",
          "Name\r\n", "X: a\r\n folded\r\n", "X: a\nY: b\r\n", "X: a\rb\r\n", ": empty\r\n",
          "Host: b\r\n"}) {
        EXPECT_EQ(with_headers(lines).status, 400) << lines;
    }
    EXPECT_EQ(with_headers(std::string("X: a\0b\r\n", 8)).status, 400);
    EXPECT_EQ(with_headers("Transfer-Encoding: gzip, chunked\r\n").status, 501);
    EXPECT_EQ(with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n").status,
              501);
    EXPECT_EQ(with_headers("Expect: tea\r\n").status, 417);
}

TEST(HeadParser, RefusesBadFirstLines) {
    for (const char* line : {"", "GET", "GET /", "GET / HTTP", "GET  HTTP/1.1", "G\tET / HTTP/1.1",
                             "GET /a b HTTP/1.1", "GET /\x01 HTTP/1.1", "GET / HTTP/1.x",
                             "GET / http/1.1", " GET / HTTP/1.1"}) {
        EXPECT_EQ(parse(std::string(line) + "\r\nHost: a\r\n\r\n").status, 400) << line;
    }
    EXPECT_EQ(parse("PRI * HTTP/2.0\r\n\r\n").status, 505);
    EXPECT_EQ(parse("GET / HTTP/1.1\r\n\r\n").status, 400) << "no Host";
}

TEST(HeadParser, LimitsBytesAndLines) {
    std::string lines;
    for (int i = 0; i < 99; ++i) lines += "X: y\r\n";
    EXPECT_EQ(with_headers(lines).status, 0);
    EXPECT_EQ(with_headers(lines + "X: y\r\n").status, 431);
    EXPECT_EQ(with_headers("X: " + std::string(17'000, 'y') + "\r\n").status, 431);
}

TEST(HeadParser, DecidesWhetherTheConnectionStays) {
    EXPECT_FALSE(with_headers("Connection: Close\r\n").framing.keeps_alive);
    EXPECT_FALSE(with_headers("Connection: x, close\r\n").framing.keeps_alive);
    EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").framing.keeps_alive);
    EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").framing.keeps_alive);
}

TEST(HeadFinder, FindsTheEndHoweverTheBytesArrive) {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest\r\n\r\n";
    const size_t size = bytes.find("rest");
    for (size_t step = 1; step <= bytes.size(); ++step) {
        HeadFinder finder;
        size_t found = 0;
        for (size_t have = step; found == 0; have += step) {
            found = finder.find(std::string_view(bytes).substr(0, have));
        }
        EXPECT_EQ(found, size) << "step " << step;
    }
}

/// Feeds `wire` in pieces of random size; `rest` is what follows the message.
ChunkedDecoder::State decode(std::string_view wire, SeededRandom& random, std::string& body,
                             std::string& rest) {
    ChunkedDecoder decoder;
    auto state = ChunkedDecoder::State::NeedsMore;
    while (!wire.empty() && state == ChunkedDecoder::State::NeedsMore) {
        std::string_view in = wire.substr(0, 1 + random.below(20));
        wire.remove_prefix(in.size());
        std::string_view data;
        while ((state = decoder.next(in, data)) == ChunkedDecoder::State::Data) body += data;
        rest = std::string(in) + std::string(wire);
    }
    return state;
}

TEST(ChunkedDecoder, GivesBackWhatWasCutHoweverItArrives) {
    SeededRandom random(11);
    for (int round = 0; round < 500; ++round) {
        std::string sent;
        std::string wire;
        for (uint64_t chunks = random.below(6); chunks > 0; --chunks) {
            const std::string data(1 + random.below(60), static_cast<char>('a' + random.below(26)));
            char size[24];
            std::snprintf(size, sizeof size, random.chance(0.5) ? "%zx" : "%04zX", data.size());
            wire += size;
            if (random.chance(0.3)) wire += ";ext=\"v\"";
            wire += "\r\n" + data + "\r\n";
            sent += data;
        }
        wire += random.chance(0.3) ? "0\r\nTrailer: x\r\nMore: y\r\n\r\n" : "0\r\n\r\n";
        std::string body;
        std::string rest;
        ASSERT_EQ(decode(wire + "next", random, body, rest), ChunkedDecoder::State::Done) << wire;
        EXPECT_EQ(body, sent);
        EXPECT_EQ(rest, "next");
    }
}

TEST(ChunkedDecoder, RefusesDamage) {
    SeededRandom random(3);
    const std::string long_extension = "1;" + std::string(9000, 'x') + "\r\n";
    for (const std::string& wire :
         {std::string("x\r\n"), std::string("\r\n"), std::string("1\nA\r\n"),
          std::string("1\r\nAB"), std::string("-1\r\n"), std::string("1;a\nb\r\n"),
          std::string("1\r\nA\n0\r\n"), std::string("ffffffffffffffff\r\n"),
          std::string("0\r\nT: x\n\r\n"), long_extension}) {
        std::string body;
        std::string rest;
        EXPECT_EQ(decode(wire, random, body, rest), ChunkedDecoder::State::Bad) << wire;
    }
}

TEST(HttpResponse, ErrorsAreJsonWithCodeAndMessage) {
    const auto response = HttpResponse::error(413, "payload_too_large", "a \"quoted\" word");
    EXPECT_EQ(response.body, R"({"code":"payload_too_large","message":"a \"quoted\" word"})");
    EXPECT_EQ(response.content_type, "application/json");
}

}  // namespace
}  // namespace throughline::net
