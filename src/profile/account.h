// Accounts: companies, households, teams that people belong to, made by `group` events.
//
// An account's record is its group id and a leaf: traits with provenance like a person's, counts,
// first and last seen. Its members are found by the member keys of search_words.h.
//
// Layer 3. Pure.
#pragma once

#include <string>
#include <string_view>

#include "profile/golden_record.h"

namespace throughline::profile {

struct Account {
    std::string group_id;
    Leaf leaf;
};

/// The key of an account in the table `accounts`.
Key128 account_key(const SecretKey& secret, std::string_view group_id);

Result<Account> decode_account(std::string_view bytes);

/// Folds a group event into the account's bytes (empty: a new account).
Status fold_group(std::string& bytes, std::string_view group_id, const model::EventView& event,
                  model::Position position);

}  // namespace throughline::profile
