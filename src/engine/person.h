// Reading one person: from a reference to the identities, their nodes and the golden record.
//
// Layer 6. Pure over a View. Cost: one read per identity and leaf; 5 to 10 us for three identities
// in memory, 5 us more for each that is cold.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/view.h"
#include "identity/node.h"
#include "identity/plan.h"
#include "profile/account.h"
#include "profile/golden_record.h"

namespace throughline::engine {

using identity::IdentityId;

/// How a caller names a person: `p_…`, or `namespace:value` split at the first colon.
struct PersonRef {
    std::optional<IdentityId> id;  // Of a public id.
    model::NamespaceId space = 0;  // Else an identifier, not yet normalised.
    std::string value;

    /// Errors: InvalidArgument when it is neither.
    static Result<PersonRef> parse(const View& view, std::string_view text);
};

struct PersonIdentity {
    IdentityId id = 0;
    identity::Node node;
};

struct Person {
    IdentityId root = 0;
    IdentityId asked = 0;                    // The identity that the reference named.
    std::vector<PersonIdentity> identities;  // Ascending; the first is the root.
    profile::GoldenRecord record;
    bool is_known = false;  // Has an identifier of a namespace marked `person`.

    std::string public_id(const View& view) const;
    /// The id that was asked for, when it is not the one that answers.
    std::optional<std::string> merged_from(const View& view) const;
    std::vector<IdentityId> members() const;
};

/// Errors: NotFound when nobody has it, or she was erased; those of the reads.
Result<IdentityId> find_identity(const View& view, const PersonRef& ref);

/// Loads the whole person to whom an identity belongs.
Result<Person> load_person(const View& view, IdentityId identity);
Result<Person> load_person(const View& view, const PersonRef& ref);

/// Loads some identities as one person, as they were at an earlier moment: the first is her root.
/// Errors: NotFound when all of them were erased since.
Result<Person> load_person_of(const View& view, std::span<const uint32_t> identities);

/// Sessions of a person: from the leaves, or counted in history when a leaf keeps no more.
Result<size_t> count_sessions(const View& view, const Person& person);

struct SearchHit {
    IdentityId root = 0;
    std::string word;  // That matched.
};

/// People who match all words of what was typed: as beginnings of names, e-mail addresses, ids.
/// An exact identifier comes first. At most `limit`; each person once.
Result<std::vector<SearchHit>> search_people(const View& view, std::string_view text, size_t limit);

/// Some people, newest identities first, for an empty search.
Result<std::vector<IdentityId>> latest_people(const View& view, IdentityId before, size_t limit);

/// Errors: NotFound.
Result<profile::Account> load_account(const View& view, std::string_view group_id);
/// The profiles of an account's members, at most `limit`.
Result<std::vector<IdentityId>> account_members(const View& view, std::string_view group_id,
                                                size_t limit);

}  // namespace throughline::engine
