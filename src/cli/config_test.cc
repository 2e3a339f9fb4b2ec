#include "cli/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "cli/commands.h"

namespace throughline::cli {
namespace {

using Variables = std::map<std::string, std::string>;

Result<ServeConfig> configure(const std::vector<std::string>& words,
                              const Variables& variables = {}) {
    const auto command = std::ranges::find(commands(), "serve", &Command::name);
    TL_TRY_ASSIGN(Arguments arguments, Arguments::parse(*command, words));
    return make_config(std::move(arguments), [&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

// A configuration file that goes when the test ends.
class File {
public:
    explicit File(const std::string& text)
        : path_(::testing::TempDir() + "config_test_" + std::to_string(::getpid()) + ".toml") {
        std::ofstream(path_) << text;
    }
    ~File() { std::remove(path_.c_str()); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

TEST(Config, HasTheDefaultsOfTheTable) {
    const auto config = configure({});
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->directory, "./throughline-data");
    EXPECT_EQ(config->listen.host, "127.0.0.1");
    EXPECT_EQ(config->listen.port, 8080);
    EXPECT_EQ(config->memory_bytes, uint64_t{4} << 30);
    EXPECT_TRUE(config->sends);
    EXPECT_FALSE(config->is_demo);
}

TEST(Config, OptionWinsOverVariableAndVariableOverFile) {
    const File file("memory = \"1G\"\nlisten = \"127.0.0.1:1\"\nio-threads = 3\nno-send = true\n");
    const Variables variables{{"THROUGHLINE_MEMORY", "2G"}, {"THROUGHLINE_LISTEN", "127.0.0.1:2"}};
    const auto config = configure({"--config", file.path(), "--listen", "127.0.0.1:3"}, variables);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->listen.port, 3);
    EXPECT_EQ(config->memory_bytes, uint64_t{2} << 30);
    EXPECT_EQ(config->io_threads, 3u);
    EXPECT_FALSE(config->sends);
}

TEST(Config, RefusesWhatAFileSaysAndNobodyKnows) {
    for (const char* text : {"memroy = \"1G\"\n", "demo = true\n", "memory = [1]\n", "memory = \n",
                             "[section]\nmemory = \"1G\"\n", "behind-proxy = \"yes\"\n"}) {
        const File file(text);
        const auto config = configure({"--config", file.path()});
        ASSERT_FALSE(config) << text;
        EXPECT_TRUE(is_usage_error(config.error())) << config.error().message;
    }
    EXPECT_FALSE(configure({"--config", "/nowhere.toml"}));
}

TEST(Config, RefusesToListenBeyondLoopbackInTheClear) {
    const auto refused = configure({"--listen", "0.0.0.0:8080"});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("--behind-proxy"), std::string::npos);
    EXPECT_FALSE(configure({"--listen", ":8080", "--tls-cert", "a.pem"}));
    EXPECT_TRUE(configure({"--listen", ":8080", "--behind-proxy"}));
    EXPECT_TRUE(configure({"--listen", ":8080", "--tls-cert", "a.pem", "--tls-key", "b.pem"}));
    EXPECT_TRUE(configure({"--listen", "127.0.0.2:8080"}));
}

TEST(Config, ChecksEachValue) {
    const std::vector<std::vector<std::string>> wrong{
        {"--memory", "63M"},          {"--memory", "much"},       {"--io-threads", "0"},
        {"--io-threads", "65"},       {"--connections-max", "0"}, {"--log-level", "loud"},
        {"--path-prefix", "collect"}, {"--tls-key", "key.pem"},   {"--listen", "8080"}};
    for (const auto& words : wrong) {
        const auto config = configure(words);
        ASSERT_FALSE(config) << words[0] << " " << words[1];
        EXPECT_TRUE(is_usage_error(config.error())) << config.error().message;
    }
}

TEST(Config, ThePageIsCurrent) {
    std::ostringstream page;
    page << std::ifstream(TL_CONFIG_PAGE).rdbuf();
    EXPECT_EQ(page.str(), config_page())
        << "run: build/throughline config --markdown >docs/CONFIG.md";
}

TEST(Config, ExplainsEachSetting) {
    for (const Setting& setting : settings_table()) {
        const auto text = explain_setting(setting.option.name);
        ASSERT_EQ(text.is_ok(), setting.in_file) << setting.option.name;
        if (!text) continue;
        EXPECT_NE(text->find(environment_name(setting.option.name)), std::string::npos);
    }
    EXPECT_FALSE(explain_setting("nothing"));
}

}  // namespace
}  // namespace throughline::cli
