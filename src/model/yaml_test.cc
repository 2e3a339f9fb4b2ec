#include "model/yaml.h"

#include <gtest/gtest.h>

#include "model/json.h"

namespace throughline::model {
namespace {

std::string json(std::string_view yaml) {
    const auto read = doc_from_yaml(yaml);
    if (!read) return read.error().message;
    EXPECT_TRUE(is_doc(*read));
    return to_json(DocView(*read));
}

TEST(Yaml, SaysWhatJsonCanSay) {
    EXPECT_EQ(json("key: cart\nsteps:\n  - id: wait\n    for: 1h\n  - {id: mail, n: [1, 2.50]}\n"),
              R"({"key":"cart","steps":[{"id":"wait","for":"1h"},{"id":"mail","n":[1,2.50]}]})");
    EXPECT_EQ(json("# a note\na: |\n  two\n  lines\nb: >\n  one\n  line\n"),
              R"({"a":"two\nlines\n","b":"one line\n"})");
    EXPECT_EQ(json("{a: {}, b: [], c: '', d: \"x\\ty\"}"), R"({"a":{},"b":[],"c":"","d":"x\ty"})");
}

TEST(Yaml, JsonIsReadAsJson) {
    for (const char* text :
         {R"({"a":[1,-2.5,1e3,true,false,null,"x"],"b":{"c":"ü"}})", "7", R"("text")", "[]"}) {
        EXPECT_EQ(json(text), to_json(DocView(doc_from_json(text).value()))) << text;
    }
}

TEST(Yaml, PlainTextStaysText) {
    for (const char* text : {"09:00", "2026-01-31", "1h", "90d", "v1.2.3", "Order Completed", "a-b",
                             "e5", "north", "yesterday", "1,5", "+90 555"}) {
        EXPECT_EQ(json(std::string("a: ") + text), R"({"a":")" + std::string(text) + "\"}");
    }
    EXPECT_EQ(json("on: entered\nno: \"no\"\n"), R"({"on":"entered","no":"no"})");
}

TEST(Yaml, WhatIsReadInDifferentWaysIsRefused) {
    for (const char* text : {"yes", "No", "on", "OFF", "y", "True", "NULL", "012", "0x1f", "0o17",
                             ".5", "+1", "1_000", "1.", ".inf", ".NaN", "-012"}) {
        EXPECT_NE(json(std::string("a: ") + text).find("in different ways"), std::string::npos)
            << text << ' ' << json(std::string("a: ") + text);
    }
}

TEST(Yaml, RefusalsTellLineAndColumn) {
    EXPECT_EQ(json("a: &x 1\nb: *x\n"),
              "yaml: line 1, column 4: anchors are not read; leave it out");
    EXPECT_EQ(json("b: *x\n"), "yaml: line 1, column 4: aliases are not read; write it out");
    EXPECT_EQ(json("a: !!int 1\n"), "yaml: line 1, column 4: tags are not read; leave it out");
    EXPECT_EQ(json("a: 1\nb: 2\na: 3\n"), "yaml: line 3, column 1: a stands here twice");
    EXPECT_EQ(json("---\na: 1\n---\nb: 2\n"),
              "yaml: line 3, column 1: a second document begins; one definition a text");
    EXPECT_EQ(json("? [1]\n: 2\n"), "yaml: line 1, column 3: a key must be a text");
    EXPECT_EQ(json(""), "yaml: there is nothing in it");
    EXPECT_TRUE(json("a: [1").starts_with("yaml: line 2, column 1: "));
    EXPECT_TRUE(json("a: \xff\xfe").starts_with("yaml: line 1, column "));
    EXPECT_TRUE(json("\ta: 1").starts_with("yaml: line 1, column "));
}

TEST(Yaml, DepthAndSizeAreBounded) {
    const auto nested = [](size_t depth) {
        return std::string(depth, '[') + "1" + std::string(depth, ']');
    };
    EXPECT_EQ(json(nested(kDocDepthMax - 2)), nested(kDocDepthMax - 2));
    EXPECT_NE(json(nested(200)).find("nested too deeply"), std::string::npos);
    EXPECT_EQ(json(std::string(kYamlBytesMax + 1, ' ')), "yaml: longer than 1 MiB");
}

}  // namespace
}  // namespace throughline::model
