#include "engine/live_segments.h"

#include <algorithm>

namespace throughline::engine {

using model::DocView;

namespace {

void add_new(std::vector<std::string>& all, const std::vector<std::string>& further) {
    for (const std::string& one : further) {
        if (std::ranges::find(all, one) == all.end()) all.push_back(one);
    }
}

}  // namespace

Status LiveSegments::add(std::string_view key, DocView value, const model::Namespaces& namespaces) {
    LiveSegment live{.id = static_cast<uint32_t>(value.find("id").as_integer().value_or(0)),
                     .key = std::string(key),
                     .conditions = {}};
    TL_TRY_ASSIGN(live.conditions, segment::Segment::compile(value.find("conditions"), namespaces,
                                                             "segment: conditions"));
    size_t place = 0;
    for (const DocView deed : value.find("deeds").items()) {
        if (place == live.conditions.deeds().size()) break;
        const auto number = static_cast<uint32_t>(deed.find("number").as_integer().value_or(0));
        const auto kept = static_cast<size_t>(deed.find("kept").as_integer().value_or(0));
        live.conditions.bind_deed(place++, number, kept);
    }
    all_.push_back(std::move(live));
    return Status::ok();
}

void LiveSegments::index() {
    for (uint32_t place = 0; place < all_.size(); ++place) index_one(place);
    for (const Counter& counter : counters_) {
        for (const segment::Deed& deed : counter.deeds) {
            counted_as(deed).counters.push_back(counter.id);
        }
    }
    for (uint32_t i = 0; i < counted_.size(); ++i) {
        const auto& name = counted_[i].deed.event;
        (name ? by_name_[*name] : any_name_).push_back(i);
    }
}

void LiveSegments::index_one(uint32_t place) {
    const segment::Segment& conditions = all_[place].conditions;
    const query::ProfileWants& wants = conditions.wants();
    everything_.push_back(place);
    if (!wants.traits.empty()) with_traits_.push_back(place);
    if (!wants.namespaces.empty()) with_identifiers_.push_back(place);
    if (conditions.has_windows()) with_windows_.push_back(place);
    const bool is_of_newcomers = !wants.namespaces.empty() || conditions.holds_for_strangers();
    if (is_of_newcomers) of_newcomers_.push_back(place);
    for (const segment::Counting& counting : conditions.countings()) {
        counted_as(conditions.deeds()[counting.deed]).uses.push_back({place, counting});
    }
    add_new(wants_.traits, wants.traits);
    add_new(wants_.namespaces, wants.namespaces);
}

CountedDeed& LiveSegments::counted_as(const segment::Deed& deed) {
    const auto same = std::ranges::find_if(
        counted_, [&](const CountedDeed& one) { return one.deed.number == deed.number; });
    if (same != counted_.end()) return *same;
    numbers_.insert(std::ranges::lower_bound(numbers_, deed.number), deed.number);
    return counted_.emplace_back(CountedDeed{.deed = deed, .uses = {}, .counters = {}});
}

const LiveSegment* LiveSegments::find(std::string_view key) const {
    const auto found = std::ranges::find(all_, key, &LiveSegment::key);
    return found == all_.end() ? nullptr : &*found;
}

const LiveSegment* LiveSegments::find(uint32_t id) const {
    const auto found = std::ranges::find(all_, id, &LiveSegment::id);
    return found == all_.end() ? nullptr : &*found;
}

const Counter* LiveSegments::find_counter(uint32_t id) const {
    const auto found = std::ranges::find(counters_, id, &Counter::id);
    return found == counters_.end() ? nullptr : &*found;
}

std::span<const uint32_t> LiveSegments::counted_by_name(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::span<const uint32_t>() : found->second;
}

bool LiveSegments::counts(uint32_t deed) const {
    return std::ranges::binary_search(numbers_, deed);
}

}  // namespace throughline::engine
