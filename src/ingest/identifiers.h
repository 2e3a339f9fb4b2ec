// Which identifiers an event carries, normalised and hashed, strongest first.
//
//   userId, anonymousId          every event
//   traits.email, .phone         identify; else context.traits.email, .phone (on every event)
//   context.device               id; advertisingId only if adTrackingEnabled is true; token
//   context.externalIds          {id, type, collection: "users"}: type names a namespace
//   previousId                   alias: read as an anonymous id and as a user id (identifier.h)
//
// Properties are never read: an address there may be somebody else's (a gift, a referral). Traits
// of a group are the account's. `context.verified` {"email":{"at","by"}} marks identifiers of that
// namespace as vouched for.
//
// Layer 6. Shard-owned: reused from event to event. Allocates nothing for plain ids.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "ingest/event_encoder.h"
#include "ingest/event_fields.h"
#include "model/event.h"

namespace throughline::ingest {

inline constexpr size_t kIdentifiersMax = 32;       // Of one event.
inline constexpr size_t kIdentifierBytesMax = 512;  // Of a user, anonymous, group or previous id.
inline constexpr size_t kTokenBytesMax = 4096;      // Of any other: push tokens are long.

/// The namespace that the type of an external id names: one of `spaces`, or Segment's name for one.
/// Null if there is none; such an id is passed over.
const model::Namespace* find_namespace(const model::Namespaces& spaces, std::string_view type);

class IdentifierList {
public:
    /// Begins anew. Requires: the context outlives the list's use.
    void begin(const EncodeContext& context, std::string_view region);

    /// Adds one value of a namespace. Values that normalise to nothing are passed over.
    /// Requires: the text of `value` outlives the list's use.
    void add(model::NamespaceId space, std::string_view value, uint8_t flags = 0);

    /// Adds those of device, traits and externalIds.
    void add_from_context(const KnownFields& context);
    /// Adds e-mail address and phone number of `traits`, or else of `other_traits`.
    void add_from_traits(model::DocView traits, model::DocView other_traits);
    /// Marks namespaces that the source vouches for.
    void mark_verified(model::DocView verified);

    /// Returns them, strongest first.
    std::span<const model::IdentifierView> sorted();

    bool is_empty() const { return count_ == 0; }
    bool is_overfull() const { return is_overfull_; }

private:
    void add_sent(model::NamespaceId space, model::DocView value, model::DocView other = {});
    void add_external_id(model::DocView external);

    const EncodeContext* context_ = nullptr;
    std::string_view region_;
    std::array<model::IdentifierView, kIdentifiersMax> list_;
    std::array<int, kIdentifiersMax> priorities_;
    std::array<std::string, kIdentifiersMax> texts_;  // Normalised forms that had to be made.
    size_t count_ = 0;
    bool is_overfull_ = false;
};

}  // namespace throughline::ingest
