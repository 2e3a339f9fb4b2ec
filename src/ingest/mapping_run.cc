#include "base/bytes.h"
#include "ingest/mapping.h"
#include "ingest/mapping_value.h"
#include "ingest/occurrences.h"
#include "model/json.h"

namespace throughline::ingest {

using model::DocView;
using model::DocWriter;

struct MappingRun::State {
    State(Mapping used, const SecretKey& key)
        : mapping(std::move(used)), plan(mapping.plan()), secret(key), values(plan) {}

    Mapping mapping;
    const MappingPlan& plan;
    SecretKey secret;
    ValueReader values;
    Occurrences occurrences;
    const Row* row = nullptr;
    std::string row_id;  // `name:hash:occurrence`
    std::string text;
    std::string parsed;  // An event that stood in a cell as text.

    void make_row_id();
    Got append_event(const EventPlan& event, size_t ordinal, std::string& doc);
    DocView as_is_of(const EventPlan& event, DocView item);
    Got append_as_is(const EventPlan& event, size_t ordinal, DocView item, std::string& doc);
    Got write_ids(const EventPlan& event, DocWriter& out, std::string& external);
    Got write_text(const ValuePlan& value, std::string_view key, DocWriter& out);
    Got write_part(const ValuePlan& value, std::string_view key, std::string& doc);
    Got write_message_id(const EventPlan& event, size_t ordinal, DocWriter& out);
    Got write_context(const EventPlan& event, const std::string& external, std::string& doc);
    std::string message_id(size_t ordinal) const;
    std::string problem;
};

namespace {

std::string hex(Key128 key) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    for (const uint64_t half : {key.high, key.low}) {
        for (int shift = 60; shift >= 0; shift -= 4) text += kHex[half >> shift & 15];
    }
    return text;
}

}  // namespace

void MappingRun::State::make_row_id() {
    std::string bytes;
    ByteWriter out(bytes);
    out.string(plan.name);
    for (const size_t path : plan.id) out.string(values.path_text(path));
    if (plan.id.empty()) {
        for (const std::string_view cell : row->cells) out.string(cell);
        out.string(row->doc.bytes());
    }
    const Key128 key = keyed_hash(secret, bytes);
    row_id = plan.name + ":" + hex(key) + ":" + std::to_string(occurrences.count(key));
}

std::string MappingRun::State::message_id(size_t ordinal) const {
    return ordinal == 0 ? row_id : row_id + ":" + std::to_string(ordinal);
}

Got MappingRun::State::write_text(const ValuePlan& value, std::string_view key, DocWriter& out) {
    const Got got = values.read_text(value, text);
    if (got == Got::Value) out.field(key, text);
    return got;
}

Got MappingRun::State::write_part(const ValuePlan& value, std::string_view key, std::string& doc) {
    const size_t before = doc.size();
    DocWriter(doc).key(key);
    const Got got = values.append(value, doc);
    if (got != Got::Value) doc.resize(before);
    return got;
}

// userId and anonymousId have fields of their own; every other namespace is an external id.
Got MappingRun::State::write_ids(const EventPlan& event, DocWriter& out, std::string& external) {
    size_t found = 0;
    for (const auto& [space, value] : event.identifiers) {
        const Got got = values.read_text(value, text);
        if (got == Got::Problem) return got;
        if (got == Got::Nothing) continue;
        ++found;
        if (space == "user_id" || space == "anonymous_id") {
            out.field(space == "user_id" ? "userId" : "anonymousId", text);
            continue;
        }
        DocWriter ids(external);
        const size_t mark = ids.open_object();
        ids.field("id", text);
        ids.field("type", space);
        ids.field("collection", "users");
        ids.close(mark);
    }
    if (found > 0) return Got::Value;
    problem = "no identifier: all columns that name one are empty";
    return Got::Problem;
}

Got MappingRun::State::write_message_id(const EventPlan& event, size_t ordinal, DocWriter& out) {
    const Got got = values.read_text(event.message_id, text);
    if (got == Got::Problem) return got;
    out.field("messageId", got == Got::Value ? text : message_id(ordinal));
    return Got::Value;
}

Got MappingRun::State::write_context(const EventPlan& event, const std::string& external,
                                     std::string& doc) {
    std::string given;
    const Got got = values.append(event.context, given);
    if (got == Got::Problem || (given.empty() && external.empty())) return got;
    DocWriter out(doc);
    out.key("context");
    const size_t mark = out.open_object();
    for (const model::DocField& field : DocView(given).fields()) {
        out.key(field.key);
        out.copy(field.value);
    }
    if (!external.empty()) {
        out.key("externalIds");
        const size_t list = out.open_array();
        doc += external;
        out.close(list);
    }
    out.close(mark);
    return Got::Value;
}

// Missing when it is no document.
DocView MappingRun::State::as_is_of(const EventPlan& event, DocView item) {
    if (!event.as_is) return item.is_missing() ? row->doc : item;
    if (const DocView found = values.path_doc(*event.as_is); found.is_object()) return found;
    parsed.clear();
    if (!model::append_doc_from_json(values.path_text(*event.as_is), parsed)) return {};
    return DocView(parsed);
}

Got MappingRun::State::append_as_is(const EventPlan& event, size_t ordinal, DocView item,
                                    std::string& doc) {
    const DocView from = as_is_of(event, item);
    if (!from.is_object()) {
        problem = "not an object";
        return Got::Problem;
    }
    std::string time;
    const Got got_time = values.append(event.time, time);
    const Got got_id = values.read_text(event.message_id, text);
    if (got_time == Got::Problem || got_id == Got::Problem) return Got::Problem;
    const bool has_time = got_time == Got::Value;
    const bool keeps_id = got_id != Got::Value && from.find("messageId").as_text().has_value();
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const model::DocField& field : from.fields()) {
        const bool is_time =
            field.key == "timestamp" || field.key == "originalTimestamp" || field.key == "sentAt";
        const bool is_said = (is_time && has_time) || (field.key == "type" && event.has_type) ||
                             (field.key == "messageId" && !keeps_id);
        if (is_said) continue;
        out.key(field.key);
        out.copy(field.value);
    }
    if (event.has_type) out.field("type", event_type_name(event.type));
    if (has_time) {
        out.key("timestamp");
        out.copy(DocView(time));
    }
    if (!keeps_id) out.field("messageId", got_id == Got::Value ? text : message_id(ordinal));
    out.close(mark);
    return Got::Value;
}

Got MappingRun::State::append_event(const EventPlan& event, size_t ordinal, std::string& doc) {
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("type", event_type_name(event.type));
    std::string external;
    const bool is_track = event.type == model::EventType::Track;
    const Got steps[] = {
        write_text(event.name, is_track ? "event" : "name", out),
        write_ids(event, out, external),
        write_text(event.group_id, "groupId", out),
        write_text(event.previous_id, "previousId", out),
        write_message_id(event, ordinal, out),
        write_part(event.time, "timestamp", doc),
        write_part(event.traits, "traits", doc),
        write_part(event.properties, "properties", doc),
        write_context(event, external, doc),
    };
    for (const Got step : steps) {
        if (step == Got::Problem) return step;
    }
    if (steps[5] == Got::Nothing) {
        problem = "no time: the column that holds it is empty";
        return Got::Problem;
    }
    out.close(mark);
    return Got::Value;
}

MappingRun::MappingRun(Mapping mapping, const SecretKey& secret)
    : state_(std::make_unique<State>(std::move(mapping), secret)) {}
MappingRun::~MappingRun() = default;
MappingRun::MappingRun(MappingRun&&) noexcept = default;

Status MappingRun::use_columns(std::span<const std::string> columns) {
    return state_->values.use_columns(columns);
}

void MappingRun::apply(const Row& row, MappedRow& out) {
    State& state = *state_;
    out.events.clear();
    out.problem = row.problem;
    if (!row.problem.empty()) return;
    state.row = &row;
    state.values.use(row);
    state.values.use_item({});
    state.make_row_id();
    if (state.plan.skips && state.values.holds(state.plan.skip)) return;
    size_t ordinal = 0;
    const auto add = [&](const EventPlan& event, DocView item) {
        state.values.use_item(item);
        if (!state.values.holds(event.when)) return true;
        state.problem.clear();
        std::string doc;
        const Got got = event.is_as_is ? state.append_as_is(event, ordinal, item, doc)
                                       : state.append_event(event, ordinal, doc);
        ++ordinal;
        if (got == Got::Value) {
            out.events.push_back(std::move(doc));
            return true;
        }
        out.problem = state.problem.empty() ? state.values.problem() : state.problem;
        out.events.clear();
        return false;
    };
    for (const EventPlan& event : state.plan.events) {
        if (!event.each) {
            if (!add(event, {})) return;
            continue;
        }
        state.values.use_item({});
        for (const DocView item : state.values.path_doc(*event.each).items()) {
            if (!add(event, item)) return;
        }
    }
}

}  // namespace throughline::ingest
