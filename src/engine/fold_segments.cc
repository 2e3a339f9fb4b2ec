// The fold of segments: what a definition is given, and how those who were there before it come in.
#include <algorithm>

#include "engine/fold.h"
#include "engine/fold_cursor.h"

namespace throughline::engine {

using identity::IdentityId;
using model::DocView;

namespace {

/// Whether the times of a deed are whole: something that counts it has no past to bring in.
bool is_whole(const CountedDeed& counted, const LiveSegments& all, const FoldState& state) {
    const auto is_there = [&](uint32_t id) {
        const auto known = state.segments.find(id);
        return known != state.segments.end() && known->second.is_decided();
    };
    return std::ranges::any_of(counted.counters, is_there) ||
           std::ranges::any_of(counted.uses, [&](const CountedDeed::Use& use) {
               return is_there(all.all()[use.segment].id);
           });
}

/// The deed under whose times another one can be counted; null: under its own.
const segment::Deed* shared_deed(const segment::Deed& deed, const LiveSegments& all,
                                 const FoldState& state) {
    for (const CountedDeed& counted : all.counted()) {
        const bool fits = counted.deed.kept >= deed.kept && counted.deed.asks_same(deed);
        if (fits && is_whole(counted, all, state)) return &counted.deed;
    }
    return nullptr;
}

bool asks_same(const Definition* before, DocView value) {
    return before != nullptr &&
           DocView(before->value).find("conditions").bytes() == value.find("conditions").bytes();
}

/// Whether a deed of a definition is counted from that definition on only.
bool has_new_deeds(const Definition& definition) {
    bool is_some_new = false;
    for (const DocView deed : DocView(definition.value).find("deeds").items()) {
        is_some_new =
            is_some_new ||
            static_cast<uint64_t>(deed.find("from").as_integer().value_or(0)) == definition.version;
    }
    return is_some_new;
}

}  // namespace

// Each under the number of one that is counted alike, where its times are whole; else its own.
std::vector<KeptDeed> Fold::number_deeds(std::span<const segment::Deed> deeds) {
    std::vector<KeptDeed> kept;
    for (const segment::Deed& deed : deeds) {
        const segment::Deed* const shared = shared_deed(deed, settings_->segments(), state_);
        kept.push_back(
            shared != nullptr
                ? KeptDeed{.number = shared->number, .kept = shared->kept}
                : KeptDeed{.number = state_.next_deed++, .kept = deed.kept, .is_new = true});
    }
    return kept;
}

// A segment keeps its number for ever, and numbers are never given again: rows may still bear them.
Result<std::string> Fold::with_segment_numbers(const Definition& definition) {
    const DocView value(definition.value);
    const LiveSegments& all = settings_->segments();
    TL_TRY_ASSIGN(const auto conditions,
                  segment::Segment::compile(value.find("conditions"), settings_->namespaces(),
                                            "segment: conditions"));
    const LiveSegment* const before = all.find(definition.key);
    const Definition* const standing = settings_->find("segments", definition.key);
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const model::DocField& field : value.fields()) {
        if (field.key == "id" || field.key == "deeds") continue;
        out.key(field.key);
        out.copy(field.value);
    }
    out.field("id", int64_t{before != nullptr ? before->id : state_.next_segment++});
    out.key("deeds");
    if (asks_same(standing, value)) {
        out.copy(DocView(standing->value).find("deeds"));
    } else {
        const size_t deeds = out.open_array();
        for (const KeptDeed& deed : number_deeds(conditions.deeds())) {
            const size_t one = out.open_object();
            out.field("number", int64_t{deed.number});
            out.field("kept", static_cast<int64_t>(deed.kept));
            if (deed.is_new) out.field("from", static_cast<int64_t>(definition.version));
            out.close(one);
        }
        out.close(deeds);
    }
    out.close(mark);
    return doc;
}

// Settings that change what stands of traits change who is in a segment that asks for them.
Status Fold::take_settings(const Definition& definition, std::shared_ptr<const Settings> settings) {
    const std::shared_ptr<const Settings> before = std::exchange(settings_, std::move(settings));
    graph_.set_namespaces(settings_->namespaces());
    const bool is_of_traits = definition.kind == "sources" ||
                              (definition.kind == "settings" && definition.key == "survivorship");
    outbox_.set_settings(settings_);
    acts_.set_settings(settings_);
    items_.set_settings(settings_);
    if (is_of_traits) {
        for (const uint32_t place : settings_->segments().with_traits()) {
            begin_deciding(settings_->segments().all()[place].id, SegmentPhase::Deciding);
        }
    }
    if (definition.kind == kLiveJourneyKind) take_counters(before->segments(), definition.version);
    if (definition.kind != "segments") return Status::ok();
    const LiveSegment* const gone = before->segments().find(definition.key);
    const LiveSegment* const live = settings_->segments().find(definition.key);
    if (live == nullptr)
        return gone != nullptr ? acts_.forget_segment(gone->id, graph_.next_identity())
                               : Status::ok();
    const Definition* const standing = settings_->find("segments", definition.key);
    if (asks_same(before->find("segments", definition.key), DocView(standing->value))) {
        return Status::ok();
    }
    begin_deciding(live->id,
                   has_new_deeds(*standing) ? SegmentPhase::Counting : SegmentPhase::Deciding);
    state_.segments[live->id].before = definition.version;
    return Status::ok();
}

// What versions of journeys count comes and goes with them.
void Fold::take_counters(const LiveSegments& before, model::Position position) {
    const LiveSegments& now = settings_->segments();
    for (const Counter& gone : before.counters()) {
        if (now.find_counter(gone.id) == nullptr) state_.segments.erase(gone.id);
    }
    for (const Counter& counter : now.counters()) {
        if (state_.segments.contains(counter.id)) continue;
        const bool has_new = std::ranges::find(counter.is_new, true) != counter.is_new.end();
        begin_deciding(counter.id, has_new ? SegmentPhase::Counting : SegmentPhase::Live);
        state_.segments[counter.id].before = position;
    }
}

// Where nobody is, there is nobody to bring in.
void Fold::begin_deciding(uint32_t id, SegmentPhase phase) {
    SegmentState& state = state_.segments[id];
    if (state.phase == SegmentPhase::Counting && phase == SegmentPhase::Deciding) return;
    state.phase = graph_.next_identity() == 1 ? SegmentPhase::Live : phase;
    state.next = 1;
    state.end = graph_.next_identity();
}

// One step of what a new segment, or a version of a journey, owes to those who were there before:
// {"segment","before", "phase","from","to","times":[[identity, deed, time...]...]}. It fits only
// where the step before it ended, so that a step that is sent twice is taken once.
Status Fold::step_segment(const Cursor& at, DocView doc) {
    const auto number = [&](std::string_view field) {
        return doc.find(field).as_integer().value_or(0);
    };
    const auto found = state_.segments.find(static_cast<uint32_t>(number("segment")));
    const auto id = static_cast<uint32_t>(number("segment"));
    const LiveSegment* const live = settings_->segments().find(id);
    const Counter* const counter = settings_->segments().find_counter(id);
    const bool fits = found != state_.segments.end() && (live != nullptr || counter != nullptr) &&
                      found->second.before == static_cast<uint64_t>(number("before")) &&
                      static_cast<int64_t>(found->second.phase) == number("phase") &&
                      found->second.phase != SegmentPhase::Live &&
                      int64_t{found->second.next} == number("from") &&
                      number("from") < number("to") && number("to") <= found->second.end;
    if (!fits) {
        refuse(at, "conflict", "segment: step: it has moved on meanwhile");
        return Status::ok();
    }
    SegmentState& state = found->second;
    const auto to = static_cast<uint32_t>(number("to"));
    if (state.phase == SegmentPhase::Counting) {
        TL_TRY(acts_.bring_in(live != nullptr ? live->conditions.deeds() : counter->deeds,
                              doc.find("times")));
    } else {
        for (IdentityId one = state.next; one < to; ++one) {
            TL_TRY(acts_.decide_standing({at.position, at.stamp}, *live, one));
        }
    }
    state.next = to;
    if (to < state.end) return Status::ok();
    const bool has_counted = state.phase == SegmentPhase::Counting;
    state.phase = has_counted && live != nullptr ? SegmentPhase::Deciding : SegmentPhase::Live;
    state.next = 1;
    return start_built_versions(at);
}

}  // namespace throughline::engine
