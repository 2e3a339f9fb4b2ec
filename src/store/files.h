// The file layer: everything durable goes through it, so that a test can cut the power.
//
// What a power cut may take is what POSIX allows: every write that no finished File::sync covers,
// and every create, rename, link or remove that no finished Files::sync_directory covers, may be
// kept, lost, or kept in part (whole sectors of 512 bytes), in any order. PosixFiles is the
// machine's disk; MemoryFiles (memory_files.h) is a disk in memory that fails on request.
//
// Paths are plain strings with '/'. Messages start with `disk:`; a full disk is ResourceExhausted,
// a missing file NotFound, one that exists already Conflict, anything the device reports Internal.
//
// Layer 1. Files is Thread-safe; a File is Thread-safe for ranges that do not overlap.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace throughline::store {

/// The unit that a disk writes wholly or not at all.
inline constexpr uint64_t kSectorBytes = 512;

/// An open file. Closing (the destructor) makes nothing durable.
class File {
public:
    virtual ~File() = default;

    /// Writes all of `bytes`, growing the file where needed; a gap reads as zeros.
    virtual Status write_at(uint64_t offset, std::string_view bytes) = 0;
    /// Returns how many bytes were read: fewer than asked for only at the end of the file.
    virtual Result<size_t> read_at(uint64_t offset, std::span<char> into) = 0;
    virtual Result<uint64_t> size() = 0;
    /// Reserves space so that the file has at least `size` bytes; what is new reads as zeros.
    virtual Status allocate(uint64_t size) = 0;
    virtual Status truncate(uint64_t size) = 0;
    /// Returns once all earlier writes to this file are on disk (fdatasync). After an error the
    /// contents are unknown, and a later success says nothing about earlier writes.
    virtual Status sync() = 0;
    /// Says that [offset, offset + size) was written and can go to the disk now, and waits until
    /// what was said before has gone: whoever writes a large file piece by piece never has more
    /// than two pieces under way, and a sync of another file waits for no more. Promises nothing;
    /// what fails is told by the next sync(). One thread.
    virtual void write_back(uint64_t offset, uint64_t size) {
        static_cast<void>(offset);
        static_cast<void>(size);
    }
    /// Makes the next reads come from the disk, not from the page cache, as far as the system can.
    virtual void forget_cached() = 0;
};

/// A file mapped read-only. The view stays valid as long as this object, also after a remove.
class MappedFile {
public:
    virtual ~MappedFile() = default;
    virtual std::string_view bytes() const = 0;
};

/// Holds a lock until destroyed; the system drops it when the process ends.
class FileLock {
public:
    virtual ~FileLock() = default;
};

enum class OpenMode : unsigned char {
    Read,    // Must exist; writing fails.
    Write,   // Must exist; contents stay.
    Create,  // Made when missing; contents stay.
    Fresh,   // Made when missing, emptied when not.
};

struct FileStat {
    bool is_directory = false;
    uint64_t size = 0;  // Bytes; 0 for a directory.
};

class Files {
public:
    virtual ~Files() = default;

    virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
    virtual Result<std::unique_ptr<MappedFile>> map(const std::string& path) = 0;
    /// Errors: NotFound when there is no such file or directory.
    virtual Result<FileStat> stat(const std::string& path) = 0;
    /// Returns the names in a directory, sorted, without `.` and `..`.
    virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
    /// Makes one directory. An existing one is fine.
    virtual Status make_directory(const std::string& path) = 0;
    /// Removes a file or an empty directory. Errors: NotFound.
    virtual Status remove(const std::string& path) = 0;
    /// Puts `from` in the place of `to` in one step, as rename(2).
    virtual Status rename(const std::string& from, const std::string& to) = 0;
    /// Gives a file a second name. Errors: Conflict when `to` exists.
    virtual Status link(const std::string& from, const std::string& to) = 0;
    /// Returns once all earlier changes to the names in `directory` are on disk.
    virtual Status sync_directory(const std::string& directory) = 0;
    /// Takes the lock file for this process and notes `holder` in it, e.g. "throughline serve".
    ///
    /// Errors: FailedPrecondition, naming the present holder, when it is taken.
    virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                                   std::string_view holder) = 0;
    /// Returns how many bytes may still be written to the disk that holds `path`.
    virtual Result<uint64_t> free_bytes(const std::string& path) = 0;
};

/// The machine's own disk.
Files& posix_files();

/// Makes `path` and every missing directory above it, durably.
Status make_directories(Files& files, const std::string& path);

/// Removes a directory with all it holds. A missing one is fine.
Status remove_tree(Files& files, const std::string& path);

/// Returns the whole file.
Result<std::string> read_file(Files& files, const std::string& path);

/// Replaces (or makes) the file in one durable step: after a power cut it holds either what it
/// held before or `bytes`. Leaves `path`.new behind when it fails.
Status replace_file(Files& files, const std::string& path, std::string_view bytes);

Result<bool> file_exists(Files& files, const std::string& path);

/// `directory/name`.
std::string join_path(std::string_view directory, std::string_view name);
/// The directory that holds `path`: "." when there is no '/', "/" for "/x".
std::string parent_path(std::string_view path);

}  // namespace throughline::store
