#include "store/state_table.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "base/assert.h"

namespace throughline::store {

namespace {

// One key changed: its slot, version header and place in the dirty list, rounded up.
constexpr int64_t kDirtyRowOverhead = 64;

// What the allocator hands out for a request: multiples of 16 up to 128, then four sizes a doubling
// (jemalloc's classes).
size_t chunk_bytes(size_t request) {
    size_t step = 16;
    while (request > 8 * step) step *= 2;
    return (request + step - 1) / step * step;
}

uint64_t hash_of(const Key128& key) {
    return std::hash<Key128>{}(key);
}

}  // namespace

// One immutable value (or an absence) from an epoch on. The bytes follow the header.
struct StateTable::Version {
    static constexpr uint64_t kAbsent = kValueBytesMax + 1;

    Version* older;       // The version this one replaced, while some pin needs it.
    uint64_t epoch : 40;  // 34 years of a thousand epochs a second. 0: loaded from the cold family.
    uint64_t size : 24;   // kAbsent: the key was erased.

    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    size_t stored_bytes() const { return size == kAbsent ? 0 : size; }
    size_t chunk() const { return chunk_bytes(sizeof(Version) + stored_bytes()); }
    std::optional<std::string_view> value() {
        if (size == kAbsent) return std::nullopt;
        return std::string_view(bytes(), size);
    }
};

// A place of the index: the key, and in one word the newest version with three marks. A null
// version says that the cold family has no such key.
struct StateTable::Slot {
    static constexpr uint64_t kOccupied = uint64_t{1} << 63;
    static constexpr uint64_t kReferenced = uint64_t{1} << 62;  // Used since CLOCK came by.
    static constexpr uint64_t kPointer = (uint64_t{1} << 48) - 1;

    Key128 key;
    uint64_t word;  // Through load_word and store_word only.

    // A thread of the fold that searches without the lock passes words that another one writes to.
    uint64_t load_word() const {
        return std::atomic_ref<uint64_t>(const_cast<uint64_t&>(word)).load(relaxed);
    }
    void store_word(uint64_t value) { std::atomic_ref<uint64_t>(word).store(value, relaxed); }

    bool is_occupied() const { return (load_word() & kOccupied) != 0; }
    Version* newest() const { return reinterpret_cast<Version*>(load_word() & kPointer); }
    void refer() {
        if (const uint64_t now = load_word(); (now & kReferenced) == 0) {
            store_word(now | kReferenced);
        }
    }
    void set_newest(Version* version) {
        store_word((load_word() & ~kPointer) | kReferenced | reinterpret_cast<uint64_t>(version));
    }
};

// A part of the keys under one lock: open addressing with linear probing. Only the fold's threads
// go without the lock: keys are added and removed by one of them, while the others rest.
struct alignas(64) StateTable::Stripe {
    mutable std::mutex mutex;
    std::atomic<Slot*> slots{nullptr};
    std::atomic<uint32_t> capacity{0};
    uint32_t used = 0;
    uint32_t hand = 0;
    std::vector<Key128> dirty;  // Keys first changed since the last seal.

    size_t home(uint64_t hash) const {
        return ((hash & 0xffffffff) * capacity.load(relaxed)) >> 32;
    }
    size_t next(size_t at) const { return at + 1 == capacity.load(relaxed) ? 0 : at + 1; }

    Slot* find(const Key128& key, uint64_t hash) const {
        Slot* const array = slots.load(relaxed);
        if (array == nullptr) return nullptr;
        for (size_t at = home(hash); array[at].is_occupied(); at = next(at)) {
            if (array[at].key == key) return &array[at];
        }
        return nullptr;
    }

    // Requires: a free slot, and that the key is not there.
    Slot* add(const Key128& key, uint64_t word) {
        Slot* const array = slots.load(relaxed);
        size_t at = home(hash_of(key));
        while (array[at].is_occupied()) at = next(at);
        array[at] = {key, word | Slot::kOccupied};
        return &array[at];
    }

    // Removes a slot and moves those behind it up, so that no search needs a tombstone.
    void remove(size_t hole) {
        Slot* const array = slots.load(relaxed);
        const size_t size = capacity.load(relaxed);
        for (size_t at = next(hole); array[at].is_occupied(); at = next(at)) {
            // The slot may move into the hole unless its home lies behind it, in (hole, at].
            const size_t from_home = (at + size - home(hash_of(array[at].key))) % size;
            const size_t from_hole = (at + size - hole) % size;
            if (from_home < from_hole) continue;
            array[hole] = array[at];
            hole = at;
        }
        array[hole].store_word(0);
        --used;
    }
};

StateTable::StateTable(const ColdFamily& cold, const Epochs& epochs, size_t budget)
    : cold_(cold),
      epochs_(epochs),
      budget_(budget),
      stripes_(std::make_unique<Stripe[]>(kStripes)),
      checkpointed_(epochs.published()),
      sealed_epoch_(epochs.published()) {
    count(static_cast<int64_t>(kStripes * sizeof(Stripe)));
}

StateTable::~StateTable() {
    for (size_t i = 0; i < kStripes; ++i) {
        Slot* const array = stripes_[i].slots;
        for (size_t at = 0; at < stripes_[i].capacity; ++at) {
            Version* version = array[at].is_occupied() ? array[at].newest() : nullptr;
            while (version != nullptr) std::free(std::exchange(version, version->older));
        }
        std::free(array);
    }
}

StateTable::Stripe& StateTable::stripe_of(uint64_t hash) const {
    static_assert((kStripes & (kStripes - 1)) == 0);
    return stripes_[(hash >> 32) & (kStripes - 1)];
}

StateTable::Version* StateTable::make_version(std::optional<std::string_view> bytes,
                                              uint64_t epoch) {
    const size_t size = bytes ? bytes->size() : 0;
    TL_ASSERT(size <= kValueBytesMax);
    // All of the chunk, so that overwrite() may use it.
    auto* version = static_cast<Version*>(std::malloc(chunk_bytes(sizeof(Version) + size)));
    TL_ASSERT(version != nullptr);
    version->older = nullptr;
    version->epoch = epoch & ((uint64_t{1} << 40) - 1);
    version->size = (bytes ? size : Version::kAbsent) & 0xffffff;
    if (size > 0) std::memcpy(version->bytes(), bytes->data(), size);
    count(static_cast<int64_t>(version->chunk()));
    return version;
}

void StateTable::free_version(Version* version) {
    count(-static_cast<int64_t>(version->chunk()));
    std::free(version);
}

// The slot of a key, or null. Without the lock: for the fold's own threads.
StateTable::Slot* StateTable::find(const Key128& key) const {
    const uint64_t hash = hash_of(key);
    return stripe_of(hash).find(key, hash);
}

Result<std::optional<std::string_view>> StateTable::get(const Key128& key) {
    Slot* slot = find(key);
    if (slot == nullptr) {
        TL_TRY_ASSIGN(const auto value, cold_.read(view(row_key(key))));
        insert_loaded(key, value);
        slot = find(key);
        TL_ASSERT(slot != nullptr);
    }
    slot->refer();
    Version* newest = slot->newest();
    return newest == nullptr ? std::nullopt : newest->value();
}

void StateTable::add_absent(const Key128& key) {
    if (find(key) == nullptr) insert_loaded(key, std::nullopt);
}

void StateTable::put(const Key128& key, std::string_view bytes) {
    write(key, bytes);
}
void StateTable::erase(const Key128& key) {
    write(key, std::nullopt);
}

void StateTable::write(const Key128& key, std::optional<std::string_view> bytes) {
    const uint64_t hash = hash_of(key);
    const uint64_t epoch = epochs_.in_work();
    Stripe& stripe = stripe_of(hash);
    Slot* const slot = stripe.find(key, hash);
    TL_ASSERT(slot != nullptr);  // Else older pins would lose the value they see.
    Version* const newest = slot->newest();
    const bool is_pending = newest != nullptr && newest->epoch == epoch;
    if (is_pending && overwrite(stripe, newest, bytes)) return;
    // The copy is made before an own pending version that `bytes` may point into is freed.
    Version* const version = make_version(bytes, epoch);
    int64_t dirtier = static_cast<int64_t>(version->stored_bytes());
    {
        std::lock_guard lock(stripe.mutex);
        if (newest == nullptr || newest->epoch <= sealed_epoch_) {
            remember_dirty(stripe, key);
            dirtier += kDirtyRowOverhead;
        } else {
            dirtier -= static_cast<int64_t>(newest->stored_bytes());
        }
        version->older = is_pending ? newest->older : newest;
        if (!is_pending) trim(version);
        slot->set_newest(version);
    }
    dirty_.fetch_add(dirtier, relaxed);
    if (is_pending) free_version(newest);
}

// Replaces the value of a version that nobody sees yet, if its memory fits. Readers pass it by its
// epoch, without a look at its size or bytes.
bool StateTable::overwrite(Stripe& stripe, Version* pending,
                           std::optional<std::string_view> bytes) {
    if (!bytes || pending->size == Version::kAbsent) return false;
    TL_ASSERT(bytes->size() <= kValueBytesMax);
    if (chunk_bytes(sizeof(Version) + bytes->size()) != pending->chunk()) return false;
    dirty_.fetch_add(static_cast<int64_t>(bytes->size()) - static_cast<int64_t>(pending->size),
                     relaxed);
    std::lock_guard lock(stripe.mutex);  // The size shares a word with the epoch.
    if (!bytes->empty()) std::memmove(pending->bytes(), bytes->data(), bytes->size());
    pending->size = bytes->size() & 0xffffff;
    return true;
}

void StateTable::remember_dirty(Stripe& stripe, const Key128& key) {
    const size_t before = stripe.dirty.capacity();
    stripe.dirty.push_back(key);
    count(static_cast<int64_t>((stripe.dirty.capacity() - before) * sizeof(Key128)));
}

// Frees the versions behind `newest` that no pin can see any more.
void StateTable::trim(Version* newest) {
    for (Version* at = newest; at->older != nullptr;) {
        Version* const older = at->older;
        if (epochs_.is_needed(older->epoch, at->epoch)) {
            at = older;
        } else {
            at->older = older->older;
            free_version(older);
        }
    }
}

void StateTable::insert_loaded(const Key128& key, std::optional<std::string_view> value) {
    const uint64_t hash = hash_of(key);
    Version* const version = value ? make_version(value, 0) : nullptr;
    Stripe& stripe = stripe_of(hash);
    std::lock_guard lock(stripe.mutex);
    TL_ASSERT(stripe.find(key, hash) == nullptr);
    if ((uint64_t{stripe.used} + 1) * 20 > uint64_t{stripe.capacity} * 17) grow(stripe);
    stripe.add(key, reinterpret_cast<uint64_t>(version));
    ++stripe.used;
}

// Small steps keep the load between 68 and 85 %, and a step under a tenth of a millisecond: at ten
// million keys a stripe has twenty thousand.
void StateTable::grow(Stripe& stripe) {
    Slot* const before = stripe.slots;
    const uint32_t size_before = stripe.capacity;
    const uint32_t size = size_before + size_before / 4 + 8;
    auto* const after = static_cast<Slot*>(std::calloc(size, sizeof(Slot)));
    TL_ASSERT(after != nullptr);
    stripe.slots = after;
    stripe.capacity = size;
    for (uint32_t at = 0; at < size_before; ++at) {
        if (before[at].is_occupied()) stripe.add(before[at].key, before[at].word);
    }
    std::free(before);
    count(static_cast<int64_t>((size - size_before) * sizeof(Slot)));
}

void StateTable::prefetch_hint(const Key128& key) const {
    const uint64_t hash = hash_of(key);
    const Stripe& stripe = stripe_of(hash);
    __builtin_prefetch(stripe.slots.load(relaxed) + stripe.home(hash));
}

void StateTable::missing_of(std::span<const Key128> keys, std::vector<Key128>& missing) const {
    constexpr size_t kAhead = 16;  // Slots under way at a time: what the core's miss buffers hold.
    missing.clear();
    for (size_t i = 0; i < std::min(kAhead, keys.size()); ++i) prefetch_hint(keys[i]);
    for (size_t i = 0; i < keys.size(); ++i) {
        if (i + kAhead < keys.size()) prefetch_hint(keys[i + kAhead]);
        if (const Slot* slot = find(keys[i])) {
            __builtin_prefetch(slot->newest());
        } else {
            missing.push_back(keys[i]);
        }
    }
}

Status StateTable::prefetch(std::span<const Key128> keys) {
    constexpr size_t kBatch = 1024;  // Bounds the blocks that one batched read holds in memory.
    std::vector<Key128>& missing = missing_;
    missing_of(keys, missing);
    std::sort(missing.begin(), missing.end());
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    for (std::span<const Key128> rest = missing; !rest.empty();) {
        const auto batch = rest.first(std::min(kBatch, rest.size()));
        rest = rest.subspan(batch.size());
        TL_TRY(cold_.read_many(batch, [&](size_t index, std::optional<std::string_view> value) {
            insert_loaded(batch[index], value);
        }));
    }
    return Status::ok();
}

bool StateTable::copy_resident(const Key128& key, uint64_t epoch,
                               std::optional<std::string>& out) const {
    const uint64_t hash = hash_of(key);
    const Stripe& stripe = stripe_of(hash);
    std::lock_guard lock(stripe.mutex);
    const Slot* slot = stripe.find(key, hash);
    if (slot == nullptr) return false;
    Version* version = slot->newest();
    while (version != nullptr && version->epoch > epoch) version = version->older;
    if (version != nullptr) {
        if (const auto bytes = version->value()) out.emplace(*bytes);
    }
    return true;
}

Result<std::optional<std::string>> StateTable::read(const Key128& key,
                                                    const Epochs::Pin& pin) const {
    std::optional<std::string> value;
    if (copy_resident(key, pin.epoch(), value)) return value;
    TL_TRY_ASSIGN(auto cold, cold_.read(view(row_key(key))));
    // Meanwhile the fold may have loaded the key, written it, and a checkpoint may have replaced
    // what we were reading. Then the key is resident, as our pin is older than that write.
    if (copy_resident(key, pin.epoch(), value)) return value;
    return cold;
}

void StateTable::settle() {
    constexpr size_t kWindow = 128;  // Slots under one hold of a lock.
    for (size_t walked = 0; memory_bytes() > budget_ && walked < kSettleSlotsMax;) {
        Stripe& stripe = stripes_[hand_stripe_];
        sweep(stripe, kWindow);
        if (stripe.hand == 0) hand_stripe_ = (hand_stripe_ + 1) % kStripes;
        walked += kWindow;
    }
}

void StateTable::sweep(Stripe& stripe, size_t slots) {
    std::lock_guard lock(stripe.mutex);
    constexpr size_t kAhead = 8;  // Versions lie anywhere: each would be a cache miss.
    Slot* const array = stripe.slots;
    for (; slots > 0 && stripe.hand < stripe.capacity; --slots) {
        if (stripe.hand + kAhead < stripe.capacity) {
            __builtin_prefetch(array[stripe.hand + kAhead].newest());
        }
        Slot& slot = array[stripe.hand];
        // An evicted slot is filled by the one behind it, which is then looked at in its turn.
        if (!slot.is_occupied() || !evict(stripe, slot)) ++stripe.hand;
    }
    if (stripe.hand >= stripe.capacity) stripe.hand = 0;
}

bool StateTable::evict(Stripe& stripe, Slot& slot) {
    Version* const newest = slot.newest();
    if (const uint64_t word = slot.load_word(); (word & Slot::kReferenced) != 0) {
        slot.store_word(word & ~Slot::kReferenced);
        return false;
    }
    if (newest != nullptr) {
        trim(newest);
        if (newest->epoch > checkpointed_.load()) return false;
        // A pin older than the last write, on a reader that found the key absent and is reading
        // cold: it relies on the key being here when it looks again.
        if (newest->epoch > 0 && epochs_.is_needed(0, newest->epoch)) return false;
        TL_ASSERT(newest->older == nullptr);
        free_version(newest);
    }
    stripe.remove(static_cast<size_t>(&slot - stripe.slots.load(relaxed)));
    return true;
}

// The lists of keys are taken as they are: the fold waits for this.
void StateTable::begin_checkpoint() {
    TL_ASSERT(!is_checkpointing_);
    is_checkpointing_ = true;
    TL_ASSERT(sealed_.empty());
    sealed_.resize(kStripes);
    for (size_t i = 0; i < kStripes; ++i) {
        std::lock_guard lock(stripes_[i].mutex);
        sealed_[i].swap(stripes_[i].dirty);
    }
    sealed_epoch_ = epochs_.published();
    sealed_bytes_ = dirty_.exchange(0);
}

Status StateTable::for_each_sealed(const Epochs::Pin& pin, const SealedRow& row) {
    constexpr size_t kAhead = 8;
    TL_ASSERT(is_checkpointing_);
    TL_ASSERT(pin.epoch() == sealed_epoch_);
    std::vector<Key128> keys;
    for (const std::vector<Key128>& part : sealed_)
        keys.insert(keys.end(), part.begin(), part.end());
    // A checkpoint that was given up leaves its keys to the next one, so a key can be there twice.
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::optional<std::string> value;
    for (size_t i = 0; i < keys.size(); ++i) {
        if (i + kAhead < keys.size()) prefetch_hint(keys[i + kAhead]);
        value.reset();
        TL_ASSERT(copy_resident(keys[i], pin.epoch(), value));
        TL_TRY(row(view(row_key(keys[i])), value));
    }
    return Status::ok();
}

void StateTable::end_checkpoint() {
    TL_ASSERT(is_checkpointing_);
    checkpointed_ = sealed_epoch_;
    sealed_bytes_ = 0;
    forget_sealed();
}

void StateTable::forget_sealed() {
    for (std::vector<Key128>& part : sealed_) {
        count(-static_cast<int64_t>(part.capacity() * sizeof(Key128)));
    }
    std::vector<std::vector<Key128>>().swap(sealed_);
    is_checkpointing_ = false;
}

void StateTable::abort_checkpoint() {
    TL_ASSERT(is_checkpointing_);
    for (size_t i = 0; i < kStripes; ++i) {
        std::lock_guard lock(stripes_[i].mutex);
        for (const Key128& key : sealed_[i]) remember_dirty(stripes_[i], key);
    }
    dirty_.fetch_add(sealed_bytes_.exchange(0));
    forget_sealed();
}

size_t StateTable::dirty_bytes() const {
    return static_cast<size_t>(std::max<int64_t>(0, dirty_.load() + sealed_bytes_.load()));
}

}  // namespace throughline::store
