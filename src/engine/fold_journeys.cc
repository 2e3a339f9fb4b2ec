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
    const auto found = std::ranges::find(journey.versions, version, &LiveVersion::number);
    return found == journey.versions.end() ? std::string_view() : found->document;
}

}  // namespace

Status Fold::sweep_runs(const Cursor& at) {
    const bool is_tick = model::record_kind(at.payload) == model::RecordKind::Tick;
    return acts_.sweep({at.position, at.stamp}, is_tick ? kSweptATick : kSweptAnEvent);
}

// {"action":"journey","journey":KEY,"do":"publish","draft":VERSION} · "do":"pause" ·
// "do":"resume","mode":"fire" · "do":"stop" (no new runs), "do":"end_runs".
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
    } else if (what == "end_runs") {
        status = add_sweep(journey, {.is_stop = true, .paused_at = kNoTime, .at = at.stamp});
    } else {
        status = Error::invalid("journey: do: need publish, pause, resume, stop or end_runs");
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

// What stands already as the version of new runs stays that version.
Status Fold::publish_version(const Cursor& at, DocView doc, LiveJourney& journey) {
    const Definition* const draft = settings_->find(kJourneyKind, journey.key);
    if (draft == nullptr) return Error::not_found("journey: no journey has this key");
    const auto wanted = doc.find("draft").as_integer();
    if (wanted && static_cast<uint64_t>(*wanted) != draft->version) {
        return Error::conflict("journey: the draft changed meanwhile, read it again");
    }
    const DocView document = DocView(draft->value).find("document");
    if (document.bytes() == document_of(journey, journey.starting)) return Status::ok();
    const journey::Compiled compiled = journey::Definition::compile(document);
    if (!compiled.definition) {
        return Error::invalid(compiled.problems[0].path + ": " + compiled.problems[0].message);
    }
    TL_TRY(compile_conditions(*compiled.definition, settings_->namespaces()));
    TL_TRY(drop_versions(journey));
    if (journey.versions.size() >= kVersionsMax) {
        return Error::precondition("journey: 200 versions have runs, stop those of older ones");
    }
    if (journey.id == 0) journey.id = state_.next_journey++;
    journey.versions.push_back({.number = journey.next,
                                .at = at.stamp,
                                .by = std::string(doc.find("actor").as_string()),
                                .document = std::string(document.bytes()),
                                .definition = compiled.definition});
    journey.starting = journey.next++;
    return Status::ok();
}

// A version is kept as long as a run of it is stored, on its way or for its rule of re-entry.
Status Fold::drop_versions(LiveJourney& journey) {
    std::vector<LiveVersion> needed;
    for (LiveVersion& version : journey.versions) {
        TL_TRY_ASSIGN(const VersionCounts* const counts,
                      acts_.runs().counts_of(journey.id, version.number));
        if (counts->kept > 0) needed.push_back(std::move(version));
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
