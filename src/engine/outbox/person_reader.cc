#include "engine/outbox/person_reader.h"

#include <algorithm>

#include "engine/consents.h"
#include "profile/golden_record.h"

namespace throughline::engine {

using identity::IdentityId;

const model::Namespace* namespace_of(const model::Namespaces& spaces, std::string_view channel) {
    if (channel == "sms" || channel == "whatsapp") return spaces.find(model::kPhone);
    if (channel == "push") return spaces.find(model::kPushToken);
    return spaces.find(channel);
}

Status PersonReader::load(IdentityId identity) {
    members_.clear();
    addresses_.clear();
    TL_TRY_ASSIGN(const auto own, tables_.identities.get(identity::identity_key(identity)));
    if (!own || identity::NodeView(*own).has(identity::kNodeErased)) return Status::ok();
    const IdentityId root = identity::NodeView(*own).root();
    TL_TRY_ASSIGN(const auto head, tables_.identities.get(identity::identity_key(root)));
    if (!head) return Error::corrupt("engine: outbox: an identity has no root");
    const identity::NodeView node(*head);
    for (size_t i = 0; i < node.member_count(); ++i) members_.push_back(node.member(i));
    if (members_.empty()) members_ = {root};
    for (const IdentityId member : members_) {
        TL_TRY_ASSIGN(const auto bytes, tables_.identities.get(identity::identity_key(member)));
        if (!bytes) continue;
        const identity::NodeView one(*bytes);
        if (one.has(identity::kNodeErased) || one.has(identity::kNodeGeneric)) continue;
        addresses_.push_back({member, one.space(), one.last_seen(), std::string(one.value())});
    }
    return Status::ok();
}

IdentityId PersonReader::latest_address(std::string_view channel) const {
    const model::Namespace* const space = namespace_of(settings_.namespaces(), channel);
    if (space == nullptr) return 0;
    const Address* latest = nullptr;
    for (const Address& one : addresses_) {
        if (one.space != space->id) continue;
        if (latest == nullptr || one.last_seen >= latest->last_seen) latest = &one;
    }
    return latest != nullptr ? latest->identity : 0;
}

Result<std::vector<privacy::Suppression>> PersonReader::suppressions(const SecretKey& secret,
                                                                     IdentityId address) const {
    const auto found = std::ranges::find(addresses_, address, &Address::identity);
    if (found == addresses_.end()) return std::vector<privacy::Suppression>();
    const Key128 key = privacy::suppression_key(secret, found->space, found->value);
    TL_TRY_ASSIGN(const auto bytes, tables_.suppressions.get(suppression_row(key)));
    if (!bytes) return std::vector<privacy::Suppression>();
    TL_TRY_ASSIGN(auto known, privacy::SuppressedAddress::decode(*bytes));
    return std::move(known.reasons);
}

Result<std::vector<privacy::Held>> PersonReader::held() {
    speakers_.clear();
    books_.clear();
    for (const IdentityId member : members_) {
        TL_TRY_ASSIGN(const auto bytes, tables_.consents.get(identity::identity_key(member)));
        if (!bytes) continue;
        TL_TRY_ASSIGN(privacy::Book book, privacy::Book::decode(*bytes));
        speakers_.push_back(member);
        books_.push_back(std::move(book));
    }
    std::vector<privacy::Held> held;
    for (size_t i = 0; i < books_.size(); ++i) held.push_back({speakers_[i], &books_[i]});
    return held;
}

Result<TimeZone> PersonReader::zone() const {
    profile::GoldenRecord record;
    for (const IdentityId member : members_) {
        TL_TRY_ASSIGN(const auto bytes, tables_.leaves.get(identity::identity_key(member)));
        if (!bytes) continue;
        TL_TRY_ASSIGN(profile::Leaf leaf, profile::Leaf::decode(*bytes));
        for (profile::TraitEntry& entry : leaf.traits) {
            if (entry.name != kZoneTrait) continue;
            record.traits[entry.name].push_back(std::move(entry));
        }
    }
    const auto doc =
        profile::trait_doc(record, kZoneTrait, settings_.survivorship(), settings_.source_names());
    if (doc) {
        const auto own = TimeZone::find(model::DocView(*doc).as_string());
        if (own) return *own;
    }
    return TimeZone::find(settings_.timezone()).value_or(TimeZone());
}

Result<std::vector<Micros>> PersonReader::sent(std::string_view topic, const Key128& but) const {
    std::vector<Micros> times;
    const auto is_of_it = [&](std::string_view other) { return topic.empty() || other == topic; };
    for (const IdentityId member : members_) {
        TL_TRY_ASSIGN(const auto bytes, tables_.sendings.get(identity::identity_key(member)));
        TL_TRY_ASSIGN(const SendBook book, SendBook::decode(bytes.value_or(std::string_view{})));
        for (const Sending& one : book.sent) {
            if (is_of_it(one.topic)) times.push_back(one.at);
        }
        for (const OpenMessage& one : book.open) {
            const bool counts = one.counted_at != kNoTime && one.key != but;
            if (counts && is_of_it(one.topic)) times.push_back(one.counted_at);
        }
    }
    std::ranges::sort(times);
    return times;
}

}  // namespace throughline::engine
