#include <gtest/gtest.h>

#include "tidy/checks.h"

namespace throughline::tidy {
namespace {

using Texts = std::map<std::string, std::string>;

// Findings as "check path:line", in order.
std::vector<std::string> brief(const Findings& findings) {
    std::vector<std::string> out;
    for (const auto& finding : findings) {
        out.push_back(finding.check + " " + finding.path + ":" + std::to_string(finding.line));
    }
    return out;
}

using Brief = std::vector<std::string>;

std::string repeated(std::string_view line, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += line;
    return out;
}

const Texts kModules{
    {"src/base/CMakeLists.txt", "tl_module(NAME base LAYER 0\n SOURCES log.cc)\n"},
    {"src/store/CMakeLists.txt", "tl_module(NAME store LAYER 1 DEPS base\n SOURCES log.cc)\n"},
    {"src/net/CMakeLists.txt", "tl_module(NAME net LAYER 1 DEPS base SOURCES http.cc)\n"},
    {"src/engine/CMakeLists.txt", "tl_module(NAME engine LAYER 6\n DEPS store\n)\n"},
};

Findings layers_of(const std::string& path, const std::string& text) {
    Texts texts = kModules;
    texts[path] = text;
    Findings found = check_layers(SourceTree::from_texts(texts));
    std::erase_if(found, [](const Finding& finding) { return finding.check == "dead-file"; });
    return found;
}

TEST(Layers, IncludesPointDown) {
    EXPECT_EQ(brief(layers_of("src/engine/fold.cc", "#include \"store/log.h\"\n")), Brief{});
    EXPECT_EQ(brief(layers_of("src/store/log.cc", "#include \"store/log.h\"\n")), Brief{});
    EXPECT_EQ(brief(layers_of("src/store/log.cc", "\n#include \"engine/fold.h\"\n")),
              Brief{"layers src/store/log.cc:2"});
    EXPECT_EQ(brief(layers_of("src/store/log.cc", "#include \"net/http.h\"\n")),
              Brief{"layers src/store/log.cc:1"});
}

TEST(Layers, OnlyDeclaredModulesAreIncluded) {
    EXPECT_EQ(brief(layers_of("src/engine/fold.cc", "#include \"net/http.h\"\n")),
              Brief{"layers src/engine/fold.cc:1"});
    EXPECT_EQ(brief(layers_of("src/engine/fold_test.cc", "#include \"net/http.h\"\n")), Brief{});
    EXPECT_EQ(brief(layers_of("src/engine/fold.cc", "// #include \"net/http.h\"\n")), Brief{});
}

TEST(Layers, FilesThatNobodyNamesAreDead) {
    const auto tree = SourceTree::from_texts(
        {{"src/a/CMakeLists.txt", "tl_module(NAME a LAYER 1 SOURCES used.cc sub/deep.cc)\n"},
         {"src/a/used.cc", "#include \"a/used.h\"\n"},
         {"src/a/sub/deep.cc", "int x;\n"},
         {"src/a/used.h", "int y;\n"},
         {"src/a/alone.h", "#include \"a/alone.h\"\n"},
         {"src/a/lost.cc", "int z;\n"}});
    EXPECT_EQ(brief(check_layers(tree)),
              (Brief{"dead-file src/a/alone.h:0", "dead-file src/a/lost.cc:0"}));
}

Brief libraries_of(Texts texts) {
    return brief(check_libraries(SourceTree::from_texts(texts)));
}

TEST(Libraries, HaveOneIncluder) {
    EXPECT_EQ(libraries_of({{"src/store/log.cc", "#include <rocksdb/db.h>\n"}}), Brief{});
    EXPECT_EQ(libraries_of({{"src/engine/fold.cc", "#include <rocksdb/db.h>\n"}}),
              Brief{"libraries src/engine/fold.cc:1"});
}

TEST(Libraries, WhatIsIncludedIsInstalledAndExplained) {
    const std::string source = "#include <re2/re2.h>\n#include <zlib.h>\n";
    const std::string page = "# Dependencies\n\nlibre2-dev, zlib1g-dev\n";
    EXPECT_EQ(libraries_of({{"dev", "p=\"libre2-dev zlib1g-dev\"\n"},
                            {"docs/dependencies.md", page},
                            {"src/a/a.cc", source}}),
              Brief{});
    EXPECT_EQ(libraries_of({{"dev", "p=\"libre2-dev\"\n"}, {"src/a/a.cc", source}}),
              Brief{"libraries src/a/a.cc:2"});
    EXPECT_EQ(libraries_of({{"dev", "p=\"libre2-dev zlib1g-dev libfmt-dev\"\n"},
                            {"docs/dependencies.md", page},
                            {"src/a/a.cc", source}}),
              (Brief{"libraries dev:0", "libraries docs/dependencies.md:0"}));
}

Findings sizes_of(const std::string& path, const std::string& text) {
    return check_sizes(SourceTree::from_texts({{path, text}}));
}

TEST(Sizes, FilesHaveALimitOfTheirKind) {
    EXPECT_TRUE(sizes_of("src/a/a.cc", repeated("int x;\n", 800)).empty());
    EXPECT_EQ(sizes_of("src/a/a.cc", repeated("int x;\n", 801)).size(), 1u);
    EXPECT_EQ(sizes_of("src/a/a.h", repeated("int x;\n", 301)).size(), 1u);
    EXPECT_TRUE(sizes_of("src/a/a_test.cc", repeated("int x;\n", 1000)).empty());
    EXPECT_EQ(sizes_of("src/a/a_test.cc", repeated("int x;\n", 1001)).size(), 1u);
    EXPECT_EQ(sizes_of("src/a/README.md", repeated("x\n", 121)).size(), 1u);
    EXPECT_EQ(sizes_of("CMakeLists.txt", repeated("x\n", 121)).size(), 1u);
    EXPECT_EQ(sizes_of("web/src/ui/Card.tsx", repeated("x\n", 301)).size(), 1u);
    EXPECT_TRUE(sizes_of("web/src/data/api.gen.ts", repeated("x\n", 301)).empty());
}

TEST(Sizes, FunctionsEndAfterSeventyLines) {
    const std::string body68 = repeated("    step();\n", 68);
    EXPECT_TRUE(sizes_of("a.cc", "void f() {\n" + body68 + "}\n").empty());
    EXPECT_EQ(brief(sizes_of("a.cc", "int x;\nvoid f() {\n    step();\n" + body68 + "}\n")),
              Brief{"function-length a.cc:2"});
}

TEST(Sizes, FunctionsAreToldFromWhatLooksLikeThem) {
    const std::string long_text = repeated("    {1, 2},\n", 90);
    EXPECT_TRUE(sizes_of("a.cc", "constexpr int kTable[9] = {\n" + long_text + "};\n").empty());
    EXPECT_TRUE(sizes_of("a.cc", "const auto kOf = of(1, {\n" + long_text + "});\n").empty());
    const std::string members = repeated("    int x();\n", 90);
    EXPECT_TRUE(sizes_of("a.cc", "class A : public B<int(int)> {\n" + members + "};\n").empty());
    EXPECT_TRUE(sizes_of("a.cc", "template <typename T>\nstruct A {\n" + members + "};\n").empty());
    EXPECT_TRUE(sizes_of("a.cc", "namespace a {\n" + members + "}  // namespace a\n").empty());
}

TEST(Sizes, FunctionsInClassesAndWithInitialisersCount) {
    const std::string body = repeated("        step();\n", 70);
    EXPECT_EQ(brief(sizes_of(
                  "a.h", "class A {\npublic:\n    A() : a_{1}, b_(2) {\n" + body + "    }\n};\n")),
              Brief{"function-length a.h:3"});
    EXPECT_EQ(brief(sizes_of("a.cc", "TEST(A, B) {\n    auto f = [&] {\n" + body + "    };\n}\n")),
              Brief{"function-length a.cc:1"});
}

TEST(Sizes, LinesAreCountedInCharacters) {
    EXPECT_TRUE(sizes_of("a.cc", "// " + repeated("\xc3\xa9", 97) + "\n").empty());
    EXPECT_EQ(sizes_of("a.cc", "// " + repeated("\xc3\xa9", 98) + "\n").size(), 1u);
    EXPECT_TRUE(sizes_of("a.cc", "f(R\"(" + repeated("x", 100) + ")\");\n").empty());
    EXPECT_EQ(sizes_of("tests/data/big.json", std::string(256 * 1024 + 1, 'x')).size(), 1u);
}

Brief code_of(const std::string& path, const std::string& text) {
    return brief(check_code(SourceTree::from_texts({{path, text}})));
}

TEST(Code, PrintingAndTheMachinesTimeStayInBase) {
    for (const std::string line : {"printf(\"x\");", "std::cerr << 1;", "fprintf(stderr, \"\");",
                                   "auto t = std::chrono::system_clock::now();", "int r = rand();",
                                   "std::random_device d;"}) {
        EXPECT_EQ(code_of("src/store/a.cc", line + "\n"), Brief{"banned src/store/a.cc:1"}) << line;
        EXPECT_EQ(code_of("src/base/a.cc", line + "\n"), Brief{}) << line;
        EXPECT_EQ(code_of("src/store/a.cc", "// " + line + "\n"), Brief{}) << line;
    }
    EXPECT_EQ(code_of("src/cli/a.cc", "printf(\"x\");\n"), Brief{});
    EXPECT_EQ(code_of("src/store/a.cc", "snprintf(b, 1, \"x\"); operand(1); strand(2);\n"),
              Brief{});
}

TEST(Code, UnfinishedWorkNeedsAnIssue) {
    const std::string mark = std::string("TO") + "DO";
    EXPECT_EQ(code_of("src/a/a.cc", "// " + mark + ": later\n"), Brief{"banned src/a/a.cc:1"});
    EXPECT_EQ(code_of("src/a/a.cc", "// " + mark + "(#12): later\n"), Brief{});
    EXPECT_EQ(code_of("src/a/a.cc", std::string("// FIX") + "ME\n"), Brief{"banned src/a/a.cc:1"});
}

TEST(Code, HeadersNameWhatTheyUse) {
    EXPECT_EQ(code_of("src/a/a.h", "using namespace std;\n"), Brief{"banned src/a/a.h:1"});
    EXPECT_EQ(code_of("src/a/a.cc", "using namespace std::chrono_literals;\n"), Brief{});
}

TEST(Code, TypesSayWhatTheyAre) {
    for (const std::string name : {"EventManager", "JsonHelper", "EventProcessor", "ProfileV2",
                                   "EventInfo", "LogOld", "StoreLegacy"}) {
        EXPECT_EQ(code_of("src/a/a.h", "class " + name + " {};\n"), Brief{"type-name src/a/a.h:1"})
            << name;
    }
    EXPECT_EQ(code_of("src/a/a.h", "class Threshold {};\nenum class Renewal { V2 };\n"), Brief{});
}

TEST(Code, LogNamesAreUniqueAndInThePast) {
    EXPECT_EQ(code_of("src/store/a.cc", "log_info(\"store.log_opened\");\n"), Brief{});
    EXPECT_EQ(code_of("src/store/a.cc", "log_warn(\n    \"net.log_opened\", {});\n"),
              Brief{"log-name src/store/a.cc:1"});
    EXPECT_EQ(code_of("src/store/a.cc", "log_info(\"store.opening\");\n"),
              Brief{"log-name src/store/a.cc:1"});
    EXPECT_EQ(code_of("src/store/a.cc",
                      "log_info(\"store.log_opened\");\nlog_info(\"store.log_opened\");\n"),
              Brief{"log-name src/store/a.cc:2"});
}

TEST(Code, WebDataDoesNotImportView) {
    EXPECT_EQ(code_of("web/src/data/api.ts", "import { Card } from '../ui/Card';\n"),
              Brief{"banned web/src/data/api.ts:1"});
    EXPECT_EQ(code_of("web/src/data/api.ts", "import { get } from './fetch';\n"), Brief{});
    EXPECT_EQ(code_of("web/src/scenes/Live.tsx", "import { Card } from '../ui/Card';\n"), Brief{});
    EXPECT_EQ(code_of("web/src/ui/index.ts", "export {};\n"),
              Brief{"banned web/src/ui/index.ts:0"});
}

size_t text_findings(const std::string& text) {
    return check_text(SourceTree::from_texts({{"src/a/a.h", text}})).size();
}

TEST(Text, IsClean) {
    EXPECT_EQ(text_findings("int x;\n"), 0u);
    EXPECT_EQ(text_findings("int x;"), 1u);
    EXPECT_EQ(text_findings("int x;\n\n"), 1u);
    EXPECT_EQ(text_findings("int x; \n"), 1u);
    EXPECT_EQ(text_findings("int\tx;\n"), 1u);
    EXPECT_EQ(text_findings("int x;\r\n"), 1u);
    EXPECT_EQ(text_findings("// \xff\n"), 1u);
    EXPECT_EQ(check_text(SourceTree::from_texts({{"tests/data/odd.json", "\t\r"}})).size(), 0u);
}

Brief docs_of(const std::string& text) {
    return brief(check_docs(
        SourceTree::from_texts({{"docs/a.md", text},
                                {"docs/b.md", "# B\n"},
                                {"src/store/CMakeLists.txt", "tl_module(NAME store LAYER 1)\n"},
                                {"src/store/log.h", ""},
                                {"src/store/log_test.cc", "TEST(Log, KeepsOrder) {}\n"}})));
}

TEST(Docs, EachPageHasOneTitle) {
    EXPECT_EQ(docs_of("# A\n\n```sh\n# a comment\n```\n"), Brief{});
    EXPECT_EQ(docs_of("text\n"), Brief{"docs docs/a.md:0"});
    EXPECT_EQ(docs_of("# A\n# B\n"), Brief{"docs docs/a.md:0"});
}

TEST(Docs, LinksAndPathsExist) {
    EXPECT_EQ(docs_of("# A\n[b](b.md) [w](https://x.y) [s](../src/store/log.h#top)\n"), Brief{});
    EXPECT_EQ(docs_of("# A\n[c](c.md)\n"), Brief{"docs docs/a.md:2"});
    EXPECT_EQ(docs_of("# A\n`src/store/` `src/store/log.h` `store/log.h` `x/y.h` `src/*.h`\n"),
              Brief{});
    EXPECT_EQ(docs_of("# A\n`src/store/gone.h`\n`store/gone.h`\n"),
              (Brief{"docs docs/a.md:2", "docs docs/a.md:3"}));
}

TEST(Docs, NamedTestsExist) {
    EXPECT_EQ(docs_of("# A\n`log_test.cc` `store/log_test.cc` `Log.KeepsOrder`\n"), Brief{});
    EXPECT_EQ(docs_of("# A\n`gone_test.cc`\n"), Brief{"docs docs/a.md:2"});
    EXPECT_EQ(docs_of("# A\n`Log.KeepsNothing` `Intl.PluralRules`\n"), Brief{"docs docs/a.md:2"});
}

TEST(Duplicates, BlocksOverEightLinesAreFound) {
    std::string block;
    for (int i = 0; i < 8; ++i) block += "    step(" + std::to_string(i) + ");\n";
    const auto findings = [&](const std::string& more, const std::string& path) {
        return check_duplicates(SourceTree::from_texts(
            {{"src/a/a.cc", "void f() {\n" + block + more + "}\n"},
             {path, "void g() {\n" + block + "\n    // why\n" + more + "}\n"}}));
    };
    EXPECT_TRUE(findings("", "src/b/b.cc").empty());
    EXPECT_EQ(brief(findings("    last();\n", "src/b/b.cc")), Brief{"duplicate src/b/b.cc:2"});
    EXPECT_TRUE(findings("    last();\n", "src/b/b_test.cc").empty());
}

TEST(Exceptions, ExcuseWhatTheyNameAndNothingElse) {
    const auto left = [](const std::string& list, const Findings& findings) {
        return brief(apply_exceptions(
            findings, SourceTree::from_texts({{"tools/tidy/exceptions.txt", list}})));
    };
    const Findings one{{"banned", "a.cc", 3, "x"}};
    EXPECT_EQ(left("count 0\n", one), Brief{"banned a.cc:3"});
    EXPECT_EQ(left("count 1\nbanned a.cc it is so\n", one), Brief{});
    EXPECT_EQ(left("count 1\nbanned a.cc it is so\n", {}),
              Brief{"exceptions tools/tidy/exceptions.txt:2"});
    EXPECT_EQ(left("count 1\nbanned a.cc\n", one).size(), 3u);  // No reason, count, the finding.
    EXPECT_EQ(left("count 2\nbanned a.cc it is so\n", one),
              Brief{"exceptions tools/tidy/exceptions.txt:0"});
}

TEST(StripCpp, LeavesCodeInPlace) {
    const auto text =
        strip_cpp("a = \"x // y\"; // z\nb = R\"(p\nq\")\" + 'c' + 1'000; /* d\n*/ e");
    EXPECT_EQ(text.code, (std::vector<std::string>{"a = \"      \";     ", "b = R\"  ",
                                                   "  )\" + ' ' + 1'000;     ", "   e"}));
    EXPECT_EQ(text.with_strings[0], "a = \"x // y\";     ");
}

}  // namespace
}  // namespace throughline::tidy
