// When something happens to somebody, and because of which record.
//
// Layer 6. A value.
#pragma once

#include "base/time.h"
#include "model/record.h"

namespace throughline::engine {

struct Happening {
    model::Position cause = 0;
    Micros at = 0;            // The stamp of the cause; of a timer, when it was due.
    bool is_history = false;  // It tells of the past.
};

}  // namespace throughline::engine
