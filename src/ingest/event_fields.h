// The fields of an event that ingest looks at, found in one walk over its top level and one over
// its context.
//
// Layer 6. Pure. Borrows the event.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/doc.h"

namespace throughline::ingest {

enum class FieldName : uint8_t {
    Other,
    Type,
    Event,
    Name,
    UserId,
    AnonymousId,
    GroupId,
    PreviousId,
    MessageId,
    Timestamp,
    OriginalTimestamp,
    SentAt,
    Traits,
    Context,
    Integrations,
    RequestIp,
    WriteKey,
    Ip,  // From here on: of the context.
    Direct,
    Device,
    ExternalIds,
    Verified,
    Consent,
    Count,
};

/// The values found, missing where there are none.
struct KnownFields {
    std::array<model::DocView, static_cast<size_t>(FieldName::Count)> values;
    std::string_view write_key_field;  // Key and value together, so that it can be cut out.
    bool has_repeats = false;          // One of them comes more than once.

    model::DocView operator[](FieldName name) const { return values[static_cast<size_t>(name)]; }
};

/// Reads the fields of an object into `out`, which is cleared first.
void read_known_fields(model::DocView object, KnownFields& out);

/// Appends the event with each key of its top level and of its context once, the last of them, as
/// JavaScript reads it.
void append_without_repeats(model::DocView event, std::string& out);

/// Appends the event with what the batch says under what the event says itself.
void append_with_batch_fields(model::DocView event, model::DocView batch_context,
                              model::DocView batch_integrations, std::string& out);

}  // namespace throughline::ingest
