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

MassStart read_start(DocView doc) {
    return {.number = small_in(doc, "number"),
            .segment = small_in(doc, "segment"),
            .by = std::string(doc.find("by").as_string()),
            .properties = std::string(doc.find("properties").bytes()),
            .at = number_in(doc, "at")};
}

void write_start(const MassStart& start, DocWriter& out) {
    const size_t mark = out.open_object();
    out.field("number", int64_t{start.number});
    out.field("segment", int64_t{start.segment});
    out.field("by", start.by);
    out.key("properties");
    out.copy(DocView(start.properties));
    out.field("at", start.at);
    out.close(mark);
}

KeptDeed read_deed(DocView doc) {
    return {.number = small_in(doc, "number"),
            .kept = static_cast<size_t>(number_in(doc, "kept")),
            .is_new = doc.find("new").as_bool()};
}

void write_deed(const KeptDeed& deed, DocWriter& out) {
    const size_t mark = out.open_object();
    out.field("number", int64_t{deed.number});
    out.field("kept", static_cast<int64_t>(deed.kept));
    out.key("new");
    out.boolean(deed.is_new);
    out.close(mark);
}

Result<LiveVersion> read_version(DocView doc) {
    LiveVersion version{.number = small_in(doc, "number"),
                        .at = number_in(doc, "at"),
                        .by = std::string(doc.find("by").as_string()),
                        .document = std::string(doc.find("document").bytes()),
                        .counter = small_in(doc, "counter"),
                        .deeds = {},
                        .definition = {}};
    for (const DocView deed : doc.find("deeds").items()) version.deeds.push_back(read_deed(deed));
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
    if (version.counter != 0) {
        out.field("counter", int64_t{version.counter});
        out.key("deeds");
        const size_t list = out.open_array();
        for (const KeptDeed& deed : version.deeds) write_deed(deed, out);
        out.close(list);
    }
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
                        .building = small_in(value, "building"),
                        .paused_at = time_in(value, "paused_at"),
                        .sweeps = {},
                        .starts = {},
                        .versions = {}};
    for (const DocView sweep : value.find("sweeps").items()) {
        journey.sweeps.push_back(read_sweep(sweep));
    }
    for (const DocView start : value.find("starts").items()) {
        journey.starts.push_back(read_start(start));
    }
    for (const DocView one : value.find("versions").items()) {
        TL_TRY_ASSIGN(LiveVersion version, read_version(one));
        journey.versions.push_back(std::move(version));
    }
    const auto has = [&](uint32_t number) {
        return number == 0 || journey.version(number) != nullptr;
    };
    if (journey.id == 0 || !has(journey.starting) || !has(journey.building))
        return Error::corrupt("journey: live: damaged");
    return journey;
}

std::string LiveJourney::to_doc() const {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", int64_t{id});
    out.field("next", int64_t{next});
    out.field("starting", int64_t{starting});
    if (building != 0) out.field("building", int64_t{building});
    write_time_or_null(out, "paused_at", paused_at);
    out.key("sweeps");
    size_t list = out.open_array();
    for (const Sweep& sweep : sweeps) write_sweep(sweep, out);
    out.close(list);
    if (!starts.empty()) {
        out.key("starts");
        list = out.open_array();
        for (const MassStart& start : starts) write_start(start, out);
        out.close(list);
    }
    out.key("versions");
    list = out.open_array();
    for (const LiveVersion& version : versions) write_version(version, out);
    out.close(list);
    out.close(mark);
    return doc;
}

const LiveVersion* LiveJourney::version(uint32_t number) const {
    const auto found = std::ranges::find(versions, number, &LiveVersion::number);
    return found == versions.end() ? nullptr : &*found;
}

std::vector<segment::Deed> deeds_of(std::span<const segment::Segment> conditions) {
    std::vector<segment::Deed> all;
    for (const segment::Segment& condition : conditions) {
        for (const segment::Deed& deed : condition.deeds()) {
            const auto same = std::ranges::find_if(
                all, [&](const segment::Deed& other) { return other.asks_same(deed); });
            if (same == all.end()) {
                all.push_back(deed);
            } else {
                same->kept = std::max(same->kept, deed.kept);
            }
        }
    }
    return all;
}

Result<std::vector<segment::Segment>> compile_conditions(const journey::Definition& definition,
                                                         const model::Namespaces& namespaces) {
    std::vector<segment::Segment> conditions;
    for (const auto& condition : definition.conditions()) {
        TL_TRY_ASSIGN(auto compiled,
                      segment::Segment::compile(DocView(condition.document), namespaces,
                                                condition.path, query::Leaves::OfRuns));
        conditions.push_back(std::move(compiled));
        if (deeds_of(conditions).size() > segment::kDeedsMax) {
            return Error::invalid(condition.path + ": with it the journey asks for more than " +
                                  std::to_string(segment::kDeedsMax) +
                                  " different things that people did");
        }
    }
    return conditions;
}

Status LiveJourneys::add(std::string_view key, DocView value, const model::Namespaces& namespaces) {
    TL_TRY_ASSIGN(LiveJourney journey, LiveJourney::from_doc(key, value));
    for (const LiveVersion& version : journey.versions) TL_TRY(add_version(version, namespaces));
    add_new(wants_.traits, {std::string(kZoneTrait)});
    publish(journey);
    all_.push_back(std::move(journey));
    return Status::ok();
}

Status LiveJourneys::add_version(const LiveVersion& version, const model::Namespaces& namespaces) {
    TL_TRY_ASSIGN(auto conditions, compile_conditions(*version.definition, namespaces));
    Counter counter{.id = version.counter, .at = version.at, .deeds = deeds_of(conditions)};
    if (counter.deeds.size() != version.deeds.size()) {
        return Error::corrupt("journey: live: deeds: damaged");
    }
    for (size_t i = 0; i < counter.deeds.size(); ++i) {
        counter.deeds[i].number = version.deeds[i].number;
        counter.deeds[i].kept = version.deeds[i].kept;
        counter.is_new.push_back(version.deeds[i].is_new);
    }
    for (segment::Segment& one : conditions) {
        add_new(wants_.traits, one.wants().traits);
        add_new(wants_.namespaces, one.wants().namespaces);
        for (size_t place = 0; place < one.deeds().size(); ++place) {
            const auto kept = std::ranges::find_if(counter.deeds, [&](const segment::Deed& deed) {
                return deed.asks_same(one.deeds()[place]);
            });
            one.bind_deed(place, kept->number, kept->kept);
        }
    }
    if (counter.id != 0) counters_.push_back(std::move(counter));
    conditions_.emplace(version.definition.get(), std::move(conditions));
    return Status::ok();
}

std::vector<std::string> LiveJourneys::segments_of(const LiveVersion& version) const {
    std::vector<std::string> keys;
    for (const segment::Segment& one : conditions_.at(version.definition.get())) {
        add_new(keys, one.segments());
    }
    return keys;
}

// One that is building has no runs.
void LiveJourneys::publish(const LiveJourney& journey) {
    for (const LiveVersion& version : journey.versions) {
        if (version.number == journey.building) continue;
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
