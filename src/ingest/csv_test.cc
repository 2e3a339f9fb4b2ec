#include "ingest/csv.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "base/random.h"
#include "ingest/rows.h"

namespace throughline::ingest {
namespace {

using Table = std::vector<std::vector<std::string>>;

struct ReadTable {
    Table rows;  // Without the header.
    std::vector<uint64_t> lines;
    std::vector<std::string> problems;
};

ReadTable read_all(std::string bytes, const FileShape& shape = {}) {
    ReadTable found;
    auto source = open_bytes(std::move(bytes));
    auto rows = open_rows(*std::move(source), shape);
    Row row;
    while (true) {
        auto has_row = (*rows)->next(row);
        EXPECT_TRUE(has_row);
        if (!has_row || !*has_row) return found;
        if (!row.problem.empty()) {
            found.problems.push_back(std::to_string(row.line) + ": " + std::string(row.problem));
            continue;
        }
        found.lines.push_back(row.line);
        found.rows.emplace_back(row.cells.begin(), row.cells.end());
    }
}

std::string utf16(std::string_view ascii, bool is_little) {
    std::string out = is_little ? "\xff\xfe" : "\xfe\xff";
    for (const char c : ascii) {
        if (!is_little) out += '\0';
        out += c;
        if (is_little) out += '\0';
    }
    return out;
}

// Writes a table in one dialect, quoting where it must and sometimes where it need not.
struct Writer {
    char delimiter;
    std::string line_end;
    SeededRandom& random;

    std::string write(const Table& table) {
        std::string out;
        for (const auto& row : table) {
            for (size_t i = 0; i < row.size(); ++i) {
                if (i > 0) out += delimiter;
                out += cell(row[i]);
            }
            out += line_end;
        }
        if (random.chance(0.3)) out.resize(out.size() - line_end.size());
        return out;
    }
    std::string cell(const std::string& text) {
        const bool must =
            text.find_first_of(std::string("\"\r\n") + delimiter) != std::string::npos;
        if (!must && !random.chance(0.2)) return text;
        std::string quoted = "\"";
        for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
        return quoted + '"';
    }
};

TEST(Csv, ReadsBackWhatAnyDialectWrote) {
    SeededRandom random(11);
    constexpr std::string_view kDelimiters = ",;\t|";
    const std::string line_ends[] = {"\n", "\r\n", "\r"};
    const std::string marks[] = {"", "\xef\xbb\xbf"};
    for (int round = 0; round < 1'000; ++round) {
        Writer writer{kDelimiters[random.below(4)], line_ends[random.below(3)], random};
        const size_t columns = 2 + random.below(5);
        Table table(1);
        for (size_t i = 0; i < columns; ++i) table[0].push_back("c" + std::to_string(i));
        for (size_t rows = 1 + random.below(12); rows > 0; --rows) {
            auto& row = table.emplace_back();
            row.push_back("k");  // A row of empty cells alone is a blank line.
            while (row.size() < columns) {
                std::string text;
                for (size_t n = random.below(6); n > 0; --n) {
                    // A line end in a cell is the file's own: editors write no other.
                    const std::string parts[] = {"a", "7", " ", "\"",
                                                 ",", ";", "ș", writer.line_end};
                    text += parts[random.below(8)];
                }
                row.push_back(text);
            }
        }
        const FileShape shape{.kind = "csv", .delimiter = writer.delimiter, .columns = {}};
        const std::string text = marks[random.below(2)] + writer.write(table);
        const ReadTable found = read_all(text, shape);
        ASSERT_TRUE(found.problems.empty()) << found.problems[0] << "\n" << text;
        ASSERT_EQ(found.rows, Table(table.begin() + 1, table.end())) << text;
    }
}

TEST(Csv, FindsTheDialectByLooking) {
    const auto found = [](std::string_view text) {
        const CsvDialect dialect = find_dialect(text, {});
        return std::string(1, dialect.is_aligned ? ' ' : dialect.delimiter) +
               (dialect.line_end == '\r' ? "cr" : "lf");
    };
    EXPECT_EQ(found("a,b\n1,2\n"), ",lf");
    EXPECT_EQ(found("a;b;c\r\n1,5;2,5;x\r\n2,5;3,5;y\r\n"), ";lf");
    EXPECT_EQ(found("a\tb\r1\t2\r"), "\tcr");
    EXPECT_EQ(found("a|b|c\n1|2,0|3\n"), "|lf");
    EXPECT_EQ(found(" id  date  value\r\n 1  19970101  2.5\r\n"), " lf");
    EXPECT_EQ(found("\"a,b\";c\n\"d,e\";f\n"), ";lf");
    EXPECT_EQ(found("one\ntwo\n"), ",lf");
    EXPECT_EQ(found(""), ",lf");
}

TEST(Csv, Utf16InEitherOrderIsText) {
    const std::string text = "id,name\n1,\"two\nlines\"\n2,x\n";
    const ReadTable wanted = read_all(text);
    ASSERT_EQ(wanted.rows, (Table{{"1", "two\nlines"}, {"2", "x"}}));
    EXPECT_EQ(read_all(utf16(text, true)).rows, wanted.rows);
    EXPECT_EQ(read_all(utf16(text, false)).rows, wanted.rows);
    // U+1F600 as two halves, then a half alone.
    const std::string halves(
        "\xff\xfe"
        "a\0,\0b\0\n\0"
        "\x3d\xd8\x00\xde,\0\x3d\xd8\n\0",
        20);
    EXPECT_EQ(read_all(halves).rows, (Table{{"\xf0\x9f\x98\x80", "\xef\xbf\xbd"}}));
}

TEST(Csv, LinesAreCountedThroughQuotesAndBlanks) {
    const ReadTable found = read_all("a,b\n\n1,\"x\ny\nz\"\n  \n2,w\n");
    EXPECT_EQ(found.rows.size(), 2u);
    EXPECT_EQ(found.lines, (std::vector<uint64_t>{3, 7}));
}

TEST(Csv, QuoteThatNeverClosesCostsOneLine) {
    std::string text = "a,b\n1,\"open\n";
    for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",filler text\n";
    const ReadTable found = read_all(text);
    EXPECT_EQ(found.rows.size(), 100'000u);
    ASSERT_EQ(found.problems.size(), 1u);
    EXPECT_EQ(found.problems[0].substr(0, 2), "2:");
}

// Each line opens a quote anew, and within the quote of an earlier one closes it and opens another:
// looking for the end of each costs 1 MiB, which for this file is half an hour.
TEST(Csv, AFileOfOpenQuotesIsReadInItsOwnTime) {
    std::string text = "a,b\n";
    constexpr size_t kLines = 400'000;
    for (size_t i = 0; i < kLines; ++i) text += "\"a\"b,\"c\n";
    text += "1,2\n";
    const Micros begin = system_clock().monotonic();
    const ReadTable found = read_all(text);
    EXPECT_LT(system_clock().monotonic() - begin, 60 * kSecond);
    EXPECT_EQ(found.problems.size(), kLines);
    EXPECT_EQ(found.problems.back().substr(0, 7), "400001:");
    EXPECT_EQ(found.rows, (Table{{"1", "2"}}));
}

TEST(Csv, OddCellsAreKeptAndShiftedRowsRefused) {
    EXPECT_EQ(read_all("a,b\n\"x\"y,5\" pipe\n").rows, (Table{{"xy", "5\" pipe"}}));
    EXPECT_EQ(read_all("a,b\n1,2,,\n").rows, (Table{{"1", "2"}}));
    EXPECT_EQ(read_all("a,b\n1,2,3\n").problems[0], "2: the row has 3 cells, the file 2 columns");
    EXPECT_EQ(read_all("a,b\n1,\xff\n").problems[0], "2: the row is not UTF-8");
    EXPECT_TRUE(read_all("").rows.empty());
    EXPECT_TRUE(read_all("a,b").rows.empty());
    EXPECT_EQ(read_all("1,2\n", {.has_header = false, .columns = {"a", "b"}}).rows,
              (Table{{"1", "2"}}));
}

TEST(Csv, CompressedBytesAreRecognised) {
    // `a,b` and `1,2`, a line each.
    const std::string gzip(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x4b\xd4\x49\xe2"
        "\x32\xd4\x31\xe2\x02\x00\x7b\x07\x97\x0a\x08\x00\x00\x00",
        28);
    EXPECT_FALSE(open_file("/nonexistent/file.csv"));
    const auto read = [](std::string bytes) -> std::string {
        auto source = *open_bytes(std::move(bytes));
        std::string text;
        std::string chunk(7, '\0');
        while (true) {
            const auto size = source->read(chunk);
            if (!size) return size.error().message;
            if (*size == 0) return text;
            text.append(chunk, 0, *size);
        }
    };
    EXPECT_EQ(read(gzip.substr(0, 12)), "import: gzip: the file ends too early");
    EXPECT_EQ(read(gzip), "a,b\n1,2\n");
    EXPECT_EQ(read(gzip + gzip), "a,b\n1,2\na,b\n1,2\n");  // Two members are one file.
    EXPECT_EQ(read("plain"), "plain");
    EXPECT_EQ(read(""), "");
    EXPECT_EQ(read("\x28\xb5\x2f\xfd"), "import: zstd: the file ends too early");
    // No checksum stands behind the last block, and it is given in several pieces.
    std::string zstd(256, '\0');
    const std::string lines = "a,b\n1,2\n3,4\n5,6\n7,8\n";
    zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), lines.data(), lines.size(), 1));
    EXPECT_EQ(read(zstd), lines);
    EXPECT_EQ(read(zstd + zstd), lines + lines);
    EXPECT_EQ(read(zstd.substr(0, zstd.size() - 1)), "import: zstd: the file ends too early");
}

TEST(Csv, DamagedFilesNeverHarm) {
    SeededRandom random(2);
    for (int i = 0; i < 5'000; ++i) {
        std::string text = "a,b;c\n";
        for (size_t n = random.below(40); n > 0; --n) {
            text += "\"\",;\n\r\t|ab\0\xff\xfe"[random.below(13)];
        }
        const ReadTable found = read_all(text);
        EXPECT_LE(found.rows.size() + found.problems.size(), text.size());
    }
}

}  // namespace
}  // namespace throughline::ingest
