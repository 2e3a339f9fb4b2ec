#include "journey/definition.h"

#include <algorithm>

#include "journey/definition_reader.h"

namespace throughline::journey {

namespace {

enum class Mark : uint8_t { New, Open, Done };

/// Looks for a way back to a step that lies on the way, over steps that do not wait. The walk keeps
/// its own stack: a definition has up to kStepsMax steps in a row.
class LoopSearch {
public:
    explicit LoopSearch(const std::vector<Step>& steps) : steps_(steps), marks_(steps.size()) {}

    /// The first step of a loop that is found from `start`; nothing if there is none.
    std::optional<StepIndex> from(StepIndex start) {
        enter(start);
        while (!way_.empty()) {
            auto& [step, targets, at] = way_.back();
            if (at == targets.size()) {
                marks_[step] = Mark::Done;
                way_.pop_back();
                continue;
            }
            const StepIndex next = targets[at++];
            if (next != kEnd && marks_[next] == Mark::Open) return next;
            if (next != kEnd) enter(next);
        }
        return {};
    }

private:
    struct Stop {
        StepIndex step;
        std::vector<StepIndex> targets;
        size_t at = 0;
    };

    void enter(StepIndex step) {
        if (marks_[step] != Mark::New) return;
        const bool is_waiting_here = is_waiting(steps_[step]);
        marks_[step] = is_waiting_here ? Mark::Done : Mark::Open;
        if (!is_waiting_here) way_.push_back({step, targets_of(steps_[step])});
    }

    const std::vector<Step>& steps_;
    std::vector<Mark> marks_;
    std::vector<Stop> way_;
};

std::vector<bool> reached_steps(const std::vector<Step>& steps) {
    std::vector<bool> reached(steps.size());
    std::vector<StepIndex> open = {0};
    while (!open.empty()) {
        const StepIndex step = open.back();
        open.pop_back();
        if (step == kEnd || reached[step]) continue;
        reached[step] = true;
        for (const StepIndex next : targets_of(steps[step])) open.push_back(next);
    }
    return reached;
}

}  // namespace

Compiled Definition::compile(model::DocView document) {
    DefinitionReader reader;
    reader.read(document);
    Compiled compiled;
    compiled.problems = std::move(reader.problems());
    if (!compiled.problems.empty()) return compiled;
    compiled.warnings = warnings_of(reader.definition());
    compiled.definition = std::make_shared<const Definition>(std::move(reader.definition()));
    return compiled;
}

std::vector<StepIndex> targets_of(const Step& step) {
    std::vector<StepIndex> targets;
    if (const auto* wait = std::get_if<WaitForStep>(&step.what)) {
        for (const auto& edge : wait->events) targets.push_back(edge.next);
    } else if (const auto* branch = std::get_if<BranchStep>(&step.what)) {
        for (const auto& path : branch->paths) targets.push_back(path.next);
    } else if (const auto* split = std::get_if<SplitStep>(&step.what)) {
        for (const auto& part : split->parts) targets.push_back(part.next);
    } else if (const auto* task = std::get_if<TaskStep>(&step.what)) {
        if (task->escalated_next) targets.push_back(*task->escalated_next);
    }
    if (!std::holds_alternative<SplitStep>(step.what)) {
        targets.push_back(std::holds_alternative<EndStep>(step.what) ? kEnd : step.next);
    }
    std::ranges::sort(targets);
    targets.erase(std::ranges::unique(targets).begin(), targets.end());
    return targets;
}

bool is_waiting(const Step& step) {
    return std::holds_alternative<WaitStep>(step.what) ||
           std::holds_alternative<WaitForStep>(step.what) ||
           std::holds_alternative<TaskStep>(step.what);
}

std::string_view type_name(const Step& step) {
    static constexpr std::string_view kNames[] = {"message", "webhook", "wait",   "wait_for",
                                                  "branch",  "split",   "update", "task",
                                                  "goal",    "end"};
    static_assert(std::size(kNames) == std::variant_size_v<decltype(Step::what)>);
    return kNames[step.what.index()];
}

std::vector<Problem> warnings_of(const Definition& definition) {
    const auto& steps = definition.steps();
    std::vector<Problem> warnings;
    const auto path_of = [](size_t step) { return "steps[" + std::to_string(step) + ']'; };
    const auto reached = reached_steps(steps);
    LoopSearch loops(steps);
    for (size_t i = 0; i < steps.size(); ++i) {
        if (!reached[i]) {
            warnings.push_back({path_of(i), "no run comes to " + steps[i].id +
                                                ": let a step above it go on to it, or remove it"});
        }
        const auto* task = std::get_if<TaskStep>(&steps[i].what);
        if (task != nullptr && task->due == 0) {
            warnings.push_back({path_of(i), "the task " + steps[i].id +
                                                " never ends by itself: say when it is due, and "
                                                "by escalated what follows then"});
        }
        if (const auto loop = loops.from(static_cast<StepIndex>(i))) {
            warnings.push_back({path_of(*loop), "a loop leads back to " + steps[*loop].id +
                                                    " without a wait: put one in, or runs end as "
                                                    "stuck"});
            break;
        }
    }
    return warnings;
}

}  // namespace throughline::journey
