// A person as her acts see her in the fold: her identities with what segments keep of each, and of
// her profile what somebody asks for.
//
// load() reads the acts of all her identities as they are at the record in hand; leaves and nodes
// are read when a condition asks for the profile, after the leaves that wait have been folded.
// What was changed is written by release(). A failed read answers with nothing and is told by
// status(), which the fold must look at before it goes on.
//
// Layer 6. The fold's thread; reused from person to person. Cost: a read of the root, and one of
// the acts of each identity; where the profile is asked for, one of each leaf.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/items/seen_items.h"
#include "engine/settings.h"
#include "engine/tables.h"
#include "identity/node.h"
#include "segment/acts.h"
#include "segment/segment.h"

namespace throughline::engine {

/// What segments keep of one identity, in hand.
struct MemberActs {
    identity::IdentityId id = 0;
    bool has_row = false;
    bool is_changed = false;
    segment::Acts acts;
};

class PersonFacts final : public segment::Facts {
public:
    /// `settle_leaves` folds the leaf work that waits. Borrows the tables and the secret.
    PersonFacts(Tables& tables, const SecretKey& secret, std::function<Status()> settle_leaves)
        : tables_(tables), settle_leaves_(std::move(settle_leaves)), items_(tables, secret) {}

    /// `wants`: what profile() answers for. Borrows both.
    void set_settings(const Settings& settings, const query::ProfileWants& wants) {
        settings_ = &settings;
        wants_ = &wants;
    }

    /// Takes the person of whom `root` is the root. Errors: of the reads.
    Status load(identity::IdentityId root);
    /// Her identities, the root first.
    std::span<MemberActs> members() { return std::span(members_).first(count_); }
    MemberActs& root() { return members_[0]; }
    /// Requires: she is loaded, and has this identity.
    MemberActs& member(identity::IdentityId id);
    /// Whether load() was called for this root, and nothing of hers was written elsewhere since.
    bool is_loaded(identity::IdentityId root) const { return count_ > 0 && members_[0].id == root; }
    /// The event of the start of the run for which is asked; borrowed until the next call.
    void set_start(const model::EventView& start) { start_ = &start; }
    /// Writes what was changed, and lets go of her.
    void release();

    std::span<const Micros> times(const segment::Deed& deed) override;
    const query::ProfileFacts& profile() override;
    bool is_in(std::string_view segment) override;
    /// Requires: set_start().
    std::span<const std::string> items(const query::AskedItems& asked) override;
    /// Errors: of the first read that failed since load().
    const Status& status() const { return status_; }

private:
    void store();
    Status add_member(identity::IdentityId id);
    Status read_profile();
    Status read_traits();
    Status read_identifiers();

    Tables& tables_;
    const std::function<Status()> settle_leaves_;
    const Settings* settings_ = nullptr;
    const query::ProfileWants* wants_ = nullptr;
    std::vector<MemberActs> members_;  // Of which count_ are hers; the rest keeps its memory.
    size_t count_ = 0;
    std::vector<std::span<const Micros>> lists_;  // Scratch of times().
    std::vector<Micros> merged_;                  // As is this.
    std::string bytes_;                           // Scratch of store().
    bool has_profile_ = false;
    query::ProfileFacts profile_;
    SeenItems items_;
    std::vector<identity::IdentityId> identities_;  // Scratch of items().
    const model::EventView* start_ = nullptr;
    Status status_;
};

/// The root of the person to whom an identity belongs; 0 when she is no more. Errors: of the read.
Result<identity::IdentityId> root_of_identity(Tables& tables, identity::IdentityId id);

}  // namespace throughline::engine
