#include "server/live_routes.h"

#include "server/live_feed.h"

namespace throughline::server {

void add_live_routes(Router& router, App& app) {
    // Shared with nobody but the handler, which std::function wants copyable.
    const auto feed = std::make_shared<LiveFeed>(app);
    router.stream("/api/live", [&app, feed](ApiRequest& request, net::Responder responder) {
        LiveWish wish{.facts = request.is_set("facts"), .source = {}};
        if (const std::string key = request.query("source"); !key.empty()) {
            const model::Source* source = app.engine.settings()->source(key);
            if (source == nullptr) {
                return responder.send(
                    error_response(Error::not_found("source: no source has this key")));
            }
            wish.source = source->id;
        }
        net::HttpResponse head;
        head.content_type = "text/event-stream";
        head.headers.push_back({"Cache-Control", "no-store"});
        head.headers.push_back({"X-Accel-Buffering", "no"});  // Proxies hand each piece on.
        feed->add(responder.stream(std::move(head)), wish);
    });
}

}  // namespace throughline::server
