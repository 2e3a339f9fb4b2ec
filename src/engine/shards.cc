#include "engine/shards.h"

#include <algorithm>
#include <thread>

#include "identity/node.h"

namespace throughline::engine {

Shards::Shards(store::StateTable& leaves, size_t count)
    : leaves_(leaves), work_(count), results_(count), scratch_(count) {
    TL_ASSERT(count > 0);
}

Status Shards::run_shard(size_t shard) {
    std::vector<LeafWork>& items = work_[shard];
    std::string& leaf = scratch_[shard];
    for (size_t i = 0; i < items.size(); ++i) {
        if (i + 4 < items.size()) {
            leaves_.prefetch_hint(identity::identity_key(items[i + 4].identity));
        }
        const Key128 key = identity::identity_key(items[i].identity);
        TL_TRY_ASSIGN(const auto bytes, leaves_.get(key));
        leaf.assign(bytes.value_or(std::string_view{}));
        TL_TRY_ASSIGN(profile::LeafNews news, profile::fold_event(leaf, items[i].input));
        leaves_.put(key, leaf);
        if (!news.new_values.empty()) {
            results_[shard].push_back(
                {items[i].identity, items[i].input.position, std::move(news)});
        }
    }
    items.clear();
    return Status::ok();
}

Status Shards::run(const std::function<void(const LeafResult&)>& news) {
    std::vector<Status> statuses(work_.size());
    if (work_.size() == 1) {
        statuses[0] = run_shard(0);
    } else {
        std::vector<std::thread> threads;
        threads.reserve(work_.size());
        for (size_t shard = 0; shard < work_.size(); ++shard) {
            if (work_[shard].empty()) continue;
            threads.emplace_back([&, shard] { statuses[shard] = run_shard(shard); });
        }
        for (std::thread& thread : threads) thread.join();
    }
    for (const Status& status : statuses) TL_TRY(status);

    std::vector<LeafResult> all;
    for (std::vector<LeafResult>& results : results_) {
        std::ranges::move(results, std::back_inserter(all));
        results.clear();
    }
    std::ranges::stable_sort(all, {}, &LeafResult::position);
    for (const LeafResult& result : all) news(result);
    return Status::ok();
}

}  // namespace throughline::engine
