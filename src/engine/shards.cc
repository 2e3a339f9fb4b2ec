#include "engine/shards.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <thread>

#include "identity/node.h"

namespace throughline::engine {

Shards::Shards(store::StateTable& leaves, size_t count) : leaves_(leaves), shards_(count) {
    TL_ASSERT(count > 0);
}

void Shards::add(profile::IdentityId identity, const profile::LeafEvent& input) {
    Shard& shard = shards_[identity % shards_.size()];
    const auto begin = static_cast<uint32_t>(shard.companions.size());
    shard.companions.insert(shard.companions.end(), input.companions.begin(),
                            input.companions.end());
    shard.work.push_back({.identity = identity,
                          .companions_begin = begin,
                          .companions_end = static_cast<uint32_t>(shard.companions.size()),
                          .event = input.event,
                          .position = input.position,
                          .account = input.account});
}

Status Shards::fetch() {
    keys_.clear();
    for (const Shard& shard : shards_) {
        for (const LeafWork& work : shard.work) {
            keys_.push_back(identity::identity_key(work.identity));
        }
    }
    return leaves_.prefetch(keys_);
}

Status Shards::run_shard(Shard& shard) {
    const std::span<const profile::IdentityId> companions(shard.companions);
    for (const LeafWork& work : shard.work) {
        const Key128 key = identity::identity_key(work.identity);
        TL_TRY_ASSIGN(const auto bytes, leaves_.get(key));
        shard.leaf.assign(bytes.value_or(std::string_view{}));
        TL_TRY_ASSIGN(profile::LeafNews news,
                      profile::fold_event(
                          shard.leaf,
                          {.event = work.event,
                           .position = work.position,
                           .companions = companions.subspan(
                               work.companions_begin, work.companions_end - work.companions_begin),
                           .account = work.account}));
        leaves_.put(key, shard.leaf);
        if (!news.new_values.empty()) {
            shard.results.push_back({work.identity, work.position, std::move(news)});
        }
    }
    shard.work.clear();
    shard.companions.clear();
    return Status::ok();
}

Status Shards::run(const std::function<void(const LeafResult&)>& news) {
    constexpr size_t kWorthThreads = 32;  // Leaves; fewer are done before a thread has begun.
    if (std::ranges::all_of(shards_, [](const Shard& one) { return one.work.empty(); })) {
        return Status::ok();
    }
    TL_TRY(fetch());
    std::vector<Status> statuses(shards_.size());
    size_t count = 0;
    for (const Shard& shard : shards_) count += shard.work.size();
    if (shards_.size() == 1 || count < kWorthThreads) {
        for (size_t i = 0; i < shards_.size(); ++i) statuses[i] = run_shard(shards_[i]);
    } else {
        std::vector<std::thread> threads;
        threads.reserve(shards_.size());
        for (size_t i = 0; i < shards_.size(); ++i) {
            if (shards_[i].work.empty()) continue;
            threads.emplace_back([&, i] { statuses[i] = run_shard(shards_[i]); });
        }
        for (std::thread& thread : threads) thread.join();
    }
    for (const Status& status : statuses) TL_TRY(status);

    std::vector<LeafResult> all;
    for (Shard& shard : shards_) {
        std::ranges::move(shard.results, std::back_inserter(all));
        shard.results.clear();
    }
    std::ranges::stable_sort(all, {}, &LeafResult::position);
    for (const LeafResult& result : all) news(result);
    return Status::ok();
}

}  // namespace throughline::engine
