#include "cli/import_note.h"

#include <filesystem>

#include "cli/data_directory.h"
#include "server/import_jobs.h"

namespace throughline::cli {

namespace {

std::string audit_record(const std::string& actor, const std::string& id) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("action", "import.run");
    out.field("actor", actor);
    out.field("subject", "imports/" + id);
    out.close(mark);
    return model::make_record(model::RecordKind::Decision, doc);
}

}  // namespace

Status note_import(engine::Engine& engine, const std::string& directory, const RanImport& ran) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(ran.file, failed);
    server::Import import;
    import.file_name = std::filesystem::path(ran.file).filename().string();
    import.size = failed ? 0 : size;
    import.mapping = std::filesystem::path(ran.mapping).filename().string();
    import.source = ran.source;
    import.state = server::ImportState::Done;
    import.rows = ran.figures.rows;
    import.events = ran.figures.events;
    import.duplicates = ran.figures.duplicates;
    import.rejected = ran.figures.rejects;
    import.created_at = ran.started_at;
    import.created_by = ran.actor;
    import.started_at = ran.started_at;
    import.finished_at = ran.finished_at;
    TL_TRY_ASSIGN(const std::string id,
                  server::record_import(spool_directory(directory), std::move(import)));
    return engine.submit_and_wait(audit_record(ran.actor, id)).status;
}

}  // namespace throughline::cli
