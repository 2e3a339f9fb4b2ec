// Reads a definition, and tells everything that is wrong with it.
//
// Layer 5. One thread, for one document.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journey/definition.h"

namespace throughline::journey {

class DefinitionReader {
public:
    void read(model::DocView document);

    std::vector<Problem>& problems() { return problems_; }
    Definition& definition() { return out_; }

private:
    using Path = std::string;

    // Fields: each tells a problem and returns something harmless where it finds one.
    void fail(const Path& path, std::string message);
    void fail(const Error& error);
    void check_fields(model::DocView object, std::span<const std::string_view> known,
                      const Path& path);
    std::string text(model::DocView object, std::string_view key, const Path& path);
    std::string needed_text(model::DocView object, std::string_view key, const Path& path);
    Micros duration(model::DocView object, std::string_view key, const Path& path);
    bool flag(model::DocView object, std::string_view key, const Path& path);
    /// The items of a list of at most `most`; nothing of what is none.
    std::vector<model::DocView> list(model::DocView object, std::string_view key, const Path& path,
                                     size_t most);

    void read_trigger(model::DocView trigger);
    void read_item_trigger(model::DocView trigger, const Path& path);
    void read_reentry(model::DocView reentry);
    void read_endings(model::DocView document, std::string_view key, bool is_goal);
    Wanted read_wanted(model::DocView wanted, const Path& path);
    EventWanted read_event(model::DocView event, const Path& path);
    SegmentWanted read_segment(model::DocView segment, const Path& path);
    query::Predicate read_where(model::DocView where, const Path& path);
    std::optional<uint16_t> read_condition(model::DocView object, const Path& path);
    uint16_t event_name(std::string name, const Path& path);

    void read_ids(const std::vector<model::DocView>& steps);
    void read_step(model::DocView step, const Path& path, Step& out);
    StepIndex target(model::DocView object, std::string_view key, const Path& path,
                     StepIndex usual);

    MessageStep read_message(model::DocView step, const Path& path);
    WebhookStep read_webhook(model::DocView step, const Path& path);
    WaitStep read_wait(model::DocView step, const Path& path);
    WaitForStep read_wait_for(model::DocView step, const Path& path);
    BranchStep read_branch(model::DocView step, const Path& path);
    SplitStep read_split(model::DocView step, const Path& path);
    UpdateStep read_update(model::DocView step, const Path& path);
    TaskStep read_task(model::DocView step, const Path& path);
    GoalStep read_goal(model::DocView step, const Path& path);
    template <auto kRead>
    static void read_as(DefinitionReader& self, Step& out, model::DocView step, const Path& path) {
        out.what = (self.*kRead)(step, path);
    }

    Definition out_;
    std::vector<Problem> problems_;
    size_t wheres_ = 0;
    StepIndex below_ = kEnd;  // The step below the one that is read.
};

}  // namespace throughline::journey
