// What a message says: written when it is sent, as of that moment, by whoever writes its channel.
//
// Layer 6. Pure over a View.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "channel/sender.h"
#include "engine/message_writer.h"
#include "engine/outbox/message.h"
#include "engine/view.h"

namespace throughline::engine {

/// What was written, or why it cannot be.
struct Content {
    std::variant<std::monostate, channel::Email, channel::Call, Sms> what;
    journey::SendReason unfit = journey::SendReason::NoTemplate;  // Of nothing.
    std::string detail;                                           // For people; no address in it.
};

/// Writes what the template of a message says. Errors: of reads.
using ContentWriter = std::function<Result<Content>(const View&, const Message&, Micros at)>;

/// One that fills in the template that the step names. One thread uses it.
ContentWriter template_writer();

/// A message as its sender takes it.
struct Prepared {
    std::optional<channel::Message> message;
    journey::SendReason unfit = journey::SendReason::None;  // Of none.
    std::string detail;
};

/// Prepares the last attempt of a message. `gateway`: where text messages go; else empty. Webhooks
/// write themselves: their body is who, which step, and the event that started the run.
/// Errors: of reads.
Result<Prepared> prepare(const View& view, const Message& message, const std::string& gateway,
                         const ContentWriter& write);

}  // namespace throughline::engine
