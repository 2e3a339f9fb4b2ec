// Reading what people said and which addresses are suppressed: of one person, or of all, newest
// first.
//
// Tables, written by the fold (fold_consents.cc):
//   consents      identity                    book of its statements (privacy/statement.h)
//   statements    position, slot (big-endian) {identity u32, subject u8, given u8, key}
//   suppressions  'h' key of an address       why it is (privacy/suppression.h)
//                 't' position (big-endian)   its row of 'h', in the order in which reasons came
//
// Layer 6. Pure over a View. Cost: a read an identity; a page of a list a read a row.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/person.h"
#include "privacy/standing.h"
#include "privacy/suppression.h"

namespace throughline::engine {

/// The books of a person's identities; those that said nothing are left out.
struct PersonBooks {
    std::vector<IdentityId> identities;
    std::vector<privacy::Book> books;

    std::vector<privacy::Held> held() const;
};
Result<PersonBooks> load_books(const View& view, const Person& person);

struct ListedStatement {
    IdentityId identity = 0;
    privacy::Statement statement;
};

/// Which statements a list is about; empty: all.
struct StatementFilter {
    std::optional<privacy::Subject> subject;
    std::string key;
    std::optional<bool> is_given;
};

struct StatementPage {
    std::vector<ListedStatement> statements;
    std::string next;  // Cursor; empty at the end.
};

/// Statements of everybody, the latest taken first. `cursor`: of the page before, empty for the
/// first. Errors: InvalidArgument for a cursor that is none; of the reads.
Result<StatementPage> list_statements(const View& view, const StatementFilter& filter,
                                      std::string_view cursor, size_t limit);

struct ListedSuppression {
    Key128 key;
    model::NamespaceId space = 0;
    privacy::Suppression suppression;
};

struct SuppressionPage {
    std::vector<ListedSuppression> suppressions;
    std::string next;
};

/// As list_statements; of one reason, if one is given.
Result<SuppressionPage> list_suppressions(const View& view,
                                          std::optional<privacy::SuppressionReason> reason,
                                          std::string_view cursor, size_t limit);

/// Why an address is suppressed; no reasons: it is not.
Result<privacy::SuppressedAddress> find_suppression(const View& view, const Key128& address);

// Rows, for the fold.

std::pair<std::string, std::string> statement_row(IdentityId identity,
                                                  const privacy::Statement& statement);
std::string suppression_row(const Key128& address);
std::string suppression_order_row(model::Position position);

/// 32 digits of lower-case hexadecimal, and back.
std::string hex_of_key(const Key128& key);
std::optional<Key128> key_of_hex(std::string_view text);

}  // namespace throughline::engine
