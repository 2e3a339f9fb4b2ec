#include "model/event.h"

#include <algorithm>

#include "model/consequence.h"

namespace throughline::model {

namespace {

constexpr size_t kHeaderBytes = 64;
constexpr size_t kIdentifierBytes = 20;  // key 16, namespace, flags, size

// Writes into room that is there already: a header is twenty fields, and growing for each costs
// more than all of them.
class Placer {
public:
    explicit Placer(char* at) : at_(at) {}
    template <typename T>
    void put(T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        std::memcpy(at_, &value, sizeof value);
        at_ += sizeof value;
    }
    void put_text(std::string_view text) {
        at_ = std::copy(text.begin(), text.end(), at_);  // Unlike memcpy also of nothing.
    }
    const char* at() const { return at_; }

private:
    char* at_;
};

}  // namespace

std::string_view event_type_name(EventType type) {
    switch (type) {
        case EventType::Track:
            return "track";
        case EventType::Identify:
            return "identify";
        case EventType::Page:
            return "page";
        case EventType::Screen:
            return "screen";
        case EventType::Group:
            return "group";
        case EventType::Alias:
            return "alias";
    }
    return type == kConsequence ? "consequence" : "unknown";
}

void append_event(std::string& bytes, const Event& event) {
    std::vector<IdentifierView> identifiers;
    identifiers.reserve(event.identifiers.size());
    for (const Identifier& id : event.identifiers) {
        identifiers.push_back({id.space, id.flags, id.key, id.value});
    }
    append_event(bytes, event, identifiers);
}

void append_event(std::string& bytes, const Event& event,
                  std::span<const IdentifierView> identifiers) {
    TL_ASSERT(identifiers.size() < 256 && event.name.size() < 65536 &&
              event.message_id.size() < 65536);
    size_t size = kHeaderBytes + identifiers.size() * kIdentifierBytes + event.name.size() +
                  event.message_id.size();
    for (const IdentifierView& id : identifiers) {
        TL_ASSERT(id.value.size() < 65536);
        size += id.value.size();
    }
    const size_t begin = bytes.size();
    bytes.resize(begin + size);
    Placer out(bytes.data() + begin);
    out.put(static_cast<uint8_t>(RecordKind::Event));
    out.put(static_cast<uint8_t>(event.type));
    out.put(event.flags);
    out.put(static_cast<uint8_t>(identifiers.size()));
    out.put(event.source);
    out.put(static_cast<uint16_t>(event.name.size()));
    out.put(event.tie);
    out.put(static_cast<uint16_t>(event.message_id.size()));
    out.put(uint16_t{0});
    for (const Micros at : {event.time, event.original, event.sent, event.received}) out.put(at);
    out.put(event.message_key);
    for (const IdentifierView& id : identifiers) {
        out.put(id.key);
        out.put(id.space);
        out.put(id.flags);
        out.put(static_cast<uint16_t>(id.value.size()));
    }
    for (const IdentifierView& id : identifiers) out.put_text(id.value);
    out.put_text(event.name);
    out.put_text(event.message_id);
    TL_ASSERT(out.at() == bytes.data() + bytes.size());
    bytes += event.doc;
}

IdentifierView EventView::identifier(size_t index) const {
    const size_t count = identifier_count();
    TL_ASSERT(index < count);
    size_t value_at = kHeaderBytes + count * kIdentifierBytes;
    for (size_t i = 0; i < index; ++i) {
        value_at += at<uint16_t>(kHeaderBytes + i * kIdentifierBytes + 18);
    }
    const size_t head = kHeaderBytes + index * kIdentifierBytes;
    return {at<uint8_t>(head + 16), at<uint8_t>(head + 17), at<Key128>(head),
            bytes_.substr(value_at, at<uint16_t>(head + 18))};
}

size_t EventView::text_at() const {
    const size_t count = identifier_count();
    size_t at_byte = kHeaderBytes + count * kIdentifierBytes;
    for (size_t i = 0; i < count; ++i) {
        at_byte += at<uint16_t>(kHeaderBytes + i * kIdentifierBytes + 18);
    }
    return at_byte;
}

bool is_event(std::string_view payload) {
    if (payload.size() < kHeaderBytes || record_kind(payload) != RecordKind::Event) return false;
    const auto type = static_cast<uint8_t>(payload[1]);
    if (type < 1 || type > static_cast<uint8_t>(kConsequence)) return false;
    const auto count = static_cast<uint8_t>(payload[3]);
    if (payload.size() < kHeaderBytes + count * kIdentifierBytes) return false;
    size_t text = kHeaderBytes + count * kIdentifierBytes;
    for (size_t i = 0; i < count; ++i) {
        text += load<uint16_t>(payload.data() + kHeaderBytes + i * kIdentifierBytes + 18);
    }
    text += load<uint16_t>(payload.data() + 6) + size_t{load<uint16_t>(payload.data() + 12)};
    return text <= payload.size() && is_doc(payload.substr(text));
}

}  // namespace throughline::model
