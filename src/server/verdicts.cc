#include "server/verdicts.h"

#include <algorithm>
#include <charconv>
#include <queue>

#include "base/base64.h"
#include "base/json_text.h"
#include "identity/public_id.h"
#include "model/json.h"
#include "server/definitions.h"
#include "server/explanation.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kRawBytesMax = 32 * 1024;
constexpr std::string_view kTypes[] = {"track", "identify", "page", "screen", "group", "alias"};

bool is_type(std::string_view text) {
    return std::ranges::find(kTypes, text) != std::end(kTypes);
}

std::string_view source_key(const engine::Settings& settings, model::SourceId id) {
    const model::Source* source = settings.source(id);
    return source != nullptr ? std::string_view(source->key) : std::string_view();
}

std::string_view name_or_type(std::string_view name, std::string_view type) {
    return name.empty() ? type : name;
}

/// The rows of one source with the highest positions, found in any order.
class NewestRows {
public:
    struct Place {
        model::Position position;
        uint32_t identity;
        bool operator>(const Place& other) const { return position > other.position; }
    };
    explicit NewestRows(size_t limit) : limit_(limit) {}
    void add(Place place) {
        if (places_.size() == limit_ && places_.top().position >= place.position) return;
        places_.push(place);
        if (places_.size() > limit_) places_.pop();
    }
    /// Newest first.
    std::vector<Place> take() {
        std::vector<Place> places;
        for (; !places_.empty(); places_.pop()) places.push_back(places_.top());
        std::ranges::reverse(places);
        return places;
    }

private:
    size_t limit_;
    std::priority_queue<Place, std::vector<Place>, std::greater<>> places_;  // Lowest on top.
};

Status add_accepted(App& app, const engine::QueryView& view, NewestRows& rows,
                    std::vector<Verdict>& verdicts) {
    for (const NewestRows::Place& place : rows.take()) {
        TL_TRY_ASSIGN(const auto event, view.history->find(place.position, place.identity));
        if (!event) continue;
        if (engine::root_of_word(view.roots[event->row.identity]) == engine::kErasedRoot) continue;
        verdicts.emplace_back(place.position, accepted_verdict(view, app.engine.secret(),
                                                               event->row, event->payload));
    }
    return Status::ok();
}

Status add_rejected(App& app, model::SourceId source, size_t limit,
                    std::vector<Verdict>& verdicts) {
    constexpr size_t kStep = 200;
    constexpr size_t kLookedAtMax = 2000;
    const engine::View view = app.engine.view();
    store::KeyRange range;
    size_t found = 0;
    for (size_t looked_at = 0; found < limit && looked_at < kLookedAtMax; looked_at += kStep) {
        TL_TRY_ASSIGN(const auto rows,
                      view.tables.rejects.scan(range, kStep, store::ScanOrder::Descending));
        for (const auto& [key, value] : rows) {
            const DocView row(value);
            if (row.find("source").as_integer().value_or(0) != source || found == limit) continue;
            ++found;
            const model::Position position = engine::number_of_key(key);
            verdicts.emplace_back(position, rejected_verdict(*view.settings, position, row));
        }
        if (rows.size() < kStep) break;
        range.to = rows.back().first;
    }
    return Status::ok();
}

// A repeat may come, or be asked for, after its person was erased.
Result<bool> is_erased(const engine::View& view, const model::EventView& event) {
    if (view.state.tombstones == 0) return false;
    for (size_t i = 0; i < event.identifier_count(); ++i) {
        TL_TRY_ASSIGN(const auto until,
                      view.tables.tombstones.read(event.identifier(i).key, view.pin));
        if (until && event.time() <= load<Micros>(until->data())) return true;
    }
    return false;
}

struct EventVerdict {
    std::string_view verdict;
    model::EventView event;
    model::Position position = 0;
    std::string profile;  // Empty: not told.
};

std::string event_verdict(const engine::Settings& settings, const EventVerdict& of) {
    const model::EventView& event = of.event;
    const std::string_view type = model::event_type_name(event.type());
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("position", std::string_view(model::format_position(of.position)));
    write_time(out, "received_at", event.received());
    out.field("source", source_key(settings, event.source()));
    out.field("verdict", of.verdict);
    out.field("type", type);
    out.field("name", name_or_type(event.name(), type));
    write_text(out, "message_id", event.message_id());
    write_text(out, "profile", of.profile);
    write_flag(out, "live", !event.is_history());
    write_null(out, "code");
    write_null(out, "message");
    write_null(out, "reject");
    write_null(out, "reject_state");
    out.key("body");
    out.copy(event.doc());
    out.close(mark);
    return doc;
}

// What a settled reject became: an event of somebody, or a row of a later import.
void write_became(DocWriter& out, const engine::View& view, DocView became) {
    out.key("became");
    if (!became.is_object()) return out.null();
    const size_t mark = out.open_object();
    const auto position = became.find("position").as_integer();
    write_text(out, "position",
               position ? model::format_position(static_cast<model::Position>(*position)) : "");
    const auto identity = became.find("identity").as_integer();
    write_text(out, "profile",
               identity ? profile_of(view, static_cast<engine::IdentityId>(*identity)) : "");
    write_text(out, "import", became.find("import").as_string());
    out.close(mark);
}

}  // namespace

std::string profile_of(const engine::View& view, engine::IdentityId identity) {
    identity::Node node;
    const Status read = nodes_of(view).node(identity, node);
    if (!read || node.has(identity::kNodeErased)) return {};
    return identity::public_id(view.secret, node.root);
}

std::string accepted_verdict(const engine::QueryView& view, const SecretKey& secret,
                             const sequence::Row& row, std::string_view payload) {
    const uint32_t root = engine::root_of_word(view.roots[row.identity]);
    return event_verdict(*view.settings, {.verdict = "accepted",
                                          .event = model::EventView(payload),
                                          .position = row.position,
                                          .profile = identity::public_id(secret, root)});
}

Result<std::vector<Verdict>> duplicate_verdicts(const engine::View& view,
                                                const std::vector<DuplicatesSeen::Seen>& seen) {
    std::vector<Verdict> verdicts;
    for (const DuplicatesSeen::Seen& one : seen) {
        const model::EventView event(one.payload);
        TL_TRY_ASSIGN(const bool erased, is_erased(view, event));
        if (erased) continue;
        verdicts.emplace_back(one.position, event_verdict(*view.settings, {.verdict = "duplicate",
                                                                           .event = event,
                                                                           .position = one.position,
                                                                           .profile = {}}));
    }
    return verdicts;
}

std::string rejected_verdict(const engine::Settings& settings, model::Position position,
                             DocView row) {
    const std::string body = reject_body(row);
    const auto parsed = model::doc_from_json(body);
    const DocView sent = parsed ? DocView(*parsed) : DocView();
    const std::string type = reject_type(row, body);
    const auto source = static_cast<model::SourceId>(row.find("source").as_integer().value_or(0));
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("position", std::string_view(model::format_position(position)));
    write_time(out, "received_at", row.find("received").as_integer().value_or(kNoTime));
    out.field("source", source_key(settings, source));
    out.field("verdict", "rejected");
    write_text(out, "type", type);
    write_text(out, "name", name_or_type(sent.find("event").as_string(), type));
    write_text(out, "message_id", row.find("message_id").as_string());
    write_null(out, "profile");
    // What a file held is history; what was sent would have been live, had it been taken.
    write_flag(out, "live", !row.find("path").as_string().starts_with("import:"));
    out.field("code", row.find("code").as_string());
    out.field("message", row.find("message").as_string());
    out.field("reject", std::string_view(reject_id(position)));
    const std::string_view state = row.find("status").as_string();
    out.field("reject_state", state.empty() ? "open" : state);
    out.key("body");
    if (sent.is_object()) {
        out.copy(sent);
    } else {
        out.close(out.open_object());
    }
    out.close(mark);
    return doc;
}

Result<std::vector<std::string>> recent_verdicts(App& app, model::SourceId source, size_t limit) {
    const engine::QueryView view = app.engine.query_view();
    std::vector<Verdict> verdicts;
    if (const auto known = view.state.sources.find(source); known != view.state.sources.end()) {
        const Micros last = known->second.last_received;
        NewestRows newest(limit);
        sequence::ScanColumns columns;
        columns.source = true;
        columns.position = true;
        TL_TRY(view.history->scan(last == kNoTime ? last : last - kDay, app.clock.now() + kDay,
                                  columns, [&](const sequence::ScanBlock& rows) -> Status {
                                      for (size_t i = 0; i < rows.size(); ++i) {
                                          if (rows.source[i] != source) continue;
                                          newest.add({rows.position[i], rows.identity[i]});
                                      }
                                      return Status::ok();
                                  }));
        TL_TRY(add_accepted(app, view, newest, verdicts));
    }
    TL_TRY(add_rejected(app, source, limit, verdicts));
    TL_TRY_ASSIGN(auto repeats, duplicate_verdicts(app.engine.view(), app.duplicates->of(source)));
    std::ranges::move(repeats, std::back_inserter(verdicts));
    std::ranges::sort(verdicts, std::greater<>(), &Verdict::first);
    std::vector<std::string> newest;
    for (auto& [position, verdict] : verdicts) {
        if (newest.size() < limit) newest.push_back(std::move(verdict));
    }
    return newest;
}

std::string reject_id(model::Position position) {
    return "r_" + std::to_string(position);
}

std::optional<model::Position> parse_reject_id(std::string_view id) {
    if (!id.starts_with("r_")) return {};
    model::Position position = 0;
    const auto end = std::from_chars(id.data() + 2, id.data() + id.size(), position);
    if (end.ec != std::errc{} || end.ptr != id.data() + id.size()) return {};
    return position;
}

std::string reject_body(DocView row) {
    const DocView text = row.find("body");
    if (text.is_string()) return std::string(text.as_string());
    return decode_base64(row.find("body_base64").as_string()).value_or("");
}

std::string as_utf8(std::string_view bytes, size_t size_max) {
    std::string text;
    while (!bytes.empty()) {
        const size_t size = utf8_character_size(bytes);
        const std::string_view character = size > 0 ? bytes.substr(0, size) : "\xef\xbf\xbd";
        if (text.size() + character.size() > size_max) break;
        text += character;
        bytes.remove_prefix(std::max<size_t>(size, 1));
    }
    return text;
}

std::string reject_path(DocView row) {
    const std::string path(row.find("path").as_string());
    return path.find(':') != std::string::npos ? path : "/v1/" + path;
}

std::string reject_type(DocView row, std::string_view body) {
    const std::string_view path = row.find("path").as_string();
    if (is_type(path)) return std::string(path);
    const auto parsed = model::doc_from_json(body);
    if (!parsed) return {};
    const std::string_view type = DocView(*parsed).find("type").as_string();
    return is_type(type) ? std::string(type) : std::string();
}

void write_reject(DocWriter& out, const engine::View& view, model::Position position, DocView row) {
    const engine::Settings& settings = *view.settings;
    const std::string body = reject_body(row);
    const Micros received = row.find("received").as_integer().value_or(0);
    const auto source = static_cast<model::SourceId>(row.find("source").as_integer().value_or(0));
    const std::string raw = as_utf8(body, kRawBytesMax);
    const size_t mark = out.open_object();
    out.field("id", std::string_view(reject_id(position)));
    out.field("position", std::string_view(model::format_position(position)));
    write_time(out, "at", received);
    write_text(out, "source", source_key(settings, source));
    out.field("code", row.find("code").as_string());
    out.field("message", row.find("message").as_string());
    write_text(out, "message_id", row.find("message_id").as_string());
    write_text(out, "type", reject_type(row, body));
    out.field("path", std::string_view(reject_path(row)));
    out.field("state", row.find("status").as_string());
    write_time(out, "settled_at", row.find("settled_at").as_integer().value_or(kNoTime));
    write_text(out, "settled_by", actor_name(row.find("settled_by").as_string()));
    write_became(out, view, row.find("became"));
    write_time(out, "expires_at", received + kRejectLife);
    out.field("raw", raw);
    write_flag(out, "truncated", body.size() > kRawBytesMax);
    write_count(out, "size", body.size());
    out.close(mark);
}

}  // namespace throughline::server
