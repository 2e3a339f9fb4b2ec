// Tables as files: `throughline export events` asks for one part after the other.
//
//   POST   /api/exports {"table","format","columns","from","to","timezone","gzip"}
//          -> {"id","rows","bytes"}            the file is made, whole, beside the data
//   GET    /api/exports/{id}/data?offset=N     its bytes, at most kExportPieceBytes
//   DELETE /api/exports/{id}
//
// A file waits until it is deleted, for three hours, or until the server starts anew. One is made
// at a time.
//
// Layer 7. Thread-safe.
#pragma once

#include "server/app.h"

namespace throughline::server {

inline constexpr size_t kExportPieceBytes = 4 << 20;

void add_table_export_routes(Router& router, App& app);

/// Removes files that were made more than three hours ago: whoever wanted them has gone.
void remove_left_exports(const App& app);

}  // namespace throughline::server
