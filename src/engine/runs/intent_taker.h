// Who takes what journeys want done outside. Tasks stay inside (tasks/tasks.h); who takes intents
// hears of them and has nothing to do.
//
// Layer 6. The fold's thread.
#pragma once

#include "engine/happening.h"
#include "journey/act.h"

namespace throughline::engine {

class IntentTaker {
public:
    virtual ~IntentTaker() = default;
    /// Takes an intent; one whose key it has does nothing. Errors: of reads.
    virtual Status accept(const Happening& now, const journey::Intent& intent) = 0;
    /// The run ended other than by coming to its end: what of it still waits is not wanted.
    virtual Status withdraw(const Happening& now, uint32_t owner, const Key128& run) = 0;
};

}  // namespace throughline::engine
