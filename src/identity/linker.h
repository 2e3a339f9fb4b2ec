// One event, as the graph takes it in when it has something new to say.
//
// README.md has the rules in words. The order of the steps is part of them: the owner is observed
// first, then each weaker identifier in the event's order, each linked before the next is looked
// at; ids are handed out in that order.
//
// Layer 2. Lives for one event.
#pragma once

#include "identity/guards.h"
#include "identity/work.h"

namespace throughline::identity {

class Linker {
public:
    Linker(Work& work, const model::EventView& event, AliasPolicy policy)
        : work_(work), event_(event), time_(event.time()), policy_(policy) {}

    void run();

private:
    /// An identifier of the event and the identity that stands for it at the event's time.
    struct Sighting {
        model::IdentifierView identifier;
        const model::Namespace* space = nullptr;
        IdentityId identity = 0;
        Micros slice_from = kNoTime;
        bool is_newest_slice = true;
    };

    bool is_known(const model::IdentifierView& identifier);
    bool is_generic(const model::IdentifierView& identifier);
    Sighting observe(const model::IdentifierView& identifier);
    void start_slice(Sighting& sighting, Slices& slices, uint8_t node_flags);
    IdentityId make_identity(const Sighting& sighting, size_t slice, uint8_t node_flags);
    void touch_first(const Sighting& sighting);
    void touch_last(const Sighting& sighting);

    void link(const Sighting& owner, Sighting& weak, LinkKind kind);
    void link_alias(const Sighting& owner);
    bool is_late(const Sighting& sighting);
    void change_hands(const Sighting& owner, Sighting& weak);
    void take(const Sighting& owner, const Sighting& weak, LinkKind kind);
    void refuse(const Sighting& owner, const Sighting& weak, Reason reason);
    void keep_refusal(IdentityId id, const Refusal& refusal);
    void learn(const Sighting& owner, const Sighting& weak);
    void withdraw_links(IdentityId id);

    Work& work_;
    const model::EventView& event_;
    const Micros time_;
    const AliasPolicy policy_;
};

}  // namespace throughline::identity
