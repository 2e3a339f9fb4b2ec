// Golden records as conditions on people read them: the traits that stand, and identifiers.
//
// Layer 7. Thread-safe. Cost: a read of the root, and one of the leaf, the node or both of each of
// her identities.
#pragma once

#include "engine/engine.h"
#include "query/profiles.h"

namespace throughline::server {

/// Each person is read under a short view of her own, since a question may take long.
class ViewProfiles final : public query::Profiles {
public:
    explicit ViewProfiles(const engine::Engine& engine) : engine_(engine) {}

    Result<std::optional<std::string>> normalised(std::string_view space,
                                                  std::string_view value) const override;
    Status read(uint32_t root, const query::ProfileWants& wants,
                query::ProfileFacts& out) const override;
    Status members(std::string_view segment,
                   const std::function<void(uint32_t root)>& tell) const override;

private:
    const engine::Engine& engine_;
};

}  // namespace throughline::server
