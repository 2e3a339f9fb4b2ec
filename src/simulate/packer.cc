#include "simulate/packer.h"

#include "privacy/reading.h"

namespace throughline::simulate {

void Packer::append(std::string& out, const SimulatedEvent& event) {
    const Planned& planned = *event.planned;
    const model::SourceId source = sources_[static_cast<size_t>(planned.origin)];
    std::array<model::IdentifierView, 8> identifiers;
    for (size_t i = 0; i < event.identities.size(); ++i) {
        const Identity& identity = event.identities[i];
        identifiers[i] = {identity.space, 0,
                          model::identifier_key(secret_, identity.space, identity.value),
                          identity.value};
    }
    // As ingest keys it: the source's number, then the id.
    room_.assign(reinterpret_cast<const char*>(&source), sizeof source);
    room_.append(event.message_id);
    uint8_t flags =
        planned.arrival - planned.at > kDay ? uint8_t{model::kEventHistory} : uint8_t{0};
    const model::EventType type = facts_of(planned.kind).type;
    if (privacy::says_something(type, event.name, {})) flags |= privacy::kEventConsent;
    const model::Event packed{.type = type,
                              .flags = flags,
                              .source = source,
                              .time = planned.at,
                              .original = planned.at,
                              .received = planned.arrival,
                              .message_key = keyed_hash(secret_, room_),
                              .identifiers = {},
                              .name = event.name,
                              .message_id = event.message_id,
                              .doc = event.doc.bytes()};
    model::append_event(out, packed, {identifiers.data(), event.identities.size()});
}

}  // namespace throughline::simulate
