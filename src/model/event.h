// An accepted event as it is logged, kept in the tail and stored in history.
//
//   kind u8=1 · type u8 · flags u8 · identifiers u8 · source u16 · name u16 · tie u32
//   message id u16 · zero u16 · corrected, original, sent, received time: i64 us each
//   message key 16 · per identifier {key 16, namespace u8, flags u8, size u16} · their values
//   name · message id · document (the event as it was sent, field by field)
//
// Layer 1. Pure. EventView borrows its payload; reading a field is arithmetic.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "model/doc.h"
#include "model/identifier.h"
#include "model/record.h"

namespace throughline::model {

enum class EventType : uint8_t { Track = 1, Identify, Page, Screen, Group, Alias };

std::string_view event_type_name(EventType type);

enum EventFlag : uint8_t {
    kEventHistory = 1,         // Not live: imported, replayed, or later than the source allows.
    kEventImported = 2,        // From a file: its duplicates are remembered for ever.
    kEventReplayed = 4,        // A reject that was mended.
    kEventClockCorrected = 8,  // `time` is not what the client said, but its skew taken out.
    kEventTimeClamped = 16,    // The client's time lay in the future: receipt stands instead.
    kEventIdAssigned = 32,     // It came without a message id.
};

using SourceId = uint16_t;

struct Event {
    EventType type = EventType::Track;
    uint8_t flags = 0;  // EventFlag
    SourceId source = 0;
    uint32_t tie = 0;                     // The source's own order among events of one instant.
    Micros time = kNoTime;                // When it happened, after correction.
    Micros original = kNoTime;            // What the client said.
    Micros sent = kNoTime;                // When the client sent it, by its clock.
    Micros received = kNoTime;            // When it reached us.
    Key128 message_key;                   // keyed_hash(source, message id): duplicates.
    std::vector<Identifier> identifiers;  // Strongest first.
    std::string_view name;  // `Order Completed`; page and screen: their name; else empty.
    std::string_view message_id;
    std::string_view doc;  // Packed object.
};

struct IdentifierView {
    NamespaceId space = 0;
    uint8_t flags = 0;
    Key128 key;
    std::string_view value;
};

/// Appends the payload to `out`. Requires: name, message id and each value under 64 KiB.
void append_event(std::string& out, const Event& event);

/// The same with borrowed identifiers in place of event.identifiers.
void append_event(std::string& out, const Event& event,
                  std::span<const IdentifierView> identifiers);

/// Sets further flags (EventFlag) of the payload that begins at `at` in `bytes`.
inline void add_event_flags(std::string& bytes, size_t at, uint8_t flags) {
    bytes[at + 2] = static_cast<char>(bytes[at + 2] | flags);
}

class EventView {
public:
    /// Requires: a payload made by append_event, or one that is_event() accepted.
    explicit EventView(std::string_view payload) : bytes_(payload) {}

    EventType type() const { return static_cast<EventType>(bytes_[1]); }
    uint8_t flags() const { return static_cast<uint8_t>(bytes_[2]); }
    bool is_history() const { return (flags() & kEventHistory) != 0; }
    SourceId source() const { return at<uint16_t>(4); }
    uint32_t tie() const { return at<uint32_t>(8); }
    Micros time() const { return at<int64_t>(16); }
    Micros original() const { return at<int64_t>(24); }
    Micros sent() const { return at<int64_t>(32); }
    Micros received() const { return at<int64_t>(40); }
    Key128 message_key() const { return at<Key128>(48); }

    size_t identifier_count() const { return static_cast<uint8_t>(bytes_[3]); }
    /// Cost: linear in `index`.
    IdentifierView identifier(size_t index) const;

    std::string_view name() const { return bytes_.substr(text_at(), at<uint16_t>(6)); }
    std::string_view message_id() const {
        return bytes_.substr(text_at() + at<uint16_t>(6), at<uint16_t>(12));
    }
    DocView doc() const {
        return DocView(bytes_.substr(text_at() + at<uint16_t>(6) + at<uint16_t>(12)));
    }
    std::string_view payload() const { return bytes_; }

private:
    template <typename T>
    T at(size_t offset) const {
        return load<T>(bytes_.data() + offset);
    }
    size_t text_at() const;

    std::string_view bytes_;
};

/// Checks a payload from disk: lengths add up and the document is well formed.
bool is_event(std::string_view payload);

}  // namespace throughline::model
