// The record that the fold has in hand. Private to fold*.cc.
//
// Layer 6. Borrows everything.
#pragma once

#include "engine/fold.h"

namespace throughline::engine {

struct Fold::Cursor {
    FoldBatch& batch;
    uint32_t index = 0;  // In the batch.
    model::Position position = 0;
    Micros stamp = 0;
    std::string_view payload;
};

/// The identity that a field of a decision names; 0: none.
inline identity::IdentityId identity_in(model::DocView doc, std::string_view field) {
    return static_cast<identity::IdentityId>(doc.find(field).as_integer().value_or(0));
}

}  // namespace throughline::engine
