#include "server/channel_routes.h"

#include "model/json.h"
#include "server/definitions.h"
#include "server/marketing.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kChannelsMax = 500;
constexpr size_t kCostSheetsMax = 500;

// --- channels

/// Own ones as they were written, the default set below them.
std::string definition_of(const engine::Settings& settings, std::string_view key) {
    const engine::Definition* own = settings.find("channels", key);
    if (own != nullptr) return own->value;
    for (const query::ShippedChannel& channel : query::Channels::shipped()) {
        if (channel.key == key) return model::doc_from_json(channel.definition).value_or("");
    }
    return {};
}

void write_channel(DocWriter& out, const engine::Settings& settings,
                   const query::Channel& channel) {
    const std::string definition = definition_of(settings, channel.key);
    const size_t mark = out.open_object();
    out.field("key", channel.key);
    out.field("name", channel.name);
    write_text(out, "media", channel.media);
    write_text(out, "place", channel.place);
    write_flag(out, "can_send", channel.can_send);
    out.field("order", channel.order);
    write_flag(out, "shipped", settings.find("channels", channel.key) == nullptr);
    out.key("rules");
    const DocView rules = DocView(definition).find("rules");
    if (rules.is_array()) {
        out.copy(rules);
    } else {
        out.close(out.open_array());
    }
    out.close(mark);
}

Result<net::HttpResponse> list_channels(App& app, ApiRequest&) {
    const auto settings = app.engine.settings();
    const query::Marketing marketing = marketing_of(*settings);
    return doc_response(list_doc([&](DocWriter& out) {
        for (const query::Channel& channel : marketing.channels.all()) {
            write_channel(out, *settings, channel);
        }
        return std::string();
    }));
}

Result<net::HttpResponse> answer_channel(const App& app, std::string_view key, int status) {
    const auto settings = app.engine.settings();
    const query::Marketing marketing = marketing_of(*settings);
    for (const query::Channel& channel : marketing.channels.all()) {
        if (channel.key != key) continue;
        std::string doc;
        DocWriter out(doc);
        write_channel(out, *settings, channel);
        auto response = doc_response(doc, status);
        const engine::Definition* own = settings->find("channels", key);
        return own != nullptr ? with_etag(std::move(response), own->version) : std::move(response);
    }
    return Error::not_found("channel: no channel has this key");
}

Result<net::HttpResponse> write_channel_definition(App& app, ApiRequest& request) {
    const std::string& key = request.parameters[0];
    if (!model::is_definition_key(key)) {
        return Error::invalid("channel: key: need 1 to 64 of a-z, 0-9, -, _ and .");
    }
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const engine::Definition* standing = settings->find("channels", key);
    TL_TRY_ASSIGN(auto refusal, check_preconditions(request, standing, "channel"));
    if (refusal) return std::move(*refusal);
    TL_TRY_ASSIGN(const query::Channel channel, query::Channel::from_doc(key, request.body()));
    const query::Marketing marketing = marketing_of(*settings);
    const auto same = marketing.channels.called(channel.name);
    if (same && marketing.channels.all()[*same].key != key) {
        return Error::conflict("channel: name: " + marketing.channels.all()[*same].key +
                               " is called so");
    }
    if (standing == nullptr && count_of(*settings, "channels") >= kChannelsMax) {
        return Error::precondition("channel: key: 500 exist already");
    }
    TL_TRY(define(app, request.caller.actor, "channels", key, request.body_doc));
    return answer_channel(app, key, standing == nullptr ? 201 : 200);
}

// A default one has nothing to delete; below an own one of its key it stands again.
Result<net::HttpResponse> remove_channel(App& app, ApiRequest& request) {
    const std::string& key = request.parameters[0];
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const bool is_own = settings->find("channels", key) != nullptr;
    if (!is_own && !definition_of(*settings, key).empty()) {
        return Error::precondition(
            "channel: key: it ships with the program; one without rules takes its place");
    }
    return delete_held_definition(app, request, "channels", "channel");
}

// Which channel an event belongs to by the rules as they are, and what was read from it.
Result<net::HttpResponse> preview_channel(App& app, ApiRequest& request) {
    const DocView body = request.body().find("event");
    if (!body.is_object()) return Error::invalid("channel: event: need an event as it is sent");
    const auto settings = app.engine.settings();
    const query::Marketing marketing = marketing_of(*settings);
    const model::Source* source = settings->source(request.body().find("source").as_string());
    std::string payload;
    model::append_event(payload, {.source = source != nullptr ? source->id : model::SourceId{0},
                                  .message_key = {},
                                  .identifiers = {},
                                  .name = body.find("event").as_string(),
                                  .doc = body.bytes()});
    std::string touch;
    query::TouchReader(marketing.channels.needs()).append_key(model::EventView(payload), touch);
    const query::Arrival arrival =
        marketing.channels.decide(touch, [&](model::SourceId) -> std::string {
            return source != nullptr ? source->key : std::string();
        });
    const query::Channel& channel = marketing.channels.all()[arrival.channel];
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("channel", arrival.unlisted.empty() ? channel.key : arrival.unlisted);
    out.field("name", arrival.unlisted.empty() ? channel.name : arrival.unlisted);
    write_flag(out, "is_touch", arrival.kind != query::Arrival::Kind::None);
    write_flag(out, "begins_session", arrival.kind == query::Arrival::Kind::Campaign);
    write_text(out, "source", arrival.source);
    write_text(out, "medium", arrival.medium);
    write_text(out, "campaign", arrival.campaign);
    write_text(out, "asset", arrival.content);
    write_text(out, "term", arrival.term);
    write_text(out, "referrer", arrival.referrer);
    out.close(mark);
    return doc_response(doc);
}

// --- costs

void write_sheet(DocWriter& out, const engine::Definition& definition, bool with_rows) {
    const DocView rows = DocView(definition.value).find("rows");
    int64_t count = 0;
    for (const DocView row : rows.items()) count += !row.is_missing();
    const size_t mark = out.open_object();
    out.field("key", definition.key);
    out.field("count", count);
    write_time(out, "updated_at", definition.updated_at);
    out.field("updated_by", actor_name(definition.actor));
    if (with_rows) {
        out.key("rows");
        out.copy(rows);
    }
    out.close(mark);
}

Result<net::HttpResponse> list_sheets(App& app, ApiRequest& request) {
    const auto settings = app.engine.settings();
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        auto next = page_of_definitions(
            request, *settings, "costs",
            [&](const engine::Definition& sheet) { write_sheet(out, sheet, false); });
        if (!next) status = next.error();
        return next.value_or("");
    });
    TL_TRY(status);
    return doc_response(doc);
}

Result<net::HttpResponse> answer_sheet(const App& app, std::string_view key, int status) {
    const auto settings = app.engine.settings();
    const engine::Definition* sheet = settings->find("costs", key);
    if (sheet == nullptr) return Error::not_found("costs: no sheet has this key");
    std::string doc;
    DocWriter out(doc);
    write_sheet(out, *sheet, true);
    return with_etag(doc_response(doc, status), sheet->version);
}

Result<net::HttpResponse> write_sheet_definition(App& app, ApiRequest& request) {
    const std::string& key = request.parameters[0];
    if (!model::is_definition_key(key)) {
        return Error::invalid("costs: key: need 1 to 64 of a-z, 0-9, -, _ and .");
    }
    TL_TRY_ASSIGN(const auto costs, query::costs_from_doc(request.body()));
    const auto lock = hold_definitions();
    const auto settings = app.engine.settings();
    const engine::Definition* standing = settings->find("costs", key);
    TL_TRY_ASSIGN(auto refusal, check_preconditions(request, standing, "costs"));
    if (refusal) return std::move(*refusal);
    if (standing == nullptr && count_of(*settings, "costs") >= kCostSheetsMax) {
        return Error::precondition("costs: key: 500 sheets exist already");
    }
    TL_TRY(define(app, request.caller.actor, "costs", key, query::costs_to_doc(costs)));
    return answer_sheet(app, key, standing == nullptr ? 201 : 200);
}

}  // namespace

void add_channel_routes(Router& router, App& app) {
    router.get("/api/channels",
               [&app](ApiRequest& request) { return list_channels(app, request); });
    router.post(
        "/api/channels/preview",
        [&app](ApiRequest& request) { return preview_channel(app, request); }, Scope::Read);
    router.get("/api/channels/{key}", [&app](ApiRequest& request) {
        return answer_channel(app, request.parameters[0], 200);
    });
    router.put("/api/channels/{key}",
               [&app](ApiRequest& request) { return write_channel_definition(app, request); });
    router.remove("/api/channels/{key}",
                  [&app](ApiRequest& request) { return remove_channel(app, request); });
    router.get("/api/costs", [&app](ApiRequest& request) { return list_sheets(app, request); });
    router.get("/api/costs/{key}", [&app](ApiRequest& request) {
        return answer_sheet(app, request.parameters[0], 200);
    });
    router.put("/api/costs/{key}",
               [&app](ApiRequest& request) { return write_sheet_definition(app, request); });
    router.remove("/api/costs/{key}", [&app](ApiRequest& request) {
        return delete_definition(app, request, "costs", "costs");
    });
}

}  // namespace throughline::server
