#include "profile/account.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::profile {

Key128 account_key(const SecretKey& secret, std::string_view group_id) {
    return keyed_hash(secret, "account:" + std::string(group_id));
}

Result<Account> decode_account(std::string_view bytes) {
    ByteReader in(bytes);
    Account account;
    account.group_id = in.string();
    TL_TRY_ASSIGN(account.leaf, Leaf::decode(in.raw(in.left())));
    return account;
}

Status fold_group(std::string& bytes, std::string_view group_id, const model::EventView& event,
                  model::Position position) {
    Account account{.group_id = std::string(group_id), .leaf = {}};
    if (!bytes.empty()) {
        TL_TRY_ASSIGN(account, decode_account(bytes));
    }
    Leaf& leaf = account.leaf;
    const Micros at = event.time();
    leaf.first_seen = leaf.event_count == 0 ? at : std::min(leaf.first_seen, at);
    leaf.last_seen = leaf.event_count == 0 ? at : std::max(leaf.last_seen, at);
    ++leaf.event_count;
    ++leaf.by_type[static_cast<size_t>(event.type()) - 1];
    for (const model::DocField& field : event.doc().find("traits").fields()) {
        if (!field.key.empty()) leaf.say(field.key, event.source(), field.value, at, position);
    }
    bytes.clear();
    ByteWriter out(bytes);
    out.string(account.group_id);
    out.raw(leaf.encode());
    return Status::ok();
}

}  // namespace throughline::profile
