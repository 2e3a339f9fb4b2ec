#include "ingest/parquet_source.h"

#include <algorithm>

#include "sql/parquet_lines.h"

namespace throughline::ingest {

namespace {

class ParquetSource final : public ByteSource {
public:
    ParquetSource(std::unique_ptr<sql::ParquetLines> lines, uint64_t file_bytes)
        : lines_(std::move(lines)), file_bytes_(file_bytes) {}

    Result<size_t> read(std::span<char> into) override {
        if (at_ == text_.size()) {
            text_.clear();
            at_ = 0;
            TL_TRY(lines_->read(text_));
        }
        const size_t count = text_.copy(into.data(), into.size(), at_);
        at_ += count;
        return count;
    }

    // The share of the rows stands for the share of the bytes.
    uint64_t stored_bytes_read() const override {
        if (lines_->rows() == 0) return file_bytes_;
        const double share =
            static_cast<double>(lines_->rows_read()) / static_cast<double>(lines_->rows());
        return static_cast<uint64_t>(static_cast<double>(file_bytes_) * std::min(share, 1.0));
    }
    uint64_t stored_bytes_total() const override { return file_bytes_; }
    bool is_json_lines() const override { return true; }

private:
    std::unique_ptr<sql::ParquetLines> lines_;
    uint64_t file_bytes_;
    std::string text_;
    size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_parquet(const std::string& path, uint64_t file_bytes) {
    TL_TRY_ASSIGN(auto lines, sql::ParquetLines::open(path));
    return std::unique_ptr<ByteSource>(
        std::make_unique<ParquetSource>(std::move(lines), file_bytes));
}

}  // namespace throughline::ingest
