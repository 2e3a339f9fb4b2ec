#include "journey/definition_reader.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/civil.h"
#include "query/question_fields.h"

namespace throughline::journey {

using model::DocView;

namespace {

constexpr size_t kTextMax = 500;
constexpr size_t kConditionsMax = 200;  // `if`;
constexpr size_t kWheresMax = 1'000;    // `where`, which may have regular expressions.
constexpr size_t kEventNamesMax = 500;
constexpr size_t kProblemsMax = 100;  // Told at once;
constexpr size_t kHintsMax = 20;      // with `did you mean`, which compares with every name.

std::string at_index(const std::string& path, size_t index) {
    return path + '[' + std::to_string(index) + ']';
}
std::string in(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + '.' + std::string(key);
}

/// A scheme of the web, a host, and nothing that no address of the web has in it.
bool is_web_address(std::string_view url) {
    const size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    const std::string_view rest = url.substr(scheme);
    const auto is_odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
    return scheme != 0 && !rest.empty() && rest.find_first_of("/?#:@") != 0 &&
           std::ranges::none_of(rest, is_odd);
}

/// How many letters to change, add or take away to make one word of the other.
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t i = 0; i < row.size(); ++i) row[i] = i;
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0]++;
        for (size_t k = 0; k < b.size(); ++k) {
            const size_t changed = diagonal + (a[i] != b[k]);
            diagonal = row[k + 1];
            row[k + 1] = std::min({row[k] + 1, row[k + 1] + 1, changed});
        }
    }
    return row.back();
}

/// `; did you mean x?`, where something near is known.
template <typename Names>
std::string hint(std::string_view name, const Names& names, const std::vector<Problem>& problems) {
    if (name.size() > 60 || problems.size() >= kHintsMax) return {};
    size_t nearest = 3;
    std::string found;
    for (const auto& known : names) {
        const size_t far = distance(name, known);
        if (far < nearest) nearest = far, found = "; did you mean " + std::string(known) + "?";
    }
    return found;
}

/// A share of 100 in hundredths: `33.34` is 3,334.
std::optional<uint32_t> hundredths(DocView value) {
    const auto share = value.as_decimal();
    if (!share || share->units < 0 || share->scale > 2) return {};
    const int64_t factor = share->scale == 2 ? 1 : share->scale == 1 ? 10 : 100;
    if (share->units > kParts) return {};
    const int64_t parts = share->units * factor;
    if (parts > kParts) return {};
    return static_cast<uint32_t>(parts);
}

}  // namespace

void DefinitionReader::fail(const Path& path, std::string message) {
    if (problems_.size() < kProblemsMax) problems_.push_back({path, std::move(message)});
}

// What other readers say begins with the place.
void DefinitionReader::fail(const Error& error) {
    const size_t colon = error.message.find(": ");
    if (colon == std::string::npos) return fail("", error.message);
    fail(error.message.substr(0, colon), error.message.substr(colon + 2));
}

void DefinitionReader::check_fields(DocView object, std::span<const std::string_view> known,
                                    const Path& path) {
    if (!object.is_object()) return fail(path, "must be an object");
    std::set<std::string_view> seen;
    for (const model::DocField& field : object.fields()) {
        if (std::ranges::find(known, field.key) == known.end()) {
            fail(in(path, field.key), "not known here" + hint(field.key, known, problems_));
        }
        if (!seen.insert(field.key).second) fail(in(path, field.key), "stands here twice");
    }
}

std::string DefinitionReader::text(DocView object, std::string_view key, const Path& path) {
    const DocView value = object.find(key);
    if (value.is_missing()) return {};
    if (!value.is_string() || value.as_string().empty()) {
        fail(in(path, key), "must be a text");
    } else if (value.as_string().size() > kTextMax) {
        fail(in(path, key), "longer than " + std::to_string(kTextMax) + " bytes");
    } else {
        return std::string(value.as_string());
    }
    return {};
}

std::string DefinitionReader::needed_text(DocView object, std::string_view key, const Path& path) {
    if (object.find(key).is_missing()) fail(in(path, key), "is missing; must be a text");
    return text(object, key, path);
}

Micros DefinitionReader::duration(DocView object, std::string_view key, const Path& path) {
    const DocView value = object.find(key);
    if (value.is_missing()) return 0;
    const auto read = query::parse_duration(value.as_string(), in(path, key));
    if (read) return *read;
    fail(read.error());
    return 0;
}

bool DefinitionReader::flag(DocView object, std::string_view key, const Path& path) {
    const DocView value = object.find(key);
    if (!value.is_missing() && value.type() != model::DocType::Bool) {
        fail(in(path, key), "must be true or false");
    }
    return value.as_bool();
}

std::vector<DocView> DefinitionReader::list(DocView object, std::string_view key, const Path& path,
                                            size_t most) {
    const DocView value = object.find(key);
    std::vector<DocView> items;
    if (value.is_missing()) return items;
    if (!value.is_array()) fail(in(path, key), "must be a list");
    for (const DocView item : value.items()) {
        if (items.size() == most) {
            fail(in(path, key), "more than " + std::to_string(most));
            break;
        }
        items.push_back(item);
    }
    return items;
}

void DefinitionReader::read(DocView document) {
    static constexpr std::string_view kKnown[] = {"key",   "name",  "description", "trigger",
                                                  "goals", "exits", "reentry",     "steps"};
    if (!document.is_object()) return fail("", "a journey must be an object");
    check_fields(document, kKnown, "");
    out_.key_ = needed_text(document, "key", "");
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (!std::ranges::all_of(out_.key_, is_plain) || out_.key_.size() > 100) {
        fail("key", "must be at most 100 of a-z, 0-9, - and _");
    }
    out_.name_ = text(document, "name", "");
    if (out_.name_.empty()) out_.name_ = out_.key_;
    text(document, "description", "");
    read_trigger(document.find("trigger"));
    read_reentry(document.find("reentry"));
    read_endings(document, "goals", true);
    read_endings(document, "exits", false);

    const auto steps = list(document, "steps", "", kStepsMax);
    if (steps.empty()) fail("steps", "is missing; a journey needs at least one step");
    read_ids(steps);
    for (size_t i = 0; i < steps.size(); ++i) {
        below_ = i + 1 < steps.size() ? static_cast<StepIndex>(i + 1) : kEnd;
        if (steps[i].is_object()) {
            read_step(steps[i], at_index("steps", i), out_.steps_[i]);
        } else {
            fail(at_index("steps", i), "must be an object");
        }
    }
}

void DefinitionReader::read_trigger(DocView trigger) {
    static constexpr std::string_view kOfEvent[] = {"event", "type", "where",
                                                    "if",    "key",  "include"};
    static constexpr std::string_view kOfSegment[] = {"segment", "move", "if", "include"};
    const Path path = "trigger";
    if (!trigger.is_object()) {
        return fail(path, trigger.is_missing() ? "is missing; name an event, a segment or an item"
                                               : "must be an object");
    }
    if (!trigger.find("include").is_missing()) {
        out_.trigger_.includes_late = trigger.find("include").as_string() == "late";
        if (!out_.trigger_.includes_late) fail("trigger.include", "can only be late");
    }
    out_.trigger_.condition = read_condition(trigger, path);
    if (!trigger.find("item").is_missing()) return read_item_trigger(trigger, path);
    const bool is_segment = !trigger.find("segment").is_missing();
    check_fields(trigger, is_segment ? std::span<const std::string_view>(kOfSegment) : kOfEvent,
                 path);
    out_.trigger_.on = read_wanted(trigger, path);
    const DocView key = trigger.find("key");
    if (is_segment || key.is_missing()) return;
    auto property = query::PropertyPath::parse(key, "trigger.key");
    if (!property) return fail(property.error());
    out_.trigger_.key = std::move(*property);
}

// An item's change is an event of its owner; its own id keeps one order from another.
void DefinitionReader::read_item_trigger(DocView trigger, const Path& path) {
    static constexpr std::string_view kKnown[] = {"item",  "state", "overdue",
                                                  "where", "if",    "include"};
    check_fields(trigger, kKnown, path);
    const std::string catalog = needed_text(trigger, "item", path);
    const std::string state = text(trigger, "state", path);
    const bool is_overdue = flag(trigger, "overdue", path);
    if (state.empty() != is_overdue) {
        fail(path, "name either the state that the item comes to, or overdue: true");
    }
    std::string document;
    model::DocWriter out(document);
    const size_t all = out.open_array();
    const auto equals = [&](std::string_view property, std::string_view value) {
        const size_t leaf = out.open_object();
        out.field("property", property), out.field("op", "eq"), out.field("value", value);
        out.close(leaf);
    };
    equals("catalog", catalog);
    if (!state.empty()) equals("state", state);
    out.close(all);
    EventWanted wanted;
    wanted.name = event_name(std::string(is_overdue ? kItemOverdue : kItemChanged), path);
    wanted.where = query::Predicate::both(
        query::Predicate::compile(DocView(document), path, query::Leaves::Properties).value(),
        read_where(trigger.find("where"), in(path, "where")));
    out_.trigger_.on = std::move(wanted);
    std::string item;
    model::DocWriter(item).string("item");
    out_.trigger_.key = query::PropertyPath::parse(DocView(item), "trigger.item").value();
}

void DefinitionReader::read_reentry(DocView reentry) {
    static constexpr std::string_view kKnown[] = {"after"};
    if (reentry.is_missing() || reentry.as_string() == "after_end") return;
    if (reentry.as_string() == "never") {
        out_.reentry_ = Reentry::Never;
    } else if (reentry.is_object()) {
        check_fields(reentry, kKnown, "reentry");
        if (reentry.find("after").is_missing()) fail("reentry.after", "is missing; such as 7d");
        out_.reentry_ = Reentry::AfterDuration;
        out_.reentry_after_ = duration(reentry, "after", "reentry");
    } else {
        fail("reentry", R"(must be never, after_end or {"after":"7d"})");
    }
}

void DefinitionReader::read_endings(DocView document, std::string_view key, bool is_goal) {
    static constexpr std::string_view kKnown[] = {"name", "event",   "type", "where",
                                                  "hold", "segment", "move"};
    const auto endings = list(document, key, "", kEdgesMax);
    for (size_t i = 0; i < endings.size(); ++i) {
        const Path path = at_index(std::string(key), i);
        check_fields(endings[i], kKnown, path);
        out_.endings_.push_back({.name = needed_text(endings[i], "name", path),
                                 .is_goal = is_goal,
                                 .on = read_wanted(endings[i], path)});
    }
}

Wanted DefinitionReader::read_wanted(DocView wanted, const Path& path) {
    const bool has_segment = !wanted.find("segment").is_missing();
    if (has_segment == !wanted.find("event").is_missing()) {
        fail(path, "name either an event or a segment");
        return SegmentWanted{};
    }
    if (has_segment) return read_segment(wanted, path);
    return read_event(wanted, path);
}

EventWanted DefinitionReader::read_event(DocView event, const Path& path) {
    EventWanted wanted;
    wanted.name = event_name(needed_text(event, "event", path), path);
    const std::string type = text(event, "type", path);
    if (type == "page" || type == "screen") {
        wanted.type = type == "page" ? model::EventType::Page : model::EventType::Screen;
    } else if (!type.empty() && type != "track") {
        fail(in(path, "type"), "must be track, page or screen");
    }
    wanted.where = read_where(event.find("where"), in(path, "where"));
    const auto held = list(event, "hold", path, kEdgesMax);
    for (size_t i = 0; i < held.size(); ++i) {
        auto property = query::PropertyPath::parse(held[i], at_index(in(path, "hold"), i));
        if (!property) {
            fail(property.error());
            continue;
        }
        wanted.hold.push_back(std::move(*property));
    }
    return wanted;
}

SegmentWanted DefinitionReader::read_segment(DocView segment, const Path& path) {
    for (const std::string_view key : {"where", "hold", "type"}) {
        if (!segment.find(key).is_missing()) fail(in(path, key), "goes with an event only");
    }
    const std::string move = text(segment, "move", path);
    if (!move.empty() && move != "in" && move != "out") fail(in(path, "move"), "must be in or out");
    return {needed_text(segment, "segment", path), move != "out"};
}

query::Predicate DefinitionReader::read_where(DocView where, const Path& path) {
    if (where.is_missing()) return {};
    if (++wheres_ > kWheresMax) {
        fail(path, "more than " + std::to_string(kWheresMax) + " of these in one journey");
        return {};
    }
    auto read = query::Predicate::compile(where, path, query::Leaves::Properties);
    if (read) return std::move(*read);
    fail(read.error());
    return {};
}

// Its grammar is checked here, what it names by whoever keeps people.
std::optional<uint16_t> DefinitionReader::read_condition(DocView object, const Path& path) {
    const DocView condition = object.find("if");
    if (condition.is_missing()) return {};
    const auto read = query::Predicate::compile(condition, in(path, "if"), query::Leaves::OfRuns);
    if (!read) fail(read.error());
    if (out_.conditions_.size() == kConditionsMax) {
        fail(in(path, "if"), "more than " + std::to_string(kConditionsMax) + " conditions");
        return {};
    }
    out_.conditions_.push_back({std::string(condition.bytes()), in(path, "if")});
    return static_cast<uint16_t>(out_.conditions_.size() - 1);
}

uint16_t DefinitionReader::event_name(std::string name, const Path& path) {
    auto& names = out_.event_names_;
    const auto found = std::ranges::find(names, name);
    if (found == names.end() && names.size() == kEventNamesMax) {
        fail(path, "names more than " + std::to_string(kEventNamesMax) + " different events");
        return 0;
    }
    const auto place = static_cast<uint16_t>(found - names.begin());
    if (found == names.end()) names.push_back(std::move(name));
    return place;
}

void DefinitionReader::read_ids(const std::vector<DocView>& steps) {
    std::set<std::string> ids;
    for (size_t i = 0; i < steps.size(); ++i) {
        Step step;
        if (steps[i].is_object()) step.id = needed_text(steps[i], "id", at_index("steps", i));
        if (step.id == "end") fail(at_index("steps", i) + ".id", "end is the name of the end");
        if (!step.id.empty() && !ids.insert(step.id).second) {
            fail(at_index("steps", i) + ".id", "a step above is called " + step.id + " already");
        }
        out_.steps_.push_back(std::move(step));
    }
}

StepIndex DefinitionReader::target(DocView object, std::string_view key, const Path& path,
                                   StepIndex usual) {
    const DocView value = object.find(key);
    if (value.is_missing()) return usual;
    const std::string_view id = value.as_string();
    if (id == "end") return kEnd;
    const auto& steps = out_.steps_;
    const auto found = std::ranges::find(steps, id, &Step::id);
    if (!id.empty() && found != steps.end()) return static_cast<StepIndex>(found - steps.begin());
    if (id.empty()) {
        fail(in(path, key), "must be the id of a step, or end");
        return usual;
    }
    std::vector<std::string> ids;
    for (const Step& step : steps) ids.push_back(step.id);
    fail(in(path, key),
         "no step is called " + std::string(id.substr(0, 100)) + hint(id, ids, problems_));
    return usual;
}

void DefinitionReader::read_step(DocView step, const Path& path, Step& out) {
    struct Type {
        std::string_view name;
        void (*read)(DefinitionReader&, Step&, DocView, const Path&);
    };
    static const Type kTypes[] = {{"message", read_as<&DefinitionReader::read_message>},
                                  {"webhook", read_as<&DefinitionReader::read_webhook>},
                                  {"wait", read_as<&DefinitionReader::read_wait>},
                                  {"wait_for", read_as<&DefinitionReader::read_wait_for>},
                                  {"branch", read_as<&DefinitionReader::read_branch>},
                                  {"split", read_as<&DefinitionReader::read_split>},
                                  {"update", read_as<&DefinitionReader::read_update>},
                                  {"task", read_as<&DefinitionReader::read_task>},
                                  {"goal", read_as<&DefinitionReader::read_goal>}};
    static constexpr std::string_view kOfEnd[] = {"id", "type", "name"};
    const std::string type = needed_text(step, "type", path);
    text(step, "name", path);
    if (type == "end") {
        check_fields(step, kOfEnd, path);
        out.what = EndStep{};
        return;
    }
    out.next = target(step, type == "branch" ? "else" : "next", path, below_);
    for (const Type& known : kTypes) {
        if (known.name == type) return known.read(*this, out, step, path);
    }
    std::vector<std::string_view> names = {"end"};
    for (const Type& known : kTypes) names.push_back(known.name);
    if (!type.empty()) {
        fail(in(path, "type"), "no type of step is called " + type + hint(type, names, problems_));
    }
}

MessageStep DefinitionReader::read_message(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {
        "id", "type", "name", "channel", "template", "purpose", "topic", "deadline", "next"};
    check_fields(step, kKnown, path);
    MessageStep message;
    message.channel = needed_text(step, "channel", path);
    message.template_key = needed_text(step, "template", path);
    message.purpose = needed_text(step, "purpose", path);
    message.topic = text(step, "topic", path);
    message.deadline = duration(step, "deadline", path);
    return message;
}

WebhookStep DefinitionReader::read_webhook(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {"id", "type", "name", "url", "deadline", "next"};
    check_fields(step, kKnown, path);
    WebhookStep webhook{needed_text(step, "url", path), duration(step, "deadline", path)};
    if (!webhook.url.empty() && !is_web_address(webhook.url)) {
        fail(in(path, "url"), "need https:// or http://, a host, and no spaces");
    }
    return webhook;
}

WaitStep DefinitionReader::read_wait(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {"id",    "type", "name", "for",
                                                  "until", "days", "next"};
    static constexpr std::string_view kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    check_fields(step, kKnown, path);
    WaitStep wait{.duration = duration(step, "for", path)};
    const bool has_time = !step.find("until").is_missing();
    if (has_time) {
        wait.time_of_day = parse_time_of_day(step.find("until").as_string());
        if (!wait.time_of_day) fail(in(path, "until"), "must be a time of day in quotes: 09:00");
    } else if (step.find("for").is_missing()) {
        fail(path, "say how long (for: 1h), until what time (until: \"09:00\"), or both");
    }
    const auto days = list(step, "days", path, 7);
    if (days.empty()) return wait;
    if (!has_time) fail(in(path, "days"), "goes with until only");
    wait.days = 0;
    for (size_t i = 0; i < days.size(); ++i) {
        const auto found = std::ranges::find(kDays, days[i].as_string());
        if (found == std::end(kDays)) {
            fail(at_index(in(path, "days"), i), "must be mon, tue, wed, thu, fri, sat or sun");
            continue;
        }
        wait.days = static_cast<uint8_t>(wait.days | 1u << (found - kDays));
    }
    return wait;
}

WaitForStep DefinitionReader::read_wait_for(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {"id",     "type",    "name",
                                                  "events", "timeout", "next"};
    static constexpr std::string_view kOfEvent[] = {"event", "type", "where", "hold", "next"};
    check_fields(step, kKnown, path);
    WaitForStep wait;
    if (step.find("timeout").is_missing()) {
        fail(in(path, "timeout"), "is missing; nobody waits for ever: such as 2d");
    }
    wait.timeout = duration(step, "timeout", path);
    const auto events = list(step, "events", path, kEdgesMax);
    if (events.empty())
        fail(in(path, "events"), "is missing; a list of events, each with its next");
    for (size_t i = 0; i < events.size(); ++i) {
        const Path place = at_index(in(path, "events"), i);
        check_fields(events[i], kOfEvent, place);
        wait.events.push_back(
            {read_event(events[i], place), target(events[i], "next", place, below_)});
    }
    return wait;
}

BranchStep DefinitionReader::read_branch(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {"id", "type", "name", "paths", "else"};
    static constexpr std::string_view kOfPath[] = {"if", "where", "next", "name"};
    check_fields(step, kKnown, path);
    BranchStep branch;
    const auto paths = list(step, "paths", path, kEdgesMax);
    if (paths.empty())
        fail(in(path, "paths"), "is missing; a list of conditions, each with its next");
    for (size_t i = 0; i < paths.size(); ++i) {
        const Path place = at_index(in(path, "paths"), i);
        check_fields(paths[i], kOfPath, place);
        if (paths[i].find("if").is_missing() && paths[i].find("where").is_missing()) {
            fail(place, "needs if (of the person) or where (of the event that started the run)");
        }
        branch.paths.push_back({.condition = read_condition(paths[i], place),
                                .where = read_where(paths[i].find("where"), in(place, "where")),
                                .next = target(paths[i], "next", place, below_)});
    }
    return branch;
}

SplitStep DefinitionReader::read_split(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {"id", "type", "name", "salt", "parts"};
    static constexpr std::string_view kOfPart[] = {"name", "share", "holdout", "next"};
    check_fields(step, kKnown, path);
    SplitStep split;
    split.salt = text(step, "salt", path);
    if (split.salt.empty()) split.salt = out_.key_ + '/' + std::string(step.find("id").as_string());
    const auto parts = list(step, "parts", path, kEdgesMax);
    if (parts.size() < 2) fail(in(path, "parts"), "needs at least two parts, each with its share");
    uint32_t whole = 0;
    for (size_t i = 0; i < parts.size(); ++i) {
        const Path place = at_index(in(path, "parts"), i);
        check_fields(parts[i], kOfPart, place);
        const auto share = hundredths(parts[i].find("share"));
        if (!share)
            fail(in(place, "share"), "must be a number of 100, at most two decimals: 33.34");
        whole += share.value_or(0);
        split.parts.push_back({.name = needed_text(parts[i], "name", place),
                               .parts = share.value_or(0),
                               .is_holdout = flag(parts[i], "holdout", place),
                               .next = target(parts[i], "next", place, below_)});
    }
    if (parts.size() >= 2 && whole != kParts) {
        fail(in(path, "parts"), "the shares must add up to 100, not to " +
                                    std::to_string(whole / 100) + '.' +
                                    std::to_string(100 + whole % 100).substr(1));
    }
    return split;
}

UpdateStep DefinitionReader::read_update(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {"id", "type", "name", "traits", "next"};
    check_fields(step, kKnown, path);
    const DocView traits = step.find("traits");
    size_t count = 0;
    for (const model::DocField& trait : traits.fields()) {
        const auto name = query::trait_path_of(trait.key, in(in(path, "traits"), trait.key));
        if (!name) fail(name.error());
        if (trait.value.is_object() || trait.value.is_array()) {
            fail(in(in(path, "traits"), trait.key),
                 "must be a text, a number, true, false or null");
        }
        ++count;
    }
    if (count == 0) fail(in(path, "traits"), "is missing; an object of traits and their values");
    return {std::string(traits.bytes())};
}

TaskStep DefinitionReader::read_task(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {"id",    "type", "name", "team",     "title",
                                                  "store", "due",  "next", "escalated"};
    check_fields(step, kKnown, path);
    TaskStep task;
    task.team = needed_text(step, "team", path);
    task.title = needed_text(step, "title", path);
    if (const DocView store = step.find("store"); !store.is_missing()) {
        auto property = query::PropertyPath::parse(store, in(path, "store"));
        if (!property) fail(property.error());
        if (property) task.store = std::move(*property);
    }
    task.due = duration(step, "due", path);
    if (step.find("escalated").is_missing()) return task;
    if (task.due == 0) fail(in(path, "escalated"), "goes with due only");
    task.escalated_next = target(step, "escalated", path, below_);
    return task;
}

GoalStep DefinitionReader::read_goal(DocView step, const Path& path) {
    static constexpr std::string_view kKnown[] = {"id", "type", "name", "goal", "next"};
    check_fields(step, kKnown, path);
    return {needed_text(step, "goal", path)};
}

}  // namespace throughline::journey
