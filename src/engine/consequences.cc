#include "engine/consequences.h"

#include <algorithm>

#include "base/assert.h"
#include "model/consequence.h"
#include "model/doc.h"

namespace throughline::engine {

namespace {

// Rows of one instant are in the order of their ties: those of a cause as they followed.
constexpr uint32_t kFirstTie = 0x80000000;

constexpr size_t kRoomBytes = 64 * 1024;
constexpr size_t kEventHeadMost = 128;  // Of an event without identifiers, before its texts.

void write_document(std::string_view name, std::string_view id, std::string_view properties,
                    std::string& doc) {
    doc.clear();
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("event", name);
    out.field("messageId", id);
    out.key("properties");
    out.copy(model::DocView(properties));
    out.close(mark);
}

}  // namespace

std::string& Consequences::room_for(size_t bytes) {
    if (room_ == nullptr || room_->capacity() - room_->size() < bytes) {
        room_ = std::make_shared<std::string>();
        room_->reserve(std::max(bytes, kRoomBytes));
    }
    return *room_;
}

void Consequences::follow(const Happening& now, identity::IdentityId identity,
                          std::string_view name, std::string_view properties) {
    if (now.cause != last_cause_) {
        count_ = 0;
        id_ = std::string(model::kOwnSourceKey) + ":" + model::format_position(now.cause) + ":";
        id_begin_ = id_.size();
    }
    last_cause_ = now.cause;
    const uint32_t number = count_++;
    if (now.cause < history_next_) return;
    id_.resize(id_begin_);
    id_ += std::to_string(number);
    write_document(name, id_, properties, doc_);
    std::string& room = room_for(kEventHeadMost + name.size() + id_.size() + doc_.size());
    const char* const place = room.data();
    const size_t begin = room.size();
    const uint8_t flags = now.is_history ? model::kEventHistory : 0;
    model::append_event(room, {.type = model::kConsequence,
                               .flags = flags,
                               .source = model::kOwnSource,
                               .tie = kFirstTie + number,
                               .time = now.at,
                               .original = now.at,
                               .sent = now.at,
                               .received = now.at,
                               .message_key = keyed_hash(secret_, id_),
                               .identifiers = {},
                               .name = name,
                               .message_id = id_,
                               .doc = doc_});
    TL_ASSERT(room.data() == place);  // History has views of the rows before.
    history_.hold(room_);
    history_.append(identity, now.cause, std::string_view(room).substr(begin));
    history_.hold(owner_);
}

}  // namespace throughline::engine
