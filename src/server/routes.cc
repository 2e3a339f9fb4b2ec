#include "server/account_routes.h"
#include "server/audit_routes.h"
#include "server/backtest_routes.h"
#include "server/backup_routes.h"
#include "server/catalog_routes.h"
#include "server/channel_routes.h"
#include "server/consent_routes.h"
#include "server/dashboard_routes.h"
#include "server/forward_routes.h"
#include "server/identity_routes.h"
#include "server/import_routes.h"
#include "server/journey_routes.h"
#include "server/live_routes.h"
#include "server/mapping_routes.h"
#include "server/message_routes.h"
#include "server/overview_routes.h"
#include "server/profile_routes.h"
#include "server/purpose_routes.h"
#include "server/query_routes.h"
#include "server/question_routes.h"
#include "server/reject_routes.h"
#include "server/schema_routes.h"
#include "server/segment_routes.h"
#include "server/sending_routes.h"
#include "server/server.h"
#include "server/session_routes.h"
#include "server/settings_routes.h"
#include "server/source_routes.h"
#include "server/suppression_routes.h"
#include "server/table_export_routes.h"
#include "server/task_routes.h"
#include "server/template_routes.h"
#include "server/token_routes.h"

namespace throughline::server {

void add_all_routes(Router& router, App& app) {
    add_session_routes(router, app);
    add_profile_routes(router, app);
    add_identity_routes(router, app);
    add_account_routes(router, app);
    add_backup_routes(router, app);
    add_overview_routes(router, app);
    add_live_routes(router, app);
    add_query_routes(router, app);
    add_table_export_routes(router, app);
    add_question_routes(router, app);
    add_dashboard_routes(router, app);
    add_segment_routes(router, app);
    add_backtest_routes(router, app);
    add_journey_routes(router, app);
    add_schema_routes(router, app);
    add_source_routes(router, app);
    add_forward_routes(router, app);
    add_mapping_routes(router, app);
    add_channel_routes(router, app);
    add_catalog_routes(router, app);
    add_purpose_routes(router, app);
    add_consent_routes(router, app);
    add_suppression_routes(router, app);
    add_message_routes(router, app);
    add_sending_routes(router, app);
    add_task_routes(router, app);
    add_template_routes(router, app);
    add_reject_routes(router, app);
    add_import_routes(router, app);
    add_token_routes(router, app);
    add_settings_routes(router, app);
    add_audit_routes(router, app);
}

}  // namespace throughline::server
