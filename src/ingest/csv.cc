#include "ingest/csv.h"

#include <algorithm>

namespace throughline::ingest {

namespace {

constexpr std::string_view kDelimiters = ",;\t|";
constexpr size_t kLinesLookedAt = 50;

std::vector<std::string_view> first_lines(std::string_view sample, char line_end) {
    std::vector<std::string_view> lines;
    bool is_quoted = false;
    size_t begin = 0;
    for (size_t at = 0; at < sample.size() && lines.size() < kLinesLookedAt; ++at) {
        if (sample[at] == '"') is_quoted = !is_quoted;
        if (sample[at] != line_end || is_quoted) continue;
        if (at > begin) lines.push_back(sample.substr(begin, at - begin));
        begin = at + 1;
    }
    if (lines.empty() && begin < sample.size()) lines.push_back(sample.substr(begin));
    return lines;
}

size_t count_outside_quotes(std::string_view line, char delimiter) {
    size_t count = 0;
    bool is_quoted = false;
    for (const char c : line) {
        if (c == '"') is_quoted = !is_quoted;
        count += c == delimiter && !is_quoted;
    }
    return count;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

size_t count_words(std::string_view line) {
    size_t count = 0;
    for (size_t i = 0; i < line.size(); ++i) {
        count += !is_blank(line[i]) && (i == 0 || is_blank(line[i - 1]));
    }
    return count;
}

// How many lines have as many as the first; 0 when the first has none.
template <typename Count>
size_t agreeing_lines(const std::vector<std::string_view>& lines, size_t least, Count count) {
    const size_t wanted = lines.empty() ? 0 : count(lines[0]);
    if (wanted < least) return 0;
    return static_cast<size_t>(
        std::ranges::count_if(lines, [&](std::string_view line) { return count(line) == wanted; }));
}

}  // namespace

CsvDialect find_dialect(std::string_view sample, const FileShape& shape) {
    CsvDialect dialect;
    const bool has_lf = sample.find('\n') != std::string_view::npos;
    if (!has_lf && sample.find('\r') != std::string_view::npos) dialect.line_end = '\r';
    dialect.is_aligned = shape.kind == "aligned";
    if (shape.delimiter != 0) dialect.delimiter = shape.delimiter;
    if (shape.delimiter != 0 || dialect.is_aligned) return dialect;

    const auto lines = first_lines(sample, dialect.line_end);
    size_t best = 0;
    size_t best_count = 0;
    for (const char delimiter : kDelimiters) {
        const auto count = [&](std::string_view line) {
            return count_outside_quotes(line, delimiter);
        };
        const size_t agreeing = agreeing_lines(lines, 1, count);
        const size_t columns = lines.empty() ? 0 : count(lines[0]);
        if (agreeing < best || (agreeing == best && columns <= best_count)) continue;
        best = agreeing;
        best_count = columns;
        dialect.delimiter = delimiter;
    }
    if (best == 0) {
        const size_t agreeing = agreeing_lines(lines, 2, count_words);
        dialect.is_aligned = agreeing > 1 && agreeing == lines.size();
    }
    return dialect;
}

// Moves past a quoted part whose opening quote is at `at`, adding its text to room.
bool CsvRecord::read_quoted(std::string_view text, size_t& at, const CsvDialect& dialect,
                            bool is_whole, bool& is_open) {
    ++at;
    while (true) {
        const size_t quote = text.find('"', at);
        if (quote == std::string_view::npos) {
            is_open = is_whole;
            return false;
        }
        lines +=
            static_cast<size_t>(std::ranges::count(text.substr(at, quote - at), dialect.line_end));
        room += text.substr(at, quote - at);
        at = quote + 1;
        if (at == text.size() && !is_whole) return false;  // Perhaps a second quote follows.
        if (at == text.size() || text[at] != '"') return true;
        room += '"';
        ++at;
    }
}

void CsvRecord::read_aligned(std::string_view line) {
    size_t at = 0;
    while (true) {
        while (at < line.size() && is_blank(line[at])) ++at;
        if (at == line.size()) return;
        const size_t begin = at;
        while (at < line.size() && !is_blank(line[at])) ++at;
        found_.push_back({begin, at - begin, false});
    }
}

CsvFound CsvRecord::read(std::string_view text, const CsvDialect& dialect, bool is_whole) {
    cells.clear();
    found_.clear();
    room.clear();
    lines = 0;
    size_t at = 0;
    bool has_ended = false;
    if (dialect.is_aligned) {
        at = text.find(dialect.line_end);
        if (at == std::string_view::npos && !is_whole) return CsvFound::NeedsMore;
        at = std::min(at, text.size());
        read_aligned(text.substr(0, at));
        has_ended = true;
    }
    while (!has_ended) {
        Cell cell{at, 0, false};
        if (at < text.size() && text[at] == '"') {
            cell = {room.size(), 0, true};
            bool is_open = false;
            if (!read_quoted(text, at, dialect, is_whole, is_open)) {
                size = text.size();
                return is_open ? CsvFound::OpenQuote : CsvFound::NeedsMore;
            }
        }
        const size_t begin = at;
        while (at < text.size() && text[at] != dialect.delimiter && text[at] != dialect.line_end) {
            ++at;
        }
        if (at == text.size() && !is_whole) return CsvFound::NeedsMore;
        has_ended = at == text.size() || text[at] == dialect.line_end;
        std::string_view plain = text.substr(begin, at - begin);
        if (has_ended && plain.ends_with('\r')) plain.remove_suffix(1);  // CRLF
        if (cell.is_in_room) {
            room += plain;
            cell.size = room.size() - cell.begin;
        } else {
            cell.size = plain.size();
        }
        found_.push_back(cell);
        if (!has_ended) ++at;  // The delimiter.
    }
    if (at < text.size()) {
        ++at;
        ++lines;
    }
    size = at;
    for (const Cell& cell : found_) {
        const std::string_view from = cell.is_in_room ? std::string_view(room) : text;
        cells.push_back(from.substr(cell.begin, cell.size));
    }
    return CsvFound::Record;
}

}  // namespace throughline::ingest
