#include "cli/serve.h"

#include "base/log.h"
#include "cli/config.h"
#include "cli/console.h"
#include "cli/data_directory.h"
#include "cli/demo.h"
#include "cli/signals.h"
#include "cli/version.h"
#include "engine/forwarding/forwarder.h"
#include "engine/sending/dispatcher.h"
#include "server/first_run.h"
#include "server/server.h"

namespace throughline::cli {

namespace {

engine::EngineOptions engine_options(const ServeConfig& config) {
    engine::EngineOptions options;
    options.directory = config.directory;
    options.memory_bytes = config.memory_bytes;
    options.keep_history = config.keep_history;
    // The answers of one epoch wake the I/O threads once.
    options.reply_scope = [](const std::function<void()>& reply) {
        const net::ResponseBatch batch;
        reply();
    };
    return options;
}

Result<server::ServerOptions> server_options(const ServeConfig& config) {
    server::ServerOptions options;
    options.http.address = config.listen.host;
    options.http.port = config.listen.port;
    options.http.io_threads = config.io_threads;
    options.http.connections_max = config.connections_max;
    options.http.tls_certificate_path = config.tls_certificate;
    options.http.tls_key_path = config.tls_key;
    options.app.path_prefix = config.path_prefix;
    options.app.behind_proxy = config.is_behind_proxy;
    options.app.version = kVersion;
    options.app.data_directory = config.directory;
    options.app.spool_directory = spool_directory(config.directory);
    return options;
}

Result<std::unique_ptr<engine::Dispatcher>> start_sending(engine::Engine& engine,
                                                          const ServeConfig& config) {
    return engine::Dispatcher::start(engine, store::posix_files(), system_clock(),
                                     {.directory = config.directory,
                                      .sends = config.sends,
                                      .write = engine::template_writer(),
                                      .open = {}});
}

Result<server::FirstRun> first_run(engine::Engine& engine) {
    const Environment environment = process_environment();
    return server::ensure_first_run(
        engine, {.write_key = environment("THROUGHLINE_WRITE_KEY").value_or(""),
                 .admin_token = environment("THROUGHLINE_ADMIN_TOKEN").value_or("")});
}

std::string secrets_text(const server::FirstRun& made) {
    return "write key (source default): " + made.write_key +
           "\nadministrator token:        " + made.admin_token + "\n";
}

std::string first_login_path(const ServeConfig& config) {
    return store::join_path(config.directory, server::kFirstLoginFile);
}

// On a terminal a person reads them; anywhere else they must not end up in somebody's log. The file
// is there before the first line says that the server is ready.
Status keep_secrets(const ServeConfig& config, const server::FirstRun& made) {
    if (!made.created || is_terminal_stdout()) return Status::ok();
    return store::replace_file(store::posix_files(), first_login_path(config), secrets_text(made));
}

void tell_secrets(const ServeConfig& config, const server::FirstRun& made) {
    if (!made.created) return;
    if (is_terminal_stdout()) {
        return print(secrets_text(made) + "Keep the token: it is not shown again.\n");
    }
    print("write key and administrator token: " + first_login_path(config) +
          " (until the first sign-in)\n");
}

std::string url_of(const ServeConfig& config, uint16_t port) {
    const std::string scheme = config.tls_certificate.empty() ? "http://" : "https://";
    return scheme + config.listen.url_host() + ":" + std::to_string(port);
}

// Loads what is not loaded yet.
Status load_demo_into(engine::Engine& engine, const ServeConfig& config, StopSignals& signals) {
    TL_TRY_ASSIGN(const auto began, demo_unfinished_since(config.directory));
    if (!began) return Status::ok();
    TL_TRY(load_demo({.engine = engine,
                      .clock = system_clock(),
                      .directory = config.directory,
                      .data_file = config.demo_data,
                      .began = *began,
                      .has_to_stop = [&] { return signals.has_come(); }}));
    return signals.has_come() ? Status::ok() : end_demo(config.directory);
}

}  // namespace

Result<Exit> run_serve(const Arguments& arguments) {
    TL_TRY_ASSIGN(const ServeConfig config, make_config(arguments, process_environment()));
    set_log_level(config.log_level);
    StopSignals signals;  // Before the first thread.
    TL_TRY_ASSIGN(const auto engine, open_engine(engine_options(config)));
    TL_TRY(note_machine(config.directory));
    TL_TRY_ASSIGN(const server::FirstRun made, first_run(*engine));
    TL_TRY(keep_secrets(config, made));
    TL_TRY_ASSIGN(const auto dispatcher, start_sending(*engine, config));
    TL_TRY_ASSIGN(server::ServerOptions options, server_options(config));
    engine::Forwarder forwarder({*engine, system_clock(), [sending = dispatcher.get()] {
                                     return sending->state() == engine::SendingReport::State::On;
                                 }});
    options.app.dispatcher = dispatcher.get();
    options.app.forwarder = &forwarder;
    TL_TRY_ASSIGN(const auto server,
                  server::Server::start(*engine, system_clock(), std::move(options)));

    const std::string url = url_of(config, server->port());
    const std::string note = store::join_path(config.directory, kServerNote);
    TL_TRY(store::replace_file(store::posix_files(), note, url + "\n"));
    print("Throughline " + std::string(kVersion) + " is ready: " + url +
          " (data: " + config.directory + ")\n");
    tell_secrets(config, made);
    if (config.is_demo) {
        TL_TRY(begin_demo(config.directory, made.created, system_clock().now()));
        TL_TRY(load_demo_into(*engine, config, signals));
        if (!signals.has_come()) {
            print("Open " + url +
                  "\nSign in once, within ten minutes: " + server->one_time_login_url() + "\n");
        }
    }
    signals.wait();
    print("Stopping: requests under way are answered and the state is written.\n");
    StopSignals::let_the_next_one_kill();
    server->stop();
    forwarder.stop();
    dispatcher->stop();
    const Status stopped = engine->stop();
    TL_TRY(store::posix_files().remove(note));
    TL_TRY(stopped);
    print("Stopped.\n");
    return Exit::Done;
}

}  // namespace throughline::cli
