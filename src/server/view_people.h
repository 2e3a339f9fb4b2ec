// A view of the engine as questions see it: who is who, and what a question is asked of.
//
// Layer 7. Thread-safe.
#pragma once

#include <mutex>
#include <optional>

#include "engine/people_count.h"
#include "engine/view.h"
#include "query/environment.h"

namespace throughline::server {

/// Who is who in one view. Who is known is looked up once somebody asks.
class ViewPeople final : public query::People {
public:
    explicit ViewPeople(const engine::QueryView& view) : roots_(view.roots) {}

    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        for (size_t i = 0; i < identities.size(); ++i) {
            roots[i] = engine::root_of_word(roots_[identities[i]]);
        }
    }
    bool is_known(uint32_t root) const override {
        std::call_once(asked_, [&] { known_.emplace(roots_); });
        return known_->is_known(root);
    }

private:
    const store::Dense32::Snapshot& roots_;
    mutable std::once_flag asked_;
    mutable std::optional<engine::KnownPeople> known_;
};

/// What a question over a view is asked of. Borrows all; `marketing` may be null.
query::Environment environment_of(const Clock& clock, const engine::QueryView& view,
                                  const query::People& people, const query::Marketing* marketing);

}  // namespace throughline::server
