// Writes a message: a template, filled in for a person at a moment, with its links.
//
// It fails closed. Without the template, with a required value missing, or as an e-mail that may be
// refused (its purpose asks for consent) without an address to unsubscribe at, there is no message
// but a reason.
//
// Layer 6. One thread uses it: it keeps memory, and templates by their version. Over a View it is
// Pure: the same input gives the same bytes. Cost: about 60 us for a cart of five items.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "channel/message_template.h"
#include "channel/sender.h"
#include "engine/person.h"
#include "engine/view.h"
#include "template/arena.h"

namespace throughline::engine {

/// Which message is asked for. Borrowed for the call.
struct MessageAsk {
    std::string_view template_key;
    IdentityId person = 0;                      // An identity of hers: the run's owner.
    const model::EventView* context = nullptr;  // The event that started the run; null: none.
    Key128 key;                                 // Of the message.
    Micros at = 0;
    std::string_view purpose;  // Keys, as the journey's step names them; empty: none.
    std::string_view topic;
    std::string_view journey;
    std::string_view step;
};

/// A text message; whoever calls the gateway adds the number.
struct Sms {
    std::string text;
};

enum class Unwritten : uint8_t {
    NoTemplate,    // There is none of this key.
    MissingValue,  // One that is required; `detail` names it.
    Failed,        // It passed a limit, or is no JSON; `detail` says what and where.
};

/// `no_template`, `missing_value`, `failed`.
std::string_view unwritten_name(Unwritten why);

struct WrittenMessage {
    std::variant<channel::Email, channel::Call, Sms> content;
    uint64_t template_version = 0;  // Of the definition: which text was sent.
    std::string locale;             // That was chosen.
};

/// A message, or why there is none.
struct MessageAnswer {
    std::optional<WrittenMessage> message;
    Unwritten why = Unwritten::NoTemplate;  // Of no message.
    std::string detail;
};

class MessageWriter {
public:
    /// Errors: NotFound when the person was erased; of the reads.
    Result<MessageAnswer> write(const View& view, const MessageAsk& ask);

private:
    struct Kept {
        uint64_t version = 0;
        std::shared_ptr<const channel::MessageTemplate> message;  // Shared with none.
    };
    const channel::MessageTemplate* find(const Definition& definition);

    std::map<std::string, Kept, std::less<>> kept_;  // By key.
    tmpl::Arena arena_;
};

/// Whether messages of a purpose may be refused: then an e-mail has a link for unsubscribing.
bool may_unsubscribe(const Settings& settings, std::string_view purpose);

}  // namespace throughline::engine
