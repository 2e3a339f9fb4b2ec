#include "model/doc.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <limits>

#include "base/random.h"
#include "model/doc_key_table.h"
#include "model/doc_keys.h"
#include "model/json.h"

namespace throughline::model {
namespace {

std::string round_trip(std::string_view json) {
    const auto doc = doc_from_json(json);
    if (!doc) return "error: " + doc.error().message;
    EXPECT_TRUE(is_doc(*doc));
    return to_json(DocView(*doc));
}

TEST(Json, ComesBackAsItWas) {
    for (
        std::string_view json :
        {R"(null)", R"(true)", R"([])", R"({})", R"([1,-1,127,128,-9223372036854775807])",
         R"({"a":{"b":[1,2.50,"x",null,false]},"userId":"u1","a":2})", R"("\"\\\n\u0001é")",
         R"([2.55,0.001,-17850.0,1e5,1E-7,123456789012345678901234567890,-0])",
         R"({"x":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})"}) {
        EXPECT_EQ(round_trip(json), json);
    }
}

TEST(Json, SurrogatesJoinAndLoneOnesAreReplaced) {
    EXPECT_EQ(round_trip(R"("\ud83d\ude00\ud83dx\ude00")"), "\"😀\xef\xbf\xbdx\xef\xbf\xbd\"");
}

TEST(Json, RefusesWhatIsNotJsonAndSaysWhere) {
    for (std::string_view json :
         {"",    "{",        "[1,]",    "{\"a\"}", "{\"a\":1,}", "01",    "1.",          "-",
          "+1",  "\"\x01\"", "\"\\x\"", "tru",     "[1] 2",      "\"abc", "\"\\u12g4\"", "{a:1}",
          "'a'", "nul",      "1e",      ".5",      "\"\\"}) {
        const auto doc = doc_from_json(json);
        ASSERT_FALSE(doc) << json;
        EXPECT_NE(doc.error().message.find("at byte"), std::string::npos) << doc.error().message;
    }
    EXPECT_EQ(doc_from_json("\"\xff\"").error().message, "json: not UTF-8");
    EXPECT_TRUE(doc_from_json(std::string(64, '[') + std::string(64, ']')));
    EXPECT_FALSE(doc_from_json(std::string(65, '[') + std::string(65, ']')));
}

// simdjson is the oracle: whatever it accepts we accept and read alike; what we accept beyond it is
// a number it cannot hold.
TEST(Json, AgreesWithSimdjsonOnDamagedTexts) {
    const std::string_view seeds[] = {
        R"({"type":"track","event":"Order \"x\"","properties":{"total":12.50,"n":[1,2,{"k":null}]}})",
        R"([true,false,null,-1.5e-3,"\u00e9\ud83d\ude00",{"":""},[[]]])"};
    SeededRandom random(7);
    simdjson::dom::parser parser;
    for (int i = 0; i < 50'000; ++i) {
        std::string text(seeds[random.below(2)]);
        for (uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
            const size_t at = random.below(text.size());
            if (random.chance(0.5)) {
                text[at] = "{}[]\",:\\eE.-+01u \x01\xff"[random.below(20)];
            } else {
                text.erase(at, 1 + random.below(3));
                if (text.empty()) text = "1";
            }
        }
        simdjson::dom::element element;
        const auto error = parser.parse(text).get(element);
        const auto doc = doc_from_json(text);
        if (error == simdjson::SUCCESS) {
            ASSERT_TRUE(doc) << text << " " << doc.error().message;
            simdjson::dom::element again;
            simdjson::dom::parser second;
            const std::string ours = to_json(DocView(*doc));
            ASSERT_EQ(second.parse(ours).get(again), simdjson::SUCCESS) << text << " -> " << ours;
            ASSERT_EQ(simdjson::minify(again), simdjson::minify(element)) << text;
        } else if (doc) {
            ASSERT_TRUE(error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR)
                << text << " " << error;
        }
    }
}

std::string random_key(SeededRandom& random) {
    static constexpr std::string_view kKeys[] = {"type",
                                                 "event",
                                                 "name",
                                                 "context",
                                                 "categoryPreferences",
                                                 "adTrackingEnabled",
                                                 "note",
                                                 "n",
                                                 "",
                                                 "\u00e9t\u00e9",
                                                 R"(\"quoted\")",
                                                 R"(na\u006de)",
                                                 "a_key_of_exactly_29_characters",
                                                 "a_key_of_exactly_30_characters_",
                                                 "a_key_that_is_longer_than_one_block_of_text"};
    return "\"" + std::string(kKeys[random.below(std::size(kKeys))]) + "\"" +
           (random.chance(0.1)   ? " :"
            : random.chance(0.1) ? ": "
                                 : ":");
}

// A few shapes come again and again, as those of events do.
std::string random_object(SeededRandom& random, int depth) {
    std::string json = "{";
    for (uint64_t i = 0, count = random.below(7); i < count; ++i) {
        json += (i > 0 ? "," : "") + random_key(random);
        const uint64_t kind = random.below(depth > 0 ? 5 : 4);
        if (kind == 0) json += "1";
        if (kind == 1) json += "\"" + std::string(random.below(140), 'x') + "\"";
        if (kind == 2) json += "[true,-2.50]";
        if (kind == 3) json += "\"\xc3\xa9\"";
        if (kind == 4) json += random_object(random, depth - 1);
    }
    return json + "}";
}

TEST(Json, WhatARoomHasLearntOfKeysNeverChangesADocument) {
    SeededRandom random(11);
    std::vector<std::string> shapes;
    for (int i = 0; i < 200; ++i) shapes.push_back(random_object(random, 3));
    DocRoom room;
    size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = shapes[random.below(shapes.size())];
        if (random.chance(0.3)) text[random.below(text.size())] = "\xff\"x:{"[random.below(5)];
        const auto fresh = doc_from_json(text);
        const auto read = room.read(text);
        ASSERT_EQ(static_cast<bool>(read), static_cast<bool>(fresh)) << text;
        if (!fresh) {
            ++refused;
            ASSERT_EQ(read.error().message, fresh.error().message) << text;
            continue;
        }
        ASSERT_EQ(read->bytes(), *fresh) << text;
        ASSERT_TRUE(is_doc(read->bytes())) << text;
    }
    EXPECT_GT(refused, 1000u);
}

TEST(Json, EveryNumberIsWhatItsTextSays) {
    SeededRandom random(12);
    for (int i = 0; i < 100'000; ++i) {
        std::string text = random.chance(0.3) ? "-" : "";
        text += random.chance(0.3) ? "0" : std::to_string(random.next() >> random.below(64));
        if (random.chance(0.5)) text += "." + std::to_string(random.next() >> random.below(64));
        if (random.chance(0.1)) text += "e-7";
        std::string expected;
        DocWriter writer(expected);
        write_number(writer, text);
        const auto doc = doc_from_json(text);
        ASSERT_TRUE(doc) << text;
        ASSERT_EQ(*doc, expected) << text;
        ASSERT_EQ(to_json(DocView(*doc)), text);
    }
}

TEST(Doc, FindsTheLastOfRepeatedKeysAndWalksPaths) {
    const auto doc = doc_from_json(R"({"a":1,"context":{"page":{"url":"u"}},"a":2})");
    const DocView view(*doc);
    EXPECT_EQ(view.find("a").as_integer(), 2);
    EXPECT_EQ(view.at_path("context.page.url").as_string(), "u");
    EXPECT_TRUE(view.at_path("context.none.url").is_missing());
}

TEST(Doc, NumbersAreExact) {
    const auto doc = doc_from_json(R"([2.55,17850.0,0.1,3,1e2,9007199254740993])");
    std::vector<DocView> items;
    for (const DocView item : DocView(*doc).items()) items.push_back(item);
    EXPECT_EQ(items[0].as_decimal(), (Decimal{255, 2}));
    EXPECT_EQ(items[1].as_integer(), 17850);
    EXPECT_EQ(items[2].as_double(), 0.1);
    EXPECT_FALSE(items[2].as_integer());
    EXPECT_EQ(items[3].as_text(), "3");
    EXPECT_EQ(items[4].as_double(), 100.0);
    EXPECT_EQ(items[5].as_integer(), 9007199254740993);
    std::string smallest;
    DocWriter(smallest).decimal({std::numeric_limits<int64_t>::min(), 2});
    EXPECT_EQ(to_json(DocView(smallest)), "-92233720368547758.08");
}

TEST(Doc, DamagedBytesAreNeverReadPastTheirEnd) {
    const auto doc = doc_from_json(R"({"a":[1,2.5,"text",{"userId":"x"}],"long":"0123456789"})");
    SeededRandom random(3);
    for (int i = 0; i < 100'000; ++i) {
        std::string bytes = *doc;
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
        bytes.resize(1 + random.below(bytes.size()));
        if (!is_doc(bytes)) continue;
        const std::string json = to_json(DocView(bytes));
        ASSERT_LE(json.size(), 64 * bytes.size());
    }
}

TEST(Doc, EveryWellKnownKeyIsFoundAtItsPlace) {
    size_t place = 0;
    for (; !well_known_key_at(place).empty(); ++place) {
        const std::string_view key = well_known_key_at(place);
        const std::string text = std::string(key) + "\": something after it";
        ASSERT_EQ(well_known_key(key), static_cast<int>(place)) << key;
        ASSERT_EQ(kWellKnownKeyTable.find_in_text(std::string_view(text).substr(0, key.size())),
                  static_cast<int>(place))
            << key;
    }
    EXPECT_GT(place, 100u);
    EXPECT_EQ(well_known_key("not_a_known_key"), -1);
    EXPECT_EQ(well_known_key(""), -1);
}

TEST(Doc, ANumberKeptAsTextIsANumber) {
    using std::string_view_literals::operator""sv;
    EXPECT_TRUE(
        is_doc("\x07\x03"
               "1e9"sv));
    EXPECT_FALSE(is_doc("\x07\x00"sv));
    EXPECT_FALSE(
        is_doc("\x07\x03"
               "a\"b"sv));
}

}  // namespace
}  // namespace throughline::model
