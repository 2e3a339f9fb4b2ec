// Earlier moments of an engine, for questions that say `as_known_at`.
//
// Layer 7. Thread-safe.
#pragma once

#include "engine/engine.h"
#include "query/past.h"

namespace throughline::server {

class ViewPast final : public query::Past {
public:
    /// Both must outlive this.
    ViewPast(const engine::Engine& engine, const engine::QueryView& view)
        : engine_(engine), view_(view) {}

    Result<query::PastMoment> at(Micros moment) const override;

private:
    const engine::Engine& engine_;
    const engine::QueryView& view_;
};

}  // namespace throughline::server
