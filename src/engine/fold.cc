#include "engine/fold.h"

#include <algorithm>
#include <span>

#include "engine/fold_cursor.h"
#include "engine/past.h"
#include "engine/provider_reports.h"
#include "engine/roots.h"
#include "privacy/reading.h"
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
      shards_(parts.tables.leaves, shards),
      consequences_(parts.history, parts.history_next, parts.secret),
      outbox_({parts.tables, state_, consequences_, parts.secret}),
      tasks_({parts.tables, consequences_}),
      acts_({parts.tables, parts.secret, state_, consequences_, tasks_,
             [this] { return run_shards(); },
             [this](const Happening& now, const Key128& item) { return items_.fire(now, item); },
             parts.intents != nullptr ? parts.intents : &outbox_}),
      items_(
          {parts.tables, state_.next_due, consequences_, parts.secret,
           [this](const Happening& now, identity::IdentityId owner, const model::EventView& event) {
               return acts_.after_item(now, owner, event);
           }}),
      passed_over_(parts.tables.forwarding) {
    graph_.set_namespaces(settings_->namespaces());
    outbox_.set_settings(settings_);
    acts_.set_settings(settings_);
    items_.set_settings(settings_);
}

Fold::~Fold() = default;

Status Fold::apply(Epoch& epoch) {
    if (is_poisoned_) return Error::unavailable("engine: a read failed, restart to go on");
    is_poisoned_ = true;  // Until all of it went well.
    for (std::span<FoldBatch> rest = epoch.batches; !rest.empty();) {
        const std::span<FoldBatch> chunk = rest.first(chunk_of(rest));
        rest = rest.subspan(chunk.size());
        TL_TRY(prefetch(chunk));
        for (FoldBatch& batch : chunk) TL_TRY(fold_batch(batch));
        TL_TRY(run_shards());
    }
    acts_.runs().flush();
    outbox_.flush();
    passed_over_.flush();
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

// How many of the batches are worked on together: what one event touches, some twenty cache lines
// in as many pages, shall still be near when its turn comes, and reads shall go in batches.
size_t Fold::chunk_of(std::span<const FoldBatch> batches) {
    constexpr size_t kRecords = 100;
    size_t count = 0;
    for (size_t records = 0; count < batches.size() && records < kRecords; ++count) {
        records += batches[count].submission.size();
    }
    return count;
}

void Fold::collect_events(std::span<const FoldBatch> chunk) {
    events_.clear();
    next_event_ = 0;
    for (const FoldBatch& batch : chunk) {
        for (size_t i = 0; i < batch.submission.size(); ++i) {
            const std::string_view payload = batch.submission.record(i);
            if (model::record_kind(payload) != model::RecordKind::Event) continue;
            if (skip_of(batch.first + i) == nullptr) events_.emplace_back(payload);
        }
    }
}

// Reads ahead in rounds, because each names the keys of the next: identifiers, identities, and of
// those who have something new to say their roots and members. Leaves: see Shards.
Status Fold::prefetch(std::span<const FoldBatch> chunk) {
    collect_events(chunk);
    keys_.clear();
    for (const model::EventView& event : events_) {
        identity::IdentityGraph::identifier_keys(event, keys_);
    }
    TL_TRY(parts_.tables.identifiers.prefetch(keys_));

    const size_t identifiers = keys_.size();

    keys_.clear();
    for (const model::EventView& event : events_) TL_TRY(graph_.identity_keys(event, keys_));
    TL_TRY(parts_.tables.identities.prefetch(keys_));
    hint_new_identities(identifiers - keys_.size());

    keys_.clear();
    item_keys(chunk, keys_);
    TL_TRY(parts_.tables.items.prefetch(keys_));

    return look_ahead();
}

// Identifiers that are not known yet will take the next identities.
void Fold::hint_new_identities(size_t count) const {
    for (size_t i = 0; i < count; ++i) {
        const Key128 key =
            identity::identity_key(graph_.next_identity() + static_cast<identity::IdentityId>(i));
        parts_.tables.identities.prefetch_hint(key);
        parts_.tables.leaves.prefetch_hint(key);
    }
}

Status Fold::look_ahead() {
    outlooks_.clear();
    outlooks_of_ = graph_.changes();
    keys_.clear();
    for (const model::EventView& event : events_) {
        TL_TRY_ASSIGN(const identity::Outlook outlook, graph_.look_ahead(event));
        outlooks_.push_back(outlook);
        if (outlook.identity == 0) TL_TRY(graph_.root_keys(event, keys_));
    }
    TL_TRY(fetch_acts());
    TL_TRY(fetch_runs());
    if (keys_.empty()) return Status::ok();
    TL_TRY(parts_.tables.identities.prefetch(keys_));
    std::vector<Key128> members;
    TL_TRY(graph_.member_keys(keys_, members));
    return parts_.tables.identities.prefetch(members);
}

Status Fold::fetch_acts() {
    if (settings_->segments().empty()) return Status::ok();
    std::vector<Key128> keys;
    for (size_t i = 0; i < events_.size(); ++i) {
        if (outlooks_[i].identity != 0) acts_.acts_keys(events_[i], outlooks_[i], keys);
    }
    return parts_.tables.acts.prefetch(keys);
}

Status Fold::fetch_runs() {
    if (settings_->journeys().empty()) return Status::ok();
    std::vector<Key128> keys;
    for (size_t i = 0; i < events_.size(); ++i) {
        const identity::Outlook& outlook = outlooks_[i];
        if (outlook.identity == 0 || !acts_.runs().wants(events_[i].name())) continue;
        keys.push_back(identity::identity_key(outlook.identity));
        if (outlook.root != outlook.identity) keys.push_back(identity::identity_key(outlook.root));
    }
    return parts_.tables.runs.prefetch(keys);
}

// What was looked ahead holds until an event of the chunk changes the graph.
Status Fold::resolve(const Cursor& at, const model::EventView& event,
                     identity::AliasPolicy policy) {
    const identity::Outlook& outlook = outlooks_[next_event_ - 1];
    if (outlook.identity == 0 || graph_.changes() != outlooks_of_) {
        return graph_.resolve({at.position, at.stamp}, event, policy, resolution_);
    }
    identity::IdentityGraph::resolve(outlook, resolution_);
    return Status::ok();
}

Status Fold::fold_batch(FoldBatch& batch) {
    parts_.history.hold(batch.submission.bytes);
    consequences_.begin_batch(batch.submission.bytes);
    const bool is_new_minute = floor_div(batch.stamp, kMinute) > floor_div(state_.stamp, kMinute);
    if (is_new_minute || state_.next_position == 0) {
        note_minute(parts_.tables.past, batch.stamp, batch.first, graph_.next_identity());
    }
    if (floor_div(batch.stamp, kHour) > floor_div(state_.stamp, kHour)) {
        TL_TRY(passed_over_.expire(batch.stamp));
    }
    for (size_t i = 0; i < batch.submission.size(); ++i) {
        const Cursor at{.batch = batch,
                        .index = static_cast<uint32_t>(i),
                        .position = batch.first + i,
                        .stamp = batch.stamp,
                        .payload = batch.submission.record(i)};
        if (state_.next_due <= at.stamp) TL_TRY(fire_due(at));
        if (acts_.has_sweeps()) TL_TRY(sweep_runs(at));
        if (const Skip* skip = skip_of(at.position)) {
            note_skip(*skip);
            TL_TRY(passed_over_.note(at.position, at.stamp));
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

Status Fold::fire_due(const Cursor& at) {
    const bool is_tick = model::record_kind(at.payload) == model::RecordKind::Tick;
    return acts_.fire_due(at.stamp, at.position, is_tick ? kFiredATick : kFiredARecord);
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

// Message ids are looked for in several tables, each a cache miss: the processor is told early.
void Fold::hint_duplicates() const {
    constexpr size_t kAhead = 12;
    if (next_event_ + kAhead >= events_.size()) return;
    const model::EventView& event = events_[next_event_ + kAhead];
    duplicates_of(event).prefetch_hint(event.message_key());
}

store::DuplicateSet& Fold::duplicates_of(const model::EventView& event) const {
    return (event.flags() & model::kEventImported) != 0 ? parts_.imported : parts_.live;
}

// A file may hold what has come live before: an archive of the same source.
Result<bool> Fold::is_duplicate(const model::EventView& event, Micros stamp) const {
    store::DuplicateSet& own = duplicates_of(event);
    TL_TRY_ASSIGN(const bool is_known, own.contains(event.message_key(), stamp));
    if (is_known || &own == &parts_.live) return is_known;
    return parts_.live.contains(event.message_key(), stamp);
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

identity::AliasPolicy Fold::alias_policy(const model::EventView& event) const {
    const model::Source* source = settings_->source(event.source());
    return source != nullptr && source->may_alias_users ? identity::AliasPolicy::JoinUsers
                                                        : identity::AliasPolicy::KeepUsersApart;
}

// Refuses what only the state shows to be wrong; returns whether it did.
Result<bool> Fold::refuse_event(const Cursor& at, const model::EventView& event,
                                identity::AliasPolicy policy) {
    TL_TRY_ASSIGN(const bool erased, is_erased(event));
    if (erased) {
        // Kept nowhere: that is what was asked for.
        refuse(at, "erased", "the person was erased after this event happened");
        ++state_.sources[event.source()].rejects;
        return true;
    }
    TL_TRY_ASSIGN(const bool conflict, is_alias_conflict(event, policy));
    if (conflict) {
        static constexpr std::string_view kWhy =
            "both ids are user ids; allow it on the source if they are one person";
        refuse(at, "alias_conflict", std::string(kWhy));
        quarantine(at, "alias_conflict", kWhy);
    }
    return conflict;
}

Status Fold::fold_event(const Cursor& at) {
    const model::EventView event(at.payload);
    SourceCounters& counters = state_.sources[event.source()];
    counters.last_received = std::max(counters.last_received, event.received());

    hint_duplicates();
    ++next_event_;
    TL_TRY_ASSIGN(const bool is_repeat, is_duplicate(event, at.stamp));
    if (is_repeat) {
        at.batch.outcome.duplicates.push_back(at.index);
        ++counters.duplicates;
        ++state_.duplicates;
        return passed_over_.note(at.position, at.stamp);
    }
    const auto policy = alias_policy(event);
    TL_TRY_ASSIGN(const bool is_refused, refuse_event(at, event, policy));
    // Its id is not remembered: it may be sent again.
    if (is_refused) return passed_over_.note(at.position, at.stamp);
    duplicates_of(event).insert(event.message_key());
    TL_TRY(resolve(at, event, policy));
    TL_TRY(take_resolution(at));
    if (at.position >= parts_.history_next) {
        parts_.history.append(resolution_.identity, at.position, at.payload);
    }
    ++counters.events;
    ++state_.events;
    if ((event.flags() & privacy::kEventConsent) != 0) TL_TRY(fold_statements(at, event));
    TL_TRY(follow_report(parts_.tables, parts_.secret, *settings_, event, at.position));
    TL_TRY(queue_leaf(at, event));
    return acts_.after_event({at.position, at.stamp}, event, resolution_);
}

Status Fold::take_resolution(const Cursor& at) {
    store::Dense32& roots = parts_.roots;
    if (!resolution_.roots.empty()) {
        note_root_changes(parts_.tables.past, at.position, resolution_.roots, roots);
    }
    for (const identity::RootChange& change : resolution_.roots) {
        const bool is_person =
            change.identity < roots.size() && is_person_word(roots.get(change.identity));
        roots.set(change.identity, root_word(change.root, is_person));
    }
    for (const identity::Fact& fact : resolution_.facts) {
        if (fact.kind == identity::FactKind::Joined) ++state_.merges;
        if (fact.kind != identity::FactKind::Created) continue;
        parts_.tables.leaves.add_absent(identity::identity_key(fact.a));
        if (!settings_->segments().empty()) {
            parts_.tables.acts.add_absent(identity::identity_key(fact.a));
        }
        if (!settings_->journeys().empty()) {
            parts_.tables.runs.add_absent(identity::identity_key(fact.a));
        }
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
    profile::LeafEvent input{.event = event,
                             .position = at.position,
                             .companions = resolution_.companions,
                             .account = {}};
    if (event.type() == model::EventType::Group) {
        TL_TRY(fold_account(at, event, input.account));
    }
    shards_.add(resolution_.identity, input);
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
