// A person as the checks of a message see her: her identities, and of them what is asked.
//
// Layer 6. The fold's thread; borrows the tables for one check. Cost: a read of each identity, and
// one more of each for whatever is asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/civil.h"
#include "engine/outbox/send_book.h"
#include "engine/settings.h"
#include "engine/tables.h"
#include "identity/node.h"
#include "privacy/standing.h"
#include "privacy/suppression.h"

namespace throughline::engine {

/// The namespace of the addresses of a channel: `email`, `sms` and `whatsapp`, `push`, else the one
/// that is called like it. Null: there is none.
const model::Namespace* namespace_of(const model::Namespaces& spaces, std::string_view channel);

class PersonReader {
public:
    /// An identity that says who she is, or where she is written to.
    struct Address {
        identity::IdentityId identity = 0;
        model::NamespaceId space = 0;
        Micros last_seen = 0;
        std::string value;
    };

    PersonReader(Tables& tables, const Settings& settings) : tables_(tables), settings_(settings) {}

    /// Takes the person to whom an identity belongs; nobody when she is no more.
    Status load(identity::IdentityId identity);
    const std::vector<identity::IdentityId>& members() const { return members_; }
    const std::vector<Address>& addresses() const { return addresses_; }

    /// The identity of the address of a channel that was seen last; 0: she has none.
    identity::IdentityId latest_address(std::string_view channel) const;
    /// Why an address of hers is suppressed. Errors: of the read.
    Result<std::vector<privacy::Suppression>> suppressions(const SecretKey& secret,
                                                           identity::IdentityId address) const;
    /// What her identities said. The answer borrows this.
    Result<std::vector<privacy::Held>> held();
    /// The zone that her trait `timezone` names, else the installation's.
    Result<TimeZone> zone() const;
    /// When messages to her were sent or begun, but for one of them; ascending. Empty topic: all.
    Result<std::vector<Micros>> sent(std::string_view topic, const Key128& but) const;

private:
    Tables& tables_;
    const Settings& settings_;
    std::vector<identity::IdentityId> members_;
    std::vector<Address> addresses_;
    std::vector<identity::IdentityId> speakers_;  // Whose books are in books_.
    std::vector<privacy::Book> books_;
};

}  // namespace throughline::engine
