// A disk in memory that fails on request and can lose its power.
//
// cut(seed) gives the disk that could be found after the power went: every write that no finished
// sync covers is kept, lost, torn into sectors or reordered with others, every change to a
// directory that no finished sync_directory covers is kept or lost (a rename wholly or not at all),
// all drawn from the seed. Names survive only through sync_directory of the directory that holds
// them, which is stricter than most file systems and just what POSIX promises.
//
// Faults: the n-th write or sync reports an error, the disk is full after so many bytes, a bit
// flips, or everything from operation n on fails, so that the code under test stops as if killed.
// An operation is what changes the disk: write, sync, truncate, allocate, create, make directory,
// remove, rename, link, sync_directory. Reads are not counted.
//
// A failed sync behaves as Linux does: reads still show the writes (until forget_cached, which
// takes effect every other time), later syncs succeed, and the disk holds a random part of them.
//
// Layer 1. Thread-safe (one lock). Cost: a few copies per byte written. Left out: permissions,
// times, symbolic links.
#pragma once

#include <memory>

#include "store/files.h"

namespace throughline::store {

/// What a power cut may make of changes that no finished sync covers.
enum class WriteOrder : unsigned char {
    Any,        // Each on its own, as POSIX allows. What we write ourselves must bear this.
    Journaled,  // As ext4, XFS and Btrfs: of changes to names, the oldest so many are kept, and a
                // file never grows over bytes that are lost. RocksDB relies on both.
};

class MemoryFiles final : public Files {
public:
    static constexpr uint64_t kNever = ~uint64_t{0};

    explicit MemoryFiles(WriteOrder order = WriteOrder::Any);
    ~MemoryFiles() override;
    MemoryFiles(MemoryFiles&&) noexcept;
    MemoryFiles& operator=(MemoryFiles&&) noexcept;

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
    Result<std::unique_ptr<MappedFile>> map(const std::string& path) override;
    Result<FileStat> stat(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& directory) override;
    Status make_directory(const std::string& path) override;
    Status remove(const std::string& path) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status link(const std::string& from, const std::string& to) override;
    Status sync_directory(const std::string& directory) override;
    Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                           std::string_view holder) override;
    Result<uint64_t> free_bytes(const std::string& path) override;

    /// Returns a disk as the power cut may leave this one. This one stays as it is.
    MemoryFiles cut(uint64_t seed) const;

    /// Operations so far (see above).
    uint64_t operations() const;
    /// From the operation with this number on (0 is the first ever) every call fails with
    /// Unavailable. That operation itself may still have reached the disk. kNever lets the disk
    /// work again, as for a process that starts after another was killed.
    void stop_at(uint64_t operation);
    /// The write (sync) after `successes` more good ones reports an input/output error, once. A
    /// sync_directory counts as a sync. kNever takes the fault back.
    void fail_write_after(uint64_t successes);
    void fail_sync_after(uint64_t successes);
    /// The disk holds `bytes` more than now, then it is full.
    void limit_space(uint64_t bytes);
    /// Flips one bit of a file's bytes, in memory and on disk. Requires: the file has that bit.
    void flip_bit(const std::string& path, uint64_t bit);

private:
    class Disk;
    explicit MemoryFiles(std::shared_ptr<Disk> disk);

    std::shared_ptr<Disk> disk_;  // Shared with the open files, which may outlive this object.
};

}  // namespace throughline::store
