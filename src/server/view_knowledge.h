// What people allowed and where they can be reached, as backtests ask for it.
//
// Layer 7. Thread-safe: each identity is read under a short view of its own, since a backtest may
// take long. Cost: three reads an identity.
#pragma once

#include "backtest/knowledge.h"
#include "engine/engine.h"

namespace throughline::server {

class ViewKnowledge final : public backtest::Knowledge {
public:
    explicit ViewKnowledge(const engine::Engine& engine) : engine_(engine) {}

    Status read(uint32_t identity, backtest::IdentityFacts& out) const override;

private:
    const engine::Engine& engine_;
};

}  // namespace throughline::server
