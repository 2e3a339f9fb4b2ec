#include "ingest/sent_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/random.h"
#include "ingest/address.h"

namespace throughline::ingest {
namespace {

TEST(SentText, PrintableAsciiIsFoundAtEverySizeAndPlace) {
    SeededRandom random(1);
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        for (uint64_t size = random.below(40); size > 0; --size) {
            text += static_cast<char>(0x20 + random.below(0x5f));
        }
        if (!text.empty() && random.chance(0.5)) {
            text[random.below(text.size())] = static_cast<char>(random.next());
        }
        const bool is_printable =
            std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
        ASSERT_EQ(is_printable_ascii(text), is_printable) << text;
    }
}

// A plain IPv4 address has a way of its own; after a blank it goes the general one.
TEST(SentText, APlainAddressIsShortenedAsAnyOtherIs) {
    EXPECT_EQ(shortened_address("203.0.113.77"), "203.0.113.0");
    EXPECT_EQ(shortened_address("0.0.0.0"), "0.0.0.0");
    SeededRandom random(2);
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        for (int part = 0; part < 4; ++part) {
            text += (part > 0 ? "." : "") + std::to_string(random.below(300));
        }
        for (uint64_t edits = random.below(3); edits > 0; --edits) {
            text[random.below(text.size())] = "0123456789.: "[random.below(13)];
        }
        ASSERT_EQ(shortened_address(text), shortened_address(" " + text)) << text;
    }
}

}  // namespace
}  // namespace throughline::ingest
