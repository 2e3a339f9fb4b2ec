// The fold of what people say about the use of their data, and of addresses not to be written to.
//
// Statements are kept at the identity they were made under: of an event that says just this, the
// identity of its row; of a banner's preferences, the browser's, so that two browsers of one
// account do not speak over each other. A giving notes who was one person then
// (privacy/standing.h).
#include <algorithm>

#include "engine/consents.h"
#include "engine/decisions_of.h"
#include "engine/fold.h"
#include "engine/fold_cursor.h"
#include "engine/outbox/person_reader.h"
#include "engine/provider_reports.h"
#include "privacy/reading.h"
#include "privacy/standing.h"
#include "privacy/suppression.h"

namespace throughline::engine {

using identity::IdentityId;
using privacy::Statement;

Status Fold::fold_statements(const Cursor& at, const model::EventView& event) {
    std::vector<Statement> statements = privacy::statements_of(event);
    const auto banner =
        std::ranges::find(statements, privacy::Means::Preference, &Statement::means);
    const std::span<Statement> all(statements);
    const auto acts = static_cast<size_t>(banner - statements.begin());
    if (acts > 0) TL_TRY(keep_statements(at, resolution_.identity, all.first(acts)));
    if (acts == all.size()) return Status::ok();
    TL_TRY_ASSIGN(const IdentityId browser, browser_of(event));
    return keep_statements(at, browser, all.subspan(acts));
}

// The identity of the browser or device that an event came from; else the one of its row.
Result<IdentityId> Fold::browser_of(const model::EventView& event) {
    for (const model::NamespaceId space : {model::kAnonymousId, model::kDeviceId}) {
        for (size_t i = 0; i < event.identifier_count(); ++i) {
            const model::IdentifierView identifier = event.identifier(i);
            if (identifier.space != space) continue;
            TL_TRY_ASSIGN(const auto record, parts_.tables.identifiers.get(identifier.key));
            if (!record) continue;
            const identity::SlicesView slices(*record);
            if (slices.size() == 0 || slices.is_generic()) continue;
            return slices.at(slices.covering(event.time())).identity;
        }
    }
    return resolution_.identity;
}

// The other identities of the person that one belongs to, ascending.
Result<std::vector<IdentityId>> Fold::others_of(IdentityId identity) {
    std::vector<IdentityId> others;
    store::StateTable& identities = parts_.tables.identities;
    TL_TRY_ASSIGN(const auto own, identities.get(identity::identity_key(identity)));
    if (!own) return others;
    const IdentityId root = identity::NodeView(*own).root();
    TL_TRY_ASSIGN(const auto head, identities.get(identity::identity_key(root)));
    if (!head) return others;
    const identity::NodeView node(*head);
    for (size_t i = 0; i < node.member_count(); ++i) {
        if (node.member(i) != identity) others.push_back(node.member(i));
    }
    return others;
}

Status Fold::keep_statements(const Cursor& at, IdentityId identity,
                             std::span<Statement> statements) {
    const Key128 key = identity::identity_key(identity);
    store::StateTable& consents = parts_.tables.consents;
    TL_TRY_ASSIGN(const auto bytes, consents.get(key));
    TL_TRY_ASSIGN(privacy::Book book, privacy::Book::decode(bytes.value_or(std::string_view{})));
    std::vector<Statement> gone;
    bool has_changed = false;
    for (Statement& statement : statements) {
        statement.stamp = at.stamp;
        statement.position = at.position;
        // A banner is the state of one browser; history says what was true of one identity.
        const bool is_for_all = statement.is_given && !statement.is_late &&
                                statement.means != privacy::Means::Preference;
        if (is_for_all) {
            TL_TRY_ASSIGN(statement.speaks_for, others_of(identity));
        }
        const auto [row_key, row] = statement_row(identity, statement);
        if (!book.take(std::move(statement), gone)) continue;
        has_changed = true;
        parts_.tables.statements.put(row_key, row);
        for (const Statement& old : gone) {
            parts_.tables.statements.erase(statement_row(identity, old).first);
        }
        gone.clear();
    }
    if (has_changed) consents.put(key, book.encode());
    return Status::ok();
}

// Who is erased and had refused a purpose, other than by a banner, is written to no more should her
// address come back: of what she said nothing is left that could tell.
Status Fold::keep_refusal(const Cursor& at, IdentityId identity) {
    PersonReader person(parts_.tables, *settings_);
    TL_TRY(person.load(identity));
    TL_TRY_ASSIGN(const auto held, person.held());
    const auto has_refused = [&](const Statement& said) {
        if (said.subject != privacy::Subject::Purpose || said.is_given) return false;
        if (said.means == privacy::Means::Preference) return false;
        const privacy::Names names{.subject = said.subject, .key = said.key, .others = {}};
        return privacy::standing(held, names, said.only, at.stamp).stand ==
               privacy::Stand::Withdrawn;
    };
    const bool is_refused = std::ranges::any_of(held, [&](const privacy::Held& one) {
        return std::ranges::any_of(one.book->statements, has_refused);
    });
    if (!is_refused) return Status::ok();
    for (const PersonReader::Address& one : person.addresses()) {
        if (one.space != model::kEmail && one.space != model::kPhone) continue;
        const Key128 key = privacy::suppression_key(parts_.secret, one.space, one.value);
        TL_TRY(suppress_address(parts_.tables, key, one.space,
                                {.reason = privacy::SuppressionReason::Unsubscribe,
                                 .at = at.stamp,
                                 .position = at.position,
                                 .actor = {}}));
    }
    return Status::ok();
}

Status Fold::forget_statements(IdentityId identity) {
    const Key128 key = identity::identity_key(identity);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.consents.get(key));
    if (!bytes) return Status::ok();
    TL_TRY_ASSIGN(const privacy::Book book, privacy::Book::decode(*bytes));
    for (const Statement& statement : book.statements) {
        parts_.tables.statements.erase(statement_row(identity, statement).first);
    }
    parts_.tables.consents.erase(key);
    return Status::ok();
}

// What somebody of the company wrote down. What was said more than a day before is history.
Status Fold::decide_consent(const Cursor& at, model::DocView doc) {
    const IdentityId identity = identity_in(doc, "identity");
    if (!is_somebody(identity)) {
        refuse(at, "not_found", "identity: nobody has this one, or not any more");
        return Status::ok();
    }
    std::vector<Statement> statements;
    for (const model::DocView item : doc.find("statements").items()) {
        auto statement = privacy::read_statement(item);
        if (!statement) {
            refuse(at, code_name(statement.error().code), statement.error().message);
            return Status::ok();
        }
        statement->slot = static_cast<uint32_t>(statements.size());
        statement->actor = doc.find("actor").as_string();
        statement->is_late = at.stamp - statement->at > kDay;
        statements.push_back(*std::move(statement));
    }
    TL_TRY(keep_statements(at, identity, statements));
    note_about(parts_.tables, identity, at.position);
    note_audit(at, doc, "consent", doc.find("subject").as_string());
    return Status::ok();
}

// The record holds the key of the address and not the address: it is not to outlive an erasure.
Status Fold::decide_suppression(const Cursor& at, model::DocView doc, std::string_view action) {
    const auto key = key_of_hex(doc.find("address").as_string());
    const auto reason = privacy::reason_named(doc.find("cause").as_string());
    if (!key || (action == "suppress" && !reason)) {
        refuse(at, "invalid_argument", "suppression: need the key of an address and a reason");
        return Status::ok();
    }
    if (action == "suppress") {
        const auto space = doc.find("space").as_integer().value_or(0);
        TL_TRY_ASSIGN(const bool is_news,
                      suppress_address(parts_.tables, *key, static_cast<model::NamespaceId>(space),
                                       {.reason = *reason,
                                        .at = doc.find("at").as_integer().value_or(at.stamp),
                                        .position = at.position,
                                        .actor = std::string(doc.find("actor").as_string())}));
        if (!is_news) return Status::ok();
    } else {
        TL_TRY_ASSIGN(const bool is_gone, unsuppress_address(parts_.tables, *key, reason));
        if (!is_gone) {
            refuse(at, "not_found", "suppression: the address is not suppressed for this reason");
            return Status::ok();
        }
    }
    note_audit(at, doc, action, "suppressions/" + hex_of_key(*key));
    return Status::ok();
}

}  // namespace throughline::engine
