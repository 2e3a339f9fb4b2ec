#include "engine/segment_builder.h"

#include <algorithm>

#include "model/consequence.h"
#include "segment/acts.h"

namespace throughline::engine {

using model::DocView;
using model::DocWriter;

namespace {

constexpr uint32_t kIdentitiesPerPass = 1 << 18;
constexpr size_t kTimesPerStep = 2'000;
constexpr uint32_t kIdentitiesPerStep = 1 << 14;  // Of whom few did anything.
constexpr uint32_t kDecidedPerStep = 500;

/// Times of the deeds that a segment counts from its definition on, of a range of identities.
class TimesOfBefore {
public:
    TimesOfBefore(const QueryView& view, const SegmentState& state,
                  const std::vector<segment::Deed>& deeds, Micros defined_at, uint32_t end)
        : view_(view),
          state_(state),
          deeds_(deeds),
          defined_at_(defined_at),
          acts_(end - state.next) {}

    Status add(const sequence::ScanBlock& block) {
        for (size_t row = 0; row < block.size(); ++row) {
            const bool is_wanted = block.identity[row] >= state_.next &&
                                   block.identity[row] - state_.next < acts_.size() &&
                                   block.position[row] < state_.before;
            if (is_wanted) TL_TRY(add_row(block, row));
        }
        return Status::ok();
    }
    const segment::Acts& of(uint32_t identity) const { return acts_[identity - state_.next]; }

private:
    Status add_row(const sequence::ScanBlock& block, size_t row) {
        const std::string_view name = view_.dictionary.name(block.name[row]);
        for (const segment::Deed& deed : deeds_) {
            const bool may_match =
                (!deed.event || *deed.event == name) &&
                (!deed.type || static_cast<uint8_t>(*deed.type) == block.type[row]);
            // What followed from records is nobody's deed.
            const bool is_consequence =
                block.type[row] == static_cast<uint8_t>(model::kConsequence);
            if (!may_match || is_consequence) continue;
            if (!deed.where.always_holds()) {
                TL_TRY_ASSIGN(const auto payload, block.payload(row));
                const model::Source* const source = view_.settings->source(block.source[row]);
                std::string key;
                DocWriter(key).string(source != nullptr ? source->key : "");
                if (!deed.matches(model::EventView(payload), DocView(key))) continue;
            }
            acts_[block.identity[row] - state_.next].add_time(
                deed.number, std::min(block.time[row], defined_at_), deed.kept);
        }
        return Status::ok();
    }

    const QueryView& view_;
    const SegmentState& state_;
    const std::vector<segment::Deed>& deeds_;
    const Micros defined_at_;
    std::vector<segment::Acts> acts_;  // By identity, from state_.next on.
};

/// The rows of one step as they are collected.
class StepTimes {
public:
    StepTimes() : list_(out_.open_array()) {}

    void add(uint32_t identity, const segment::Deed& deed, std::span<const Micros> times) {
        if (times.empty()) return;
        const size_t row = out_.open_array();
        out_.integer(identity);
        out_.integer(deed.number);
        for (const Micros time : times) out_.integer(time);
        out_.close(row);
        count_ += times.size();
    }
    bool is_full() const { return count_ >= kTimesPerStep; }
    std::string take() {
        out_.close(list_);
        std::string doc = std::move(doc_);
        doc_.clear();
        list_ = out_.open_array();
        count_ = 0;
        return doc;
    }

private:
    std::string doc_;
    DocWriter out_{doc_};
    size_t list_;
    size_t count_ = 0;
};

/// Deeds of a segment that it counts from its definition on only.
std::vector<segment::Deed> new_deeds(const Definition& definition, const LiveSegment& live,
                                     model::Position before) {
    std::vector<segment::Deed> deeds;
    size_t place = 0;
    for (const DocView deed : DocView(definition.value).find("deeds").items()) {
        const auto from = deed.find("from").as_integer();
        const bool is_new = from && static_cast<uint64_t>(*from) == before;
        if (is_new) deeds.push_back(live.conditions.deeds()[place]);
        ++place;
    }
    return deeds;
}

std::vector<segment::Deed> new_deeds(const Counter& counter) {
    std::vector<segment::Deed> deeds;
    for (size_t i = 0; i < counter.deeds.size(); ++i) {
        if (counter.is_new[i]) deeds.push_back(counter.deeds[i]);
    }
    return deeds;
}

}  // namespace

Result<bool> SegmentBuilder::step(const QueryView& view) {
    const auto building = next_building(view);
    if (!building) return false;
    if (building->state.phase == SegmentPhase::Counting) {
        TL_TRY(count(view, *building));
    } else {
        TL_TRY(decide(*building));
    }
    return true;
}

std::optional<SegmentBuilder::Building> SegmentBuilder::next_building(const QueryView& view) {
    for (const auto& [id, state] : view.state.segments) {
        if (state.phase == SegmentPhase::Live) continue;
        if (const Counter* const counter = view.settings->segments().find_counter(id)) {
            return Building{id, state, counter->at, new_deeds(*counter)};
        }
        const LiveSegment* const live = view.settings->segments().find(id);
        if (live == nullptr) continue;
        const Definition* const definition = view.settings->find("segments", live->key);
        TL_ASSERT(definition != nullptr);
        return Building{id, state, definition->updated_at,
                        new_deeds(*definition, *live, state.before)};
    }
    return std::nullopt;
}

Status SegmentBuilder::count(const QueryView& view, const Building& building) {
    const SegmentState& state = building.state;
    const uint32_t end = std::min(state.end, state.next + kIdentitiesPerPass);
    TimesOfBefore before(view, state, building.deeds, building.defined_at, end);
    TL_TRY(view.history->scan(kNoTime + 1, INT64_MAX,
                              {.name = true, .type = true, .source = true, .position = true},
                              [&](const sequence::ScanBlock& block) -> Status {
                                  if (!proceed_())
                                      return Error{Code::Cancelled, "engine: stopping"};
                                  return before.add(block);
                              }));
    StepTimes times;
    uint32_t from = state.next;
    for (uint32_t identity = from; identity < end; ++identity) {
        for (const segment::Deed& deed : building.deeds) {
            times.add(identity, deed, before.of(identity).times(deed.number));
        }
        const uint32_t to = identity + 1;
        if (to < end && to - from < kIdentitiesPerStep && !times.is_full()) continue;
        TL_TRY(submit(building, from, to, times.take()));
        from = to;
    }
    return Status::ok();
}

Status SegmentBuilder::decide(const Building& building) {
    const SegmentState& state = building.state;
    std::string none;
    DocWriter out(none);
    out.close(out.open_array());
    for (uint32_t from = state.next; from < state.end;) {
        const uint32_t to = std::min(state.end, from + kDecidedPerStep);
        TL_TRY(submit(building, from, to, none));
        from = to;
    }
    return Status::ok();
}

Status SegmentBuilder::submit(const Building& building, uint32_t from, uint32_t to,
                              std::string_view times) {
    if (!proceed_()) return Error{Code::Cancelled, "engine: stopping"};
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("action", "segment_step");
    out.field("segment", int64_t{building.id});
    out.field("before", static_cast<int64_t>(building.state.before));
    out.field("phase", static_cast<int64_t>(building.state.phase));
    out.field("from", int64_t{from});
    out.field("to", int64_t{to});
    out.key("times");
    out.copy(DocView(times));
    out.close(mark);
    const Outcome outcome = submit_(model::make_record(model::RecordKind::Decision, doc));
    TL_TRY(outcome.status);
    if (outcome.refused.empty()) return Status::ok();
    return Error{Code::Cancelled, outcome.refused.front().message};
}

}  // namespace throughline::engine
