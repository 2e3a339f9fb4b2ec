#include "server/backup_routes.h"

#include "base/log.h"

namespace throughline::server {

namespace {

Result<net::HttpResponse> make_backup(App& app, ApiRequest& request) {
    const std::string directory(request.body().find("directory").as_string());
    if (!directory.starts_with('/')) {
        return Error::invalid("backup: directory: need an absolute path on the server's machine");
    }
    log_info("server.backup_requested", {{"actor", request.caller.actor}});
    TL_TRY_ASSIGN(const engine::BackupReport report, app.engine.backup_to(directory));
    return doc_response(engine::report_doc(report));
}

}  // namespace

void add_backup_routes(Router& router, App& app) {
    router.post(
        "/api/backup", [&app](ApiRequest& request) { return make_backup(app, request); },
        Scope::Admin);
}

}  // namespace throughline::server
