#include "server/duplicates_seen.h"

#include <algorithm>

namespace throughline::server {

void DuplicatesSeen::add(std::string_view bytes, const std::vector<uint32_t>& ends,
                         const engine::Outcome& outcome) {
    const std::vector<uint32_t>& repeats = outcome.duplicates;
    if (repeats.empty()) return;
    const model::Position first = outcome.position + 1 - ends.size();
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < repeats.size(); ++i) {
        const uint32_t index = repeats[i];
        const uint32_t begin = index == 0 ? 0 : ends[index - 1];
        const std::string_view payload = bytes.substr(begin, ends[index] - begin);
        OfSource& own = sources_[model::EventView(payload).source()];
        ++own.count;
        if (i + kKeptOfRequest < repeats.size()) continue;
        keep(own, {own.count, first + index, std::string(payload)});
    }
}

void DuplicatesSeen::keep(OfSource& own, Seen seen) {
    if (own.kept.size() == kKeptOfSource) {
        bytes_ -= own.kept.front().payload.size();
        own.kept.pop_front();
    }
    bytes_ += seen.payload.size();
    own.kept.push_back(std::move(seen));
    while (bytes_ > kBytesMax) drop_oldest();
}

void DuplicatesSeen::drop_oldest() {
    const auto oldest = std::ranges::min_element(sources_, {}, [](const auto& entry) {
        const auto& kept = entry.second.kept;
        return kept.empty() ? UINT64_MAX : kept.front().position;
    });
    bytes_ -= oldest->second.kept.front().payload.size();
    oldest->second.kept.pop_front();
}

std::vector<DuplicatesSeen::Seen> DuplicatesSeen::of(model::SourceId source) const {
    const std::lock_guard lock(mutex_);
    const auto own = sources_.find(source);
    if (own == sources_.end()) return {};
    return {own->second.kept.begin(), own->second.kept.end()};
}

std::map<model::SourceId, DuplicatesSeen::News> DuplicatesSeen::since(Marks& marks) const {
    std::map<model::SourceId, News> all;
    const std::lock_guard lock(mutex_);
    for (const auto& [source, own] : sources_) {
        uint64_t& mark = marks[source];
        if (own.count == mark) continue;
        News& news = all[source];
        for (const Seen& seen : own.kept) {
            if (seen.number > mark) news.seen.push_back(seen);
        }
        news.skipped = own.count - mark - news.seen.size();
        mark = own.count;
    }
    return all;
}

}  // namespace throughline::server
