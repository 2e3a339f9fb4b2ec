// What a new segment, or a version of a journey that counts something, owes to those who were there
// before it, in steps that are records.
//
// A definition at position D counts what comes after D. What came before is read from history, for
// some identities at a time, and its latest times are logged in steps; when all are there, people
// are decided in steps too (fold_segments.cc); of a version nobody is. So ingest goes on between
// any two steps, a crash loses at most one pass over history, and a replay needs no history at all.
// Each step names where the one before it ended, so that none counts twice.
//
// Layer 6. One thread, at low priority. Cost: a scan of history for each 260,000 identities; the
// log takes some 20 bytes a time. Left out: a file of times beside the log for very many people.
#pragma once

#include <functional>

#include "engine/epoch.h"
#include "engine/view.h"

namespace throughline::engine {

class SegmentBuilder {
public:
    using Submit = std::function<Outcome(std::string payload)>;

    /// `submit` waits until a record is folded; `proceed` says false when it is time to stop.
    SegmentBuilder(Submit submit, std::function<bool()> proceed)
        : submit_(std::move(submit)), proceed_(std::move(proceed)) {}

    /// Does what is next for one of them. Returns whether there was anything.
    /// Errors: of reading history; of the submission; Cancelled.
    Result<bool> step(const QueryView& view);

private:
    /// Something that is being built: a segment, or what a version of a journey counts.
    struct Building {
        uint32_t id = 0;
        SegmentState state;
        Micros defined_at = 0;
        std::vector<segment::Deed> deeds = {};  // That it counts from its definition on only.
    };

    static std::optional<Building> next_building(const QueryView& view);
    Status count(const QueryView& view, const Building& building);
    Status decide(const Building& building);
    Status submit(const Building& building, uint32_t from, uint32_t to, std::string_view times);

    const Submit submit_;
    const std::function<bool()> proceed_;
};

}  // namespace throughline::engine
