// The record of what was refused: {source, code, message, index, received, sent, path, message_id,
// body | body_base64}. It holds all that replaying it needs.
//
// Layer 6. Pure.
#pragma once

#include <string>
#include <string_view>

#include "ingest/batch.h"
#include "ingest/event_encoder.h"

namespace throughline::ingest {

/// Appends a reject record and its refusal. `body` is JSON text, or bytes that are not even UTF-8.
void append_reject(const EventFacts& facts, Refusal refusal, std::string_view body,
                   RecordBatch& out);

}  // namespace throughline::ingest
