#include "engine/fold.h"

#include <algorithm>

#include "engine/fold_cursor.h"
#include "engine/roots.h"
#include "profile/account.h"
#include "profile/search_words.h"

namespace throughline::engine {

Fold::Fold(const FoldParts& parts, FoldState state, std::shared_ptr<const Settings> settings,
           size_t shards)
    : parts_(parts),
      state_(std::move(state)),
      settings_(std::move(settings)),
      graph_({parts.tables.identifiers, parts.tables.identities, parts.tables.decisions},
             parts.secret, state_.next_identity),
      shards_(parts.tables.leaves, shards) {
    graph_.set_namespaces(settings_->namespaces());
}

Fold::~Fold() = default;

Status Fold::apply(Epoch& epoch) {
    if (is_poisoned_) return Error::unavailable("engine: a read failed, restart to go on");
    is_poisoned_ = true;  // Until all of it went well.
    TL_TRY(prefetch(epoch));
    for (FoldBatch& batch : epoch.batches) TL_TRY(fold_batch(batch));
    TL_TRY(run_shards());
    state_.next_identity = graph_.next_identity();
    is_poisoned_ = false;
    return Status::ok();
}

void Fold::publish() {
    Tables& tables = parts_.tables;
    parts_.roots.publish();  // First: a row's identity has its root when the row is seen.
    parts_.history.publish();
    tables.epochs.publish(tables.epochs.in_work());
}

// Reads ahead in four rounds, because each names the keys of the next: identifiers, identities,
// their roots, their members; leaves go with the identities.
Status Fold::prefetch(const Epoch& epoch) {
    const auto for_each_event = [&](const auto& visit) -> Status {
        for (const FoldBatch& batch : epoch.batches) {
            for (size_t i = 0; i < batch.submission.size(); ++i) {
                const std::string_view payload = batch.submission.record(i);
                if (model::record_kind(payload) != model::RecordKind::Event) continue;
                if (skip_of(batch.first + i) != nullptr) continue;
                TL_TRY(visit(model::EventView(payload)));
            }
        }
        return Status::ok();
    };
    keys_.clear();
    TL_TRY(for_each_event([&](const model::EventView& event) {
        identity::IdentityGraph::identifier_keys(event, keys_);
        return Status::ok();
    }));
    TL_TRY(parts_.tables.identifiers.prefetch(keys_));

    keys_.clear();
    TL_TRY(for_each_event(
        [&](const model::EventView& event) { return graph_.identity_keys(event, keys_); }));
    TL_TRY(parts_.tables.identities.prefetch(keys_));
    TL_TRY(parts_.tables.leaves.prefetch(keys_));

    keys_.clear();
    TL_TRY(for_each_event(
        [&](const model::EventView& event) { return graph_.root_keys(event, keys_); }));
    TL_TRY(parts_.tables.identities.prefetch(keys_));

    keys_.clear();
    TL_TRY(for_each_event(
        [&](const model::EventView& event) { return graph_.member_keys(event, keys_); }));
    TL_TRY(parts_.tables.identities.prefetch(keys_));
    return Status::ok();
}

Status Fold::fold_batch(FoldBatch& batch) {
    parts_.history.hold(batch.submission.bytes);
    for (size_t i = 0; i < batch.submission.size(); ++i) {
        const Cursor at{.batch = batch,
                        .index = static_cast<uint32_t>(i),
                        .position = batch.first + i,
                        .stamp = batch.stamp,
                        .payload = batch.submission.record(i)};
        if (const Skip* skip = skip_of(at.position)) {
            note_skip(*skip);
        } else if (const Status status = fold_record(at); !status) {
            return Error{status.error().code, "record " + model::format_position(at.position) +
                                                  ": " + status.error().message};
        }
        state_.next_position = at.position + 1;
        state_.stamp = at.stamp;
    }
    batch.outcome.position = batch.first + batch.submission.size() - 1;
    return Status::ok();
}

const Skip* Fold::skip_of(model::Position position) const {
    if (skips_.empty()) return nullptr;
    const auto found = std::ranges::lower_bound(skips_, position, {}, &Skip::position);
    return found != skips_.end() && found->position == position ? &*found : nullptr;
}

Status Fold::fold_record(const Cursor& at) {
    switch (model::record_kind(at.payload)) {
        case model::RecordKind::Event:
            return fold_event(at);
        case model::RecordKind::Reject:
            return fold_reject(at);
        case model::RecordKind::Definition:
            return fold_definition(at);
        case model::RecordKind::Decision:
            return fold_decision(at);
        case model::RecordKind::Tick:
        case model::RecordKind::Skip:
            return Status::ok();
    }
    return Error::corrupt("engine: of a kind this program does not know");
}

Result<bool> Fold::is_new(const Cursor& at, const model::EventView& event) {
    const bool imported = (event.flags() & model::kEventImported) != 0;
    store::DuplicateSet& set = imported ? parts_.imported : parts_.live;
    return set.insert_if_new(event.message_key(), at.stamp);
}

// Whether the person asked to be forgotten after this happened.
Result<bool> Fold::is_erased(const model::EventView& event) {
    if (state_.tombstones == 0) return false;
    for (size_t i = 0; i < event.identifier_count(); ++i) {
        TL_TRY_ASSIGN(const auto until, parts_.tables.tombstones.get(event.identifier(i).key));
        if (until && until->size() == sizeof(Micros) &&
            event.time() <= load<Micros>(until->data())) {
            return true;
        }
    }
    return false;
}

// An alias names its previous id twice: as an anonymous id, and as a user id in case it is one.
Result<bool> Fold::is_alias_conflict(const model::EventView& event, identity::AliasPolicy policy) {
    if (event.type() != model::EventType::Alias || policy == identity::AliasPolicy::JoinUsers) {
        return false;
    }
    for (size_t i = 0; i < event.identifier_count(); ++i) {
        const model::IdentifierView id = event.identifier(i);
        if ((id.flags & model::kIdentifierPreviousUser) == 0) continue;
        TL_TRY_ASSIGN(const auto known, parts_.tables.identifiers.get(id.key));
        if (known && identity::SlicesView(*known).size() > 0) return true;
    }
    return false;
}

Status Fold::fold_event(const Cursor& at) {
    const model::EventView event(at.payload);
    SourceCounters& counters = state_.sources[event.source()];
    counters.last_received = std::max(counters.last_received, event.received());

    TL_TRY_ASSIGN(const bool fresh, is_new(at, event));
    if (!fresh) {
        ++at.batch.outcome.duplicates;
        ++counters.duplicates;
        ++state_.duplicates;
        return Status::ok();
    }
    TL_TRY_ASSIGN(const bool erased, is_erased(event));
    if (erased) {
        // Kept nowhere: that is what was asked for.
        refuse(at, "erased", "the person was erased after this event happened");
        ++counters.rejects;
        return Status::ok();
    }
    const model::Source* source = settings_->source(event.source());
    const auto policy = source != nullptr && source->may_alias_users
                            ? identity::AliasPolicy::JoinUsers
                            : identity::AliasPolicy::KeepUsersApart;
    TL_TRY_ASSIGN(const bool conflict, is_alias_conflict(event, policy));
    if (conflict) {
        static constexpr std::string_view kWhy =
            "both ids are user ids; allow it on the source if they are one person";
        refuse(at, "alias_conflict", std::string(kWhy));
        quarantine(at, "alias_conflict", kWhy);
        return Status::ok();
    }
    TL_TRY(graph_.resolve({at.position, at.stamp}, event, policy, resolution_));
    TL_TRY(take_resolution());
    parts_.history.append(resolution_.identity, at.position, at.payload);
    ++counters.events;
    ++state_.events;
    return queue_leaf(at, event);
}

Status Fold::take_resolution() {
    store::Dense32& roots = parts_.roots;
    for (const identity::RootChange& change : resolution_.roots) {
        const bool is_person =
            change.identity < roots.size() && is_person_word(roots.get(change.identity));
        roots.set(change.identity, root_word(change.root, is_person));
    }
    for (const identity::Fact& fact : resolution_.facts) {
        if (fact.kind == identity::FactKind::Joined) ++state_.merges;
        if (fact.kind != identity::FactKind::Created) continue;
        TL_TRY_ASSIGN(const auto bytes,
                      parts_.tables.identities.get(identity::identity_key(fact.a)));
        TL_ASSERT(bytes);
        const identity::NodeView node(*bytes);
        const model::Namespace* space = settings_->namespaces().find(node.space());
        if (space == nullptr || !space->person) continue;
        roots.set(fact.a, root_word(root_of_word(roots.get(fact.a)), true));
        for (const std::string& word : profile::words_of_identifier(node.value())) {
            parts_.tables.search.put(profile::word_key(word, fact.a), "");
        }
    }
    return Status::ok();
}

Status Fold::queue_leaf(const Cursor& at, const model::EventView& event) {
    LeafWork work{
        .identity = resolution_.identity,
        .input = {.event = event, .position = at.position, .companions = {}, .account = {}}};
    for (size_t i = 0; event.identifier_count() > 1 && i < event.identifier_count(); ++i) {
        const model::IdentifierView id = event.identifier(i);
        constexpr unsigned kNoLink = model::kIdentifierGeneric | model::kIdentifierPreviousUser;
        if ((id.flags & kNoLink) != 0) continue;
        TL_TRY_ASSIGN(const auto bytes, parts_.tables.identifiers.get(id.key));
        if (!bytes) continue;
        const identity::SlicesView slices(*bytes);
        if (slices.size() == 0) continue;
        const identity::IdentityId other = slices.at(slices.covering(event.time())).identity;
        if (other != resolution_.identity) work.input.companions.push_back(other);
    }
    if (event.type() == model::EventType::Group) {
        TL_TRY(fold_account(at, event, work.input.account));
    }
    shards_.add(std::move(work));
    return Status::ok();
}

Status Fold::fold_account(const Cursor& at, const model::EventView& event, Key128& account) {
    const auto group_id = event.doc().find("groupId").as_text();
    if (!group_id || group_id->empty()) return Status::ok();
    account = profile::account_key(parts_.secret, *group_id);
    store::StateTable& accounts = parts_.tables.accounts;
    TL_TRY_ASSIGN(const auto bytes, accounts.get(account));
    std::string record(bytes.value_or(std::string_view{}));
    TL_TRY(profile::fold_group(record, *group_id, event, at.position));
    accounts.put(account, record);
    parts_.tables.search.put(profile::member_key(account, resolution_.identity), "");
    return Status::ok();
}

Status Fold::run_shards() {
    return shards_.run([&](const LeafResult& result) {
        const auto for_each_word = [&](const profile::LeafNews::Said& said, const auto& visit) {
            for (const auto& [trait, text] : said) {
                for (const std::string& word : profile::words_of_trait(trait, text)) {
                    visit(profile::word_key(word, result.identity));
                }
            }
        };
        store::OrderedTable& search = parts_.tables.search;
        for_each_word(result.news.dropped_values, [&](const auto& key) { search.erase(key); });
        for_each_word(result.news.kept_values, [&](const auto& key) { search.put(key, ""); });
        for_each_word(result.news.new_values, [&](const auto& key) { search.put(key, ""); });
    });
}

void Fold::refuse(const Cursor& at, std::string_view code, std::string message) {
    at.batch.outcome.refused.push_back({at.index, code, std::move(message)});
}

}  // namespace throughline::engine
