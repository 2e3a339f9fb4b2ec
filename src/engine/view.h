// What a reader sees: one published epoch, whole.
//
// A View pins the tables, so it is for short reads (10 ms): profiles, lists. A QueryView holds
// history and roots only and may live for minutes.
//
// Layer 6. Immutable. A View must not outlive its engine.
#pragma once

#include <memory>

#include "engine/fold_state.h"
#include "engine/roots.h"
#include "engine/settings.h"
#include "engine/tables.h"
#include "sequence/history.h"

namespace throughline::engine {

struct View {
    store::Epochs::Pin pin;
    FoldState state;
    std::shared_ptr<const Settings> settings;
    std::shared_ptr<const sequence::HistorySnapshot> history;
    const Tables& tables;                    // Read under `pin`.
    const sequence::Dictionary& dictionary;  // Of event names.
    const SecretKey& secret;
};

struct QueryView {
    FoldState state;
    std::shared_ptr<const Settings> settings;
    std::shared_ptr<const sequence::HistorySnapshot> history;
    store::Dense32::Snapshot roots;  // Words of roots.h.
    const sequence::Dictionary& dictionary;
};

}  // namespace throughline::engine
