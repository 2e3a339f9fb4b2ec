#include "net/inflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/random.h"

namespace throughline::net {
namespace {

std::string some_text(size_t size, uint64_t seed) {
    SeededRandom random(seed);
    std::string text;
    while (text.size() < size) text += "word" + std::to_string(random.below(5000)) + ' ';
    text.resize(size);
    return text;
}

/// Compresses with these window bits: below zero raw deflate, 15 zlib.
std::string deflated(const std::string& text, int window_bits) {
    z_stream z{};
    EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&z, text.size()) + 64, '\0');
    std::string in = text;
    z.next_in = reinterpret_cast<Bytef*>(in.data());
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

TEST(Inflate, TellsTheFormatByTheBytes) {
    for (const size_t size : {0u, 1u, 2u, 100u, 40'000u, 300'000u}) {
        const std::string text = some_text(size, size);
        EXPECT_EQ(inflate(gzip(text), {}).value(), text);
        EXPECT_EQ(inflate(deflated(text, 15), {}).value(), text);
        EXPECT_EQ(inflate(deflated(text, -15), {}).value(), text);
    }
}

TEST(Inflate, JoinsTheMembersOfOneGzipFile) {
    EXPECT_EQ(inflate(gzip("one ") + gzip("two"), {}).value(), "one two");
}

TEST(Inflate, GivesTheSameHoweverTheBytesArrive) {
    const std::string text = some_text(50'000, 5);
    const std::string packed = gzip(text) + gzip(text);
    SeededRandom random(9);
    for (int round = 0; round < 30; ++round) {
        Inflater inflater({});
        std::string out;
        for (size_t at = 0; at < packed.size();) {
            const size_t size = std::min<size_t>(packed.size() - at, 1 + random.below(3000));
            ASSERT_TRUE(inflater.write(std::string_view(packed).substr(at, size),
                                       [&](std::string_view piece) {
                                           out += piece;
                                           return true;
                                       }));
            at += size;
        }
        ASSERT_TRUE(inflater.finish());
        EXPECT_EQ(out, text + text);
    }
}

TEST(Inflate, RefusesEveryCut) {
    const std::string packed = gzip(some_text(300, 1));
    for (size_t size = 0; size < packed.size(); ++size) {
        const auto result = inflate(packed.substr(0, size), {});
        ASSERT_FALSE(result) << size;
        EXPECT_EQ(result.error().code, Code::InvalidArgument);
    }
}

TEST(Inflate, RefusesEveryFlippedBitOfTheChecksumAndBytesBehindTheEnd) {
    const std::string text = some_text(300, 2);
    const std::string packed = gzip(text);
    for (size_t at = packed.size() - 8; at < packed.size(); ++at) {
        std::string damaged = packed;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        EXPECT_FALSE(inflate(damaged, {})) << at;
    }
    EXPECT_FALSE(inflate(packed + "x", {}));
    EXPECT_FALSE(inflate(deflated(text, 15) + gzip(text), {}));
    EXPECT_FALSE(inflate(R"({"type":"track"})", {}));
}

TEST(Inflate, StopsABombEarly) {
    const std::string bomb = gzip(std::string(64 << 20, '\0'));
    const auto by_ratio = inflate(bomb, {.bytes_max = 1 << 30, .ratio_max = 100});
    ASSERT_FALSE(by_ratio);
    EXPECT_EQ(by_ratio.error().code, Code::InvalidArgument);
    const auto by_size = inflate(bomb, {.bytes_max = 1 << 20, .ratio_max = 1 << 30});
    ASSERT_FALSE(by_size);
    EXPECT_EQ(by_size.error().code, Code::ResourceExhausted);
}

TEST(Inflate, ABodyAsLargeAsABatchMayCompressAsWellAsItLikes) {
    const std::string text(1'000'000, 'a');
    EXPECT_EQ(inflate(gzip(text), {.ratio_max = 100}).value(), text);
}

}  // namespace
}  // namespace throughline::net
