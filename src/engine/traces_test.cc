#include "engine/traces.h"

#include <gtest/gtest.h>

namespace throughline::engine {
namespace {

Traces of(std::string_view value) {
    Traces traces;
    traces.add(value);
    return traces;
}

TEST(Traces, AreFoundAsPeopleType) {
    EXPECT_TRUE(of("ana@example.org").are_in(R"({"email":" Ana@Example.ORG "})"));
    EXPECT_TRUE(of("+40722123456").are_in(R"({"phone":"0722 123-456"})"));
    EXPECT_TRUE(of("+40722123456").are_in(R"({"phone":"+40 (722) 123.456"})"));
    EXPECT_TRUE(of("U-7781").are_in(R"({"userId":"u-7781","event":)"));
    EXPECT_FALSE(of("ana@example.org").are_in(R"({"email":"ina@example.org"})"));
    EXPECT_FALSE(of("+40722123456").are_in(R"({"n":[72212,3456]})")) << "two numbers";
    EXPECT_FALSE(of("+40722123456").are_in(R"({"phone":"0722 123 457"})"));
}

TEST(Traces, AShortValueCountsOnlyAsAnId) {
    for (const char* hers : {R"({"userId":"42"})", R"({"userId": 42 ,"event":"x"})",
                             R"({"event":"x","anonymousId" : " 42 "})", R"({"user_id":42})",
                             R"({"batch":[{"userId":"41"},{"userId":"42"})"}) {
        EXPECT_TRUE(of("42").are_in(hers)) << hers;
    }
    for (const char* others : {R"({"userId":"421"})", R"({"quantity":42})", R"({"userId":"x42"})",
                               R"({"userId":"41","properties":{"size":"42"}})"}) {
        EXPECT_FALSE(of("42").are_in(others)) << others;
    }
}

TEST(Traces, OfNobodyAreNowhere) {
    EXPECT_TRUE(Traces().is_empty());
    EXPECT_TRUE(of("").is_empty());
    EXPECT_FALSE(Traces().are_in(R"({"userId":""})"));
}

}  // namespace
}  // namespace throughline::engine
