#include "engine/checkpoint.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "engine/roots.h"

namespace throughline::engine {

namespace {

constexpr std::string_view kRootsPrefix = "roots-";

void tell_if_kept(const char* what, const Status& status) {
    if (!status) log_warn("engine.leftover_kept", {{"what", what}});
}

}  // namespace

std::string Manifest::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.fixed(format_version);
    out.fixed(fold_version);
    out.varint(epoch);
    out.string(state.encode());
    out.varint(history.size());
    for (const std::string& name : history) out.string(name);
    out.varint(history_next);
    out.string(names);
    out.string(live);
    out.string(imported);
    out.string(roots);
    return bytes;
}

Result<Manifest> Manifest::decode(std::string_view bytes) {
    ByteReader in(bytes);
    Manifest manifest;
    manifest.format_version = in.fixed<uint32_t>();
    if (manifest.format_version > kFormatVersion) {
        return Error::precondition("engine: data directory: written by a newer version (format " +
                                   std::to_string(manifest.format_version) +
                                   "), start that one or restore a backup");
    }
    if (manifest.format_version < kFormatOldest) {
        return Error::precondition(
            "engine: data directory: of a version before the first release "
            "(format " +
            std::to_string(manifest.format_version) +
            "), begin with an empty directory and import again");
    }
    manifest.fold_version = in.fixed<uint32_t>();
    manifest.epoch = in.varint();
    TL_TRY_ASSIGN(manifest.state, FoldState::decode(in.string()));
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        manifest.history.emplace_back(in.string());
    }
    manifest.history_next = in.varint();
    manifest.names = in.string();
    manifest.live = in.string();
    manifest.imported = in.string();
    manifest.roots = in.string();
    if (!in.ok() || !in.at_end()) return Error::corrupt("engine: checkpoint: manifest: damaged");
    return manifest;
}

std::unique_ptr<CheckpointJob> Checkpointer::begin(CheckpointKind kind, const FoldState& state,
                                                   std::vector<sequence::Change> merged,
                                                   uint64_t request) {
    if (kind == CheckpointKind::Full) {
        parts_.tables.begin_checkpoint();
        parts_.live.seal();
        parts_.imported.seal();
    }
    parts_.history.close_tail_chunk();
    return std::make_unique<CheckpointJob>(CheckpointJob{.kind = kind,
                                                         .pin = parts_.tables.epochs.pin(),
                                                         .state = state,
                                                         .history = parts_.history.snapshot(),
                                                         .roots = parts_.roots.snapshot(),
                                                         .merged = std::move(merged),
                                                         .request = request});
}

Status Checkpointer::write(const CheckpointJob& job) {
    Draft draft{.changes = job.merged, .files = {}, .manifest = last_};
    const Status status = write_parts(job, draft);
    status ? finish(job, std::move(draft)) : give_up(job, draft);
    return status;
}

// All that can fail comes before the last step, which makes it valid.
Status Checkpointer::write_parts(const CheckpointJob& job, Draft& draft) {
    TL_TRY(write_history(job, draft));
    if (job.kind == CheckpointKind::History) {
        return parts_.cold.checkpoint(draft.manifest.encode(), {}, job.pin);
    }
    TL_TRY(write_state(job, draft));
    const auto parts = parts_.tables.parts();
    return parts_.cold.checkpoint(draft.manifest.encode(), parts, job.pin);
}

Status Checkpointer::write_history(const CheckpointJob& job, Draft& draft) {
    sequence::RewriteOptions rewrite{
        .home_of = [&](uint32_t identity) { return home_of(job.roots, identity); }};
    if (job.state.tombstones > 0) {  // Else nobody was erased, and no row has to be looked at.
        rewrite.keep = [&](const sequence::Row& row) {
            return root_of_word(job.roots[row.identity]) != kErasedRoot;
        };
    }
    TL_TRY_ASSIGN(sequence::Change flushed, parts_.history.flush(*job.history, rewrite));
    draft.changes.push_back(std::move(flushed));
    TL_TRY_ASSIGN(draft.files, parts_.history.files_after(draft.changes));
    draft.manifest.history = parts_.history.names_after(draft.changes);
    draft.manifest.names = parts_.history.dictionary().encode(job.history->names());
    // A replay may not have come to where the files end.
    draft.manifest.history_next = std::max(last_.history_next, job.state.next_position);
    return Status::ok();
}

Status Checkpointer::write_state(const CheckpointJob& job, Draft& draft) {
    Manifest& manifest = draft.manifest;
    manifest.epoch = job.pin.epoch();
    manifest.state = job.state;
    TL_TRY_ASSIGN(manifest.live, parts_.live.write_sealed());
    TL_TRY_ASSIGN(manifest.imported, parts_.imported.write_sealed());
    manifest.roots = std::string(kRootsPrefix) + std::to_string(manifest.epoch);
    return store::Dense32::save(parts_.files,
                                store::join_path(parts_.sets_directory, manifest.roots), job.roots);
}

// The checkpoint stands. What fails from here on only leaves files behind, for the next open.
void Checkpointer::finish(const CheckpointJob& job, Draft draft) {
    parts_.history.commit(draft.changes, std::move(draft.files));
    tell_if_kept("history", parts_.history.remove_replaced());
    const std::string old_roots = last_.roots;
    last_ = std::move(draft.manifest);
    if (job.kind == CheckpointKind::History) return;
    parts_.tables.end_checkpoint();
    tell_if_kept("live", parts_.live.committed());
    tell_if_kept("imported", parts_.imported.committed());
    if (old_roots != last_.roots) remove_roots(old_roots);
}

// The last checkpoint stands. Files of this one go, to give a full disk its space back, unless the
// disk may hold a manifest that names them.
void Checkpointer::give_up(const CheckpointJob& job, const Draft& draft) {
    if (job.kind == CheckpointKind::Full) parts_.tables.abort_checkpoint();
    if (is_in_doubt()) return parts_.history.forget(draft.changes);
    tell_if_kept("history", parts_.history.abandon(draft.changes));
    if (draft.manifest.roots != last_.roots) remove_roots(draft.manifest.roots);
}

void Checkpointer::remove_roots(const std::string& name) const {
    if (name.empty()) return;
    tell_if_kept("roots", parts_.files.remove(store::join_path(parts_.sets_directory, name)));
}

Status Checkpointer::remove_strays() const {
    TL_TRY_ASSIGN(const auto names, parts_.files.list(parts_.sets_directory));
    for (const std::string& name : names) {
        if (!name.starts_with(kRootsPrefix) || name == last_.roots) continue;
        TL_TRY(parts_.files.remove(store::join_path(parts_.sets_directory, name)));
    }
    return Status::ok();
}

}  // namespace throughline::engine
