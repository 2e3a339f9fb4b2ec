// A versioned point table: 128-bit keys to immutable bytes, larger than memory.
//
// The fold writes pending versions of the epoch in work; Epochs::publish makes them visible to
// readers, all at once and in all tables. A reader sees, under its pin, the newest version at or
// below it. The cold family holds the state of the last checkpoint; memory holds what changed since
// (dirty) and, up to a budget, what was used of late (clean, evicted by CLOCK), also that a key is
// known to be absent.
//
// Why a cold value can be trusted. (1) A resident key carries every version that some pin needs, so
// it is answered from memory alone. (2) A key leaves memory only when its newest version is in the
// checkpoint and no pin is older than it. So what is absent has its cold value at every pin, as
// long as it stays absent; a reader looks again after its cold read.
//
// Layer 1. Thread-safe as three parties: the fold, any readers, one checkpointer. The fold may be
// several threads, each key used by one of them in an epoch, as long as all keys that they ask for
// were fetched or added before (only the fold changes the index, so its own look-ups take no lock);
// publish, settle and begin_checkpoint while they rest. Cost: a get of a key just fetched 20 ns,
// of a resident one with its cache misses 0.2 us; 34 bytes of overhead a key and 24 a version. Left
// out: giving back the index of a table that shrinks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "store/cold_family.h"
#include "store/epochs.h"

namespace throughline::store {

class StateTable final : public SealedRows {
public:
    static constexpr size_t kValueBytesMax = (size_t{1} << 24) - 2;  // 24 bits of size, one mark.

    /// Borrows both. Units: `budget` in bytes of memory, entries and their overhead.
    StateTable(const ColdFamily& cold, const Epochs& epochs, size_t budget);
    ~StateTable() override;
    StateTable(const StateTable&) = delete;
    StateTable& operator=(const StateTable&) = delete;

    // The fold.

    /// Returns the newest value, pending ones included, or nothing when there is none.
    ///
    /// The view holds until the next settle(), or put or erase of the same key.
    /// Errors: of the cold read, when the key is not in memory.
    Result<std::optional<std::string_view>> get(const Key128& key);

    /// Writes the version of the epoch in work. `bytes` may be a view that get(key) returned.
    ///
    /// Requires: get, prefetch or add_absent of the key since the last settle(); <= kValueBytesMax
    /// bytes.
    void put(const Key128& key, std::string_view bytes);
    void erase(const Key128& key);

    /// Brings what is not in memory there, in one batched read; absent keys are remembered too.
    Status prefetch(std::span<const Key128> keys);

    /// Takes note that no row of this key was ever written, which saves the cold read.
    void add_absent(const Key128& key);

    /// Tells the processor that `key` is about to be used.
    void prefetch_hint(const Key128& key) const;

    /// Frees what nobody needs, while over the budget. Called after each Epochs::publish.
    ///
    /// Cost: nothing below the budget; else about 2 ns a slot walked, at most kSettleSlotsMax.
    void settle();

    // Readers.

    /// Returns a copy of the value at `pin`, or nothing. Does not count as use for eviction.
    Result<std::optional<std::string>> read(const Key128& key, const Epochs::Pin& pin) const;

    // Checkpoints.

    /// Seals the keys that changed since the last checkpoint. Called by the fold between epochs.
    void begin_checkpoint();
    Status for_each_sealed(const Epochs::Pin& pin, const SealedRow& row) override;
    /// The sealed rows are in the cold family now.
    void end_checkpoint();
    /// They are not: they stay dirty.
    void abort_checkpoint();

    /// Bytes that a checkpoint has to write, and the part of memory_bytes() that cannot be freed.
    size_t dirty_bytes() const;
    size_t memory_bytes() const { return static_cast<size_t>(memory_.load(relaxed)); }

private:
    static constexpr auto relaxed = std::memory_order_relaxed;
    static constexpr size_t kStripes = 512;
    static constexpr size_t kSettleSlotsMax = 16'384;

    struct Version;
    struct Slot;
    struct Stripe;

    Stripe& stripe_of(uint64_t hash) const;
    Slot* find(const Key128& key) const;
    void missing_of(std::span<const Key128> keys, std::vector<Key128>& missing) const;
    void insert_loaded(const Key128& key, std::optional<std::string_view> value);
    void write(const Key128& key, std::optional<std::string_view> bytes);
    bool overwrite(Stripe& stripe, Version* pending, std::optional<std::string_view> bytes);
    Version* make_version(std::optional<std::string_view> bytes, uint64_t epoch);
    void free_version(Version* version);
    void trim(Version* newest);
    bool copy_resident(const Key128& key, uint64_t epoch, std::optional<std::string>& out) const;
    void sweep(Stripe& stripe, size_t slots);
    bool evict(Stripe& stripe, Slot& slot);
    void grow(Stripe& stripe);
    void forget_sealed();
    void remember_dirty(Stripe& stripe, const Key128& key);
    void count(int64_t bytes) { memory_.fetch_add(bytes, relaxed); }

    const ColdFamily& cold_;
    const Epochs& epochs_;
    const size_t budget_;
    std::unique_ptr<Stripe[]> stripes_;
    std::atomic<int64_t> memory_{0};
    std::atomic<int64_t> dirty_{0};         // Bytes changed since the last seal.
    std::atomic<int64_t> sealed_bytes_{0};  // Bytes of the checkpoint under way.

    // A key is dirty when its newest version is younger than checkpointed_, and already stands in
    // its stripe's list when that version is younger than sealed_epoch_.
    std::atomic<uint64_t> checkpointed_;
    uint64_t sealed_epoch_;                    // Fold writes between epochs.
    std::vector<std::vector<Key128>> sealed_;  // By stripe. Checkpointer's, from begin to end.
    bool is_checkpointing_ = false;
    size_t hand_stripe_ = 0;       // Where CLOCK goes on. Fold only, as is the next.
    std::vector<Key128> missing_;  // Scratch of prefetch.
};

}  // namespace throughline::store
