// The outbox in the fold: every message from being asked for until what became of it is known.
//
// A run asks (accept), the dispatcher begins and tells outcomes (records, sending/dispatcher.h),
// somebody decides about what nobody knows. Each step is journey/ledger.h's; the checks of begin()
// are made here, of the person as she is at that record: so caps and quiet hours hold exactly,
// however many senders there are, and a merge one record earlier counts. What becomes of a message
// is a row of her history: `Message Sent`, `Refused`, `Expired`, `Failed`, `Uncertain`.
//
// Tables, written here only:
//   messages  key       message.h
//   sendings  identity  send_book.h
//   outbox    rows.h    messages by what they are looked for
//
// What waits is due at its record's stamp or later, never before: so who has seen all that was due
// before the stamp of a view need not look there again.
//
// Layer 6. The fold's thread. Cost: about 10 us a message from being asked for until it is sent, a
// read of each of her identities a check.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/consequences.h"
#include "engine/fold_state.h"
#include "engine/outbox/message.h"
#include "engine/outbox/person_reader.h"
#include "engine/outbox/rows.h"
#include "engine/outbox/send_book.h"
#include "engine/runs/intent_taker.h"
#include "engine/settings.h"
#include "engine/tables.h"
#include "identity/node.h"
#include "journey/act.h"
#include "model/doc.h"
#include "privacy/gate.h"

namespace throughline::engine {

struct OutboxParts {
    Tables& tables;
    const FoldState& state;
    Consequences& consequences;
    const SecretKey& secret;
};

class Outbox final : public IntentTaker {
public:
    explicit Outbox(OutboxParts parts) : parts_(parts) {}

    /// Takes what holds from the next record on.
    void set_settings(std::shared_ptr<const Settings> settings) { settings_ = std::move(settings); }

    /// A run asks for a message or a webhook. What has been asked for before does nothing.
    /// Requires: `definition` is that of the intent's journey and version. Errors: of the reads.
    Status accept(const Happening& now, const journey::Intent& intent,
                  const journey::Definition& definition);
    /// The same for a journey that is live. Tasks are not messages: nothing is done about them.
    Status accept(const Happening& now, const journey::Intent& intent) override;
    /// A run ended otherwise than by completing: what has not gone out for it does not.
    Status withdraw(const Happening& now, identity::IdentityId owner, const Key128& run) override;
    /// An identity is erased: nothing of its messages is left. What is out goes on unseen.
    Status forget(identity::IdentityId identity);

    // Records. Leaves are settled: what a person is now shows.

    /// {"keys":[hex...],"provider":number,"repeats":bool,"refuse":reason}: each message in turn is
    /// checked and begun. `refuse`: nobody can carry it, so what may be sent is refused for that.
    Status begin(const Happening& now, model::DocView record);
    /// {"items":[{"key","attempt","verdict","stage","code","detail","unfit":reason}...]}.
    Status settle(const Happening& now, model::DocView record);
    /// After a restart: whatever was out is uncertain, unless its key can be repeated.
    Status recover(const Happening& now);
    /// {"key","decision":"again"|"was_sent"|"give_up"}; or {"keys":[hex...],"decision"}, of which
    /// those that are not uncertain any more stay as they are.
    /// Errors: of one, NotFound, FailedPrecondition, InvalidArgument, to be told to who decided; of
    /// reads.
    Status decide(const Happening& now, model::DocView record);

    /// {"keys":[hex...]}: of what is due by now of these, the installation of which this is a copy
    /// may have sent each, so that they are uncertain, and count.
    Status doubt(const Happening& now, model::DocView record);

    /// Writes what was counted. At the end of an epoch.
    void flush();

    /// How often a message has come to wait since the start.
    uint64_t changes() const { return changes_; }

private:
    Result<std::optional<Message>> load(const Key128& key);
    Result<SendBook> load_book(identity::IdentityId owner);
    void store_book(identity::IdentityId owner, const SendBook& book);
    Status begin_one(const Happening& now, Message& message, model::DocView record);
    struct Checked {
        journey::Checks checks;
        identity::IdentityId to = 0;
    };
    Result<Checked> check(const Happening& now, Message& message);
    Result<journey::Checks> check_gate(const Happening& now, Message& message, PersonReader& person,
                                       identity::IdentityId to);
    bool is_capped(const Message& message) const;
    Status decide_all(const Happening& now, const std::vector<Key128>& keys,
                      journey::SendDecision decision);
    Status settle_one(const Happening& now, model::DocView item);
    Status bounce(const Happening& now, const Message& message, identity::IdentityId to);
    Status take_step(const Happening& now, Message& message, const journey::Entry& before);
    void put_rows(const Message& message);
    void erase_rows(const Message& message, const journey::Entry& before);
    Status count(const std::string& channel, std::optional<journey::SendState> from,
                 std::optional<journey::SendState> to);
    Status note_in_book(const Happening& now, const Message& message, const journey::Entry& before);
    void follow(const Happening& now, const Message& message);

    OutboxParts parts_;
    std::shared_ptr<const Settings> settings_;  // Shared with views of the epoch.
    uint64_t changes_ = 0;
    std::map<std::string, ChannelCounts> counts_;  // By channel; of this epoch.
};

}  // namespace throughline::engine
