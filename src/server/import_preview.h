// A dry run over the beginning of a file: what its rows would become, and what would be refused.
//
// Layer 7. Pure.
#pragma once

#include <string>

#include "ingest/event_encoder.h"
#include "ingest/mapping.h"

namespace throughline::server {

struct PreviewRequest {
    ingest::Mapping mapping;
    const model::Source& source;
    ingest::EncodeContext context;
    Micros now = 0;
    bool is_whole_file = false;
};

/// The preview as the API writes it, packed. Errors: InvalidArgument, of the file or its columns.
Result<std::string> preview_import(const PreviewRequest& request, std::string bytes);

}  // namespace throughline::server
