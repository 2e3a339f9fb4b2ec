// Reading the log behind its writer: whoever follows it, record by record, while it grows.
//
// Bytes that are being written are never looked at: the reader says up to where it may go, which is
// behind what its writer has made durable. It keeps one file of the log open; a file that is
// released or rewritten meanwhile does no harm, because its frames are known by their incarnation.
//
// Layer 1. One thread, beside the writer's. Cost: a read of each file in pieces of 1 MiB, or of its
// largest epoch; one checksum over all bytes.
#pragma once

#include <functional>
#include <memory>

#include "store/log_reader.h"
#include "store/log_writer.h"

namespace throughline::store {

class LogFollower {
public:
    /// Says whether it wants more records. The one that it was called with is read.
    using Visitor = std::function<bool(const LogRecordView&)>;

    /// Borrows both.
    LogFollower(Files& files, const LogWriter& writer) : files_(files), writer_(writer) {}

    /// Calls `visit` for the records in [from, end), in order, until it wants no more. Returns the
    /// position behind the last one read, `end` at most.
    ///
    /// Requires: every record before `end` is durable.
    /// Errors: NotFound when the log no longer has `from`; Corrupt for damage; of the disk.
    Result<uint64_t> read(uint64_t from, uint64_t end, const Visitor& visit);

private:
    Status open_at(uint64_t position);
    Status step(uint64_t position);
    Result<bool> next_frame();

    Files& files_;
    const LogWriter& writer_;
    std::unique_ptr<File> file_;  // The walk borrows it.
    std::unique_ptr<FrameWalk> walk_;
    bool has_frame_ = false;  // walk_->frame() is one with records in it.
};

}  // namespace throughline::store
