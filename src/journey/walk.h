// One run's way from step to step, and what it leaves behind.
//
// A walk ends where the run waits or is over. It enters at most kStepsARecordMax steps because of
// one record and kVisitsMax in the run's life; a run that would enter more is over as `stuck`.
//
// Layer 5. For one happening. Pure but for what it is given.
#pragma once

#include <utility>
#include <vector>

#include "journey/act.h"

namespace throughline::journey {

/// A run's context: an event with its properties alone, nothing of who sent it. Properties of more
/// than kContextMax bytes are left out.
std::string context_of(const model::EventView& event);
std::string context_of_segment(std::string_view segment, bool is_entry, Micros at);

/// When the wait of a step ends that began at `from`; kNoTime: time does not end it.
Micros wait_end(const Step& step, Micros from, const TimeZone& zone);

/// Which part of a split a person falls into.
size_t part_of(const SplitStep& split, const Key128& person);

class Walk {
public:
    Walk(const Published& published, Facts& facts, Micros at, Consequences& out)
        : published_(published), facts_(facts), at_(at), out_(out) {}

    /// The step that a run is on; null when its definition is not published.
    const Step* step_of(const Run& run) const;

    void begin(Run& run);
    /// What it waited for has come: it goes on, or is held.
    void wake(Run& run, Wake by, uint8_t edge);
    void go_on(Run& run, Wake by, uint8_t edge);
    /// Works out anew when its wait ends; goes on if that is now or was before.
    void wait_again(Run& run);
    /// Makes its wait longer; one that was held waits again.
    void shift(Run& run, Micros by);
    /// Somebody took its task, or gave it back.
    void move_task(Run& run, RowKind kind);
    void meet(Run& run, const Ending& ending, size_t index);
    void finish(Run& run, EndReason reason);
    /// The runs of its owner are to be written anew.
    void change(const Run& run);

private:
    void enter(Run& run, StepIndex step);
    uint32_t& entered_by(const Run& run);
    /// Does what a step does. Returns where to go on; nothing: the run waits.
    std::optional<StepIndex> pass(Run& run, const Step& step);
    TimeZone zone_for(const Step& step);
    StepIndex choose(Run& run, const SplitStep& split);
    StepIndex take_path(const Run& run, const Step& step, const BranchStep& branch);
    void intend(const Run& run, IntentKind kind, Micros within);
    void set_wake(Run& run, Micros at);
    void note(const Run& run, RowKind kind, uint16_t detail = 0);

    const Published& published_;
    Facts& facts_;
    const Micros at_;
    Consequences& out_;
    std::vector<std::pair<Key128, uint32_t>> entered_;  // How many steps, by runs that did.
};

}  // namespace throughline::journey
