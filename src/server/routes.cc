#include "server/backup_routes.h"
#include "server/server.h"
#include "server/session_routes.h"

namespace throughline::server {

void add_all_routes(Router& router, App& app) {
    add_session_routes(router, app);
    add_backup_routes(router, app);
}

}  // namespace throughline::server
