// Which epoch is published, and which older ones are still being read.
//
// The fold publishes epochs in rising order. A reader pins the published one and sees, in every
// table that shares this object, the newest version at or below its pin until it lets go. A version
// that was replaced is needed while some pin lies in [its epoch, the epoch of its successor).
//
// Layer 1. Thread-safe: pin() from any thread; publish() and is_needed() from the fold, whose
// threads must be at rest while it publishes. Cost: a pin is two atomic writes; publishing walks
// kPinsMax words. Left out: a queue for readers past kPinsMax; they spin until a slot is free.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace throughline::store {

class Epochs {
public:
    static constexpr size_t kPinsMax = 256;  // Readers at one time; more would wait for a core.

    /// Holds one epoch for a reader. Movable; lets go when destroyed.
    class Pin {
    public:
        Pin(Pin&& other) noexcept : slot_(other.slot_) { other.slot_ = nullptr; }
        Pin& operator=(Pin&& other) noexcept;
        ~Pin() { release(); }
        uint64_t epoch() const { return slot_->load(std::memory_order_relaxed); }

    private:
        friend class Epochs;
        explicit Pin(std::atomic<uint64_t>* slot) : slot_(slot) {}
        void release();

        std::atomic<uint64_t>* slot_;
    };

    /// Starts with `published`: 0 for an empty store, else the epoch of the last checkpoint.
    explicit Epochs(uint64_t published = 0);

    uint64_t published() const { return published_.load(); }
    /// The epoch that pending versions carry: no pin can reach it yet.
    uint64_t in_work() const { return published_.load(std::memory_order_relaxed) + 1; }

    /// Pins the published epoch.
    [[nodiscard]] Pin pin();

    /// Makes all versions up to `epoch` visible to new pins, in every table at once.
    ///
    /// Requires: epoch > published(); called by the fold while none of its threads writes.
    void publish(uint64_t epoch);

    /// Whether a version of epoch `from`, replaced in epoch `until`, may still be read.
    ///
    /// May answer yes for pins that went since the last publish, never no for one that is held.
    bool is_needed(uint64_t from, uint64_t until) const;

private:
    static constexpr uint64_t kFree = ~uint64_t{0};
    struct alignas(64) Slot {
        std::atomic<uint64_t> epoch{kFree};
    };

    std::atomic<uint64_t> published_;
    std::array<Slot, kPinsMax> slots_;
    std::vector<uint64_t> held_;  // Sorted; as seen by the last publish. Fold only.
};

}  // namespace throughline::store
