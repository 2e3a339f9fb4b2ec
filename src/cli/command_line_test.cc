#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/commands.h"

namespace throughline::cli {
namespace {

constexpr std::array kOptions{Option{"data", "DIR", "./d", "Where"},
                              Option{"json", "", "", "JSON"}};
const Command kCommand{"try", "FILE...", 1, 2, "Try it", "", kOptions, nullptr};

Result<Arguments> parse(const std::vector<std::string>& words) {
    return Arguments::parse(kCommand, words);
}

TEST(CommandLine, TakesOptionsAndOperandsInAnyOrder) {
    const auto one = parse({"a", "--data", "x", "b"});
    const auto two = parse({"--data=x", "a", "--json", "b"});
    ASSERT_TRUE(one && two);
    EXPECT_EQ(one->operands(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(two->operands(), one->operands());
    EXPECT_EQ(one->text("data"), "x");
    EXPECT_EQ(two->text("data"), "x");
    EXPECT_FALSE(one->has("json"));
    EXPECT_TRUE(two->has("json"));
}

TEST(CommandLine, ReadsADashAndWhatFollowsTwoDashesAsOperands) {
    const auto parsed = parse({"-", "--", "--data"});
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->operands(), (std::vector<std::string>{"-", "--data"}));
    EXPECT_EQ(parsed->text("data"), "./d");
}

TEST(CommandLine, RefusesWhatMakesNoSenseAsAUsageError) {
    const std::vector<std::vector<std::string>> wrong{
        {"a", "--what"},     {"a", "--data"},
        {"a", "--json=yes"}, {},
        {"a", "b", "c"},     {"a", "--data", "x", "--data", "y"}};
    for (const auto& words : wrong) {
        const auto parsed = parse(words);
        ASSERT_FALSE(parsed);
        EXPECT_TRUE(is_usage_error(parsed.error())) << parsed.error().message;
    }
}

TEST(CommandLine, AnswersHelpWhateverElseIsThere) {
    const auto parsed = parse({"--what", "--help"});
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->wants_help());
}

TEST(CommandLine, ExplainsEveryOptionOfEveryCommandWithItsDefault) {
    for (const Command& command : commands()) {
        const std::string help = help_of(command);
        std::set<std::string_view> names;
        for (const Option& option : command.options) {
            EXPECT_TRUE(names.insert(option.name).second) << command.name << " " << option.name;
            EXPECT_NE(help.find("--" + std::string(option.name)), std::string::npos);
            EXPECT_FALSE(option.help.empty());
            if (option.otherwise.empty()) continue;
            EXPECT_NE(help.find("[default: " + std::string(option.otherwise) + "]"),
                      std::string::npos);
        }
    }
}

TEST(CommandLine, ReadsSizes) {
    EXPECT_EQ(*parse_bytes("memory", "512M"), 512u << 20);
    EXPECT_EQ(*parse_bytes("memory", "4G"), uint64_t{4} << 30);
    EXPECT_EQ(*parse_bytes("memory", "100"), 100u);
    for (const char* wrong : {"", "G", "4GB", "-1", "1.5G", "99999999999999T"}) {
        EXPECT_FALSE(parse_bytes("memory", wrong)) << wrong;
    }
}

TEST(CommandLine, ReadsAddressesAndKnowsWhichAreLoopback) {
    const auto is_loopback = [](std::string_view text) {
        return parse_listen(text)->is_loopback();
    };
    EXPECT_TRUE(is_loopback("127.0.0.1:8080"));
    EXPECT_TRUE(is_loopback("localhost:0"));
    EXPECT_TRUE(is_loopback("[::1]:8080"));
    EXPECT_FALSE(is_loopback("0.0.0.0:8080"));
    EXPECT_FALSE(is_loopback(":8080"));
    EXPECT_FALSE(is_loopback("[::]:8080"));
    EXPECT_EQ(parse_listen("[::1]:81")->url_host(), "[::1]");
    EXPECT_EQ(parse_listen("[::1]:81")->port, 81);
    for (const char* wrong : {"", "8080", "host:", "host:x", "host:65536", "::1:80"}) {
        EXPECT_FALSE(parse_listen(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace throughline::cli
