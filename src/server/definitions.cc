#include "server/definitions.h"

#include <charconv>
#include <thread>

namespace throughline::server {

namespace {

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr Micros kWaitMost = 5 * kSecond;

net::HttpResponse precondition_failed(std::string message) {
    auto response = error_response(Error::conflict(std::move(message)));
    response.status = 412;
    return response;
}

}  // namespace

std::optional<model::Position> parse_position(std::string_view text) {
    if (!text.starts_with("0:")) return {};
    model::Position position = 0;
    const auto end = std::from_chars(text.data() + 2, text.data() + text.size(), position);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return {};
    return position;
}

std::unique_lock<std::mutex> hold_definitions() {
    static std::mutex mutex;
    return std::unique_lock(mutex);
}

Result<std::optional<net::HttpResponse>> check_preconditions(const ApiRequest& request,
                                                             const engine::Definition* standing,
                                                             std::string_view area) {
    using Answer = std::optional<net::HttpResponse>;
    const std::string name(area);
    if (request.http.header("If-None-Match").value_or("") == "*" && standing != nullptr) {
        return Answer(precondition_failed(name + ": the key is taken"));
    }
    const auto wanted = request.http.header("If-Match");
    if (!wanted) return Answer();
    TL_TRY_ASSIGN(const int64_t version, if_match(request));
    if (standing == nullptr) return Answer(precondition_failed(name + ": no longer exists"));
    if (version >= 0 && static_cast<uint64_t>(version) != standing->version) {
        return Answer(precondition_failed(name + ": changed meanwhile by " +
                                          std::string(actor_name(standing->actor))));
    }
    return Answer();
}

net::HttpResponse with_etag(net::HttpResponse response, uint64_t version) {
    response.headers.push_back({"ETag", "\"" + std::to_string(version) + "\""});
    return response;
}

std::string_view actor_name(std::string_view actor) {
    return actor.starts_with("token:") ? actor.substr(6) : actor;
}

Result<std::string> page_of_definitions(
    const ApiRequest& request, const engine::Settings& settings, std::string_view kind,
    const std::function<void(const engine::Definition&)>& visit) {
    TL_TRY_ASSIGN(size_t left, request.limit(kPageUsual, kPageMost));
    const std::string prefix = std::string(kind) + "/";
    const std::string cursor = request.query("cursor");
    const auto& all = settings.all();
    auto at = cursor.empty() ? all.lower_bound(prefix) : all.upper_bound(prefix + cursor);
    std::string last;
    for (; at != all.end() && at->first.starts_with(prefix); ++at) {
        if (left-- == 0) return last;
        visit(at->second);
        last = at->second.key;
    }
    return std::string();
}

size_t count_of(const engine::Settings& settings, std::string_view kind) {
    const std::string prefix = std::string(kind) + "/";
    size_t count = 0;
    for (auto at = settings.all().lower_bound(prefix);
         at != settings.all().end() && at->first.starts_with(prefix); ++at) {
        ++count;
    }
    return count;
}

Result<net::HttpResponse> delete_definition(App& app, const ApiRequest& request,
                                            std::string_view kind, std::string_view area) {
    const auto lock = hold_definitions();
    return delete_held_definition(app, request, kind, area);
}

Result<net::HttpResponse> delete_held_definition(App& app, const ApiRequest& request,
                                                 std::string_view kind, std::string_view area) {
    const auto settings = app.engine.settings();
    const std::string& key = request.parameters[0];
    const engine::Definition* standing = settings->find(kind, key);
    if (standing == nullptr) {
        return Error::not_found(std::string(area) + ": no " + std::string(area) + " has this key");
    }
    TL_TRY_ASSIGN(auto refusal, check_preconditions(request, standing, area));
    if (refusal) return std::move(*refusal);
    std::string nothing;
    model::DocWriter(nothing).null();
    TL_TRY(define(app, request.caller.actor, kind, key, nothing));
    return net::HttpResponse::empty(204);
}

Status wait_for_position(const App& app, const ApiRequest& request) {
    const std::string text = request.query("at_least");
    if (text.empty()) return Status::ok();
    const auto wanted = parse_position(text);
    if (!wanted) return Error::invalid("query: at_least: need a position such as 0:123");
    const Micros deadline = app.clock.monotonic() + kWaitMost;
    while (app.engine.query_view().state.next_position <= *wanted) {
        if (app.clock.monotonic() > deadline) {
            return Error{Code::DeadlineExceeded, "query: at_least: nothing stands there yet"};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return Status::ok();
}

}  // namespace throughline::server
