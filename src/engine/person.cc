#include "engine/person.h"

#include <algorithm>

#include "engine/roots.h"
#include "identity/public_id.h"
#include "model/normalise.h"
#include "profile/search_words.h"

namespace throughline::engine {

namespace {

constexpr size_t kCandidatesMax = 2000;  // Rows of one word looked at in a search.

Error unknown_person() {
    return Error::not_found("profile: nobody has this reference");
}

// The identity that an identifier names now: its newest slice.
Result<std::optional<IdentityId>> newest_slice(const View& view, const Key128& key) {
    TL_TRY_ASSIGN(const auto bytes, view.tables.identifiers.read(key, view.pin));
    if (!bytes) return std::optional<IdentityId>{};
    const identity::SlicesView slices(*bytes);
    if (slices.size() == 0) return std::optional<IdentityId>{};
    return std::optional<IdentityId>(slices.at(slices.size() - 1).identity);
}

Status load_identity(const View& view, IdentityId id, Person& person) {
    const Key128 key = identity::identity_key(id);
    TL_TRY_ASSIGN(const auto bytes, view.tables.identities.read(key, view.pin));
    if (!bytes) return Status::ok();
    PersonIdentity identity{.id = id, .node = {}};
    identity.node.decode(*bytes);
    const model::Namespace* space = view.settings->namespaces().find(identity.node.space);
    person.is_known |= space != nullptr && space->person;
    person.identities.push_back(std::move(identity));
    return Status::ok();
}

// What the leaves of her identities add up to.
Status load_record(const View& view, Person& person) {
    std::vector<profile::Leaf> leaves;
    for (const PersonIdentity& identity : person.identities) {
        TL_TRY_ASSIGN(const auto bytes,
                      view.tables.leaves.read(identity::identity_key(identity.id), view.pin));
        if (!bytes) continue;
        TL_TRY_ASSIGN(profile::Leaf leaf, profile::Leaf::decode(*bytes));
        leaves.push_back(std::move(leaf));
    }
    person.record = profile::combine(std::move(leaves));
    return Status::ok();
}

// What the words lead to: people in the order of their identities.
Result<std::vector<IdentityId>> identities_of_word(const View& view, std::string_view word) {
    const auto range = store::KeyRange::prefix(profile::word_prefix(word));
    TL_TRY_ASSIGN(const auto rows, view.tables.search.scan(range, kCandidatesMax));
    std::vector<IdentityId> found;
    for (const auto& [key, value] : rows) {
        if (const auto identity = profile::identity_of_key(key)) found.push_back(*identity);
    }
    return found;
}

Result<std::optional<IdentityId>> root_of(const View& view, IdentityId id) {
    TL_TRY_ASSIGN(const auto bytes,
                  view.tables.identities.read(identity::identity_key(id), view.pin));
    if (!bytes) return std::optional<IdentityId>{};
    const identity::NodeView node(*bytes);
    if (node.has(identity::kNodeErased)) return std::optional<IdentityId>{};
    return std::optional<IdentityId>(node.root());
}

// What a text may be as a value of a namespace: one value, or for a phone number without country
// code one for each country that sources send from.
std::vector<std::string> values_of(const View& view, const model::Namespace& space,
                                   std::string_view text) {
    std::vector<std::string> values;
    const auto add = [&](std::string_view region) {
        auto value = model::normalise(space.normaliser, text, region);
        if (value && std::ranges::find(values, *value) == values.end()) {
            values.push_back(*std::move(value));
        }
    };
    add({});
    if (space.normaliser != model::Normaliser::Phone) return values;
    for (const auto& [key, source] : view.settings->sources()) add(source.region);
    return values;
}

// An identifier typed whole, in any namespace, comes before all names.
Status add_exact(const View& view, std::string_view text, std::vector<SearchHit>& hits) {
    for (const model::Namespace& space : view.settings->namespaces().all()) {
        for (const std::string& value : values_of(view, space, text)) {
            const Key128 key = model::identifier_key(view.secret, space.id, value);
            TL_TRY_ASSIGN(const auto identity, newest_slice(view, key));
            if (!identity) continue;
            TL_TRY_ASSIGN(const auto root, root_of(view, *identity));
            if (root && std::ranges::find(hits, *root, &SearchHit::root) == hits.end()) {
                hits.push_back({*root, value});
            }
        }
    }
    return Status::ok();
}

}  // namespace

Result<PersonRef> PersonRef::parse(const View& view, std::string_view text) {
    PersonRef ref;
    if (text.starts_with("p_") && text.find(':') == std::string_view::npos) {
        const auto id = identity::identity_of_public_id(view.secret, text);
        if (!id) return Error::invalid("profile: ref: not a profile id");
        ref.id = *id;
        return ref;
    }
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return Error::invalid("profile: ref: need p_… or namespace:value");
    }
    const model::Namespace* space = view.settings->namespaces().find(text.substr(0, colon));
    if (space == nullptr) return Error::invalid("profile: ref: unknown namespace");
    ref.space = space->id;
    ref.value = text.substr(colon + 1);
    return ref;
}

std::string Person::public_id(const View& view) const {
    return identity::public_id(view.secret, root);
}

std::optional<std::string> Person::merged_from(const View& view) const {
    if (asked == root) return {};
    return identity::public_id(view.secret, asked);
}

std::vector<IdentityId> Person::members() const {
    std::vector<IdentityId> ids;
    for (const PersonIdentity& identity : identities) ids.push_back(identity.id);
    return ids;
}

Result<IdentityId> find_identity(const View& view, const PersonRef& ref) {
    if (ref.id) return *ref.id;
    const model::Namespace* space = view.settings->namespaces().find(ref.space);
    if (space == nullptr) return unknown_person();
    for (const std::string& value : values_of(view, *space, ref.value)) {
        TL_TRY_ASSIGN(const auto identity,
                      newest_slice(view, model::identifier_key(view.secret, ref.space, value)));
        if (identity) return *identity;
    }
    return unknown_person();
}

Result<Person> load_person(const View& view, IdentityId asked) {
    TL_TRY_ASSIGN(const auto root, root_of(view, asked));
    if (!root) return unknown_person();
    Person person{.root = *root, .asked = asked};
    TL_TRY(load_identity(view, *root, person));
    if (person.identities.empty())
        return Error::corrupt("profile: the root of an identity is gone");
    const std::vector<IdentityId> members = person.identities.front().node.members;
    for (const IdentityId member : members) {
        if (member != *root) TL_TRY(load_identity(view, member, person));
    }
    TL_TRY(load_record(view, person));
    return person;
}

Result<Person> load_person_of(const View& view, std::span<const uint32_t> identities) {
    TL_ASSERT(!identities.empty());
    const IdentityId root{identities.front()};
    Person person{.root = root, .asked = root};
    for (const uint32_t identity : identities) {
        TL_TRY(load_identity(view, IdentityId{identity}, person));
    }
    std::erase_if(person.identities, [](const PersonIdentity& identity) {
        return identity.node.has(identity::kNodeErased);
    });
    if (person.identities.empty()) return unknown_person();
    TL_TRY(load_record(view, person));
    return person;
}

Result<Person> load_person(const View& view, const PersonRef& ref) {
    TL_TRY_ASSIGN(const IdentityId identity, find_identity(view, ref));
    auto person = load_person(view, identity);
    // Only a public id can name who was merged; an identifier's own identity is no news.
    if (person && !ref.id) person->asked = person->root;
    return person;
}

Result<size_t> count_sessions(const View& view, const Person& person) {
    if (person.record.sessions) return *person.record.sessions;
    std::vector<Micros> times;
    const auto members = person.members();
    TL_TRY(view.history->rows_of(members,
                                 [&](const sequence::RowKey& row) { times.push_back(row.time); }));
    std::ranges::sort(times);
    size_t sessions = 0;
    for (size_t i = 0; i < times.size(); ++i) {
        sessions += i == 0 || times[i] - times[i - 1] >= profile::kSessionGap;
    }
    return sessions;
}

Result<std::vector<SearchHit>> search_people(const View& view, std::string_view text,
                                             size_t limit) {
    std::vector<SearchHit> hits;
    TL_TRY(add_exact(view, text, hits));
    const std::vector<std::string> words = profile::words_of_query(text);
    if (words.empty()) return hits;

    // People of the longest word, the rarest as a rule, who also have all others.
    const auto longest = std::ranges::max_element(words, {}, &std::string::size);
    std::vector<IdentityId> roots;
    TL_TRY_ASSIGN(const auto candidates, identities_of_word(view, *longest));
    for (const IdentityId identity : candidates) {
        TL_TRY_ASSIGN(const auto root, root_of(view, identity));
        if (root) roots.push_back(*root);
    }
    for (const std::string& word : words) {
        if (word == *longest) continue;
        std::vector<IdentityId> others;
        TL_TRY_ASSIGN(const auto found, identities_of_word(view, word));
        for (const IdentityId identity : found) {
            TL_TRY_ASSIGN(const auto root, root_of(view, identity));
            if (root) others.push_back(*root);
        }
        std::ranges::sort(others);
        std::erase_if(roots,
                      [&](IdentityId root) { return !std::ranges::binary_search(others, root); });
    }
    for (const IdentityId root : roots) {
        if (hits.size() >= limit) break;
        if (std::ranges::find(hits, root, &SearchHit::root) == hits.end()) {
            hits.push_back({root, *longest});
        }
    }
    return hits;
}

Result<std::vector<IdentityId>> latest_people(const View& view, IdentityId before, size_t limit) {
    std::vector<IdentityId> roots;
    for (IdentityId id = before; id > 1 && roots.size() < limit;) {
        --id;
        TL_TRY_ASSIGN(const auto root, root_of(view, id));
        if (root && *root == id) roots.push_back(id);
    }
    return roots;
}

Result<profile::Account> load_account(const View& view, std::string_view group_id) {
    const Key128 key = profile::account_key(view.secret, group_id);
    TL_TRY_ASSIGN(const auto bytes, view.tables.accounts.read(key, view.pin));
    if (!bytes) return Error::not_found("account: no such account");
    return profile::decode_account(*bytes);
}

Result<std::vector<IdentityId>> account_members(const View& view, std::string_view group_id,
                                                size_t limit) {
    const Key128 key = profile::account_key(view.secret, group_id);
    const auto range = store::KeyRange::prefix(profile::member_prefix(key));
    TL_TRY_ASSIGN(const auto rows, view.tables.search.scan(range, 2 * limit));
    std::vector<IdentityId> roots;
    for (const auto& [row, value] : rows) {
        const auto identity = profile::identity_of_key(row);
        if (!identity) continue;
        TL_TRY_ASSIGN(const auto root, root_of(view, *identity));
        if (root && std::ranges::find(roots, *root) == roots.end()) roots.push_back(*root);
        if (roots.size() >= limit) break;
    }
    return roots;
}

}  // namespace throughline::engine
