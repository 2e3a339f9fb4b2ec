// Leaf work of an epoch, spread over threads by identity.
//
// A leaf belongs to one identity, so work on different identities never meets; items of one
// identity keep their order. News (search words) is collected per shard and handed back in the
// order of the log, so that the number of shards never shows. The leaves are fetched in one batch
// before the threads begin.
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

/// One event's work on one leaf.
struct LeafWork {
    profile::IdentityId identity = 0;
    uint32_t companions_begin = 0;  // In the companions of the shard.
    uint32_t companions_end = 0;
    model::EventView event;
    model::Position position = 0;
    Key128 account;  // Of a group event.
};

struct LeafResult {
    profile::IdentityId identity = 0;
    model::Position position = 0;
    profile::LeafNews news;
};

class Shards {
public:
    Shards(store::StateTable& leaves, size_t count);

    /// Takes the work of an event on the leaf of `identity`.
    void add(profile::IdentityId identity, const profile::LeafEvent& input);

    /// Does all work and empties the lists. Calls `news` for each leaf that has some, in the order
    /// of the log. Errors: of the first read that failed; the leaves are then in between.
    Status run(const std::function<void(const LeafResult&)>& news);

private:
    struct Shard {
        std::vector<LeafWork> work;
        std::vector<profile::IdentityId> companions;  // Of all its work, one after the other.
        std::vector<LeafResult> results;              // Those with news only.
        std::string leaf;                             // The one in hand.
    };

    Status fetch();
    Status run_shard(Shard& shard);

    store::StateTable& leaves_;
    std::vector<Shard> shards_;
    std::vector<Key128> keys_;  // Scratch of fetch.
};

}  // namespace throughline::engine
