#include "backtest/tally.h"

#include <algorithm>
#include <numeric>

namespace throughline::backtest {

using journey::RowKind;
using journey::StepIndex;

void Cell::add(uint32_t person) {
    ++count;
    keep(person);
}

void Cell::join(const Cell& other) {
    count += other.count;
    for (const uint32_t person : other.people) {
        if (person != 0) keep(person);
    }
}

void Cell::keep(uint32_t person) {
    for (uint32_t& kept : people) {
        if (kept == person) return;
        if (kept != 0 && kept < person) continue;
        std::swap(kept, person);
        if (person == 0) return;
    }
}

std::string_view fate_text(Fate fate) {
    static constexpr std::string_view kTexts[] = {"sent", "refused", "expired", "withdrawn",
                                                  "waiting"};
    return kTexts[static_cast<size_t>(fate)];
}

std::string_view refusal_text(size_t reason) {
    if (reason == kNoAddress) return "no_address";
    return privacy::refusal_name(static_cast<privacy::Refusal>(reason));
}

Tally::Tally(const Plan& plan) : plan_(&plan) {
    const TimeZone& zone = plan.draft().rules.zone;
    first_day_ = zone.day_of(plan.draft().from);
    day_count_ = static_cast<size_t>(zone.day_of(plan.draft().to - 1) - first_day_ + 1);
    stretch_ = zone.stretch_at(plan.draft().from);
    if (plan.journey() != nullptr) {
        steps_.resize(plan.journey()->steps().size());
        days_.resize(day_count_);
    } else {
        segments_.resize(plan.draft().segments.size());
        for (SegmentTally& one : segments_) one.days.resize(day_count_);
    }
}

size_t Tally::day_of(Micros at) {
    if (at < stretch_.begin || at >= stretch_.end) {
        stretch_ = plan_->draft().rules.zone.stretch_at(at);
    }
    const int64_t day = floor_div(at + stretch_.offset, kDay) - first_day_;
    return static_cast<size_t>(std::clamp<int64_t>(day, 0, static_cast<int64_t>(day_count_) - 1));
}

void Tally::begin_person(uint32_t person) {
    person_ = person;
    has_entered_ = false;
    notes_.clear();
    stays_.clear();
    own_ = {.person = person};
    if (plan_->draft().people) seen_ = count_of(plan_->draft().people->cell);
}

void Tally::end_person() {
    people_ += has_entered_;
    for (const auto& [segment, stay] : stays_) {
        segments_[segment].ever.add(person_);
        keep_stay(segments_[segment], stay);
    }
    for (const RunNote& note : notes_) {
        if (!note.is_over) steps_[note.step].stay.add(person_);
        for (const auto& [step, part] : note.parts) {
            auto& [runs, goals] = steps_[step].parts[part];
            runs.add(person_);
            if (note.has_goal) goals.add(person_);
        }
    }
    look_behind(kNoTime);
    if (own_.times == 0) return;
    ++behind_.people;
    keep_behind(own_);
}

// What a number grew by while she was at hand, she is behind: so that every number can be asked
// for, and none of them knows of it.
void Tally::look_behind(Micros at) {
    const auto& wanted = plan_->draft().people;
    if (!wanted) return;
    const uint64_t count = count_of(wanted->cell);
    if (count == seen_) return;
    if (own_.times == 0) own_.at = at;
    own_.times += count - seen_;
    seen_ = count;
}

Tally::RunNote& Tally::note_of(const Key128& run) {
    const auto found = std::find_if(notes_.rbegin(), notes_.rend(),
                                    [&](const RunNote& note) { return note.run == run; });
    if (found != notes_.rend()) return *found;
    RunNote& note = notes_.emplace_back();
    note.run = run;
    return note;
}

void Tally::reach(RunNote& note, StepIndex step) {
    if (note.step != journey::kEnd) steps_[note.step].next[step].add(person_);
    ++steps_[step].visits;
    note.step = step;
    if (std::ranges::find(note.reached, step) != note.reached.end()) return;
    note.reached.push_back(step);
    steps_[step].runs.add(person_);
}

void Tally::add(const journey::Row& row) {
    RunNote& note = note_of(row.run);
    switch (row.kind) {
        case RowKind::Entered:
            entered_.add(person_);
            has_entered_ = true;
            days_[day_of(row.at)].entered.add(person_);
            break;
        case RowKind::Reached:
            reach(note, row.step);
            break;
        case RowKind::Chosen: {
            const std::pair part(row.step, row.detail);
            if (std::ranges::find(note.parts, part) == note.parts.end()) note.parts.push_back(part);
            break;
        }
        case RowKind::Goal:
            note.has_goal = true;
            goals_[row.detail].add(person_);
            break;
        case RowKind::Ended:
            note.is_over = true;
            ended_[row.detail].add(person_);
            if (row.detail == static_cast<uint16_t>(journey::EndReason::Completed)) {
                steps_[row.step].next[journey::kEnd].add(person_);
            }
            break;
        case RowKind::Updated:
        case RowKind::Claimed:
        case RowKind::Released:
        case RowKind::Done:
        case RowKind::Escalated:
        case RowKind::Held:
            break;
    }
    look_behind(row.at);
}

void Tally::add(const journey::Refused& refused) {
    refused_[static_cast<size_t>(refused.why)].add(person_);
    look_behind(kNoTime);
}

void Tally::add(const journey::Intent& intent) {
    ++steps_[intent.step].intents;
}

void Tally::add(const MessageFate& fate) {
    StepTally& step = steps_[fate.step];
    step.messages[static_cast<size_t>(fate.fate)].add(person_);
    if (fate.fate == Fate::Refused) step.refused[fate.reason].add(person_);
    add_to_day(step, fate);
    look_behind(fate.at);
}

void Tally::add_to_day(StepTally& step, const MessageFate& fate) {
    if (fate.fate == Fate::Withdrawn || fate.fate == Fate::Waiting) return;
    const size_t day = day_of(fate.at);
    if (step.days.empty()) step.days.resize(day_count_);
    step.days[day].sent += fate.fate == Fate::Sent;
    step.days[day].refused += fate.fate == Fate::Refused;
    step.days[day].expired += fate.fate == Fate::Expired;
    if (fate.fate == Fate::Sent) days_[day].sent.add(person_);
}

void Tally::add_standing(size_t segment, bool at_end) {
    if (segments_.empty()) return;
    (at_end ? segments_[segment].after : segments_[segment].before).add(person_);
    if (!at_end) note_stay(segment, kNoTime);
}

void Tally::add_members(size_t segment, int64_t more, Micros at) {
    if (!segments_.empty()) segments_[segment].days[day_of(at)].more += more;
}

// The first that is told of her stands.
void Tally::note_stay(size_t segment, Micros entered) {
    const auto is_of_it = [&](const auto& stay) { return stay.first == segment; };
    if (std::ranges::none_of(stays_, is_of_it)) stays_.push_back({segment, {person_, entered}});
}

namespace {

// Those of the lowest ids, as many as are asked for.
template <typename One, typename Wanted>
void keep_lowest(std::vector<One>& list, const One& one, const Wanted& wanted) {
    if (one.person <= wanted.after) return;
    const auto place = std::ranges::lower_bound(list, one.person, {}, &One::person);
    list.insert(place, one);
    if (list.size() > wanted.most) list.pop_back();
}

}  // namespace

void Tally::keep_stay(SegmentTally& tally, const Stay& stay) const {
    keep_lowest(tally.stays, stay, plan_->draft().stays);
}

void Tally::keep_behind(const Behind& behind) {
    keep_lowest(behind_.page, behind, *plan_->draft().people);
}

void Tally::add_move(size_t segment, bool is_entry, Micros at) {
    if (segments_.empty()) return;
    SegmentDay& day = segments_[segment].days[day_of(at)];
    (is_entry ? day.entered : day.left).add(person_);
    if (is_entry) note_stay(segment, at);
}

Cell Tally::under_way() const {
    Cell all;
    for (const StepTally& step : steps_) all.join(step.stay);
    return all;
}

namespace {

uint64_t count_at(const StepTally& step, const CellName& cell) {
    const auto part = static_cast<uint16_t>(cell.detail);
    switch (cell.figure) {
        case Figure::Stay:
            return step.stay.count;
        case Figure::Next: {
            const auto way = step.next.find(static_cast<StepIndex>(cell.detail));
            return way == step.next.end() ? 0 : way->second.count;
        }
        case Figure::PartRuns:
        case Figure::PartGoals: {
            const auto found = step.parts.find(part);
            if (found == step.parts.end()) return 0;
            const auto& [runs, goals] = found->second;
            return cell.figure == Figure::PartRuns ? runs.count : goals.count;
        }
        case Figure::Message:
            return step.messages[cell.detail].count;
        case Figure::Reason:
            return step.refused[cell.detail].count;
        default:
            return step.runs.count;
    }
}

}  // namespace

uint64_t Tally::count_of(const CellName& cell) const {
    switch (cell.figure) {
        case Figure::Entered:
            return entered_.count;
        case Figure::UnderWay:
            return std::accumulate(
                steps_.begin(), steps_.end(), uint64_t{0},
                [](uint64_t sum, const StepTally& step) { return sum + step.stay.count; });
        case Figure::Refused:
            return refused_[cell.detail].count;
        case Figure::Ended:
            return ended_[cell.detail].count;
        case Figure::Goal: {
            const auto goal = goals_.find(static_cast<uint16_t>(cell.detail));
            return goal == goals_.end() ? 0 : goal->second.count;
        }
        case Figure::DayEntered:
            return days_[cell.detail].entered.count;
        case Figure::DaySent:
            return days_[cell.detail].sent.count;
        default:
            return count_at(steps_[cell.step], cell);
    }
}

namespace {

template <typename Cells>
void join_all(Cells& mine, const Cells& others) {
    for (size_t i = 0; i < mine.size(); ++i) mine[i].join(others[i]);
}

void join_step(StepTally& mine, const StepTally& other) {
    mine.visits += other.visits;
    mine.intents += other.intents;
    mine.runs.join(other.runs);
    mine.stay.join(other.stay);
    for (const auto& [to, cell] : other.next) mine.next[to].join(cell);
    for (const auto& [part, cells] : other.parts) {
        mine.parts[part].first.join(cells.first);
        mine.parts[part].second.join(cells.second);
    }
    join_all(mine.messages, other.messages);
    join_all(mine.refused, other.refused);
    if (mine.days.size() < other.days.size()) mine.days.resize(other.days.size());
    for (size_t day = 0; day < other.days.size(); ++day) {
        mine.days[day].sent += other.days[day].sent;
        mine.days[day].refused += other.days[day].refused;
        mine.days[day].expired += other.days[day].expired;
    }
}

}  // namespace

void Tally::join(const Tally& other) {
    entered_.join(other.entered_);
    people_ += other.people_;
    behind_.people += other.behind_.people;
    for (const Behind& one : other.behind_.page) keep_behind(one);
    join_all(ended_, other.ended_);
    join_all(refused_, other.refused_);
    for (const auto& [goal, cell] : other.goals_) goals_[goal].join(cell);
    for (size_t i = 0; i < steps_.size(); ++i) join_step(steps_[i], other.steps_[i]);
    for (size_t i = 0; i < days_.size(); ++i) {
        days_[i].entered.join(other.days_[i].entered);
        days_[i].sent.join(other.days_[i].sent);
    }
    for (size_t i = 0; i < segments_.size(); ++i) {
        segments_[i].before.join(other.segments_[i].before);
        segments_[i].after.join(other.segments_[i].after);
        segments_[i].ever.join(other.segments_[i].ever);
        for (const Stay& stay : other.segments_[i].stays) keep_stay(segments_[i], stay);
        for (size_t day = 0; day < day_count_; ++day) {
            segments_[i].days[day].entered.join(other.segments_[i].days[day].entered);
            segments_[i].days[day].left.join(other.segments_[i].days[day].left);
            segments_[i].days[day].more += other.segments_[i].days[day].more;
        }
    }
}

bool Tally::operator==(const Tally& other) const {
    return entered_ == other.entered_ && people_ == other.people_ && ended_ == other.ended_ &&
           refused_ == other.refused_ && goals_ == other.goals_ && steps_ == other.steps_ &&
           days_ == other.days_ && segments_ == other.segments_ && behind_ == other.behind_;
}

}  // namespace throughline::backtest
