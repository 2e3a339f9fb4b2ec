#include "journey/published.h"

#include <algorithm>

#include "base/assert.h"

namespace throughline::journey {

void Published::publish(uint32_t journey, uint32_t version,
                        std::shared_ptr<const Definition> definition) {
    TL_ASSERT(version != 0 && definition && find(journey, version) == nullptr);
    Journey& slot = journeys_[journey];
    slot.versions.push_back({version, std::move(definition)});
    slot.starting = version;
    index();
}

void Published::retire(uint32_t journey) {
    journeys_[journey].starting = 0;
    index();
}

void Published::forget(uint32_t journey, uint32_t version) {
    Journey& slot = journeys_[journey];
    TL_ASSERT(slot.starting != version);
    std::erase_if(slot.versions, [&](const Version& one) { return one.number == version; });
    index();
}

uint32_t Published::starting(uint32_t journey) const {
    const auto found = journeys_.find(journey);
    return found == journeys_.end() ? 0 : found->second.starting;
}

Micros Published::paused_at(uint32_t journey) const {
    const auto found = journeys_.find(journey);
    return found == journeys_.end() ? kNoTime : found->second.paused_at;
}

void Published::sweep(uint32_t journey, const Sweep& sweep) {
    auto& sweeps = journeys_[journey].sweeps;
    TL_ASSERT(sweeps.empty() || sweeps.back().number < sweep.number);
    sweeps.push_back(sweep);
}

std::span<const Sweep> Published::sweeps(uint32_t journey) const {
    const auto found = journeys_.find(journey);
    if (found == journeys_.end()) return {};
    return found->second.sweeps;
}

const Definition* Published::find(uint32_t journey, uint32_t version) const {
    const auto found = journeys_.find(journey);
    if (found == journeys_.end()) return nullptr;
    for (const Version& one : found->second.versions) {
        if (one.number == version) return one.definition.get();
    }
    return nullptr;
}

std::span<const Interest> Published::find_in(const Index& index, std::string_view name) {
    const auto found = index.find(name);
    if (found == index.end()) return {};
    return found->second;
}

std::span<const Interest> Published::of_event(std::string_view name) const {
    return find_in(by_event_, name);
}

std::span<const Interest> Published::of_segment(std::string_view segment) const {
    return find_in(by_segment_, segment);
}

void Published::index() {
    by_event_.clear();
    by_segment_.clear();
    for (const auto& [journey, slot] : journeys_) {
        for (const Version& one : slot.versions) {
            index_version({.journey = journey,
                           .version = one.number,
                           .is_start = one.number == slot.starting},
                          *one.definition);
        }
    }
}

void Published::index_version(const Interest& interest, const Definition& definition) {
    const auto starts = [&](const Wanted& wanted) {
        return interest.is_start && &wanted == &definition.trigger().on;
    };
    const auto* trigger = std::get_if<EventWanted>(&definition.trigger().on);
    for (size_t i = 0; i < definition.event_names().size(); ++i) {
        Interest one = interest;
        one.name = static_cast<uint16_t>(i);
        one.is_start = interest.is_start && trigger != nullptr && trigger->name == i;
        add(by_event_, definition.event_names()[i], one);
    }
    const auto add_segment = [&](const Wanted& wanted) {
        const auto* segment = std::get_if<SegmentWanted>(&wanted);
        if (segment == nullptr) return;
        Interest one = interest;
        one.is_start = starts(wanted);
        add(by_segment_, segment->segment, one);
    };
    add_segment(definition.trigger().on);
    for (const Ending& ending : definition.endings()) add_segment(ending.on);
}

// The same whatever order journeys are visited in.
void Published::add(Index& index, const std::string& name, Interest interest) {
    auto& list = index[name];
    const auto before = [](const Interest& a, const Interest& b) {
        return std::pair(a.journey, a.version) < std::pair(b.journey, b.version);
    };
    const auto place = std::ranges::lower_bound(list, interest, before);
    if (place != list.end() && !before(interest, *place)) {
        place->is_start |= interest.is_start;
        return;
    }
    list.insert(place, interest);
}

}  // namespace throughline::journey
