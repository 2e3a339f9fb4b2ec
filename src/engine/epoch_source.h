// Where epochs come from: the one seam between the fold and whatever makes records durable.
//
// The log in files is one (log_source.h); a Kafka partition will be another. A source takes
// submissions from any thread and gives each back exactly once, durable and in order; positions
// have no gaps. It answers for records until release_before() says that a checkpoint holds them.
//
// Layer 6. submit() is Thread-safe; next() and recover() belong to the fold's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/epoch.h"
#include "store/log_follower.h"

namespace throughline::engine {

class EpochSource {
public:
    virtual ~EpochSource() = default;

    /// Gives back every durable record from `from` on, in order, before anything new is taken.
    /// Errors: Corrupt for damage; whatever `fold` returns.
    virtual Status recover(model::Position from, const std::function<Status(Epoch)>& fold) = 0;

    /// Takes a submission. Errors: Unavailable when too much waits already, or after a failure;
    /// InvalidArgument when it is empty or larger than any epoch. Its `done` is then not called.
    virtual Status submit(Submission submission) = 0;

    /// Waits for the next epoch, durable or refused; nothing once the source has been stopped and
    /// is empty.
    virtual std::optional<Epoch> next() = 0;

    /// Records before `position` are in a checkpoint; those that `hold` names are still read.
    virtual Status release_before(model::Position position, const store::LogHold& hold) = 0;

    /// Overwrites records before `position` that may not stay, though they are held (erasure).
    /// Requires: they are in a checkpoint. Errors: of the disk, and of `keeps`.
    virtual Status redact_before(model::Position position,
                                 const store::LogWriter::Keeps& keeps) = 0;

    /// Reads what is durable, beside who writes. It must not outlive the source.
    virtual std::unique_ptr<store::LogFollower> follow() const = 0;

    /// The position of the oldest record that is still there.
    virtual model::Position first_position() const = 0;

    /// Sees to it that release_before() can release every record up to now. Errors: of the disk;
    /// Unavailable when stopping.
    virtual Status start_new_file() = 0;

    /// Overwrites what was released (erasure): after start_new_file(), a checkpoint and its
    /// release_before(), no byte of the records before remains. Errors: of the disk.
    virtual Status scrub() = 0;

    /// The position of the next record to be made durable.
    virtual model::Position next_position() const = 0;

    /// Takes no more; next() drains what was taken.
    virtual void stop() = 0;
};

}  // namespace throughline::engine
