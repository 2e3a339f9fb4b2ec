#include "server/journey_json.h"

#include <algorithm>

#include "catalog/item.h"
#include "engine/runs/person_runs.h"
#include "server/definitions.h"
#include "server/journey_names.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::JourneyFigures;
using engine::LiveJourney;
using engine::VersionCounts;
using journey::Problem;
using model::DocView;
using model::DocWriter;

namespace {

void write_problems(std::string_view field, const std::vector<Problem>& problems, DocWriter& out) {
    out.key(field);
    const size_t list = out.open_array();
    for (const Problem& problem : problems) {
        const size_t mark = out.open_object();
        out.field("path", problem.path);
        out.field("message", problem.message);
        out.close(mark);
    }
    out.close(list);
}

std::string step_name(const journey::Definition& definition, journey::StepIndex step) {
    return step < definition.steps().size() ? definition.steps()[step].id : "end";
}

template <typename Map, typename Key>
uint64_t count_at(const Map& counts, const Key& key) {
    const auto found = counts.find(key);
    return found == counts.end() ? 0 : found->second;
}

void write_ended(const VersionCounts& counts, DocWriter& out) {
    out.key("ended");
    const size_t mark = out.open_object();
    for (size_t i = 1; i < VersionCounts::kReasons; ++i) {
        write_count(out, journey::reason_name(static_cast<journey::EndReason>(i)), counts.ended[i]);
    }
    out.close(mark);
}

void write_flow(const VersionCounts& counts, DocWriter& out) {
    write_count(out, "entered", counts.entered);
    write_count(out, "on_their_way", counts.on_their_way());
    write_ended(counts, out);
    write_count(out, "erased", counts.erased);
}

void find_asked_type(const query::AskedItems& asked, const std::string& path,
                     const engine::Settings& settings, std::vector<Problem>& problems) {
    const catalog::Type* const type = settings.catalog(asked.catalog);
    if (type == nullptr) {
        problems.push_back({path, "item: no type of items is called " + asked.catalog});
        return;
    }
    for (size_t part = 0; part < asked.where.parts(); ++part) {
        const query::Leaf* const leaf = asked.where.leaf(part);
        if (leaf == nullptr || catalog::shows(*type, leaf->property.text())) continue;
        problems.push_back(
            {path, "item: " + asked.catalog + " has no field " + leaf->property.text()});
    }
}

// What conditions ask for: a segment or a type of items that is not there keeps the draft from
// being published.
void find_asked(const journey::Definition& definition,
                const std::vector<segment::Segment>& conditions, const engine::Settings& settings,
                std::vector<Problem>& problems) {
    for (size_t i = 0; i < conditions.size(); ++i) {
        for (const std::string& key : conditions[i].segments()) {
            if (settings.segments().find(key) != nullptr) continue;
            problems.push_back(
                {definition.conditions()[i].path, "segment: no segment is called " + key});
        }
        for (const query::AskedItems* const asked : conditions[i].items()) {
            find_asked_type(*asked, definition.conditions()[i].path, settings, problems);
        }
    }
}

// How far the version is that waits to be the one of new runs.
void write_building(const engine::View& view, const LiveJourney* live, DocWriter& out) {
    const engine::LiveVersion* const version =
        live == nullptr ? nullptr : live->version(live->building);
    if (version == nullptr) return write_null(out, "building");
    const auto phase_of = [&](uint32_t id) {
        const auto state = view.state.segments.find(id);
        return state == view.state.segments.end() ? engine::SegmentState() : state->second;
    };
    const engine::SegmentState state = phase_of(version->counter);
    const bool is_read = state.phase == engine::SegmentPhase::Live;
    out.key("building");
    const size_t mark = out.open_object();
    out.field("version", int64_t{version->number});
    write_real(
        out, "read",
        is_read ? 1.0 : static_cast<double>(state.next - 1) / static_cast<double>(state.end - 1));
    out.key("segments");
    const size_t list = out.open_array();
    for (const std::string& key : view.settings->journeys().segments_of(*version)) {
        const engine::LiveSegment* const segment = view.settings->segments().find(key);
        const bool is_live =
            segment == nullptr || phase_of(segment->id).phase == engine::SegmentPhase::Live;
        if (!is_live) out.string(key);
    }
    out.close(list);
    out.close(mark);
}

std::string_view run_state(const journey::Run& run) {
    static constexpr std::string_view kNames[] = {"waiting", "held", "over"};
    return kNames[static_cast<size_t>(run.state)];
}

}  // namespace

std::string_view journey_state(const LiveJourney* live) {
    if (live == nullptr) return "draft";
    if (live->paused_at != kNoTime) return "paused";
    if (live->starting != 0) return "published";
    return live->building != 0 ? "building" : "stopped";
}

void write_findings(const engine::Settings& settings, std::string_view key, DocView document,
                    DocWriter& out) {
    journey::Compiled compiled = journey::Definition::compile(document);
    if (compiled.definition && compiled.definition->key() != key) {
        compiled.problems.push_back({"key", "need the key under which it is kept"});
    }
    if (compiled.definition) {
        const auto conditions =
            engine::compile_conditions(*compiled.definition, settings.namespaces());
        if (!conditions) {
            const std::string& text = conditions.error().message;
            const size_t colon = text.find(": ");
            compiled.problems.push_back(
                {text.substr(0, colon), colon == text.npos ? text : text.substr(colon + 2)});
        } else {
            find_asked(*compiled.definition, *conditions, settings, compiled.problems);
        }
        find_named(*compiled.definition, settings, compiled.warnings);
    }
    write_problems("problems", compiled.problems, out);
    write_problems("warnings", compiled.warnings, out);
}

void write_unreadable(const Error& error, DocWriter& out) {
    write_problems("problems", {{"", error.message}}, out);
    write_problems("warnings", {}, out);
}

void write_totals(const JourneyFigures& figures, DocWriter& out) {
    write_flow(figures.total(), out);
    out.key("refused");
    const size_t mark = out.open_object();
    for (size_t i = 0; i < figures.journey.refused.size(); ++i) {
        write_count(out, journey::refusal_name(static_cast<journey::Refusal>(i)),
                    figures.journey.refused[i]);
    }
    out.close(mark);
}

void write_live(const engine::View& view, const LiveJourney* live, const JourneyFigures& figures,
                DocWriter& out) {
    out.field("state", journey_state(live));
    const bool is_starting = live != nullptr && live->starting != 0;
    is_starting ? out.field("version", int64_t{live->starting}) : write_null(out, "version");
    write_building(view, live, out);
    write_time(out, "paused_at", live == nullptr ? kNoTime : live->paused_at);
    const bool is_starting_some = live != nullptr && !live->starts.empty() &&
                                  figures.journey.started < live->starts.back().number;
    const bool is_sweeping = live != nullptr && !live->sweeps.empty() &&
                             figures.journey.swept < live->sweeps.back().number;
    write_flag(out, "catching_up", is_sweeping || is_starting_some);
    out.key("versions");
    const size_t list = out.open_array();
    for (size_t i = 0; live != nullptr && i < live->versions.size(); ++i) {
        const engine::LiveVersion& version = live->versions[i];
        const auto counts = figures.versions.find(version.number);
        const size_t mark = out.open_object();
        out.field("number", int64_t{version.number});
        write_time(out, "published_at", version.at);
        out.field("published_by", actor_name(version.by));
        write_count(out, "on_their_way",
                    counts == figures.versions.end() ? 0 : counts->second.on_their_way());
        out.close(mark);
    }
    out.close(list);
    out.key("totals");
    const size_t totals = out.open_object();
    write_totals(figures, out);
    out.close(totals);
}

void write_version_counts(const engine::LiveVersion& version, const VersionCounts& counts,
                          DocWriter& out) {
    const journey::Definition& definition = *version.definition;
    const size_t mark = out.open_object();
    out.field("number", int64_t{version.number});
    write_flow(counts, out);
    out.key("steps");
    size_t list = out.open_array();
    for (size_t i = 0; i < definition.steps().size(); ++i) {
        const auto step = static_cast<journey::StepIndex>(i);
        const size_t one = out.open_object();
        out.field("id", definition.steps()[i].id);
        out.field("type", journey::type_name(definition.steps()[i]));
        write_count(out, "now", count_at(counts.now, step));
        write_count(out, "reached", count_at(counts.reached, step));
        out.close(one);
    }
    out.close(list);
    out.key("edges");
    list = out.open_array();
    for (const auto& [edge, count] : counts.edges) {
        const size_t one = out.open_object();
        out.field("from", step_name(definition, edge.first));
        out.field("to", step_name(definition, edge.second));
        write_count(out, "count", count);
        out.close(one);
    }
    out.close(list);
    out.key("paths");
    list = out.open_array();
    for (const auto& [chosen, count] : counts.chosen) {
        const auto& parts =
            std::get<journey::SplitStep>(definition.steps()[chosen.first].what).parts;
        const size_t one = out.open_object();
        out.field("step", definition.steps()[chosen.first].id);
        out.field("path", parts[chosen.second].name);
        write_flag(out, "holdout", parts[chosen.second].is_holdout);
        write_count(out, "count", count);
        out.close(one);
    }
    out.close(list);
    out.close(mark);
}

void write_run(const LiveJourney& live, const journey::Run& run, DocWriter& out) {
    const auto version =
        std::ranges::find(live.versions, run.version, &engine::LiveVersion::number);
    out.field("run", engine::run_name(run.id));
    out.field("journey", live.key);
    out.field("version", int64_t{run.version});
    out.field("state", run_state(run));
    if (version == live.versions.end()) {
        write_null(out, "step");
    } else {
        out.field("step", step_name(*version->definition, run.step));
    }
    write_text(out, "key", run.key);
    write_time(out, "started_at", run.started);
    write_time(out, "waits_until", run.wake_at);
    write_time(out, "ended_at", run.ended);
    write_text(out, "reason", run.is_over() ? journey::reason_name(run.reason) : "");
}

}  // namespace throughline::server
