// Leaf work of an epoch, spread over threads by identity.
//
// A leaf belongs to one identity, so work on different identities never meets; items of one
// identity keep their order. News (search words) is collected per shard and handed back in the
// order of the log, so that the number of shards never shows.
//
// Layer 6. Driven by the fold's thread; with one shard it runs there.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "profile/leaf.h"
#include "store/state_table.h"

namespace throughline::engine {

struct LeafWork {
    profile::IdentityId identity = 0;
    profile::LeafEvent input;
};

struct LeafResult {
    profile::IdentityId identity = 0;
    model::Position position = 0;
    profile::LeafNews news;
};

class Shards {
public:
    Shards(store::StateTable& leaves, size_t count);

    void add(LeafWork work) { work_[work.identity % work_.size()].push_back(std::move(work)); }

    /// Does all work and empties the lists. Calls `news` for each leaf that has some, in the order
    /// of the log. Errors: of the first read that failed; the leaves are then in between.
    Status run(const std::function<void(const LeafResult&)>& news);

private:
    Status run_shard(size_t shard);

    store::StateTable& leaves_;
    std::vector<std::vector<LeafWork>> work_;       // By shard.
    std::vector<std::vector<LeafResult>> results_;  // By shard; those with news only.
    std::vector<std::string> scratch_;              // By shard.
};

}  // namespace throughline::engine
