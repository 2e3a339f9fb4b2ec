// The fold: one record's way through duplicates, identity, leaves and history, in one place.
//
// apply() takes one durable epoch: it reads ahead what the epoch will need, walks the records in
// order (duplicates, identity, definitions, decisions: what is no single person's), hands leaf
// work to the shards, and leaves everything pending; publish() makes it visible at once. The result
// does not depend on how records were cut into epochs, nor on the number of shards
// (fold_digest_test.cc).
//
// A failed read leaves the fold poisoned: every later apply() fails, readers keep the last epoch.
//
// Layer 6. One thread (the fold's), which runs the shards itself.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/consequences.h"
#include "engine/epoch.h"
#include "engine/fold_state.h"
#include "engine/forwarding/forward_rows.h"
#include "engine/items/items.h"
#include "engine/outbox/outbox.h"
#include "engine/person_acts.h"
#include "engine/settings.h"
#include "engine/shards.h"
#include "engine/skips.h"
#include "engine/tables.h"
#include "engine/tasks/tasks.h"
#include "engine/traces.h"
#include "identity/graph.h"
#include "privacy/statement.h"
#include "sequence/history.h"

namespace throughline::engine {

/// What the fold works on. Borrowed for its life.
struct FoldParts {
    Tables& tables;
    store::DuplicateSet& live;      // Message ids of 30 days.
    store::DuplicateSet& imported;  // Ids of imported rows, for ever.
    store::Dense32& roots;
    sequence::History& history;
    model::Position history_next;  // Files hold all rows below: a replay adds them to no tail.
    const SecretKey& secret;
    IntentTaker* intents = nullptr;  // Who takes what journeys want done; null: the outbox.
};

class Fold {
public:
    Fold(const FoldParts& parts, FoldState state, std::shared_ptr<const Settings> settings,
         size_t shards);
    ~Fold();

    /// Records at these positions are passed over. Before the first apply().
    void pass_over(std::vector<Skip> skips) { skips_ = std::move(skips); }

    /// Folds an epoch; fills the outcome of each batch. Nothing is visible before publish().
    Status apply(Epoch& epoch);
    /// Makes visible all that was applied. Afterwards the tables want to settle().
    void publish();

    const FoldState& state() const { return state_; }
    std::shared_ptr<const Settings> settings() const { return settings_; }
    /// Another number whenever something has come to wait in the outbox.
    uint64_t outbox_changes() const { return outbox_.changes(); }

private:
    struct Cursor;  // The record in hand.

    static size_t chunk_of(std::span<const FoldBatch> batches);
    Status prefetch(std::span<const FoldBatch> chunk);
    void collect_events(std::span<const FoldBatch> chunk);
    void hint_new_identities(size_t count) const;
    Status look_ahead();
    Status fetch_acts();
    Status fetch_runs();
    Status resolve(const Cursor& at, const model::EventView& event, identity::AliasPolicy policy);
    Status fold_batch(FoldBatch& batch);
    Status fold_record(const Cursor& at);
    Status fold_event(const Cursor& at);
    Status fold_reject(const Cursor& at);
    Status fold_definition(const Cursor& at);
    Status fold_decision(const Cursor& at);
    Status sweep_runs(const Cursor& at);
    Status fire_due(const Cursor& at);
    Status replace_definition(const Cursor& at, Definition definition, std::string_view action);
    Result<bool> write_definition(const Cursor& at, const Definition& definition);
    Result<bool> remove_live_journey(const Cursor& at, const Definition& draft);
    Status decide_journey(const Cursor& at, model::DocView doc);
    Status publish_version(const Cursor& at, model::DocView doc, LiveJourney& journey);
    Status number_version(LiveVersion& version, bool& is_built);
    bool is_live_segment(std::string_view key) const;
    bool is_built(const LiveVersion& version) const;
    Status start_built_versions(const Cursor& at);
    Status drop_versions(LiveJourney& journey);
    Status add_sweep(LiveJourney& journey, journey::Sweep sweep);
    Status stop_run(const Cursor& at, model::DocView doc);
    Status start_run(const Cursor& at, model::DocView doc);
    Status add_mass_start(const Cursor& at, model::DocView doc, LiveJourney& journey);
    Status decide_identity(const Cursor& at, model::DocView doc, std::string_view action);
    Status erase(const Cursor& at, model::DocView doc);
    void item_keys(std::span<const FoldBatch> chunk, std::vector<Key128>& out) const;
    Status fold_item(const Cursor& at, model::DocView doc);
    Result<bool> take_owner(const Cursor& at, ItemNews& news);
    Result<std::optional<identity::IdentityId>> person_named(const Cursor& at,
                                                             const model::Event& event);
    Status pin(const Cursor& at, model::DocView doc);
    Status fold_statements(const Cursor& at, const model::EventView& event);
    Result<identity::IdentityId> browser_of(const model::EventView& event);
    Result<std::vector<identity::IdentityId>> others_of(identity::IdentityId identity);
    Status keep_statements(const Cursor& at, identity::IdentityId identity,
                           std::span<privacy::Statement> statements);
    Status keep_refusal(const Cursor& at, identity::IdentityId identity);
    Status forget_statements(identity::IdentityId identity);
    bool is_somebody(identity::IdentityId identity) const;
    Status decide_consent(const Cursor& at, model::DocView doc);
    Status decide_suppression(const Cursor& at, model::DocView doc, std::string_view action);
    Status fold_sending(const Cursor& at, model::DocView doc, std::string_view action);
    Status define_forward(const Cursor& at, Definition definition, bool exists);
    Status note_forwarded(model::DocView doc);
    Status fold_task(const Cursor& at, model::DocView doc, std::string_view action);
    Status settle_reject(const Cursor& at, model::DocView doc);
    Status purge_rejects(Micros before);

    void hint_duplicates() const;
    store::DuplicateSet& duplicates_of(const model::EventView& event) const;
    Result<bool> is_duplicate(const model::EventView& event, Micros stamp) const;
    identity::AliasPolicy alias_policy(const model::EventView& event) const;
    Result<bool> refuse_event(const Cursor& at, const model::EventView& event,
                              identity::AliasPolicy policy);
    Result<bool> is_erased(const model::EventView& event);
    Result<bool> is_alias_conflict(const model::EventView& event, identity::AliasPolicy policy);
    void refuse(const Cursor& at, std::string_view code, std::string message);
    void quarantine(const Cursor& at, std::string_view code, std::string_view message);
    void note_audit(const Cursor& at, model::DocView doc, std::string_view action,
                    std::string_view subject);
    struct AuditRow {
        Micros at;
        std::string_view actor;
        std::string_view action;
        std::string_view subject;
        std::string_view reason = {};  // Empty: none was given.
        model::DocView details = {};   // Further fields of the decision: `trait`, `decision`.
    };
    void put_audit(model::Position position, const AuditRow& audit);
    const Skip* skip_of(model::Position position) const;
    void note_skip(const Skip& skip);
    Status take_resolution(const Cursor& at);
    Status queue_leaf(const Cursor& at, const model::EventView& event);
    struct OwnIdentifiers {
        std::vector<Key128> keys;
        Traces traces;
    };
    Result<OwnIdentifiers> own_identifiers(identity::IdentityId named);
    Status forget_rejects(const Traces& traces);
    Status forget_words(identity::IdentityId identity);
    Status fold_account(const Cursor& at, const model::EventView& event, Key128& account);
    Status run_shards();
    Result<std::string> with_stable_ids(const Definition& definition);
    Result<std::string> with_segment_numbers(const Definition& definition);
    Status take_settings(const Definition& definition, std::shared_ptr<const Settings> settings);
    std::vector<KeptDeed> number_deeds(std::span<const segment::Deed> deeds);
    void take_counters(const LiveSegments& before, model::Position position);
    void begin_deciding(uint32_t id, SegmentPhase phase);
    Status step_segment(const Cursor& at, model::DocView doc);

    FoldParts parts_;
    FoldState state_;
    std::shared_ptr<const Settings> settings_;
    identity::IdentityGraph graph_;
    identity::Resolution resolution_;
    Shards shards_;
    Consequences consequences_;
    Outbox outbox_;
    Tasks tasks_;
    PersonActs acts_;
    Items items_;
    PassedOver passed_over_;
    std::vector<Skip> skips_;               // In the order of their positions; nearly always none.
    std::vector<model::EventView> events_;  // Of the chunk in hand.
    std::vector<identity::Outlook> outlooks_;  // Of each of them,
    uint64_t outlooks_of_ = 0;                 // as of this many changes of the graph.
    size_t next_event_ = 0;                    // The one whose turn is next.
    std::vector<Key128> keys_;                 // Scratch of prefetch.
    bool is_poisoned_ = false;
};

}  // namespace throughline::engine
