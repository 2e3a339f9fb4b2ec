// Imports that a command ran, as the screens list them: under Imports and in the audit list.
//
// Layer 8.
#pragma once

#include <string>

#include "engine/engine.h"
#include "ingest/importer.h"

namespace throughline::cli {

struct RanImport {
    std::string file;  // Its path; the last part is shown.
    std::string mapping;
    std::string source;
    std::string actor;  // `command:import`, `command:demo`.
    Micros started_at = 0;
    Micros finished_at = 0;
    ingest::ImportProgress figures;
};

/// Notes an import that has ended well. Errors: of the engine; of the disk.
Status note_import(engine::Engine& engine, const std::string& directory, const RanImport& import);

}  // namespace throughline::cli
