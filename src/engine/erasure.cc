#include "engine/erasure.h"

#include "base/bytes.h"
#include "channel/file_sender.h"
#include "engine/consents.h"
#include "engine/engine.h"
#include "engine/outbox/messages.h"
#include "engine/roots.h"

namespace throughline::engine {

namespace {

Result<bool> is_tombstone(const View& view, const Key128& key, Micros time) {
    TL_TRY_ASSIGN(const auto until, view.tables.tombstones.read(key, view.pin));
    return until && until->size() == sizeof(Micros) && time <= load<Micros>(until->data());
}

// By an identifier that others had, too: whose it was when it happened.
Result<bool> leads_to_erased(const View& view, const Key128& key, Micros time) {
    TL_TRY_ASSIGN(const auto bytes, view.tables.identifiers.read(key, view.pin));
    if (!bytes) return false;
    const identity::SlicesView slices(*bytes);
    if (slices.size() == 0) return false;
    const identity::IdentityId identity = slices.at(slices.covering(time)).identity;
    TL_TRY_ASSIGN(const auto node,
                  view.tables.identities.read(identity::identity_key(identity), view.pin));
    return node && identity::NodeView(*node).has(identity::kNodeErased);
}

// What senders for development wrote. The ledger forgets no message but of the erased; tests are of
// nobody it knows, and go as they are.
Status erase_sent_lines(const Engine& engine, store::Files& files, const std::string& directory) {
    TL_TRY_ASSIGN(const bool exists, store::file_exists(files, directory));
    if (!exists) return Status::ok();
    TL_TRY_ASSIGN(const auto names, files.list(directory));
    const auto is_gone = [&](std::string_view text) -> Result<bool> {
        const auto key = key_of_hex(text);
        if (!key) return true;
        TL_TRY_ASSIGN(const auto message, find_message(engine.view(), *key));
        return !message.has_value();
    };
    for (const std::string& name : names) {
        if (!name.ends_with(".jsonl")) continue;
        TL_TRY(channel::drop_lines(files, store::join_path(directory, name), is_gone));
    }
    return Status::ok();
}

}  // namespace

Result<bool> is_of_erased(const View& view, const model::EventView& event) {
    const size_t count = event.identifier_count();
    if (view.state.tombstones == 0 || count == 0) return false;
    for (size_t i = 0; i < count; ++i) {
        TL_TRY_ASSIGN(const bool was_hers,
                      is_tombstone(view, event.identifier(i).key, event.time()));
        if (was_hers) return true;
    }
    return leads_to_erased(view, event.identifier(0).key, event.time());
}

// What forwards have still to read: events of those who are there, and nothing else.
Status Engine::redact_held_log() {
    constexpr size_t kRecordsAView = 4096;
    std::optional<View> view;
    size_t seen = 0;
    return source_->redact_before(checkpointed_, [&](std::string_view payload) -> Result<bool> {
        if (model::record_kind(payload) != model::RecordKind::Event) return false;
        if (seen++ % kRecordsAView == 0) {
            view.reset();  // One pin at a time.
            view.emplace(this->view());
        }
        TL_TRY_ASSIGN(const bool is_hers, is_of_erased(*view, model::EventView(payload)));
        return !is_hers;
    });
}

Result<ErasureReport> Engine::run_erasure() {
    // No merge may be under way or wait for a checkpoint: its rows would be written twice.
    const std::lock_guard rewriting(rewrite_mutex_);
    TL_TRY(checkpoint());

    ErasureReport report;
    const auto roots = roots_->snapshot();
    std::vector<uint32_t> erased;
    for (uint32_t identity = 1; identity < roots.size(); ++identity) {
        if (root_of_word(roots[identity]) == kErasedRoot) erased.push_back(identity);
    }
    report.identities = erased.size();

    TL_TRY_ASSIGN(const auto plans, history_->plan_erasure(erased));
    for (const sequence::MergePlan& plan : plans) {
        TL_TRY_ASSIGN(sequence::Change change,
                      history_->merge(plan, {.keep =
                                                 [&](const sequence::Row& row) {
                                                     return root_of_word(roots[row.identity]) !=
                                                            kErasedRoot;
                                                 },
                                             .proceed = {}}));
        report.files_rewritten += plan.files.size();
        report.rows_removed += change.dropped;
        const std::lock_guard lock(work_mutex_);
        merged_.push_back(std::move(change));
    }
    // The log goes up to here only once a checkpoint holds all of it.
    TL_TRY(source_->start_new_file());
    TL_TRY(checkpoint());
    if (report.identities > 0) TL_TRY(redact_held_log());
    TL_TRY(cold_->compact_all());
    TL_TRY(source_->scrub());
    const std::string sent = store::join_path(options_.directory, "outbox");
    TL_TRY(erase_sent_lines(*this, files_, sent));
    return report;
}

}  // namespace throughline::engine
