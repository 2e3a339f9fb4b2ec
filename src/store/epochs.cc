#include "store/epochs.h"

#include <algorithm>
#include <thread>

#include "base/assert.h"

namespace throughline::store {

Epochs::Epochs(uint64_t published) : published_(published) {
    held_.reserve(kPinsMax);
}

Epochs::Pin& Epochs::Pin::operator=(Pin&& other) noexcept {
    if (this != &other) {
        release();
        slot_ = other.slot_;
        other.slot_ = nullptr;
    }
    return *this;
}

void Epochs::Pin::release() {
    if (slot_ != nullptr) slot_->store(kFree);
    slot_ = nullptr;
}

Epochs::Pin Epochs::pin() {
    thread_local size_t last = std::hash<std::thread::id>{}(std::this_thread::get_id());
    for (size_t tries = 0;; ++tries, ++last) {
        std::atomic<uint64_t>& slot = slots_[last % kPinsMax].epoch;
        uint64_t epoch = published_.load();
        uint64_t expected = kFree;
        if (!slot.compare_exchange_strong(expected, epoch)) {
            if (tries % kPinsMax == kPinsMax - 1) std::this_thread::yield();
            continue;
        }
        // The fold writes published_ and then looks at the slots; we write the slot and then look
        // at published_. Both orders are sequentially consistent, so either it saw our pin, or we
        // see its epoch and move on to that one.
        for (uint64_t now = published_.load(); now != epoch; now = published_.load()) {
            epoch = now;
            slot.store(epoch);
        }
        return Pin(&slot);
    }
}

void Epochs::publish(uint64_t epoch) {
    TL_ASSERT(epoch > published_.load(std::memory_order_relaxed));
    published_.store(epoch);
    held_.clear();
    for (const Slot& slot : slots_) {
        const uint64_t held = slot.epoch.load();
        if (held != kFree) held_.push_back(held);
    }
    std::sort(held_.begin(), held_.end());
}

bool Epochs::is_needed(uint64_t from, uint64_t until) const {
    // A pin that held_ does not know was taken after the last publish, so it holds that epoch.
    if (until > published_.load(std::memory_order_relaxed)) return true;
    const auto first = std::lower_bound(held_.begin(), held_.end(), from);
    return first != held_.end() && *first < until;
}

}  // namespace throughline::store
