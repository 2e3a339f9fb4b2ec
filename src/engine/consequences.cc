#include "engine/consequences.h"

#include "model/consequence.h"
#include "model/doc.h"

namespace throughline::engine {

namespace {

// Rows of one instant are in the order of their ties: those of a cause as they followed.
constexpr uint32_t kFirstTie = 0x80000000;

std::string document_of(std::string_view name, std::string_view id, std::string_view properties) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("event", name);
    out.field("messageId", id);
    out.key("properties");
    out.copy(model::DocView(properties));
    out.close(mark);
    return doc;
}

}  // namespace

void Consequences::follow(const Happening& now, identity::IdentityId identity,
                          std::string_view name, std::string_view properties) {
    if (now.cause != last_cause_) count_ = 0;
    last_cause_ = now.cause;
    const uint32_t number = count_++;
    if (now.cause < history_next_) return;
    const std::string id = std::string(model::kOwnSourceKey) + ":" +
                           model::format_position(now.cause) + ":" + std::to_string(number);
    const std::string doc = document_of(name, id, properties);
    auto payload = std::make_shared<std::string>();  // Shared with history, which keeps it.
    const uint8_t flags = now.is_history ? model::kEventHistory : 0;
    model::append_event(*payload, {.type = model::kConsequence,
                                   .flags = flags,
                                   .source = model::kOwnSource,
                                   .tie = kFirstTie + number,
                                   .time = now.at,
                                   .original = now.at,
                                   .sent = now.at,
                                   .received = now.at,
                                   .message_key = keyed_hash(secret_, id),
                                   .identifiers = {},
                                   .name = name,
                                   .message_id = id,
                                   .doc = doc});
    history_.hold(payload);
    history_.append(identity, now.cause, *payload);
    history_.hold(owner_);
}

}  // namespace throughline::engine
