#include "ingest/rows.h"

#include <algorithm>

#include "base/json_text.h"
#include "ingest/csv.h"
#include "ingest/text_window.h"
#include "model/json.h"

namespace throughline::ingest {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr size_t kSampleBytes = 64 * 1024;
constexpr uint64_t kInVainMin = 16
                                << 20;  // A dozen stray quotes before the file must pay for them.
constexpr uint64_t kInVainTimes = 4;    // Then so much a byte read: reading stays linear.

std::string_view without_blanks(std::string_view text) {
    const size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view without_line_end(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

// The size of the first line, its end included; nothing while it goes on past what is held.
std::optional<size_t> line_size(std::string_view text, char line_end, bool is_whole) {
    const size_t end = text.find(line_end);
    if (end != std::string_view::npos) return end + 1;
    return is_whole ? std::optional<size_t>(text.size()) : std::nullopt;
}

class CsvRows final : public RowReader {
public:
    CsvRows(TextWindow window, CsvDialect dialect, const FileShape& shape)
        : window_(std::move(window)),
          dialect_(dialect),
          columns_(shape.columns),
          has_header_(shape.has_header) {}

    Result<bool> next(Row& row) override {
        if (has_header_ && !header_read_) {
            header_read_ = true;
            TL_TRY_ASSIGN(const bool has_header, read_record(row));
            if (has_header && columns_.empty()) take_names();
        }
        TL_TRY_ASSIGN(const bool has_row, read_record(row));
        if (!has_row) return false;
        row.columns = columns_;
        row.doc = {};
        if (row.problem.empty()) fit_cells(row);
        row.cells = record_.cells;
        return true;
    }

    const ByteSource& source() const override { return window_.source(); }

private:
    void take_names() {
        for (size_t i = 0; i < record_.cells.size(); ++i) {
            const std::string_view name = without_blanks(record_.cells[i]);
            columns_.emplace_back(name.empty() ? "column_" + std::to_string(i + 1) : name);
        }
    }

    // Empty cells past the last column are harmless; anything else has shifted.
    void fit_cells(Row& row) {
        while (record_.cells.size() > columns_.size() && record_.cells.back().empty()) {
            record_.cells.pop_back();
        }
        if (record_.cells.size() != columns_.size()) {
            problem_ = "the row has " + std::to_string(record_.cells.size()) + " cells, the file " +
                       std::to_string(columns_.size()) + " columns";
        } else if (!is_utf8(row.raw)) {
            problem_ = "the row is not UTF-8";
        } else {
            return;
        }
        row.problem = problem_;
    }

    // Looks for the end of an open quote beyond the line as long as that pays: in a file where each
    // line opens one anew, each would cost a look at all that a row may hold.
    CsvFound look(std::string_view text, bool is_whole) {
        if (in_vain_ <= kInVainMin + kInVainTimes * seen_) {
            return record_.read(text, dialect_, is_whole);
        }
        const auto size = line_size(text, dialect_.line_end, is_whole);
        return size ? record_.read(text.substr(0, *size), dialect_, true) : CsvFound::NeedsMore;
    }

    // The next record that is not blank.
    Result<bool> read_record(Row& row) {
        window_.take(taken_);
        taken_ = 0;
        while (true) {
            const std::string_view text = window_.text();
            const bool is_whole = window_.is_at_end() || text.size() > kRowBytesMax;
            if (text.empty() && window_.is_at_end()) return false;
            const CsvFound found = look(text, is_whole);
            if (found == CsvFound::NeedsMore) {
                TL_TRY(window_.grow());
                continue;
            }
            row.line = line_ + 1;
            row.problem = {};
            if (found == CsvFound::OpenQuote || record_.size > kRowBytesMax) {
                // Only this line is lost: what follows it may be whole.
                in_vain_ += std::min(record_.size, text.size());
                record_.size = *line_size(text, dialect_.line_end, true);
                record_.lines = 1;
                record_.cells.clear();
                row.problem = "a quote that does not close, or a row of more than 1 MiB";
            }
            row.raw = without_line_end(text.substr(0, record_.size));
            line_ += record_.lines;
            seen_ += record_.size;
            if (without_blanks(row.raw).empty()) {
                window_.take(record_.size);
                continue;
            }
            taken_ = record_.size;
            return true;
        }
    }

    TextWindow window_;
    CsvDialect dialect_;
    std::vector<std::string> columns_;
    bool has_header_;
    bool header_read_ = false;
    CsvRecord record_;
    size_t taken_ = 0;
    uint64_t line_ = 0;
    uint64_t seen_ = 0;     // Bytes of the rows so far.
    uint64_t in_vain_ = 0;  // Bytes looked at for quotes that did not close.
    std::string problem_;
};

class JsonLines final : public RowReader {
public:
    explicit JsonLines(TextWindow window) : window_(std::move(window)) {}

    Result<bool> next(Row& row) override {
        window_.take(taken_);
        taken_ = 0;
        while (true) {
            const std::string_view text = window_.text();
            if (text.empty() && window_.is_at_end()) return false;
            const bool is_whole = window_.is_at_end() || text.size() > kRowBytesMax;
            const auto size = line_size(text, '\n', is_whole);
            if (!size) {
                TL_TRY(window_.grow());
                continue;
            }
            ++line_;
            row.raw = without_blanks(text.substr(0, *size));
            taken_ = *size;
            if (!row.raw.empty()) break;
            window_.take(taken_);
            taken_ = 0;
        }
        row.line = line_;
        row.columns = {};
        row.cells = {};
        doc_.clear();
        const Status status = model::append_doc_from_json(row.raw, doc_);
        problem_ = status ? "" : status.error().message;
        row.problem = problem_;
        row.doc = model::DocView(doc_);
        return true;
    }

    const ByteSource& source() const override { return window_.source(); }

private:
    TextWindow window_;
    size_t taken_ = 0;
    uint64_t line_ = 0;
    std::string doc_;
    std::string problem_;
};

}  // namespace

Result<std::unique_ptr<RowReader>> open_rows(std::unique_ptr<ByteSource> source,
                                             const FileShape& shape) {
    const bool is_json_lines = source->is_json_lines();
    TextWindow window(std::move(source));
    while (window.text().size() < kSampleBytes && !window.is_at_end()) TL_TRY(window.grow());
    const std::string_view sample = window.text().substr(0, kSampleBytes);
    const size_t first = sample.find_first_not_of(kBlanks);
    const bool looks_like_json = first != std::string_view::npos && sample[first] == '{';
    if (is_json_lines || shape.kind == "jsonl" || (shape.kind.empty() && looks_like_json)) {
        return std::unique_ptr<RowReader>(std::make_unique<JsonLines>(std::move(window)));
    }
    const CsvDialect dialect = find_dialect(sample, shape);
    return std::unique_ptr<RowReader>(std::make_unique<CsvRows>(std::move(window), dialect, shape));
}

}  // namespace throughline::ingest
