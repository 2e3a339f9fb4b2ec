#include <gtest/gtest.h>

#include "doccheck/pages.h"

namespace throughline::doccheck {
namespace {

TEST(Examples, AreTheBlocksMarkedAsRunWithTheirOutput) {
    const auto examples = examples_of(
        "# T\n```sh\nno\n```\n```sh run\none\ntwo\n```\n\n```text output\nshown\n```\n"
        "text\n```sh run\nthree\n```\nbetween\n```text output\nnot its own\n```\n");
    ASSERT_EQ(examples.size(), 2u);
    EXPECT_EQ(examples[0].line, 5u);
    EXPECT_EQ(examples[0].script, "one\ntwo\n");
    EXPECT_EQ(examples[0].output, "shown\n");
    EXPECT_EQ(examples[1].script, "three\n");
    EXPECT_FALSE(examples[1].output);
}

TEST(Output, MatchesWithDotsForAnything) {
    EXPECT_TRUE(output_matches("a\nb\n", "a\nb\n"));
    EXPECT_FALSE(output_matches("a\nb\n", "a\nc\n"));
    EXPECT_FALSE(output_matches("a\n", "a\nb\n"));
    EXPECT_FALSE(output_matches("a\nb\n", "a\n"));
    EXPECT_TRUE(output_matches("took … ms, … left\n", "took 12 ms, 3 left\n"));
    EXPECT_FALSE(output_matches("took … ms\n", "took 12 s\n"));
    EXPECT_TRUE(output_matches("a\n…\nz\n", "a\nb\nc\nz\n"));
    EXPECT_TRUE(output_matches("a\n…\nz\n", "a\nz\n"));
    EXPECT_FALSE(output_matches("a\n…\nz\n", "a\nb\n"));
}

}  // namespace
}  // namespace throughline::doccheck
