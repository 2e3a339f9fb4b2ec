#include "engine/runs/live_journeys.h"

#include <algorithm>

namespace throughline::engine {

using journey::Sweep;
using model::DocView;
using model::DocWriter;

namespace {

constexpr std::string_view kModes[] = {"fire", "shift", "skip"};

int64_t number_in(DocView doc, std::string_view field) {
    return doc.find(field).as_integer().value_or(0);
}

uint32_t small_in(DocView doc, std::string_view field) {
    return static_cast<uint32_t>(number_in(doc, field));
}

Micros time_in(DocView doc, std::string_view field) {
    return doc.find(field).as_integer().value_or(kNoTime);
}

void write_time_or_null(DocWriter& out, std::string_view field, Micros at) {
    out.key(field);
    at == kNoTime ? out.null() : out.integer(at);
}

Sweep read_sweep(DocView doc) {
    Sweep sweep{.number = small_in(doc, "number"),
                .is_stop = doc.find("stop").as_bool(),
                .mode = journey::Resume::Fire,
                .paused_at = time_in(doc, "paused_at"),
                .at = number_in(doc, "at")};
    sweep.mode = resume_mode(doc.find("mode").as_string()).value_or(journey::Resume::Fire);
    return sweep;
}

void write_sweep(const Sweep& sweep, DocWriter& out) {
    const size_t mark = out.open_object();
    out.field("number", int64_t{sweep.number});
    out.key("stop");
    out.boolean(sweep.is_stop);
    out.field("mode", kModes[static_cast<size_t>(sweep.mode)]);
    write_time_or_null(out, "paused_at", sweep.paused_at);
    out.field("at", sweep.at);
    out.close(mark);
}

Result<LiveVersion> read_version(DocView doc) {
    LiveVersion version{.number = small_in(doc, "number"),
                        .at = number_in(doc, "at"),
                        .by = std::string(doc.find("by").as_string()),
                        .document = std::string(doc.find("document").bytes()),
                        .definition = {}};
    const journey::Compiled compiled = journey::Definition::compile(DocView(version.document));
    if (!compiled.definition) {
        return Error::invalid("journey: version " + std::to_string(version.number) + ": " +
                              compiled.problems[0].path + ": " + compiled.problems[0].message);
    }
    version.definition = compiled.definition;
    return version;
}

void write_version(const LiveVersion& version, DocWriter& out) {
    const size_t mark = out.open_object();
    out.field("number", int64_t{version.number});
    out.field("at", version.at);
    out.field("by", version.by);
    out.key("document");
    out.copy(DocView(version.document));
    out.close(mark);
}

void add_new(std::vector<std::string>& all, const std::vector<std::string>& further) {
    for (const std::string& one : further) {
        if (std::ranges::find(all, one) == all.end()) all.push_back(one);
    }
}

}  // namespace

std::optional<journey::Resume> resume_mode(std::string_view name) {
    const auto found = std::ranges::find(kModes, name);
    if (found == std::end(kModes)) return std::nullopt;
    return static_cast<journey::Resume>(found - std::begin(kModes));
}

Result<LiveJourney> LiveJourney::from_doc(std::string_view key, DocView value) {
    LiveJourney journey{.id = small_in(value, "id"),
                        .key = std::string(key),
                        .next = small_in(value, "next"),
                        .starting = small_in(value, "starting"),
                        .paused_at = time_in(value, "paused_at"),
                        .sweeps = {},
                        .versions = {}};
    for (const DocView sweep : value.find("sweeps").items()) {
        journey.sweeps.push_back(read_sweep(sweep));
    }
    for (const DocView one : value.find("versions").items()) {
        TL_TRY_ASSIGN(LiveVersion version, read_version(one));
        journey.versions.push_back(std::move(version));
    }
    const bool has_starting =
        journey.starting == 0 || std::ranges::find(journey.versions, journey.starting,
                                                   &LiveVersion::number) != journey.versions.end();
    if (journey.id == 0 || !has_starting) return Error::corrupt("journey: live: damaged");
    return journey;
}

std::string LiveJourney::to_doc() const {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", int64_t{id});
    out.field("next", int64_t{next});
    out.field("starting", int64_t{starting});
    write_time_or_null(out, "paused_at", paused_at);
    out.key("sweeps");
    size_t list = out.open_array();
    for (const Sweep& sweep : sweeps) write_sweep(sweep, out);
    out.close(list);
    out.key("versions");
    list = out.open_array();
    for (const LiveVersion& version : versions) write_version(version, out);
    out.close(list);
    out.close(mark);
    return doc;
}

Result<std::vector<segment::Segment>> compile_conditions(const journey::Definition& definition,
                                                         const model::Namespaces& namespaces) {
    std::vector<segment::Segment> conditions;
    for (const auto& condition : definition.conditions()) {
        TL_TRY_ASSIGN(auto compiled, segment::Segment::compile(DocView(condition.document),
                                                               namespaces, condition.path));
        if (!compiled.deeds().empty()) {
            return Error::invalid(condition.path +
                                  ": cannot ask what people did (`did`) yet: make a segment of it, "
                                  "and start or end the journey by that");
        }
        conditions.push_back(std::move(compiled));
    }
    return conditions;
}

Status LiveJourneys::add(std::string_view key, DocView value, const model::Namespaces& namespaces) {
    TL_TRY_ASSIGN(LiveJourney journey, LiveJourney::from_doc(key, value));
    for (const LiveVersion& version : journey.versions) {
        TL_TRY_ASSIGN(auto conditions, compile_conditions(*version.definition, namespaces));
        for (const segment::Segment& one : conditions) {
            add_new(wants_.traits, one.wants().traits);
            add_new(wants_.namespaces, one.wants().namespaces);
        }
        conditions_.emplace(version.definition.get(), std::move(conditions));
    }
    add_new(wants_.traits, {std::string(kZoneTrait)});
    publish(journey);
    all_.push_back(std::move(journey));
    return Status::ok();
}

void LiveJourneys::publish(const LiveJourney& journey) {
    for (const LiveVersion& version : journey.versions) {
        published_.publish(journey.id, version.number, version.definition);
    }
    if (journey.starting == 0) published_.retire(journey.id);
    if (journey.paused_at != kNoTime) published_.pause(journey.id, journey.paused_at);
    for (const Sweep& sweep : journey.sweeps) published_.sweep(journey.id, sweep);
}

const LiveJourney* LiveJourneys::find(std::string_view key) const {
    const auto found = std::ranges::find(all_, key, &LiveJourney::key);
    return found == all_.end() ? nullptr : &*found;
}

const LiveJourney* LiveJourneys::find(uint32_t id) const {
    const auto found = std::ranges::find(all_, id, &LiveJourney::id);
    return found == all_.end() ? nullptr : &*found;
}

const segment::Segment& LiveJourneys::condition(const journey::Definition& definition,
                                                size_t number) const {
    const auto found = conditions_.find(&definition);
    TL_ASSERT(found != conditions_.end() && number < found->second.size());
    return found->second[number];
}

}  // namespace throughline::engine
