// The fold of what people decide about journeys: publish, pause, resume, stop, and of one run.
#include <algorithm>

#include "engine/fold.h"
#include "engine/fold_cursor.h"

namespace throughline::engine {

using model::DocView;

namespace {

constexpr size_t kVersionsMax = 200;

// People of whom a sweep is looked at with one record: few beside an event, so that events go on,
// and many where there is nothing else to do.
constexpr size_t kSweptAnEvent = 20;
constexpr size_t kSweptATick = 2'000;

bool is_refusal(const Error& error) {
    return error.code == Code::InvalidArgument || error.code == Code::NotFound ||
           error.code == Code::Conflict || error.code == Code::FailedPrecondition;
}

std::string_view document_of(const LiveJourney& journey, uint32_t version) {
    const LiveVersion* const found = journey.version(version);
    return found == nullptr ? std::string_view() : found->document;
}

/// Whether runs may be started by hand.
Status may_start(const LiveJourney& journey) {
    if (journey.paused_at != kNoTime) {
        return Error::precondition("journey: is paused: resume it, then start");
    }
    if (journey.starting != 0) return Status::ok();
    return Error::precondition(journey.building != 0
                                   ? "journey: is still being built, nothing starts before"
                                   : "journey: was stopped, publish it to start runs");
}

std::string_view refusal_text(journey::Refusal why) {
    switch (why) {
        case journey::Refusal::StillRunning:
            return "journey: reentry: a run of hers is on its way";
        case journey::Refusal::Never:
            return "journey: reentry: never, and she had a run";
        case journey::Refusal::TooSoon:
            return "journey: reentry: her last start is not long enough ago";
        case journey::Refusal::NoKey:
            return "journey: properties: need the one that is the key of the trigger";
        case journey::Refusal::TooMany:
            return "journey: she has 1,000 runs";
        case journey::Refusal::Paused:
            return "journey: is paused: resume it, then start";
    }
    return "";
}

std::string properties_in(DocView doc) {
    const DocView given = doc.find("properties");
    if (given.is_object()) return std::string(given.bytes());
    std::string none;
    model::DocWriter out(none);
    out.close(out.open_object());
    return none;
}

/// The version that was to take over will not.
void abandon_building(LiveJourney& journey) {
    std::erase_if(journey.versions,
                  [&](const LiveVersion& version) { return version.number == journey.building; });
    journey.building = 0;
}

}  // namespace

Status Fold::sweep_runs(const Cursor& at) {
    const bool is_tick = model::record_kind(at.payload) == model::RecordKind::Tick;
    return acts_.sweep({at.position, at.stamp}, is_tick ? kSweptATick : kSweptAnEvent);
}

// {"action":"journey","journey":KEY,"do":"publish","draft":VERSION} · "do":"pause" ·
// "do":"resume","mode":"fire" · "do":"stop" (no new runs), "do":"end_runs" ·
// "do":"start","segment":KEY,"properties":{...} (everybody who is in it).
Status Fold::decide_journey(const Cursor& at, DocView doc) {
    const std::string key(doc.find("journey").as_string());
    const std::string_view what = doc.find("do").as_string();
    const LiveJourney* const live = settings_->journeys().find(key);
    LiveJourney journey = live != nullptr ? *live : LiveJourney{.key = key};
    Status status;
    if (what == "publish") {
        status = publish_version(at, doc, journey);
    } else if (live == nullptr) {
        status = Error::not_found("journey: it was never published");
    } else if (what == "pause") {
        if (journey.paused_at != kNoTime) status = Error::conflict("journey: is paused already");
        journey.paused_at = at.stamp;
    } else if (what == "resume") {
        const auto mode = resume_mode(doc.find("mode").as_string());
        if (journey.paused_at == kNoTime) status = Error::conflict("journey: is not paused");
        if (!mode) status = Error::invalid("journey: mode: need fire, shift or skip");
        if (status) {
            status =
                add_sweep(journey, {.mode = *mode, .paused_at = journey.paused_at, .at = at.stamp});
        }
        journey.paused_at = kNoTime;
    } else if (what == "stop") {
        journey.starting = 0;
        journey.starts.clear();
        abandon_building(journey);
    } else if (what == "start") {
        status = add_mass_start(at, doc, journey);
    } else if (what == "end_runs") {
        status = add_sweep(journey, {.is_stop = true, .paused_at = kNoTime, .at = at.stamp});
    } else {
        status =
            Error::invalid("journey: do: need publish, pause, resume, start, stop or end_runs");
    }
    if (!status && !is_refusal(status.error())) return status;
    if (!status) {
        refuse(at, code_name(status.error().code), status.error().message);
        return Status::ok();
    }
    return replace_definition(at,
                              {.kind = std::string(kLiveJourneyKind),
                               .key = key,
                               .version = at.position,
                               .updated_at = at.stamp,
                               .actor = std::string(doc.find("actor").as_string()),
                               .value = journey.to_doc()},
                              what);
}

// What stands already as the version of new runs, or is to be that, stays that version.
Status Fold::publish_version(const Cursor& at, DocView doc, LiveJourney& journey) {
    const Definition* const draft = settings_->find(kJourneyKind, journey.key);
    if (draft == nullptr) return Error::not_found("journey: no journey has this key");
    const auto wanted = doc.find("draft").as_integer();
    if (wanted && static_cast<uint64_t>(*wanted) != draft->version) {
        return Error::conflict("journey: the draft changed meanwhile, read it again");
    }
    const DocView document = DocView(draft->value).find("document");
    const uint32_t latest = journey.building != 0 ? journey.building : journey.starting;
    if (document.bytes() == document_of(journey, latest)) return Status::ok();
    abandon_building(journey);
    if (document.bytes() == document_of(journey, journey.starting)) return Status::ok();
    const journey::Compiled compiled = journey::Definition::compile(document);
    if (!compiled.definition) {
        return Error::invalid(compiled.problems[0].path + ": " + compiled.problems[0].message);
    }
    LiveVersion version{.number = journey.next,
                        .at = at.stamp,
                        .by = std::string(doc.find("actor").as_string()),
                        .document = std::string(document.bytes()),
                        .definition = compiled.definition};
    bool is_built = true;
    TL_TRY(number_version(version, is_built));
    if (is_built) journey.starting = 0;
    TL_TRY(drop_versions(journey));
    if (journey.versions.size() >= kVersionsMax) {
        return Error::precondition("journey: 200 versions have runs, stop those of older ones");
    }
    if (journey.id == 0) journey.id = state_.next_journey++;
    (is_built ? journey.starting : journey.building) = journey.next++;
    journey.versions.push_back(std::move(version));
    return Status::ok();
}

// Gives what its conditions count the numbers under which that is kept, and tells whether all of it
// is there.
Status Fold::number_version(LiveVersion& version, bool& is_built) {
    TL_TRY_ASSIGN(const auto conditions,
                  compile_conditions(*version.definition, settings_->namespaces()));
    for (const segment::Segment& condition : conditions) {
        for (const std::string& key : condition.segments()) {
            if (settings_->segments().find(key) == nullptr) {
                return Error::invalid("if: segment: no segment is called " + key);
            }
            is_built = is_built && is_live_segment(key);
        }
        for (const query::AskedItems* const asked : condition.items()) {
            if (settings_->catalog(asked->catalog) == nullptr) {
                return Error::invalid("if: item: no type of items is called " + asked->catalog);
            }
        }
    }
    version.deeds = number_deeds(deeds_of(conditions));
    if (version.deeds.empty()) return Status::ok();
    version.counter = state_.next_segment++;
    const bool is_somebody_there = graph_.next_identity() > 1;
    const bool has_new =
        std::ranges::find(version.deeds, true, &KeptDeed::is_new) != version.deeds.end();
    is_built = is_built && !(has_new && is_somebody_there);
    return Status::ok();
}

bool Fold::is_live_segment(std::string_view key) const {
    const LiveSegment* const live = settings_->segments().find(key);
    if (live == nullptr) return true;  // Nobody is in it.
    const auto state = state_.segments.find(live->id);
    return state != state_.segments.end() && state->second.phase == SegmentPhase::Live;
}

bool Fold::is_built(const LiveVersion& version) const {
    const auto counter = state_.segments.find(version.counter);
    const bool has_times =
        counter == state_.segments.end() || counter->second.phase == SegmentPhase::Live;
    return has_times &&
           std::ranges::all_of(settings_->journeys().segments_of(version),
                               [&](const std::string& key) { return is_live_segment(key); });
}

// New runs are of versions for which all has been brought in.
Status Fold::start_built_versions(const Cursor& at) {
    std::vector<LiveJourney> built;
    for (const LiveJourney& journey : settings_->journeys().all()) {
        const LiveVersion* const version = journey.version(journey.building);
        if (version != nullptr && is_built(*version)) built.push_back(journey);
    }
    for (LiveJourney& journey : built) {
        journey.starting = std::exchange(journey.building, 0);
        const std::string by = journey.version(journey.starting)->by;
        TL_TRY(write_definition(at, {.kind = std::string(kLiveJourneyKind),
                                     .key = journey.key,
                                     .version = at.position,
                                     .updated_at = at.stamp,
                                     .actor = by,
                                     .value = journey.to_doc()}));
    }
    return Status::ok();
}

// A version is kept as long as a run of it is stored, on its way or for its rule of re-entry, or
// new runs are of it.
Status Fold::drop_versions(LiveJourney& journey) {
    std::vector<LiveVersion> needed;
    for (LiveVersion& version : journey.versions) {
        TL_TRY_ASSIGN(const VersionCounts* const counts,
                      acts_.runs().counts_of(journey.id, version.number));
        const bool is_needed = counts->kept > 0 || version.number == journey.starting;
        if (is_needed) needed.push_back(std::move(version));
    }
    journey.versions = std::move(needed);
    return Status::ok();
}

// Those that everybody went through already are dropped.
Status Fold::add_sweep(LiveJourney& journey, journey::Sweep sweep) {
    TL_TRY_ASSIGN(const uint32_t swept, acts_.runs().swept(journey.id));
    sweep.number = journey.sweeps.empty() ? 1 : journey.sweeps.back().number + 1;
    std::erase_if(journey.sweeps, [&](const journey::Sweep& one) { return one.number <= swept; });
    journey.sweeps.push_back(sweep);
    state_.next_due = std::min(state_.next_due, sweep.at);
    return Status::ok();
}

// The draft of a journey goes, and with it what was published: unless somebody is on her way.
Result<bool> Fold::remove_live_journey(const Cursor& at, const Definition& draft) {
    const LiveJourney* const live = settings_->journeys().find(draft.key);
    if (live == nullptr) return true;
    const uint32_t id = live->id;
    uint64_t runs = 0;
    for (const LiveVersion& version : live->versions) {
        TL_TRY_ASSIGN(const VersionCounts* const counts,
                      acts_.runs().counts_of(id, version.number));
        runs += counts->on_their_way();
    }
    if (runs > 0) {
        refuse(at, code_name(Code::FailedPrecondition),
               "journey: " + std::to_string(runs) + " runs are on their way: stop it first");
        return false;
    }
    Definition gone = draft;
    gone.kind = kLiveJourneyKind;
    TL_TRY(replace_definition(at, std::move(gone), "remove"));
    TL_TRY(acts_.runs().forget_journey(id));
    return true;
}

// Everybody who is in a segment now goes through it, some with each record.
Status Fold::add_mass_start(const Cursor& at, DocView doc, LiveJourney& journey) {
    TL_TRY(may_start(journey));
    const std::string key(doc.find("segment").as_string());
    const LiveSegment* const segment = settings_->segments().find(key);
    if (segment == nullptr)
        return Error::not_found("journey: segment: no segment is called " + key);
    if (!is_live_segment(key)) {
        return Error::precondition("journey: segment: " + key + " is still being built");
    }
    TL_TRY_ASSIGN(const uint32_t started, acts_.runs().started(journey.id));
    const uint32_t number =
        std::max(started, journey.starts.empty() ? 0 : journey.starts.back().number) + 1;
    std::erase_if(journey.starts, [&](const MassStart& one) { return one.number <= started; });
    journey.starts.push_back({.number = number,
                              .segment = segment->id,
                              .by = std::string(doc.find("actor").as_string()),
                              .properties = properties_in(doc),
                              .at = at.stamp});
    state_.next_due = std::min(state_.next_due, at.stamp);
    return Status::ok();
}

// {"action":"run_start","journey":KEY,"owner":IDENTITY,"properties":{...}}
Status Fold::start_run(const Cursor& at, DocView doc) {
    const std::string_view key = doc.find("journey").as_string();
    const LiveJourney* const live = settings_->journeys().find(key);
    const identity::IdentityId owner = identity_in(doc, "owner");
    Status allowed = live == nullptr ? Status(Error::not_found("journey: it was never published"))
                                     : may_start(*live);
    if (allowed && !is_somebody(owner)) {
        allowed = Error::not_found("identity: nobody has this one, or not any more");
    }
    if (!allowed) {
        refuse(at, code_name(allowed.error().code), allowed.error().message);
        return Status::ok();
    }
    const std::string properties = properties_in(doc);
    TL_TRY_ASSIGN(const auto refused,
                  acts_.start_run({at.position, at.stamp}, owner,
                                  {*live, doc.find("actor").as_string(), DocView(properties)}));
    if (refused) {
        refuse(at, code_name(Code::FailedPrecondition), std::string(refusal_text(*refused)));
        return Status::ok();
    }
    note_audit(at, doc, "start", doc.find("subject").as_string());
    return Status::ok();
}

// {"action":"run_stop","owner":IDENTITY,"run":NAME}
Status Fold::stop_run(const Cursor& at, DocView doc) {
    const auto run = run_of_name(doc.find("run").as_string());
    if (!run) {
        refuse(at, code_name(Code::InvalidArgument), "run: not the name of one");
        return Status::ok();
    }
    TL_TRY(acts_.stop_run({at.position, at.stamp}, identity_in(doc, "owner"), *run));
    note_audit(at, doc, "stop", doc.find("subject").as_string());
    return Status::ok();
}

}  // namespace throughline::engine
