// `POST /v1/webhook/{source}`: any JSON body through a mapping.
//
// A body that is an array is one row for each of its items. What the mapping passes over gives no
// record; what it can not read gives a reject of the whole body.
//
// Layer 6. Pure.
#pragma once

#include <string_view>

#include "ingest/mapping.h"
#include "ingest/protocol.h"

namespace throughline::ingest {

/// Turns a webhook's body into records. request.path is of no account.
Decoded decode_webhook(const Mapping& mapping, const EncodeContext& context, const Request& request,
                       std::string_view body);

}  // namespace throughline::ingest
