#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "store/files.h"

namespace throughline::store {
namespace {

Error disk_error(std::string_view action, std::string_view path, int number) {
    const auto says = [&](std::string_view what) {
        std::string text = "disk: ";
        return text.append(what).append(": ").append(action).append(" ").append(path);
    };
    switch (number) {
        case ENOSPC:
        case EDQUOT:
            return Error::exhausted(says("full"));
        case EMFILE:
        case ENFILE:
            return Error::exhausted(says("too many open files"));
        case ENOENT:
            return Error::not_found(says("no such file or directory"));
        case EEXIST:
        case ENOTEMPTY:
            return Error::conflict(says("exists already or is not empty"));
        case EACCES:
        case EPERM:
        case EROFS:
            return {Code::PermissionDenied, says("not permitted")};
        default:
            return Error::internal(says(std::strerror(number)));
    }
}

/// Owns a descriptor.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

int open_retrying(const std::string& path, int flags) {
    int number;
    do {
        number = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    } while (number < 0 && errno == EINTR);
    return number;
}

class PosixFile final : public File {
public:
    PosixFile(int number, std::string path) : descriptor_(number), path_(std::move(path)) {}

    Status write_at(uint64_t offset, std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t written = ::pwrite(descriptor_.number(), bytes.data(), bytes.size(),
                                             static_cast<off_t>(offset));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return disk_error("write", path_, errno);
            offset += static_cast<uint64_t>(written);
            bytes.remove_prefix(static_cast<size_t>(written));
        }
        return Status::ok();
    }

    Result<size_t> read_at(uint64_t offset, std::span<char> into) override {
        size_t total = 0;
        while (total < into.size()) {
            const ssize_t got = ::pread(descriptor_.number(), into.data() + total,
                                        into.size() - total, static_cast<off_t>(offset + total));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return disk_error("read", path_, errno);
            if (got == 0) break;
            total += static_cast<size_t>(got);
        }
        return total;
    }

    Result<uint64_t> size() override {
        struct stat stat {};
        if (::fstat(descriptor_.number(), &stat) != 0) return disk_error("stat", path_, errno);
        return static_cast<uint64_t>(stat.st_size);
    }

    Status allocate(uint64_t size) override {
        // posix_fallocate reports by its result, and writes zeros where the file system has no
        // call for it.
        const int failed = ::posix_fallocate(descriptor_.number(), 0, static_cast<off_t>(size));
        return failed == 0 ? Status::ok() : Status(disk_error("allocate", path_, failed));
    }

    Status truncate(uint64_t size) override {
        if (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) == 0) return Status::ok();
        return disk_error("truncate", path_, errno);
    }

    Status sync() override {
        // Never retried, also not on EINTR: after a failure the kernel may have dropped the pages.
        const int failed = ::fdatasync(descriptor_.number()) == 0 ? 0 : errno;
        // The kernel tells a failed write once, perhaps to write_back.
        const int number = write_back_error_ != 0 ? write_back_error_ : failed;
        return number == 0 ? Status::ok() : Status(disk_error("fdatasync", path_, number));
    }

    void write_back(uint64_t offset, uint64_t size) override {
        const auto go = [&](off64_t from, off64_t length, unsigned how) {
            const int failed = ::sync_file_range(descriptor_.number(), from, length, how);
            // ENOSYS, EINVAL, ESPIPE: a file system without it, where sync() does it all.
            if (failed == 0 || errno == ENOSYS || errno == EINVAL || errno == ESPIPE) return;
            if (write_back_error_ == 0) write_back_error_ = errno;
        };
        const auto begin = static_cast<off64_t>(offset);
        const auto length = static_cast<off64_t>(size);
        go(begin, length, SYNC_FILE_RANGE_WRITE);
        if (under_way_size_ > 0) {
            go(under_way_offset_, under_way_size_, SYNC_FILE_RANGE_WAIT_BEFORE);
        }
        under_way_offset_ = begin;
        under_way_size_ = length;
    }

    void forget_cached() override {
        ::posix_fadvise(descriptor_.number(), 0, 0, POSIX_FADV_DONTNEED);
    }

private:
    Descriptor descriptor_;
    std::string path_;
    off64_t under_way_offset_ = 0;  // Of the last write_back.
    off64_t under_way_size_ = 0;
    int write_back_error_ = 0;  // Kept for sync().
};

class PosixMapping final : public MappedFile {
public:
    explicit PosixMapping(std::string_view bytes) : bytes_(bytes) {}
    PosixMapping(const PosixMapping&) = delete;
    PosixMapping& operator=(const PosixMapping&) = delete;
    ~PosixMapping() override {
        if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
    }
    std::string_view bytes() const override { return bytes_; }

private:
    std::string_view bytes_;
};

class PosixLock final : public FileLock {
public:
    explicit PosixLock(int number) : descriptor_(number) {}
    int number() const { return descriptor_.number(); }

private:
    Descriptor descriptor_;
};

class PosixFiles final : public Files {
public:
    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        const int number = open_retrying(path, flags_of(mode));
        if (number < 0) return disk_error("open", path, errno);
        return std::unique_ptr<File>(std::make_unique<PosixFile>(number, path));
    }

    Result<std::unique_ptr<MappedFile>> map(const std::string& path) override {
        const Descriptor descriptor(open_retrying(path, O_RDONLY));
        if (descriptor.number() < 0) return disk_error("open", path, errno);
        struct stat stat {};
        if (::fstat(descriptor.number(), &stat) != 0) return disk_error("stat", path, errno);
        const auto size = static_cast<size_t>(stat.st_size);
        if (size == 0) return std::unique_ptr<MappedFile>(std::make_unique<PosixMapping>(""));
        void* start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.number(), 0);
        if (start == MAP_FAILED) return disk_error("map", path, errno);
        const std::string_view bytes(static_cast<const char*>(start), size);
        return std::unique_ptr<MappedFile>(std::make_unique<PosixMapping>(bytes));
    }

    Result<FileStat> stat(const std::string& path) override {
        struct stat stat {};
        if (::stat(path.c_str(), &stat) != 0) return disk_error("stat", path, errno);
        const bool is_directory = S_ISDIR(stat.st_mode);
        return FileStat{is_directory, is_directory ? 0 : static_cast<uint64_t>(stat.st_size)};
    }

    Result<std::vector<std::string>> list(const std::string& directory) override {
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
        if (!stream) return disk_error("list", directory, errno);
        std::vector<std::string> names;
        for (;;) {
            errno = 0;
            const dirent* entry = ::readdir(stream.get());
            if (entry == nullptr) break;
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") names.emplace_back(name);
        }
        if (errno != 0) return disk_error("list", directory, errno);
        std::ranges::sort(names);
        return names;
    }

    Status make_directory(const std::string& path) override {
        if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return Status::ok();
        return disk_error("make directory", path, errno);
    }

    Status remove(const std::string& path) override {
        if (::remove(path.c_str()) == 0) return Status::ok();
        return disk_error("remove", path, errno);
    }

    Status rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) == 0) return Status::ok();
        return disk_error("rename", from + " to " + to, errno);
    }

    Status link(const std::string& from, const std::string& to) override {
        if (::link(from.c_str(), to.c_str()) == 0) return Status::ok();
        return disk_error("link", from + " as " + to, errno);
    }

    Status sync_directory(const std::string& directory) override {
        const Descriptor descriptor(open_retrying(directory, O_RDONLY | O_DIRECTORY));
        if (descriptor.number() < 0) return disk_error("open", directory, errno);
        // EINVAL: a file system (of a container, of a network) that has nothing to sync here.
        if (::fsync(descriptor.number()) == 0 || errno == EINVAL) return Status::ok();
        return disk_error("fsync", directory, errno);
    }

    Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                           std::string_view holder) override {
        auto lock = std::make_unique<PosixLock>(open_retrying(path, O_RDWR | O_CREAT));
        if (lock->number() < 0) return disk_error("open", path, errno);
        if (::flock(lock->number(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return disk_error("lock", path, errno);
            char noted[256];
            const ssize_t size = ::pread(lock->number(), noted, sizeof noted, 0);
            return Error::precondition(
                "disk: " + path + " is held by " +
                std::string(noted, size > 0 ? static_cast<size_t>(size) : 0));
        }
        // Informative only, so a failure to write it does not matter.
        const std::string note = std::string(holder) + ", process " + std::to_string(::getpid());
        if (::ftruncate(lock->number(), 0) == 0) {
            [[maybe_unused]] const auto size =
                ::pwrite(lock->number(), note.data(), note.size(), 0);
        }
        return std::unique_ptr<FileLock>(std::move(lock));
    }

    Result<uint64_t> free_bytes(const std::string& path) override {
        struct statvfs stat {};
        if (::statvfs(path.c_str(), &stat) != 0) return disk_error("stat", path, errno);
        return static_cast<uint64_t>(stat.f_bavail) * stat.f_frsize;
    }

private:
    static int flags_of(OpenMode mode) {
        switch (mode) {
            case OpenMode::Read:
                return O_RDONLY;
            case OpenMode::Write:
                return O_RDWR;
            case OpenMode::Create:
                return O_RDWR | O_CREAT;
            case OpenMode::Fresh:
                return O_RDWR | O_CREAT | O_TRUNC;
        }
        TL_UNREACHABLE();
    }
};

}  // namespace

Files& posix_files() {
    static PosixFiles files;
    return files;
}

}  // namespace throughline::store
