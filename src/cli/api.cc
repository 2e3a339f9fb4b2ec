#include "cli/api.h"

#include <cstdlib>

#include "cli/data_directory.h"
#include "cli/version.h"
#include "model/json.h"
#include "net/http_client.h"
#include "net/http_parser.h"
#include "server/server.h"

namespace throughline::cli {

namespace {

// A backup to another disk answers when it is done.
constexpr Micros kAnswerTimeout = kHour;

// The error that an answer carries: {"error":{"code","message"}}, or {"code","message"}.
Error error_of(int status, std::string_view body) {
    const auto doc = model::doc_from_json(body);
    const model::DocView answer = doc ? model::DocView(*doc) : model::DocView();
    const model::DocView error = answer.find("error").is_object() ? answer.find("error") : answer;
    const std::string_view message = error.find("message").as_string();
    for (int code = 0; code <= static_cast<int>(Code::DeadlineExceeded); ++code) {
        const Code known = static_cast<Code>(code);
        if (code_name(known) == error.find("code").as_string()) {
            return {known, std::string(message)};
        }
    }
    return Error::internal(message.empty() ? "server: answered " + std::to_string(status)
                                           : std::string(message));
}

Result<std::string> body_of(net::HttpResponse response) {
    if (response.status >= 200 && response.status < 300) return std::move(response.body);
    return error_of(response.status, response.body);
}

class RemoteApi final : public Api {
public:
    explicit RemoteApi(net::HttpClient client) : client_(std::move(client)) {}

    Result<std::string> call(std::string_view method, const std::string& target,
                             std::string_view body) override {
        net::ClientRequest request{
            .method = std::string(method), .target = target, .headers = {}, .body = body};
        // Pieces of a file go as they are; everything else is JSON.
        if (method != "GET") {
            const bool is_data = method == "PUT" && target.find("/data?") != target.npos;
            request.headers.push_back(
                {"Content-Type", is_data ? "application/octet-stream" : "application/json"});
        }
        TL_TRY_ASSIGN(net::HttpResponse response, client_.send(request));
        return body_of(std::move(response));
    }

    Status export_person(const std::string& ref, const server::ExportSink& sink) override {
        TL_TRY_ASSIGN(const std::string body,
                      get("/api/profiles/" + path_segment(ref) + "/export"));
        sink(body);
        return Status::ok();
    }

private:
    net::HttpClient client_;
};

class LocalApi final : public Api {
public:
    LocalApi(engine::Engine& engine, const std::string& directory)
        : auth_(system_clock()),
          app_{.engine = engine,
               .auth = auth_,
               .clock = system_clock(),
               .options = options_of(directory),
               .started_at = system_clock().now()} {
        server::add_all_routes(router_, app_);
    }
    LocalApi(std::unique_ptr<engine::Engine> engine, const std::string& directory)
        : LocalApi(*engine, directory) {
        owned_ = std::move(engine);
    }

    Result<std::string> call(std::string_view method, const std::string& target,
                             std::string_view body) override {
        net::HttpRequest request;
        net::Framing framing;
        const std::string head =
            std::string(method) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        if (const auto refused = net::HeadParser({}).parse(head, request, framing)) {
            return Error::invalid("api: " + std::string(refused->message));
        }
        request.body = body;
        server::RouteMatch match = router_.match(request.method(), request.path());
        if (match.route == nullptr || !match.route->handle) {
            return Error::not_found("api: no such path");
        }
        server::ApiRequest asked{.http = request,
                                 .caller = {.actor = "command:throughline",
                                            .scopes = {server::Scope::Admin},
                                            .session = {}},
                                 .parameters = std::move(match.parameters),
                                 .body_doc = {}};
        if (!body.empty()) {
            TL_TRY_ASSIGN(asked.body_doc, model::doc_from_json(body));
        }
        TL_TRY_ASSIGN(net::HttpResponse response, match.route->handle(asked));
        return body_of(std::move(response));
    }

    Status export_person(const std::string& ref, const server::ExportSink& sink) override {
        TL_TRY_ASSIGN(const server::PersonExport person, server::PersonExport::make(app_, ref));
        return person.write(sink);
    }

private:
    static server::AppOptions options_of(const std::string& directory) {
        server::AppOptions options;
        options.version = kVersion;
        options.data_directory = directory;
        options.spool_directory = spool_directory(directory);
        return options;
    }

    std::unique_ptr<engine::Engine> owned_;  // Null: somebody else's. Outlives what follows.
    server::Auth auth_;
    server::App app_;
    server::Router router_;
};

}  // namespace

bool is_remote(const Arguments& arguments) {
    return arguments.has("server");
}

Result<std::unique_ptr<Api>> open_local_api(const std::string& directory) {
    TL_TRY_ASSIGN(auto engine, open_engine_for_command(directory));
    return std::unique_ptr<Api>(std::make_unique<LocalApi>(std::move(engine), directory));
}

std::unique_ptr<Api> api_of(engine::Engine& engine, const std::string& directory) {
    return std::make_unique<LocalApi>(engine, directory);
}

Result<std::unique_ptr<Api>> open_api(const Arguments& arguments) {
    if (!is_remote(arguments)) return open_local_api(arguments.text("data"));
    if (arguments.has("data")) return usage_error("--data and --server: one of them");
    std::string token = arguments.text("token");
    const char* from_environment = std::getenv("THROUGHLINE_TOKEN");
    if (token.empty() && from_environment != nullptr) token = from_environment;
    if (token.empty()) return usage_error("--server: needs --token, or THROUGHLINE_TOKEN");
    TL_TRY_ASSIGN(net::HttpClient client,
                  net::HttpClient::make(arguments.text("server"),
                                        {.headers = {{"Authorization", "Bearer " + token}},
                                         .timeout = kAnswerTimeout}));
    return std::unique_ptr<Api>(std::make_unique<RemoteApi>(std::move(client)));
}

std::string path_segment(std::string_view text) {
    std::string out;
    net::append_percent_encoded(out, text);
    return out;
}

}  // namespace throughline::cli
