#include "cli/output_file.h"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <fstream>

#include "cli/command_line.h"

namespace throughline::cli {

namespace {

constexpr size_t kRoomBytes = 256 << 10;
constexpr int kGzipLevel = 6;
constexpr int kZstdLevel = 3;

class PlainFile : public OutputFile {
public:
    explicit PlainFile(const std::string& path)
        : path_(path), out_(path, std::ios::binary | std::ios::trunc) {}

    bool is_open() const { return out_.is_open(); }

    Status write(std::string_view bytes) override {
        out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return state();
    }
    Status finish() override {
        out_.close();
        return state();
    }

private:
    Status state() const {
        if (out_) return Status::ok();
        return Error::exhausted("file: cannot write all of " + path_);
    }

    std::string path_;
    std::ofstream out_;
};

class GzipFile final : public OutputFile {
public:
    explicit GzipFile(std::unique_ptr<OutputFile> under) : under_(std::move(under)) {
        constexpr int kGzipWindow = 15 + 16;  // 32 KiB, and gzip's header.
        const int made =
            deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
        TL_ASSERT(made == Z_OK);
    }
    ~GzipFile() override { deflateEnd(&stream_); }

    Status write(std::string_view bytes) override { return run(bytes, Z_NO_FLUSH); }
    Status finish() override {
        TL_TRY(run({}, Z_FINISH));
        return under_->finish();
    }

private:
    Status run(std::string_view bytes, int flush) {
        // zlib reads only, but its interface is older than const.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(room_.data());
            stream_.avail_out = static_cast<uInt>(room_.size());
            deflate(&stream_, flush);
            TL_TRY(under_->write({room_.data(), room_.size() - stream_.avail_out}));
        } while (stream_.avail_out == 0);
        return Status::ok();
    }

    std::unique_ptr<OutputFile> under_;
    z_stream stream_{};
    std::string room_ = std::string(kRoomBytes, '\0');
};

class ZstdFile final : public OutputFile {
public:
    explicit ZstdFile(std::unique_ptr<OutputFile> under)
        : under_(std::move(under)), stream_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
        ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, kZstdLevel);
        ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_checksumFlag, 1);
    }

    Status write(std::string_view bytes) override { return run(bytes, ZSTD_e_continue); }
    Status finish() override {
        TL_TRY(run({}, ZSTD_e_end));
        return under_->finish();
    }

private:
    Status run(std::string_view bytes, ZSTD_EndDirective directive) {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        for (;;) {
            ZSTD_outBuffer out{room_.data(), room_.size(), 0};
            const size_t left = ZSTD_compressStream2(stream_.get(), &out, &in, directive);
            if (ZSTD_isError(left) != 0) return Error::internal("file: zstd failed");
            TL_TRY(under_->write({room_.data(), out.pos}));
            const bool is_done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
            if (is_done) return Status::ok();
        }
    }

    std::unique_ptr<OutputFile> under_;
    std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> stream_;
    std::string room_ = std::string(kRoomBytes, '\0');
};

}  // namespace

Result<Compression> parse_compression(std::string_view option, std::string_view text) {
    if (text == "none") return Compression::None;
    if (text == "gz") return Compression::Gzip;
    if (text == "zst") return Compression::Zstd;
    return usage_error("--" + std::string(option) + ": need none, gz or zst");
}

std::string_view file_suffix(Compression compression) {
    static constexpr std::array<std::string_view, 3> kSuffixes{"", ".gz", ".zst"};
    return kSuffixes[static_cast<size_t>(compression)];
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path,
                                                       Compression compression) {
    auto plain = std::make_unique<PlainFile>(path);
    if (!plain->is_open()) return Error::unavailable("file: cannot write " + path);
    std::unique_ptr<OutputFile> file = std::move(plain);
    if (compression == Compression::Gzip) file = std::make_unique<GzipFile>(std::move(file));
    if (compression == Compression::Zstd) file = std::make_unique<ZstdFile>(std::move(file));
    return file;
}

}  // namespace throughline::cli
