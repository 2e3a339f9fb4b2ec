// The fold of what people decide: merge, split, lift, pin, erase, settle and purge rejects.
#include <algorithm>

#include "engine/decisions_of.h"
#include "engine/fold.h"
#include "engine/fold_cursor.h"
#include "engine/roots.h"
#include "profile/search_words.h"

namespace throughline::engine {

Status Fold::fold_decision(const Cursor& at) {
    const std::string_view bytes = at.payload.substr(1);
    if (!model::is_doc(bytes)) return Error::corrupt("engine: decision: damaged");
    const model::DocView doc(bytes);
    const std::string_view action = doc.find("action").as_string();
    if (action == "item") return fold_item(at, doc);
    if (action == "forwarded") return note_forwarded(doc);
    // The shards come first: a decision sees every leaf as of its own position.
    TL_TRY(run_shards());
    if (action == "merge" || action == "split" || action == "lift") {
        return decide_identity(at, doc, action);
    }
    if (action == "erase") return erase(at, doc);
    if (action == "pin") return pin(at, doc);
    if (action == "consent") return decide_consent(at, doc);
    if (action == "suppress" || action == "unsuppress") return decide_suppression(at, doc, action);
    if (action.starts_with("send_")) return fold_sending(at, doc, action);
    if (action.starts_with("task_")) return fold_task(at, doc, action);
    if (action == "segment_step") return step_segment(at, doc);
    if (action == "journey") return decide_journey(at, doc);
    if (action == "run_stop") return stop_run(at, doc);
    if (action == "run_start") return start_run(at, doc);
    if (action == "reject") return settle_reject(at, doc);
    if (action == "purge_rejects") {
        return purge_rejects(doc.find("before").as_integer().value_or(0));
    }
    note_audit(at, doc, action, doc.find("subject").as_string());
    return Status::ok();
}

Status Fold::decide_identity(const Cursor& at, model::DocView doc, std::string_view action) {
    const identity::Moment moment{at.position, at.stamp};
    const identity::Author author{doc.find("actor").as_string(), doc.find("reason").as_string()};
    resolution_.clear();
    Status status;
    if (action == "merge") {
        auto plan =
            graph_.merge(moment, identity_in(doc, "a"), identity_in(doc, "b"), author, resolution_);
        if (!plan) status = plan.error();
    } else if (action == "split") {
        std::vector<identity::IdentityId> part;
        for (const model::DocView item : doc.find("identities").items()) {
            part.push_back(static_cast<identity::IdentityId>(item.as_integer().value_or(0)));
        }
        auto plan = graph_.split(moment, part, author, resolution_);
        if (!plan) status = plan.error();
    } else {
        status = graph_.lift(
            moment,
            static_cast<identity::DecisionId>(doc.find("decision").as_integer().value_or(0)),
            author);
    }
    if (!status) {
        // Impossible now although it was possible when it was asked: said, and nothing has changed.
        // A read that failed is another matter: it stops the fold.
        const Code code = status.error().code;
        if (code == Code::Corrupt || code == Code::Unavailable || code == Code::Internal) {
            return status;
        }
        refuse(at, code_name(code), status.error().message);
        return Status::ok();
    }
    TL_TRY(take_resolution(at));
    TL_TRY(note_decision(parts_.tables, at.position));
    TL_TRY(acts_.after_decision({at.position, at.stamp}, resolution_));
    note_audit(at, doc, action, doc.find("subject").as_string());
    return Status::ok();
}

// What is kept of nobody would be waiting for whoever gets that id next; of the erased, for ever.
bool Fold::is_somebody(identity::IdentityId identity) const {
    return identity > 0 && identity < parts_.roots.size() &&
           root_of_word(parts_.roots.get(identity)) != kErasedRoot;
}

Status Fold::pin(const Cursor& at, model::DocView doc) {
    const identity::IdentityId identity = identity_in(doc, "identity");
    if (!is_somebody(identity)) {
        refuse(at, "not_found", "identity: nobody has this one, or not any more");
        return Status::ok();
    }
    const Key128 key = identity::identity_key(identity);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.leaves.get(key));
    std::string leaf(bytes.value_or(std::string_view{}));
    TL_TRY(profile::fold_pin(leaf, doc.find("trait").as_string(), doc.find("value"), at.stamp,
                             at.position));
    parts_.tables.leaves.put(key, leaf);
    note_about(parts_.tables, identity, at.position);
    TL_TRY(acts_.after_trait({at.position, at.stamp}, identity));
    note_audit(at, doc, "pin", doc.find("subject").as_string());
    return Status::ok();
}

// Hides a person at once: no identifier leads to her, no scan counts her rows, no leaf is left. Her
// bytes in log, history and cold store go with the next erasure run (erasure.h).
Status Fold::erase(const Cursor& at, model::DocView doc) {
    TL_TRY_ASSIGN(const OwnIdentifiers own, own_identifiers(identity_in(doc, "identity")));
    TL_TRY(forget_rejects(own.traces));
    TL_TRY(keep_refusal(at, identity_in(doc, "identity")));
    resolution_.clear();
    const Status forgotten = graph_.forget(identity_in(doc, "identity"), resolution_);
    if (!forgotten && forgotten.error().code == Code::NotFound) {
        refuse(at, "not_found", forgotten.error().message);
        return Status::ok();
    }
    TL_TRY(forgotten);
    for (const identity::RootChange& change : resolution_.roots) {
        const identity::IdentityId member = change.identity;
        TL_TRY(forget_words(member));
        TL_TRY(forget_reasons(parts_.tables, member));
        TL_TRY(forget_statements(member));
        TL_TRY(acts_.forget(member));
        TL_TRY(outbox_.forget(member));
        TL_TRY(tasks_.forget(member));
        TL_TRY(items_.forget_owner(member));
        const Key128 key = identity::identity_key(member);
        TL_TRY_ASSIGN(const auto leaf, parts_.tables.leaves.get(key));
        if (leaf) parts_.tables.leaves.erase(key);
        parts_.roots.set(member, kErasedRoot);
    }
    for (const Key128& key : own.keys) {
        TL_TRY_ASSIGN(const auto known, parts_.tables.tombstones.get(key));
        if (!known) ++state_.tombstones;
        std::string until;
        ByteWriter(until).fixed(at.stamp);
        parts_.tables.tombstones.put(key, until);
    }
    note_audit(at, doc, "erase", doc.find("subject").as_string());
    return Status::ok();
}

// The identifiers that are hers alone: a device that others used too must not have their late
// events refused.
Result<Fold::OwnIdentifiers> Fold::own_identifiers(identity::IdentityId named) {
    const auto node_of = [&](identity::IdentityId id, identity::Node& node) -> Status {
        TL_TRY_ASSIGN(const auto bytes, parts_.tables.identities.get(identity::identity_key(id)));
        if (bytes) node.decode(*bytes);
        return Status::ok();
    };
    OwnIdentifiers own;
    // Who asked named the root of that moment; a merge may have come between.
    identity::Node one;
    TL_TRY(node_of(named, one));
    identity::Node head;
    TL_TRY(node_of(one.root, head));
    std::vector<identity::IdentityId> members = head.members;
    if (members.empty()) members = {named};
    for (const identity::IdentityId member : members) {
        identity::Node node;
        TL_TRY(node_of(member, node));
        if (node.root == 0 || node.has(identity::kNodeErased)) continue;
        for (const std::string& word : profile::words_of_identifier(node.value)) {
            parts_.tables.search.erase(profile::word_key(word, member));
        }
        const Key128 key = model::identifier_key(parts_.secret, node.space, node.value);
        TL_TRY_ASSIGN(const auto bytes, parts_.tables.identifiers.get(key));
        if (!bytes) continue;
        const identity::SlicesView slices(*bytes);
        bool is_own = true;
        for (size_t i = 0; i < slices.size(); ++i) {
            is_own = is_own && std::ranges::find(members, slices.at(i).identity) != members.end();
        }
        if (!is_own) continue;
        own.keys.push_back(key);
        own.traces.add(node.value);
    }
    return own;
}

// Quarantined input that names one of her identifiers goes too.
Status Fold::forget_rejects(const Traces& traces) {
    constexpr size_t kStep = 1000;
    store::KeyRange range;
    while (true) {
        TL_TRY_ASSIGN(const auto rows, parts_.tables.rejects.scan(range, kStep));
        for (const auto& [key, row] : rows) {
            if (traces.are_in(row)) parts_.tables.rejects.erase(key);
        }
        if (rows.size() < kStep) return Status::ok();
        range.from = rows.back().first + '\0';
    }
}

Status Fold::forget_words(identity::IdentityId member) {
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.leaves.get(identity::identity_key(member)));
    if (!bytes) return Status::ok();
    TL_TRY_ASSIGN(const profile::Leaf leaf, profile::Leaf::decode(*bytes));
    for (const profile::TraitEntry& entry : leaf.traits) {
        for (const profile::TraitValue& value : entry.values) {
            const auto text = model::DocView(value.doc).as_text();
            if (!text) continue;
            for (const std::string& word : profile::words_of_trait(entry.name, *text)) {
                parts_.tables.search.erase(profile::word_key(word, member));
            }
        }
    }
    for (const profile::Membership& membership : leaf.memberships) {
        parts_.tables.search.erase(profile::member_key(membership.account, member));
    }
    return Status::ok();
}

void Fold::note_audit(const Cursor& at, model::DocView doc, std::string_view action,
                      std::string_view subject) {
    put_audit(at.position, {.at = at.stamp,
                            .actor = doc.find("actor").as_string(),
                            .action = action,
                            .subject = subject,
                            .reason = doc.find("reason").as_string(),
                            .details = doc});
}

void Fold::note_skip(const Skip& skip) {
    const std::string subject = "records/" + model::format_position(skip.position);
    put_audit(skip.position,
              {.at = skip.at, .actor = skip.actor, .action = "skip", .subject = subject});
}

void Fold::put_audit(model::Position position, const AuditRow& audit) {
    std::string row;
    model::DocWriter out(row);
    const size_t mark = out.open_object();
    out.field("at", audit.at);
    out.field("actor", audit.actor);
    out.field("action", audit.action);
    out.field("subject", audit.subject);
    if (!audit.reason.empty()) out.field("reason", audit.reason);
    for (const std::string_view detail : {"trait", "decision"}) {
        const model::DocView value = audit.details.find(detail);
        if (value.is_missing()) continue;
        out.key(detail);
        out.copy(value);
    }
    out.close(mark);
    parts_.tables.audit.put(ordered_key(position), row);
}

}  // namespace throughline::engine
