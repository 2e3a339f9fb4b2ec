#include "sql/table_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "query/test_world.h"
#include "sql/parquet_lines.h"
#include "sql/test_duckdb.h"

namespace throughline::sql {

using query::Environment;
using query::World;

namespace {

/// A directory that goes when the test ends.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern = "/tmp/throughline-test-XXXXXX";
        TL_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

class TableFileTest : public ::testing::Test {
protected:
    TemporaryDirectory directory;
    World world{17, 300};

    void SetUp() override { TL_NEEDS_DUCKDB(); }

    Result<uint64_t> write(const TableFile& file) {
        TL_TRY(check_table_file(file));
        const auto snapshot = world.history->snapshot();
        const Environment environment{
            .history = *snapshot,
            .names = world.history->dictionary(),
            .people = world.people,
            .clock = world.clock,
            .source_name = [](model::SourceId id) { return "s" + std::to_string(id); },
            .threads = 2};
        const Sources sources{
            .environment = environment,
            .identities_end = 50,
            .profile_id = [](uint32_t root) { return "p_" + std::to_string(root); },
            .space_name = [](uint8_t space) { return "space" + std::to_string(space); }};
        return write_table_file(file, sources);
    }

    /// The rows of a Parquet file as JSON, or the error.
    static std::vector<std::string> lines_of(const std::string& path) {
        auto lines = ParquetLines::open(path);
        if (!lines) return {lines.error().message};
        std::string text;
        while (true) {
            const auto more = (*lines)->read(text);
            if (!more) return {more.error().message};
            if (!*more) break;
        }
        EXPECT_EQ((*lines)->rows_read(), (*lines)->rows());
        return split(text);
    }
    static std::vector<std::string> split(const std::string& text) {
        std::vector<std::string> found;
        for (size_t at = 0; at < text.size();) {
            const size_t end = text.find('\n', at);
            found.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        return found;
    }
    static std::string read(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    /// What a line of the columns below must be.
    std::vector<std::string> expected() const {
        std::vector<std::string> lines;
        for (const auto& event : world.events) {
            lines.push_back(R"({"time":")" + format_instant_exact(event.event().time()) +
                            R"(","position":)" + std::to_string(event.position) +
                            R"(,"properties":)" +
                            model::to_json(event.event().doc().find("properties")) + "}");
        }
        std::ranges::sort(lines);
        return lines;
    }
    const std::vector<std::string> kSome{"time", "position", "properties"};
};

}  // namespace

TEST_F(TableFileTest, ParquetComesBackRowByRow) {
    const std::string path = directory.file("it's.parquet");
    EXPECT_EQ(write({.table = "events", .columns = kSome, .path = path}).value(), 300u);
    auto lines = lines_of(path);
    std::ranges::sort(lines);
    EXPECT_EQ(lines, expected());
}

TEST_F(TableFileTest, JsonLinesAndCsvSayTheSameAsParquet) {
    const std::string path = directory.file("events.jsonl");
    const TableFile json{
        .table = "events", .columns = kSome, .format = FileFormat::JsonLines, .path = path};
    EXPECT_EQ(write(json).value(), 300u);
    std::vector<std::string> lines;
    for (const std::string& line : split(read(path))) {
        std::string packed = model::doc_from_json(line).value();
        const model::DocView row(packed);
        // Six digits stand in a file, as many as there are in Parquet.
        lines.push_back(R"({"time":")" +
                        format_instant_exact(*parse_instant(row.find("time").as_string())) +
                        R"(","position":)" + model::to_json(row.find("position")) +
                        R"(,"properties":)" + model::to_json(row.find("properties")) + "}");
    }
    std::ranges::sort(lines);
    EXPECT_EQ(lines, expected());

    const std::string csv = directory.file("events.csv");
    EXPECT_EQ(write({.table = "events",
                     .columns = {"event", "position"},
                     .format = FileFormat::Csv,
                     .path = csv})
                  .value(),
              300u);
    EXPECT_EQ(std::ranges::count(read(csv), '\n'), 301);
    EXPECT_TRUE(read(csv).starts_with("event,position\n"));
}

TEST_F(TableFileTest, PartsOfARangeAddUpToIt) {
    const Micros middle = *parse_instant("2026-02-10T00:00:00Z");
    const std::string first = directory.file("a.parquet");
    const std::string second = directory.file("b.parquet");
    const uint64_t before =
        write({.table = "events", .columns = kSome, .range = {.to = middle}, .path = first})
            .value();
    const uint64_t after =
        write({.table = "events", .columns = kSome, .range = {.from = middle}, .path = second})
            .value();
    EXPECT_GT(before, 0u);
    EXPECT_GT(after, 0u);
    auto lines = lines_of(first);
    for (const std::string& line : lines_of(second)) lines.push_back(line);
    std::ranges::sort(lines);
    EXPECT_EQ(lines, expected());
}

TEST_F(TableFileTest, NamesFromOutsideAreChecked) {
    const std::string path = directory.file("x");
    EXPECT_FALSE(write({.table = "events; DROP VIEW events", .path = path}));
    EXPECT_FALSE(write({.table = "events", .columns = {"time) TO '/tmp/x'"}, .path = path}));
    EXPECT_FALSE(write({.table = "events", .path = "/nonexistent/x.parquet"}));
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(TableFileTest, EveryTypeOfAParquetFileBecomesJson) {
    const std::string path = directory.file("types.parquet");
    {
        Database database = Database::open({.has_files = true}).value();
        ASSERT_TRUE(database.run(
            "COPY (SELECT 1::TINYINT AS a, NULL::INTEGER AS b, 1.50::DECIMAL(10,2) AS c, "
            "TIMESTAMP '2026-01-02 03:04:05' AS d, TIMESTAMPTZ '2026-01-02 03:04:05+03' AS e, "
            "DATE '2026-01-02' AS f, [1,2] AS g, {'x': 'y'} AS h, '{\"k\":1}'::JSON AS i, "
            "'text' AS \"a b\") TO " +
            sql_literal(path)));
    }
    EXPECT_EQ(lines_of(path),
              std::vector<std::string>{R"({"a":1,"c":1.50,"d":"2026-01-02T03:04:05",)"
                                       R"("e":"2026-01-02T00:04:05Z","f":"2026-01-02","g":[1,2],)"
                                       R"("h":{"x":"y"},"i":{"k":1},"a b":"text"})"});
}

TEST_F(TableFileTest, DamageIsToldAndNeverCrashes) {
    const std::string path = directory.file("events.parquet");
    ASSERT_TRUE(write({.table = "events", .path = path}));
    const std::string whole = read(path);
    const auto put = [&](const std::string& bytes) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    };
    put(whole.substr(0, whole.size() / 2));
    EXPECT_NE(lines_of(path)[0].find("parquet: "), std::string::npos) << lines_of(path)[0];
    put("PAR1");
    EXPECT_NE(lines_of(path)[0].find("parquet: "), std::string::npos) << lines_of(path)[0];
    EXPECT_NE(lines_of(directory.file("missing.parquet"))[0].find("parquet: "), std::string::npos);
    EXPECT_NE(lines_of(directory.file("[a].parquet"))[0].find("rename"), std::string::npos);

    SeededRandom random(3);
    size_t told = 0;
    for (int round = 0; round < 60; ++round) {
        std::string damaged = whole;
        for (int i = 0; i < 8; ++i) {
            damaged[random.below(damaged.size())] = static_cast<char>(random.next());
        }
        put(damaged);
        const auto lines = lines_of(path);
        told += lines.size() == 1 && lines[0].find("parquet: ") != std::string::npos;
    }
    EXPECT_GT(told, 0u);
}

}  // namespace throughline::sql
