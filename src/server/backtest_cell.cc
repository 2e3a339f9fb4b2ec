#include "server/backtest_cell.h"

#include <optional>
#include <vector>

namespace throughline::server {

using backtest::CellName;
using backtest::Figure;
using journey::Definition;
using journey::StepIndex;
using model::DocView;

namespace {

constexpr size_t kDateBytes = 10;  // Of `2026-03-02`.

using Words = std::vector<std::string_view>;

/// The first of `count` numbers that has this text.
template <typename TextOf>
std::optional<size_t> find_text(size_t count, std::string_view text, const TextOf& text_of) {
    for (size_t i = 0; i < count; ++i) {
        if (text_of(i) == text) return i;
    }
    return {};
}

std::optional<CellName> named(Figure figure, StepIndex step, std::optional<size_t> detail) {
    if (!detail) return {};
    return CellName{figure, step, *detail};
}

std::optional<size_t> goal_named(const Definition& journey, std::string_view name) {
    const auto goal = find_text(journey.endings().size(), name,
                                [&](size_t i) { return journey.endings()[i].name; });
    if (goal) return goal;
    if (name == goal_text(journey, journey::kGoalOfStep)) return journey::kGoalOfStep;
    return {};
}

std::optional<CellName> day_cell(const backtest::Draft& draft, const Words& words) {
    const auto date = words[1].size() == kDateBytes ? parse_instant(words[1]) : std::nullopt;
    if (!date) return {};
    const int64_t day = floor_div(*date, kDay) - draft.rules.zone.day_of(draft.from);
    const int64_t last =
        draft.rules.zone.day_of(draft.to - 1) - draft.rules.zone.day_of(draft.from);
    if (day < 0 || day > last) return {};
    if (words[2] == "entered") return CellName{Figure::DayEntered, 0, static_cast<size_t>(day)};
    if (words[2] == "sent") return CellName{Figure::DaySent, 0, static_cast<size_t>(day)};
    return {};
}

// Behind a step: `messages`, `reasons` and `next` with a word.
std::optional<CellName> step_cell(const Definition& journey, StepIndex step, std::string_view list,
                                  std::string_view word) {
    if (list == "next") {
        if (word == step_text(journey, journey::kEnd)) {
            return CellName{Figure::Next, step, journey::kEnd};
        }
        return named(Figure::Next, step, find_text(journey.steps().size(), word, [&](size_t i) {
                         return journey.steps()[i].id;
                     }));
    }
    if (list == "messages") {
        return named(Figure::Message, step, find_text(backtest::kFates, word, [](size_t i) {
                         return backtest::fate_text(static_cast<backtest::Fate>(i));
                     }));
    }
    if (list != "reasons") return {};
    return named(Figure::Reason, step, find_text(backtest::kReasons, word, backtest::refusal_text));
}

std::optional<CellName> path_cell(const journey::Step& step, StepIndex index, const Words& words) {
    const auto* const split = std::get_if<journey::SplitStep>(&step.what);
    if (split == nullptr || words[2] != "paths") return {};
    const auto part =
        find_text(split->parts.size(), words[3], [&](size_t i) { return split->parts[i].name; });
    if (words[4] == "runs") return named(Figure::PartRuns, index, part);
    if (words[4] == "goals") return named(Figure::PartGoals, index, part);
    return {};
}

std::optional<CellName> cell_of_step(const Definition& journey, const Words& words) {
    const auto found = find_text(journey.steps().size(), words[1],
                                 [&](size_t i) { return journey.steps()[i].id; });
    if (!found) return {};
    const auto step = static_cast<StepIndex>(*found);
    if (words.size() == 5) return path_cell(journey.steps()[step], step, words);
    if (words.size() == 4) return step_cell(journey, step, words[2], words[3]);
    if (words.size() == 3 && words[2] == "runs") return CellName{Figure::Runs, step, 0};
    if (words.size() == 3 && words[2] == "stay") return CellName{Figure::Stay, step, 0};
    return {};
}

std::optional<CellName> cell_named(const Words& words, const backtest::Draft& draft) {
    const Definition& journey = *draft.journey;
    if (words.size() == 1 && words[0] == "entered") return CellName{Figure::Entered, 0, 0};
    if (words.size() == 1 && words[0] == "under_way") return CellName{Figure::UnderWay, 0, 0};
    if (words.size() == 2 && words[0] == "refused") {
        return named(Figure::Refused, 0,
                     find_text(backtest::kStartRefusals, words[1], [](size_t i) {
                         return journey::refusal_name(static_cast<journey::Refusal>(i));
                     }));
    }
    if (words.size() == 2 && words[0] == "ended") {
        return named(Figure::Ended, 0, find_text(backtest::kEndReasons, words[1], [](size_t i) {
                         return journey::reason_name(static_cast<journey::EndReason>(i));
                     }));
    }
    if (words.size() == 2 && words[0] == "goals") {
        return named(Figure::Goal, 0, goal_named(journey, words[1]));
    }
    if (words.size() == 3 && words[0] == "days") return day_cell(draft, words);
    if (words.size() >= 3 && words[0] == "steps") return cell_of_step(journey, words);
    return {};
}

}  // namespace

std::string step_text(const Definition& journey, StepIndex step) {
    return step < journey.steps().size() ? journey.steps()[step].id : "end";
}

std::string goal_text(const Definition& journey, uint16_t goal) {
    return goal == journey::kGoalOfStep ? "of a step" : journey.endings()[goal].name;
}

std::string date_text(int64_t day) {
    return format_instant(day * kDay).substr(0, kDateBytes);
}

Result<CellName> cell_of(DocView way, const backtest::Draft& draft) {
    Words words;
    for (const DocView word : way.items()) words.push_back(word.as_string());
    const auto cell = cell_named(words, draft);
    if (cell) return *cell;
    return Error::invalid(
        "backtest: cell: need the way to a number of the answer, such as "
        "[\"steps\",\"reminder\",\"runs\"]");
}

}  // namespace throughline::server
