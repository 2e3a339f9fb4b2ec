#include "simulate/queue.h"

#include <algorithm>

#include "base/assert.h"

namespace throughline::simulate {

void ArrivalQueue::add(const Planned& planned) {
    const auto minute = static_cast<size_t>((planned.arrival - from_) / kMinute);
    TL_ASSERT(planned.arrival >= from_ && minute >= minute_);
    const size_t hour = minute / 60;
    std::vector<Planned>* place = &minutes_[minute % 60];
    if (hour > minute_ / 60) {
        if (hour >= hours_.size()) hours_.resize(hour + 24);
        place = &hours_[hour];
    }
    place->push_back(planned);
    place->back().sequence = added_++;
    ++size_;
}

const std::vector<Planned>& ArrivalQueue::take() {
    taken_.clear();
    taken_.swap(minutes_[minute_ % 60]);
    std::ranges::sort(taken_, [](const Planned& one, const Planned& other) {
        return one.arrival != other.arrival ? one.arrival < other.arrival
                                            : one.sequence < other.sequence;
    });
    size_ -= taken_.size();
    ++minute_;
    const size_t hour = minute_ / 60;
    if (minute_ % 60 == 0 && hour < hours_.size()) {
        for (const Planned& planned : hours_[hour]) {
            minutes_[static_cast<size_t>((planned.arrival - from_) / kMinute) % 60].push_back(
                planned);
        }
        std::vector<Planned>().swap(hours_[hour]);
    }
    return taken_;
}

}  // namespace throughline::simulate
