#include "engine/forwarding/forward.h"

#include <algorithm>

#include "net/url.h"

namespace throughline::engine {

using model::DocView;
using model::EventType;

namespace {

constexpr size_t kUrlMax = 2'000;
constexpr size_t kWriteKeyMax = 500;
constexpr EventType kTypes[] = {EventType::Track,  EventType::Identify, EventType::Page,
                                EventType::Screen, EventType::Group,    EventType::Alias};

uint8_t bit_of(EventType type) {
    return static_cast<uint8_t>(1U << static_cast<unsigned>(type));
}

Error wrong(std::string_view field, std::string_view what) {
    return Error::invalid("forward: " + std::string(field) + ": " + std::string(what));
}

bool is_said(DocView value) {
    return !value.is_missing() && !value.is_null();
}

bool is_line(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Result<bool> read_flag(DocView doc, std::string_view field, bool other) {
    const DocView value = doc.find(field);
    if (!is_said(value)) return other;
    if (value.as_bool(true) != value.as_bool(false)) return wrong(field, "need true or false");
    return value.as_bool();
}

Result<std::string> read_line(DocView doc, std::string_view field, size_t most) {
    const DocView value = doc.find(field);
    if (!is_said(value)) return std::string();
    const std::string_view text = value.as_string();
    if (!value.is_string() || text.size() > most || !is_line(text)) {
        return wrong(field, "need text without blanks, at most " + std::to_string(most) + " bytes");
    }
    return std::string(text);
}

Result<uint8_t> read_types(DocView list) {
    if (!is_said(list)) return uint8_t{0xff};
    if (!list.is_array()) return wrong("types", "need a list of track, identify and so on");
    uint8_t types = 0;
    for (const DocView one : list.items()) {
        const auto found = std::ranges::find(kTypes, one.as_string(), model::event_type_name);
        if (found == std::end(kTypes)) {
            return wrong("types", "need some of track, identify, page, screen, group, alias");
        }
        types |= bit_of(*found);
    }
    if (types == 0) return wrong("types", "need at least one, or leave it out for all");
    return types;
}

}  // namespace

Result<Forward> Forward::make(DocView value) {
    Forward forward;
    TL_TRY_ASSIGN(forward.url_, read_line(value, "url", kUrlMax));
    if (!net::parse_url(forward.url_)) return wrong("url", "need an http or https address");
    TL_TRY_ASSIGN(forward.write_key_, read_line(value, "write_key", kWriteKeyMax));
    TL_TRY_ASSIGN(forward.is_enabled_, read_flag(value, "enabled", true));
    TL_TRY_ASSIGN(forward.allows_private_, read_flag(value, "allows_private", false));
    TL_TRY_ASSIGN(forward.includes_history_, read_flag(value, "include_history", false));
    TL_TRY_ASSIGN(forward.types_, read_types(value.find("types")));
    if (const DocView batch = value.find("batch_events"); is_said(batch)) {
        const int64_t events = batch.as_integer().value_or(0);
        if (events < 1 || events > kBatchEventsMax) {
            return wrong("batch_events",
                         "need a number from 1 to " + std::to_string(kBatchEventsMax));
        }
        forward.batch_events_ = static_cast<size_t>(events);
    }
    if (const DocView where = value.find("where"); is_said(where)) {
        TL_TRY_ASSIGN(forward.where_,
                      query::Predicate::compile(where, "forward: where", query::Leaves::OfRecords));
    }
    return forward;
}

bool Forward::wants(const model::EventView& event, const Settings& settings) const {
    if ((types_ & bit_of(event.type())) == 0) return false;
    if (!includes_history_ && (event.flags() & model::kEventImported) != 0) return false;
    return where_.holds([&](size_t part) {
        const query::Leaf& leaf = *where_.leaf(part);
        if (leaf.subject == query::Subject::Property) {
            return leaf.criterion.holds(leaf.property.value_in(event));
        }
        std::string key;
        const model::Source* const source = settings.source(event.source());
        model::DocWriter(key).string(source != nullptr ? source->key : "");
        return leaf.criterion.holds(DocView(key));
    });
}

// One that cannot be read holds all: the log can be released later, and not be had back.
std::optional<model::Position> slowest_forward(const Settings& settings,
                                               const store::OrderedTable& forwarding) {
    const std::string prefix = std::string(kForwardKind) + "/";
    std::optional<model::Position> slowest;
    for (auto at = settings.all().lower_bound(prefix);
         at != settings.all().end() && at->first.starts_with(prefix); ++at) {
        if (!DocView(at->second.value).find("enabled").as_bool(true)) continue;
        const auto row = find_forward(forwarding, at->second.key);
        const model::Position position = row && *row ? (*row)->position : 0;
        slowest = std::min(slowest.value_or(position), position);
    }
    return slowest;
}

DocView kept_write_key(DocView value, DocView standing) {
    const bool is_kept = value.find("write_key").is_missing() &&
                         standing.find("url").as_string() == value.find("url").as_string();
    return is_kept ? standing.find("write_key") : DocView();
}

}  // namespace throughline::engine
