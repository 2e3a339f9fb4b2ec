#include "server/ingest_routes.h"

#include "ingest/client_config.h"
#include "ingest/pixel.h"
#include "ingest/webhook.h"
#include "ingest/write_key.h"
#include "server/web_assets.h"

namespace throughline::server {

namespace {

net::HttpResponse error(int status, std::string_view code, std::string_view message) {
    auto response = net::HttpResponse::json(status, ingest::error_body(code, message));
    if (status == 503 || status == 429) response.headers.push_back({"Retry-After", "1"});
    return response;
}

std::string query_key(const net::RequestHead& request) {
    for (const net::QueryParam& parameter : request.query_params()) {
        if (parameter.name == "writeKey" || parameter.name == "writekey") return parameter.value;
    }
    return {};
}

std::string write_key_of(const net::RequestHead& request, std::string_view body_key) {
    const std::string from_query = query_key(request);
    return ingest::find_write_key({.authorization = request.header("Authorization").value_or(""),
                                   .x_write_key = request.header("X-Write-Key").value_or(""),
                                   .query_key = from_query,
                                   .body_key = body_key});
}

bool is_retry(const net::RequestHead& request) {
    const auto count = request.header("X-Retry-Count");
    return (count && *count != "0") || request.header("Rsa-Retry-Attempt").has_value();
}

}  // namespace

// What a thread keeps from request to request. It holds the settings that its decoder borrows.
struct IngestRoutes::Decoder {
    std::shared_ptr<const engine::Settings> settings;
    std::unique_ptr<ingest::RequestDecoder> decoder;
};

IngestRoutes::Decoder& IngestRoutes::decoder() {
    thread_local std::map<const IngestRoutes*, Decoder> decoders;
    Decoder& mine = decoders[this];
    auto settings = app_.engine.settings();
    if (mine.settings == settings) return mine;
    mine.settings = std::move(settings);
    mine.decoder =
        std::make_unique<ingest::RequestDecoder>(mine.settings->namespaces(), app_.engine.secret());
    return mine;
}

void IngestRoutes::add_cors(const net::RequestHead& request, net::HttpResponse& response) {
    const auto origin = request.header("Origin");
    if (!origin) return;
    response.headers.push_back({"Access-Control-Allow-Origin", std::string(*origin)});
    response.headers.push_back({"Access-Control-Allow-Credentials", "true"});
    response.headers.push_back({"Access-Control-Expose-Headers", "Retry-After, X-RateLimit-Reset"});
    response.headers.push_back({"Vary", "Origin"});
}

net::HttpResponse IngestRoutes::preflight(const net::RequestHead& request) {
    auto response = net::HttpResponse::empty(204);
    add_cors(request, response);
    response.headers.push_back({"Access-Control-Allow-Methods", "GET, POST, OPTIONS"});
    if (const auto wanted = request.header("Access-Control-Request-Headers")) {
        response.headers.push_back({"Access-Control-Allow-Headers", std::string(*wanted)});
    }
    response.headers.push_back({"Access-Control-Max-Age", "86400"});
    return response;
}

void IngestRoutes::handle(const IngestPath& path, net::HttpRequest&& request,
                          net::Responder responder) {
    counters_.requests.fetch_add(1, std::memory_order_relaxed);
    if (is_retry(request)) counters_.retried.fetch_add(1, std::memory_order_relaxed);
    if (request.method() == net::Method::Options) return responder.send(preflight(request));

    const bool reads = path.endpoint == Endpoint::Settings || path.endpoint == Endpoint::Library ||
                       path.endpoint == Endpoint::SourceConfig;
    const auto wanted =
        reads || path.endpoint == Endpoint::Pixel ? net::Method::Get : net::Method::Post;
    const bool is_head = request.method() == net::Method::Head && wanted == net::Method::Get;
    if (request.method() != wanted && !is_head) {
        auto response = error(405, "method_not_allowed", "this path takes another method");
        response.headers.push_back({"Allow", wanted == net::Method::Get ? "GET" : "POST"});
        add_cors(request, response);
        return responder.send(std::move(response));
    }
    if (reads || path.endpoint == Endpoint::Metrics) {
        auto response = path.endpoint == Endpoint::Metrics
                            ? net::HttpResponse::json(200, R"({"success":true})")
                            : answer_get(path, request);
        add_cors(request, response);
        return responder.send(std::move(response));
    }
    if (path.endpoint == Endpoint::Webhook) {
        return take_webhook(path, std::move(request), std::move(responder));
    }
    take_events(path, std::move(request), std::move(responder));
}

std::string IngestRoutes::peer_of(const net::RequestHead& request) const {
    const auto forwarded = request.header("X-Forwarded-For");
    if (!app_.options.behind_proxy || !forwarded) return request.peer;
    // The last address is the one our own proxy saw.
    const size_t comma = forwarded->rfind(',');
    std::string_view last =
        comma == std::string_view::npos ? *forwarded : forwarded->substr(comma + 1);
    while (last.starts_with(' ')) last.remove_prefix(1);
    return std::string(last);
}

void IngestRoutes::refuse(const IngestPath& path, const net::RefusedBody& body,
                          net::Responder responder) {
    counters_.requests.fetch_add(1, std::memory_order_relaxed);
    const Decoder& mine = decoder();
    const std::string write_key = write_key_of(body.head, {});
    const model::Source* source = mine.settings->source_of_write_key(write_key);
    const bool is_webhook = path.endpoint == Endpoint::Webhook;
    const bool takes_events =
        is_webhook || path.endpoint == Endpoint::Events || path.endpoint == Endpoint::Beacon;
    if (source == nullptr || !source->enabled || !takes_events ||
        body.head.method() != net::Method::Post ||
        (is_webhook && mine.settings->source(path.key) != source)) {
        auto response = error(body.status, body.code, body.message);
        add_cors(body.head, response);
        return responder.send(std::move(response));
    }
    app_.last_use->note(write_key, body.head.received_us);
    const std::string peer = peer_of(body.head);
    ingest::Decoded decoded =
        ingest::keep_refused({.path = path.kind,
                              .source = source,
                              .received = body.head.received_us,
                              .peer_ip = peer,
                              .sent_at = body.head.header("SentAt").value_or("")},
                             {.status = body.status,
                              .code = body.code,
                              .message = body.message,
                              .begin = body.begin,
                              .is_inflated = body.is_inflated,
                              .bytes = body.bytes,
                              .is_webhook = is_webhook});
    submit(body.head, decoded, std::move(responder), path.endpoint);
}

void IngestRoutes::take_events(const IngestPath& path, net::HttpRequest&& request,
                               net::Responder responder) {
    Decoder& mine = decoder();
    if (path.endpoint == Endpoint::Pixel) {
        std::vector<std::pair<std::string, std::string>> parameters;
        for (net::QueryParam& parameter : request.query_params()) {
            parameters.emplace_back(std::move(parameter.name), std::move(parameter.value));
        }
        request.body = ingest::pixel_event_json(parameters);
    }
    mine.decoder->read(request.body);
    const std::string write_key = write_key_of(request, mine.decoder->body_write_key());
    const model::Source* source = mine.settings->source_of_write_key(write_key);
    if (source == nullptr || !source->enabled) {
        counters_.unauthenticated.fetch_add(1, std::memory_order_relaxed);
        auto response = source == nullptr
                            ? error(401, "invalid_write_key", "unknown or missing write key")
                            : error(401, "source_disabled", "this source is switched off");
        add_cors(request, response);
        return responder.send(std::move(response));
    }
    app_.last_use->note(write_key, request.received_us);
    const std::string peer = peer_of(request);
    ingest::Decoded& decoded =
        mine.decoder->decode({.path = path.kind,
                              .source = source,
                              .received = request.received_us,
                              .peer_ip = peer,
                              .sent_at = request.header("SentAt").value_or("")});
    submit(request, decoded, std::move(responder), path.endpoint);
}

void IngestRoutes::take_webhook(const IngestPath& path, net::HttpRequest&& request,
                                net::Responder responder) {
    Decoder& mine = decoder();
    const auto refuse = [&](int status, std::string_view code, std::string_view message) {
        auto response = error(status, code, message);
        add_cors(request, response);
        responder.send(std::move(response));
    };
    const model::Source* source = mine.settings->source(path.key);
    const std::string write_key = write_key_of(request, {});
    if (source == nullptr || mine.settings->source_of_write_key(write_key) != source ||
        !source->enabled) {
        counters_.unauthenticated.fetch_add(1, std::memory_order_relaxed);
        return refuse(401, "invalid_write_key", "unknown or missing write key for this source");
    }
    const engine::Definition* own = mine.settings->find("mappings", source->mapping);
    const auto mapping = own != nullptr ? ingest::Mapping::from_doc(model::DocView(own->value))
                                        : ingest::Mapping::shipped(source->mapping);
    app_.last_use->note(write_key, request.received_us);
    const std::string peer = peer_of(request);
    const ingest::Request facts{
        .source = source, .received = request.received_us, .peer_ip = peer, .sent_at = {}};
    const ingest::EncodeContext context{&mine.settings->namespaces(), &app_.engine.secret()};
    ingest::Decoded decoded =
        mapping ? ingest::decode_webhook(*mapping, context, facts, request.body)
                : ingest::keep_refused(
                      facts, {.status = 400,
                              .code = "no_mapping",
                              .message = "this source has no mapping: choose one on its page",
                              .begin = request.body,
                              .is_inflated = false,
                              .bytes = request.body.size(),
                              .is_webhook = true});
    submit(request, decoded, std::move(responder), path.endpoint);
}

// What is kept while the records are on their way.
struct IngestRoutes::Pending {
    ingest::Decoded decoded;                   // Without the bytes of its records.
    std::shared_ptr<const std::string> bytes;  // These; shared with the engine.
    net::Responder responder;
    net::HttpResponse cors;  // Only its headers.
    Endpoint endpoint = Endpoint::Events;
    engine::Outcome outcome;
};

namespace {

net::HttpResponse pixel_response() {
    net::HttpResponse response;
    response.content_type = "image/gif";
    response.body = ingest::pixel_gif();
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

}  // namespace

void IngestRoutes::submit(const net::RequestHead& request, ingest::Decoded& decoded,
                          net::Responder responder, Endpoint endpoint) {
    auto pending = std::make_shared<Pending>();
    add_cors(request, pending->cors);
    pending->endpoint = endpoint;
    pending->responder = std::move(responder);
    pending->decoded.is_single = decoded.is_single;
    pending->decoded.is_envelope_error = decoded.is_envelope_error;
    pending->decoded.envelope_status = decoded.envelope_status;
    pending->decoded.records.ends = decoded.records.ends;
    pending->decoded.records.refused = std::move(decoded.records.refused);
    // Copied: history keeps these bytes long, and so they have no spare room; the decoder keeps its
    // own, which are in the cache.
    pending->bytes = std::make_shared<const std::string>(decoded.records.bytes);
    engine::Submission submission;
    submission.bytes = pending->bytes;
    submission.ends = decoded.records.ends;
    if (submission.ends.empty()) {
        // Nothing to make durable, e.g. an empty batch.
        pending->outcome.position = app_.engine.last_position();
        return pending->responder.send(answer(*pending));
    }
    // The fold's thread only hands the outcome over.
    submission.done = [this, pending](engine::Outcome outcome) {
        pending->outcome = std::move(outcome);
        pending->responder.send_made([this, pending] { return answer(*pending); });
    };
    if (Status status = app_.engine.submit(std::move(submission)); !status) {
        pending->outcome.status = std::move(status);
        pending->responder.send(answer(*pending));
    }
}

net::HttpResponse IngestRoutes::answer(Pending& done) {
    app_.duplicates->add(*done.bytes, done.decoded.records.ends, done.outcome);
    auto response = done.outcome.status ? verdicts(done) : overloaded();
    if (done.endpoint == Endpoint::Pixel) response = pixel_response();
    for (net::Header& header : done.cors.headers) response.headers.push_back(std::move(header));
    return response;
}

net::HttpResponse IngestRoutes::verdicts(const Pending& done) {
    const engine::Outcome& outcome = done.outcome;
    std::vector<ingest::Refusal> later;
    for (const engine::LateRefusal& refusal : outcome.refused) {
        later.push_back({refusal.index, refusal.code, refusal.message, {}});
    }
    ingest::Reply reply = ingest::make_reply(
        done.decoded, {.position = outcome.position,
                       .duplicates = static_cast<uint32_t>(outcome.duplicates.size()),
                       .refused_later = later});
    return net::HttpResponse::json(reply.status, std::move(reply.body));
}

net::HttpResponse IngestRoutes::overloaded() {
    counters_.overloaded.fetch_add(1, std::memory_order_relaxed);
    return error(503, "unavailable", "not taken, nothing is lost on our side: try again");
}

net::HttpResponse IngestRoutes::answer_get(const IngestPath& path,
                                           const net::RequestHead& request) {
    const auto settings = app_.engine.settings();
    const std::string host(request.header("Host").value_or("127.0.0.1"));
    const bool is_tls =
        request.is_tls ||
        (app_.options.behind_proxy && request.header("X-Forwarded-Proto").value_or("") == "https");
    const std::string base = (is_tls ? "https://" : "http://") + host + app_.options.path_prefix;
    if (path.endpoint == Endpoint::Library) {
        const auto library = web_asset("sdk/analytics.min.js");
        if (!library)
            return error(404, "not_found", "this build comes without the browser library");
        net::HttpResponse response = asset_response(request, *library);
        response.headers.push_back({"Cache-Control", "public, max-age=300"});
        return response;
    }
    const std::string key =
        path.endpoint == Endpoint::Settings
            ? path.key
            : ingest::find_write_key({.authorization = request.header("Authorization").value_or(""),
                                      .x_write_key = {},
                                      .query_key = query_key(request),
                                      .body_key = {}});
    const model::Source* source = settings->source_of_write_key(key);
    if (source == nullptr) {
        counters_.unauthenticated.fetch_add(1, std::memory_order_relaxed);
        return error(401, "invalid_write_key", "unknown or missing write key");
    }
    auto response = net::HttpResponse::json(
        200, path.endpoint == Endpoint::Settings ? ingest::settings_body(key, base + "/v1")
                                                 : ingest::source_config_body(key, *source, base));
    response.headers.push_back({"Cache-Control", "public, max-age=60"});
    return response;
}

}  // namespace throughline::server
