#include "ingest/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "ingest/parquet_source.h"

namespace throughline::ingest {

namespace {

constexpr size_t kChunkBytes = 64 * 1024;

class FileBytes final : public ByteSource {
public:
    FileBytes(int file, uint64_t total) : file_(file), total_(total) {}
    ~FileBytes() override { ::close(file_); }

    Result<size_t> read(std::span<char> into) override {
        while (true) {
            const ssize_t count = ::read(file_, into.data(), into.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) {
                return Error::unavailable(std::string("import: read: ") + std::strerror(errno));
            }
            taken_ += static_cast<uint64_t>(count);
            return static_cast<size_t>(count);
        }
    }
    uint64_t stored_bytes_read() const override { return taken_; }
    uint64_t stored_bytes_total() const override { return total_; }

private:
    int file_;
    uint64_t total_;
    uint64_t taken_ = 0;
};

class MemoryBytes final : public ByteSource {
public:
    explicit MemoryBytes(std::string bytes) : bytes_(std::move(bytes)) {}

    Result<size_t> read(std::span<char> into) override {
        const size_t count = bytes_.copy(into.data(), into.size(), taken_);
        taken_ += count;
        return count;
    }
    uint64_t stored_bytes_read() const override { return taken_; }
    uint64_t stored_bytes_total() const override { return bytes_.size(); }

private:
    std::string bytes_;
    size_t taken_ = 0;
};

// What the bytes below give, after the beginning that was looked at.
class Inflated : public ByteSource {
public:
    Inflated(std::unique_ptr<ByteSource> below, std::string head)
        : below_(std::move(below)), room_(std::move(head)), held_(room_.size()) {
        room_.resize(kChunkBytes);
    }
    uint64_t stored_bytes_read() const override { return below_->stored_bytes_read(); }
    uint64_t stored_bytes_total() const override { return below_->stored_bytes_total(); }

protected:
    std::string_view held() const { return std::string_view(room_).substr(at_, held_ - at_); }
    void take(size_t count) { at_ += count; }
    // Returns false at the end of the bytes below.
    Result<bool> fill() {
        if (at_ < held_) return true;
        TL_TRY_ASSIGN(held_, below_->read(room_));
        at_ = 0;
        return held_ > 0;
    }

private:
    std::unique_ptr<ByteSource> below_;
    std::string room_;
    size_t held_;
    size_t at_ = 0;
};

class PlainBytes final : public Inflated {
public:
    using Inflated::Inflated;
    Result<size_t> read(std::span<char> into) override {
        TL_TRY_ASSIGN(const bool has_more, fill());
        if (!has_more) return size_t{0};
        const size_t count = held().copy(into.data(), into.size());
        take(count);
        return count;
    }
};

class GzipBytes final : public Inflated {
public:
    GzipBytes(std::unique_ptr<ByteSource> below, std::string head)
        : Inflated(std::move(below), std::move(head)) {
        TL_ASSERT(inflateInit2(&stream_, 15 + 16) == Z_OK);  // 15 bits of window, gzip frames.
    }
    ~GzipBytes() override { inflateEnd(&stream_); }

    Result<size_t> read(std::span<char> into) override {
        stream_.next_out = reinterpret_cast<Bytef*>(into.data());
        stream_.avail_out = static_cast<uInt>(into.size());
        while (stream_.avail_out == into.size()) {
            TL_TRY_ASSIGN(const bool has_more, fill());
            if (!has_more) {
                if (is_between_) return size_t{0};
                return Error::corrupt("import: gzip: the file ends too early");
            }
            if (is_between_) inflateReset(&stream_);  // One member after the other.
            is_between_ = false;
            const std::string_view input = held();
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
            stream_.avail_in = static_cast<uInt>(input.size());
            const int code = inflate(&stream_, Z_NO_FLUSH);
            take(input.size() - stream_.avail_in);
            if (code == Z_STREAM_END) {
                is_between_ = true;
            } else if (code != Z_OK && code != Z_BUF_ERROR) {
                return Error::corrupt("import: gzip: the file is damaged");
            }
        }
        return into.size() - stream_.avail_out;
    }

private:
    z_stream stream_{};
    bool is_between_ = false;
};

class ZstdBytes final : public Inflated {
public:
    ZstdBytes(std::unique_ptr<ByteSource> below, std::string head)
        : Inflated(std::move(below), std::move(head)), stream_(ZSTD_createDStream()) {
        TL_ASSERT(stream_ != nullptr);
    }
    ~ZstdBytes() override { ZSTD_freeDStream(stream_); }

    Result<size_t> read(std::span<char> into) override {
        ZSTD_outBuffer out{into.data(), into.size(), 0};
        while (out.pos == 0) {
            TL_TRY_ASSIGN(const bool has_more, fill());
            if (!has_more) {
                if (is_between_) return size_t{0};
                return Error::corrupt("import: zstd: the file ends too early");
            }
            const std::string_view input = held();
            ZSTD_inBuffer in{input.data(), input.size(), 0};
            const size_t left = ZSTD_decompressStream(stream_, &out, &in);
            take(in.pos);
            if (ZSTD_isError(left)) return Error::corrupt("import: zstd: the file is damaged");
            is_between_ = left == 0;
        }
        return out.pos;
    }

private:
    ZSTD_DStream* stream_;
    bool is_between_ = false;
};

Result<std::unique_ptr<ByteSource>> inflated(std::unique_ptr<ByteSource> below) {
    std::string head(4, '\0');
    size_t size = 0;
    while (size < head.size()) {
        TL_TRY_ASSIGN(const size_t count, below->read(std::span(head).subspan(size)));
        if (count == 0) break;
        size += count;
    }
    head.resize(size);
    if (head == kParquetMagic) {
        return Error::invalid("import: parquet: only a whole file can be read, not a piece of it");
    }
    if (head.starts_with("\x1f\x8b")) {
        return std::unique_ptr<ByteSource>(
            std::make_unique<GzipBytes>(std::move(below), std::move(head)));
    }
    if (head == "\x28\xb5\x2f\xfd") {
        return std::unique_ptr<ByteSource>(
            std::make_unique<ZstdBytes>(std::move(below), std::move(head)));
    }
    return std::unique_ptr<ByteSource>(
        std::make_unique<PlainBytes>(std::move(below), std::move(head)));
}

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        const std::string why = "import: " + path + ": " + std::strerror(errno);
        return errno == ENOENT ? Error::not_found(why) : Error::unavailable(why);
    }
    struct stat facts {};
    const uint64_t total = ::fstat(file, &facts) == 0 ? static_cast<uint64_t>(facts.st_size) : 0;
    char magic[kParquetMagic.size()];
    const ssize_t looked = ::pread(file, magic, sizeof magic, 0);
    if (looked == sizeof magic && std::string_view(magic, sizeof magic) == kParquetMagic) {
        ::close(file);
        return open_parquet(path, total);
    }
    return inflated(std::make_unique<FileBytes>(file, total));
}

Result<std::unique_ptr<ByteSource>> open_bytes(std::string bytes) {
    return inflated(std::make_unique<MemoryBytes>(std::move(bytes)));
}

}  // namespace throughline::ingest
