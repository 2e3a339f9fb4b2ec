#include "server/source_routes.h"

#include <algorithm>
#include <charconv>

#include "base/random.h"
#include "ingest/mapping.h"
#include "server/definitions.h"
#include "server/mappings.h"
#include "server/verdicts.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kWriteKeysMax = 2;
constexpr size_t kWriteKeyBytes = 18;
constexpr Micros kReceiving = 5 * kMinute;
constexpr int64_t kLateHoursMax = 720;
constexpr int64_t kEventBytesLeast = 1024;
constexpr int64_t kEventBytesMost = 1024 * 1024;
constexpr size_t kRecentUsual = 50;
constexpr size_t kRecentMax = 200;

// What an answer about sources is made from.
struct SourceFacts {
    std::shared_ptr<const engine::Settings> settings;
    engine::FoldState state;
    std::shared_ptr<const OpenRejects> rejects;
    Rates rates;
    std::shared_ptr<const LastUse> last_use;
    Micros now = 0;

    static Result<SourceFacts> of(App& app) {
        const engine::QueryView view = app.engine.query_view();
        TL_TRY_ASSIGN(auto rejects, app.vitals->open_rejects());
        return SourceFacts{view.settings,           view.state,   std::move(rejects),
                           app.vitals->rates(view), app.last_use, app.clock.now()};
    }
};

void write_settings(DocWriter& out, const model::Source& source) {
    out.key("settings");
    const size_t mark = out.open_object();
    write_flag(out, "enabled", source.enabled);
    write_flag(out, "keep_ip", source.keep_ip);
    out.field("late_after_hours", source.late_after / kHour);
    write_text(out, "phone_region", source.region);
    out.field("party", source.party);
    write_text(out, "purpose", source.purpose);
    out.field("trust", int64_t{source.trust});
    write_flag(out, "allow_alias_of_user_ids", source.may_alias_users);
    write_text(out, "webhook_mapping", source.mapping);
    write_count(out, "event_bytes_max", source.event_bytes_max);
    out.close(mark);
}

void write_keys(DocWriter& out, const model::Source& source, Micros defined_at,
                const LastUse& last_use) {
    out.key("write_keys");
    const size_t list = out.open_array();
    for (const model::WriteKey& key : source.write_keys) {
        const size_t mark = out.open_object();
        out.field("id", key.id);
        out.field("key", key.key);
        write_time(out, "created_at", key.created_at != 0 ? key.created_at : defined_at);
        out.field("created_by", key.created_by);
        write_time(out, "last_used_at", last_use.of(key.key));
        out.close(mark);
    }
    out.close(list);
}

void write_health(DocWriter& out, const model::Source& source, const SourceFacts& facts) {
    const auto counters = facts.state.sources.find(source.id);
    const engine::SourceCounters own =
        counters == facts.state.sources.end() ? engine::SourceCounters{} : counters->second;
    const auto rate = facts.rates.sources.find(source.id);
    const auto open = facts.rejects->by_source.find(source.id);
    const bool ever = own.last_received != kNoTime;
    out.key("health");
    const size_t mark = out.open_object();
    out.field("state", !ever                                         ? "never"
                       : facts.now - own.last_received <= kReceiving ? "receiving"
                                                                     : "quiet");
    write_time(out, "last_event_at", own.last_received);
    write_count(out, "events_total", own.events);
    write_real(out, "events_per_second",
               rate == facts.rates.sources.end() ? 0.0 : rate->second.first);
    write_count(out, "rejects_open", open == facts.rejects->by_source.end() ? 0 : open->second);
    out.close(mark);
}

void write_source(DocWriter& out, const engine::Definition& definition, const SourceFacts& facts) {
    const model::Source* source = facts.settings->source(definition.key);
    TL_ASSERT(source != nullptr);
    const size_t mark = out.open_object();
    out.field("key", source->key);
    out.field("name", source->name);
    write_settings(out, *source);
    write_keys(out, *source, definition.updated_at, *facts.last_use);
    write_health(out, *source, facts);
    out.field("managed_by", "screen");
    write_time(out, "created_at",
               source->created_at != 0 ? source->created_at : definition.updated_at);
    write_time(out, "updated_at", definition.updated_at);
    out.field("updated_by", actor_name(definition.actor));
    out.close(mark);
}

Error no_source() {
    return Error::not_found("source: no source has this key");
}

Result<net::HttpResponse> answer_source(App& app, const std::string& key, int status) {
    TL_TRY_ASSIGN(const SourceFacts facts, SourceFacts::of(app));
    const engine::Definition* definition = facts.settings->find("sources", key);
    if (definition == nullptr) return no_source();
    std::string doc;
    DocWriter out(doc);
    write_source(out, *definition, facts);
    return with_etag(doc_response(doc, status), definition->version);
}

Result<net::HttpResponse> list_sources(App& app, ApiRequest& request) {
    TL_TRY_ASSIGN(const SourceFacts facts, SourceFacts::of(app));
    Status status;
    std::string doc = list_doc([&](DocWriter& out) {
        auto next = page_of_definitions(
            request, *facts.settings, "sources",
            [&](const engine::Definition& definition) { write_source(out, definition, facts); });
        if (!next) status = next.error();
        return next.value_or("");
    });
    TL_TRY(status);
    return doc_response(doc);
}

// --- writing

// What is left out stays as it is.

Status take_flag(DocView settings, std::string_view name, bool& flag) {
    const DocView value = settings.find(name);
    if (value.is_missing()) return Status::ok();
    if (value.type() != model::DocType::Bool) {
        return Error::invalid("source: settings." + std::string(name) + ": need true or false");
    }
    flag = value.as_bool();
    return Status::ok();
}

Status take_text(DocView settings, std::string_view name, std::string& text) {
    const DocView value = settings.find(name);
    if (value.is_missing()) return Status::ok();
    if (!value.is_null() && !value.is_string()) {
        return Error::invalid("source: settings." + std::string(name) + ": need text or null");
    }
    text = value.as_string();
    return Status::ok();
}

Status take_number(DocView settings, std::string_view name, int64_t lowest, int64_t highest,
                   int64_t& taken) {
    const DocView value = settings.find(name);
    if (value.is_missing()) return Status::ok();
    const auto number = value.as_integer();
    if (!number || *number < lowest || *number > highest) {
        return Error::invalid("source: settings." + std::string(name) +
                              ": need a whole number from " + std::to_string(lowest) + " to " +
                              std::to_string(highest));
    }
    taken = *number;
    return Status::ok();
}

Status read_settings(DocView value, const engine::Settings& installed, model::Source& source) {
    if (!value.is_missing() && !value.is_object()) {
        return Error::invalid("source: settings: need an object");
    }
    int64_t hours = source.late_after / kHour;
    int64_t trust = source.trust;
    auto bytes = static_cast<int64_t>(source.event_bytes_max);
    TL_TRY(take_flag(value, "enabled", source.enabled));
    TL_TRY(take_flag(value, "keep_ip", source.keep_ip));
    TL_TRY(take_flag(value, "allow_alias_of_user_ids", source.may_alias_users));
    TL_TRY(take_number(value, "late_after_hours", 1, kLateHoursMax, hours));
    TL_TRY(take_number(value, "trust", 0, 100, trust));
    TL_TRY(take_number(value, "event_bytes_max", kEventBytesLeast, kEventBytesMost, bytes));
    TL_TRY(take_text(value, "phone_region", source.region));
    TL_TRY(take_text(value, "purpose", source.purpose));
    TL_TRY(take_text(value, "webhook_mapping", source.mapping));
    TL_TRY(take_text(value, "party", source.party));
    source.event_bytes_max = static_cast<size_t>(bytes);
    source.late_after = hours * kHour;
    source.trust = static_cast<int>(trust);
    const bool is_region =
        source.region.size() == 2 &&
        std::ranges::all_of(source.region, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!source.region.empty() && !is_region) {
        return Error::invalid("source: settings.phone_region: need two capital letters, or null");
    }
    if (!source.mapping.empty()) {
        TL_TRY(need_mapping(installed, source.mapping, "source: settings.webhook_mapping"));
    }
    return Status::ok();
}

model::WriteKey make_write_key(const App& app, const Caller& caller,
                               const std::vector<model::WriteKey>& others) {
    int64_t number = 0;
    for (const model::WriteKey& key : others) {
        int64_t own = 0;
        if (key.id.starts_with("k_")) {
            std::from_chars(key.id.data() + 2, key.id.data() + key.id.size(), own);
        }
        number = std::max(number, own);
    }
    return {.key = "wk_" + random_token(kWriteKeyBytes),
            .id = "k_" + std::to_string(number + 1),
            .created_at = app.clock.now(),
            .created_by = std::string(actor_name(caller.actor))};
}

Status store(App& app, const Caller& caller, const model::Source& source) {
    const std::string doc = source.to_doc();
    TL_TRY(model::Source::from_doc(source.key, DocView(doc)));
    TL_TRY(define(app, caller.actor, "sources", source.key, doc));
    return Status::ok();
}

Result<net::HttpResponse> write_source_definition(App& app, ApiRequest& request) {
    const std::string& key = request.parameters[0];
    if (!model::is_definition_key(key)) {
        return Error::invalid("source: key: need 1 to 64 of a-z, 0-9, -, _ and .");
    }
    bool is_new = false;
    {
        const auto lock = hold_definitions();
        const auto settings = app.engine.settings();
        TL_TRY_ASSIGN(auto refusal,
                      check_preconditions(request, settings->find("sources", key), "source"));
        if (refusal) return std::move(*refusal);
        const model::Source* known = settings->source(key);
        is_new = known == nullptr;
        model::Source source = is_new ? model::Source{.key = key} : *known;
        const DocView name = request.body().find("name");
        if (!name.is_string() || name.as_string().empty()) {
            return Error::invalid("source: name: need text of 1 to 200 bytes");
        }
        source.name = name.as_string();
        TL_TRY(read_settings(request.body().find("settings"), *settings, source));
        if (is_new) {
            source.created_at = app.clock.now();
            source.write_keys = {make_write_key(app, request.caller, {})};
        }
        TL_TRY(store(app, request.caller, source));
    }
    return answer_source(app, key, is_new ? 201 : 200);
}

// Reads a source, lets `change` work on it, writes it.
Result<net::HttpResponse> change_source(App& app, const ApiRequest& request, int status,
                                        const std::function<Status(model::Source&)>& change) {
    const std::string& key = request.parameters[0];
    {
        const auto lock = hold_definitions();
        const auto settings = app.engine.settings();
        const model::Source* known = settings->source(key);
        if (known == nullptr) return no_source();
        TL_TRY_ASSIGN(auto refusal,
                      check_preconditions(request, settings->find("sources", key), "source"));
        if (refusal) return std::move(*refusal);
        model::Source source = *known;
        TL_TRY(change(source));
        TL_TRY(store(app, request.caller, source));
    }
    return answer_source(app, key, status);
}

Result<net::HttpResponse> add_write_key(App& app, ApiRequest& request) {
    return change_source(app, request, 201, [&](model::Source& source) -> Status {
        if (source.write_keys.size() >= kWriteKeysMax) {
            return Error::precondition("source: write_keys: two live already, retire one first");
        }
        source.write_keys.push_back(make_write_key(app, request.caller, source.write_keys));
        return Status::ok();
    });
}

Result<net::HttpResponse> retire_write_key(App& app, ApiRequest& request) {
    return change_source(app, request, 200, [&](model::Source& source) -> Status {
        const auto found =
            std::ranges::find(source.write_keys, request.parameters[1], &model::WriteKey::id);
        if (found == source.write_keys.end()) {
            return Error::not_found("source: write_keys: no write key has this id");
        }
        if (source.write_keys.size() == 1) {
            return Error::precondition("source: write_keys: the last one stays, add one first");
        }
        source.write_keys.erase(found);
        return Status::ok();
    });
}

Result<net::HttpResponse> list_recent(App& app, ApiRequest& request) {
    const model::Source* source = nullptr;
    const auto settings = app.engine.settings();
    source = settings->source(request.parameters[0]);
    if (source == nullptr) return no_source();
    TL_TRY_ASSIGN(const size_t limit, request.limit(kRecentUsual, kRecentMax));
    TL_TRY_ASSIGN(const auto verdicts, recent_verdicts(app, source->id, limit));
    return doc_response(list_doc([&](DocWriter& out) {
        for (const std::string& verdict : verdicts) out.copy(DocView(verdict));
        return std::string();
    }));
}

}  // namespace

void add_source_routes(Router& router, App& app) {
    router.get("/api/sources", [&app](ApiRequest& request) { return list_sources(app, request); });
    router.get("/api/sources/{key}", [&app](ApiRequest& request) {
        return answer_source(app, request.parameters[0], 200);
    });
    router.put("/api/sources/{key}",
               [&app](ApiRequest& request) { return write_source_definition(app, request); });
    router.remove("/api/sources/{key}", [&app](ApiRequest& request) {
        return delete_definition(app, request, "sources", "source");
    });
    router.post("/api/sources/{key}/keys",
                [&app](ApiRequest& request) { return add_write_key(app, request); });
    router.remove("/api/sources/{key}/keys/{id}",
                  [&app](ApiRequest& request) { return retire_write_key(app, request); });
    router.get("/api/sources/{key}/recent",
               [&app](ApiRequest& request) { return list_recent(app, request); });
}

}  // namespace throughline::server
