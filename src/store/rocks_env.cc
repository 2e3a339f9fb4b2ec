#include "store/rocks_env.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace throughline::store {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus io_status(const Error& error) {
    switch (error.code) {
        case Code::NotFound:
            return IOStatus::PathNotFound(error.message);
        case Code::ResourceExhausted:
            return IOStatus::NoSpace(error.message);
        case Code::FailedPrecondition:
            return IOStatus::Busy(error.message);
        case Code::InvalidArgument:
        case Code::Unauthenticated:
        case Code::PermissionDenied:
        case Code::Conflict:
        case Code::Cancelled:
        case Code::Internal:
        case Code::Corrupt:
        case Code::Unavailable:
        case Code::DeadlineExceeded:
            return IOStatus::IOError(error.message);
    }
    TL_UNREACHABLE();
}

IOStatus io_status(const Status& status) {
    return status.is_ok() ? IOStatus::OK() : io_status(status.error());
}

/// Reads up to `count` bytes into `scratch`; what was read is `result`.
IOStatus read_file_at(File& file, uint64_t offset, size_t count, Slice* result, char* scratch) {
    const auto got = file.read_at(offset, {scratch, count});
    *result = Slice(scratch, got.value_or(0));
    return got.is_ok() ? IOStatus::OK() : io_status(got.error());
}

std::string_view view(const Slice& slice) {
    return {slice.data(), slice.size()};
}

class SequentialFile final : public rocksdb::FSSequentialFile {
public:
    explicit SequentialFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

    IOStatus Read(size_t count, const IOOptions&, Slice* result, char* scratch,
                  IODebugContext*) override {
        const IOStatus status = read_file_at(*file_, offset_, count, result, scratch);
        offset_ += result->size();
        return status;
    }
    IOStatus Skip(uint64_t count) override {
        offset_ += count;
        return IOStatus::OK();
    }

private:
    std::unique_ptr<File> file_;
    uint64_t offset_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
public:
    explicit RandomAccessFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

    IOStatus Read(uint64_t offset, size_t count, const IOOptions&, Slice* result, char* scratch,
                  IODebugContext*) const override {
        return read_file_at(*file_, offset, count, result, scratch);
    }

private:
    std::unique_ptr<File> file_;
};

class WritableFile final : public rocksdb::FSWritableFile {
public:
    WritableFile(std::unique_ptr<File> file, uint64_t size) : file_(std::move(file)), size_(size) {}

    using FSWritableFile::Append;
    IOStatus Append(const Slice& bytes, const IOOptions&, IODebugContext*) override {
        const auto status = file_->write_at(size_, view(bytes));
        if (status.is_ok()) size_ += bytes.size();
        return io_status(status);
    }
    IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
        size_ = size;
        return io_status(file_->truncate(size));
    }
    IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
    IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
    IOStatus Sync(const IOOptions&, IODebugContext*) override { return io_status(file_->sync()); }
    uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

private:
    std::unique_ptr<File> file_;
    uint64_t size_;
};

class RandomRWFile final : public rocksdb::FSRandomRWFile {
public:
    explicit RandomRWFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

    IOStatus Write(uint64_t offset, const Slice& bytes, const IOOptions&,
                   IODebugContext*) override {
        return io_status(file_->write_at(offset, view(bytes)));
    }
    IOStatus Read(uint64_t offset, size_t count, const IOOptions&, Slice* result, char* scratch,
                  IODebugContext*) const override {
        return read_file_at(*file_, offset, count, result, scratch);
    }
    IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
    IOStatus Sync(const IOOptions&, IODebugContext*) override { return io_status(file_->sync()); }
    IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

private:
    std::unique_ptr<File> file_;
};

class Directory final : public rocksdb::FSDirectory {
public:
    Directory(Files& files, std::string path) : files_(files), path_(std::move(path)) {}

    IOStatus Fsync(const IOOptions&, IODebugContext*) override {
        return io_status(files_.sync_directory(path_));
    }
    IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

private:
    Files& files_;
    std::string path_;
};

class HeldLock final : public rocksdb::FileLock {
public:
    explicit HeldLock(std::unique_ptr<store::FileLock> lock) : lock_(std::move(lock)) {}

private:
    std::unique_ptr<store::FileLock> lock_;
};

/// RocksDB's running commentary is of no use in a harness, and would be most of its writes.
class SilentLogger final : public rocksdb::Logger {
public:
    using Logger::Logv;
    void Logv(const char*, va_list) override {}
};

class FileSystem final : public rocksdb::FileSystem {
public:
    explicit FileSystem(Files& files) : files_(files) {}

    const char* Name() const override { return "ThroughlineFiles"; }

    IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSSequentialFile>* result,
                               IODebugContext*) override {
        return open<SequentialFile>(path, OpenMode::Read, result);
    }
    IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                                 std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                 IODebugContext*) override {
        return open<RandomAccessFile>(path, OpenMode::Read, result);
    }
    IOStatus NewRandomRWFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                             IODebugContext*) override {
        return open<RandomRWFile>(path, OpenMode::Write, result);
    }
    IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>* result,
                             IODebugContext*) override {
        return open_writable(path, OpenMode::Fresh, result);
    }
    IOStatus ReopenWritableFile(const std::string& path, const FileOptions&,
                                std::unique_ptr<rocksdb::FSWritableFile>* result,
                                IODebugContext*) override {
        return open_writable(path, OpenMode::Create, result);
    }
    IOStatus NewDirectory(const std::string& path, const IOOptions&,
                          std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext*) override {
        const auto stat = files_.stat(path);
        if (!stat.is_ok()) return io_status(stat.error());
        *result = std::make_unique<Directory>(files_, path);
        return IOStatus::OK();
    }
    IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
        const auto stat = files_.stat(path);
        if (stat.is_ok()) return IOStatus::OK();
        return stat.error().code == Code::NotFound ? IOStatus::NotFound() : io_status(stat.error());
    }
    IOStatus GetChildren(const std::string& path, const IOOptions&,
                         std::vector<std::string>* result, IODebugContext*) override {
        auto names = files_.list(path);
        if (!names.is_ok()) return io_status(names.error());
        *result = std::move(names).value();
        return IOStatus::OK();
    }
    IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
        return io_status(files_.remove(path));
    }
    IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
        return io_status(files_.remove(path));
    }
    IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
        return io_status(files_.make_directory(path));
    }
    IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&,
                                IODebugContext*) override {
        return io_status(files_.make_directory(path));
    }
    IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* size,
                         IODebugContext*) override {
        const auto stat = files_.stat(path);
        if (!stat.is_ok()) return io_status(stat.error());
        *size = stat->size;
        return IOStatus::OK();
    }
    IOStatus GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* time,
                                     IODebugContext*) override {
        *time = 0;
        return IOStatus::OK();
    }
    IOStatus Truncate(const std::string& path, size_t size, const IOOptions&,
                      IODebugContext*) override {
        const auto file = files_.open(path, OpenMode::Write);
        return file.is_ok() ? io_status((*file)->truncate(size)) : io_status(file.error());
    }
    IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                        IODebugContext*) override {
        return io_status(files_.rename(from, to));
    }
    IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
        return io_status(files_.link(from, to));
    }
    IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** result,
                      IODebugContext*) override {
        auto lock = files_.lock(path, "RocksDB");
        if (!lock.is_ok()) return io_status(lock.error());
        *result = new HeldLock(std::move(lock).value());  // UnlockFile deletes it.
        return IOStatus::OK();
    }
    IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
        delete lock;
        return IOStatus::OK();
    }
    IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
        *path = "/test";
        return io_status(files_.make_directory(*path));
    }
    IOStatus NewLogger(const std::string&, const IOOptions&,
                       std::shared_ptr<rocksdb::Logger>* result, IODebugContext*) override {
        *result = std::make_shared<SilentLogger>();
        return IOStatus::OK();
    }
    IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* result,
                             IODebugContext*) override {
        *result = path;
        return IOStatus::OK();
    }
    IOStatus GetFreeSpace(const std::string& path, const IOOptions&, uint64_t* bytes,
                          IODebugContext*) override {
        const auto free = files_.free_bytes(path);
        *bytes = free.value_or(0);
        return free.is_ok() ? IOStatus::OK() : io_status(free.error());
    }
    IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is_directory,
                         IODebugContext*) override {
        const auto stat = files_.stat(path);
        if (!stat.is_ok()) return io_status(stat.error());
        *is_directory = stat->is_directory;
        return IOStatus::OK();
    }

private:
    template <typename Adapter, typename Interface>
    IOStatus open(const std::string& path, OpenMode mode, std::unique_ptr<Interface>* result) {
        auto file = files_.open(path, mode);
        if (!file.is_ok()) return io_status(file.error());
        *result = std::make_unique<Adapter>(std::move(file).value());
        return IOStatus::OK();
    }
    IOStatus open_writable(const std::string& path, OpenMode mode,
                           std::unique_ptr<rocksdb::FSWritableFile>* result) {
        auto file = files_.open(path, mode);
        if (!file.is_ok()) return io_status(file.error());
        const auto size = (*file)->size();
        if (!size.is_ok()) return io_status(size.error());
        *result = std::make_unique<WritableFile>(std::move(file).value(), *size);
        return IOStatus::OK();
    }

    Files& files_;
};

}  // namespace

std::shared_ptr<rocksdb::Env> make_rocks_env(Files& files) {
    return rocksdb::NewCompositeEnv(std::make_shared<FileSystem>(files));
}

}  // namespace throughline::store
