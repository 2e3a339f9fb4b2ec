#include "backtest/plan.h"

#include <algorithm>

#include "catalog/item.h"
#include "model/consequence.h"

namespace throughline::backtest {

using journey::EventWanted;
using segment::Segment;

namespace {

template <typename T>
void add_once(std::vector<T>& list, const T& value) {
    if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

bool asks_start(const journey::Definition& definition) {
    const auto holds = [](const journey::Wanted& wanted) {
        const auto* event = std::get_if<EventWanted>(&wanted);
        return event != nullptr && !event->hold.empty();
    };
    if (definition.trigger().key) return true;
    for (const auto& ending : definition.endings()) {
        if (holds(ending.on)) return true;
    }
    for (const journey::Step& step : definition.steps()) {
        if (const auto* branch = std::get_if<journey::BranchStep>(&step.what)) {
            for (const auto& path : branch->paths) {
                if (!path.where.always_holds()) return true;
            }
        }
        if (const auto* wait = std::get_if<journey::WaitForStep>(&step.what)) {
            for (const auto& edge : wait->events) {
                if (!edge.on.hold.empty()) return true;
            }
        }
    }
    return false;
}

}  // namespace

Result<Plan> Plan::make(Draft draft) {
    for (size_t i = 0; i < draft.conditions.size(); ++i) {
        if (draft.conditions[i].items().empty()) continue;
        return Error::invalid("backtest: " + draft.journey->conditions()[i].path +
                              ": item: items are asked as they are now; a backtest cannot");
    }
    if (draft.from >= draft.to) return Error::invalid("backtest: from: is not before to");
    if (draft.from < kCivilMin || draft.to > kCivilMax || draft.to - draft.from > kRangeMax) {
        return Error::invalid("backtest: from: the range is longer than ten years");
    }
    Plan plan(std::move(draft));
    Micros longest = 0;
    for (Segment& condition : plan.draft_.conditions) plan.take_segment(condition, longest);
    for (NamedSegment& one : plan.draft_.segments) {
        plan.take_segment(one.conditions, longest);
        const bool is_about_all =
            one.conditions.holds_for_strangers() || !one.conditions.wants().namespaces.empty();
        if (!is_about_all) continue;
        for (size_t type = 1; type <= 6; ++type) plan.by_type_[type] |= kExists;
    }
    plan.take_deeds();
    if (plan.draft_.journey) plan.take_journey();
    if (plan.asks_zone_) add_once(plan.wants_.traits, std::string(kZoneTrait));
    plan.looks_back_ = !plan.deeds_.empty() || plan.asks_traits() || !plan.draft_.segments.empty();
    plan.counts_from_ = longest == kNoTime ? kNoTime : plan.draft_.from - longest;
    return plan;
}

void Plan::take_journey() {
    const journey::Definition& definition = *draft_.journey;
    const uint8_t start = kStarts | kMoves | (asks_start(definition) ? kReads : 0);
    take_wanted(definition.trigger().on, start);
    for (const journey::Ending& ending : definition.endings()) take_wanted(ending.on, kMoves);
    const QuietHours& quiet = draft_.rules.privacy.messaging.quiet;
    for (const journey::Step& step : definition.steps()) {
        if (const auto* wait = std::get_if<journey::WaitForStep>(&step.what)) {
            for (const auto& edge : wait->events) take_wanted(edge.on, kMoves);
        } else if (const auto* civil = std::get_if<journey::WaitStep>(&step.what)) {
            asks_zone_ = asks_zone_ || civil->time_of_day.has_value();
        } else if (std::holds_alternative<journey::MessageStep>(step.what)) {
            has_messages_ = true;
            asks_zone_ = asks_zone_ || quiet.from != quiet.to;
        }
    }
    moves_anybody_ = std::holds_alternative<journey::SegmentWanted>(definition.trigger().on);
}

void Plan::take_wanted(const journey::Wanted& wanted, uint8_t use) {
    const auto* event = std::get_if<EventWanted>(&wanted);
    if (event == nullptr) return;
    const std::string& name = draft_.journey->event_names()[event->name];
    if (!event->where.always_holds() || !event->hold.empty()) use |= kReads;
    uint8_t type = static_cast<uint8_t>(event->type);
    if (catalog::is_item_event(name)) {
        // An item's event follows from a record and reaches runs as one that was sent, a track; a
        // source that says so itself has made it up.
        if (event->type != model::EventType::Track) return;
        type = static_cast<uint8_t>(model::kConsequence);
        use |= kReads;
    }
    by_name_[name][type % 8] |= use;
}

void Plan::take_segment(Segment& segment, Micros& longest) {
    for (const std::string& trait : segment.wants().traits) add_once(wants_.traits, trait);
    for (const std::string& space : segment.wants().namespaces) {
        add_once(wants_.namespaces, space);
    }
    for (const segment::Counting& counting : segment.countings()) {
        if (counting.within == 0) longest = kNoTime;
        if (longest != kNoTime) longest = std::max(longest, counting.within);
    }
    for (size_t place = 0; place < segment.deeds().size(); ++place) take_deed(segment, place);
}

void Plan::take_deed(Segment& segment, size_t place) {
    const segment::Deed& deed = segment.deeds()[place];
    auto same = std::ranges::find_if(
        deeds_, [&](const segment::Deed& other) { return other.asks_same(deed); });
    if (same == deeds_.end()) {
        deeds_.push_back(deed);
        same = deeds_.end() - 1;
    }
    same->number = static_cast<uint32_t>(same - deeds_.begin());
    same->kept = std::max(same->kept, deed.kept);
    segment.bind_deed(place, same->number, deed.kept);
}

void Plan::take_deeds() {
    for (const segment::Deed& deed : deeds_) {
        const uint8_t use = kCounts | (deed.where.always_holds() ? 0 : kReads);
        for (size_t type = 1; type <= 6; ++type) {
            if (deed.type && static_cast<size_t>(*deed.type) != type) continue;
            (deed.event ? by_name_[*deed.event] : by_type_)[type] |= use;
        }
    }
    if (draft_.journey == nullptr) moves_anybody_ = true;
}

uint8_t Plan::use_of(std::string_view name, uint8_t type) const {
    const auto found = by_name_.find(std::string(name));
    return by_type_[type % 8] | (found == by_name_.end() ? uint8_t{0} : found->second[type % 8]);
}

}  // namespace throughline::backtest
