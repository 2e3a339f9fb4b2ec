#include "cli/simulate.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/log.h"
#include "cli/console.h"
#include "cli/data_directory.h"
#include "cli/event_sender.h"
#include "cli/signals.h"
#include "cli/world_files.h"
#include "cli/world_records.h"
#include "model/json.h"
#include "store/files.h"

namespace throughline::cli {

namespace {

constexpr std::string_view kFirstDay = "2026-01-01";

constexpr std::array kOptions{
    Option{"people", "N", "2000", "How many people there are; each comes at least once"},
    Option{"events", "N", "100000", "How many events they cause"},
    Option{"from", "DATE", "", "First day, UTC; 2026-01-01, with --server as many days ago"},
    Option{"days", "N", "90", "How many days"},
    Option{"seed", "S", "1", "The same seed and numbers give the same bytes, everywhere"},
    Option{"late", "PERCENT", "3", "Events that arrive later than they happen"},
    Option{"duplicates", "PERCENT", "0", "Events that arrive twice, with one message id"},
    Option{"out", "DIR", "", "Write files here: missing or empty"},
    Option{"compress", "HOW", "none", "none, gz or zst"},
    Option{"split", "N", "0", "So many events a file; 0: one file a source"},
    Option{"data", "DIR", "", "Fill a data directory instead, which no server has open"},
    Option{"memory", "BYTES", "4G", "With --data: memory for state, caches and recent events"},
    Option{"server", "URL", "", "Send to a running server instead"},
    Option{"write-key", "K", "", "Of the source there; or the variable THROUGHLINE_WRITE_KEY"},
    Option{"rate", "N", "1000", "At most so many events a second; 0: as many as it takes"},
    Option{"live", "", "", "Go on after the last day, each event when its time comes"},
    Option{"json", "", "", "Print the truth's summary in JSON, for machines"}};

Result<Micros> parse_day(std::string_view option, std::string_view text) {
    const auto at = text.size() == 10 ? parse_instant(text) : std::nullopt;
    if (!at) return usage_error("--" + std::string(option) + ": need a day, as in 2026-01-31");
    return *at;
}

Result<simulate::WorldOptions> world_options(const Arguments& arguments) {
    const auto count = [&](std::string_view option) {
        return parse_count(option, arguments.text(option));
    };
    simulate::WorldOptions options;
    TL_TRY_ASSIGN(options.seed, count("seed"));
    TL_TRY_ASSIGN(options.people, count("people"));
    TL_TRY_ASSIGN(options.events, count("events"));
    TL_TRY_ASSIGN(const uint64_t days, count("days"));
    TL_TRY_ASSIGN(const uint64_t late, count("late"));
    TL_TRY_ASSIGN(const uint64_t repeats, count("duplicates"));
    const bool is_sent = arguments.has("server");
    if (arguments.has("from")) {
        TL_TRY_ASSIGN(options.from, parse_day("from", arguments.text("from")));
    } else if (is_sent) {
        options.from = (system_clock().now() / kDay - static_cast<int64_t>(days)) * kDay;
    } else {
        TL_TRY_ASSIGN(options.from, parse_day("from", kFirstDay));
    }
    options.never_ends = arguments.has("live");
    if (late > 100 || repeats > 100) return usage_error("--late, --duplicates: at most 100");
    options.days = static_cast<uint32_t>(std::min<uint64_t>(days, UINT32_MAX));
    options.late_permille = static_cast<uint32_t>(late * 10);
    options.repeat_permille = static_cast<uint32_t>(repeats * 10);
    return options;
}

void report(const simulate::Truth::Summary& summary, const std::string& directory) {
    print(with_commas(summary.events) + " events of " + with_commas(summary.people) +
          " people: " + with_commas(summary.known_profiles) + " known and " +
          with_commas(summary.unknown_profiles) + " unknown profiles, " +
          with_commas(summary.orders) + " orders, " + with_commas(summary.late) + " events late, " +
          with_commas(summary.repeats) + " sent twice\n");
    print("Import them source by source:\n");
    for (size_t origin = 0; origin < simulate::kOrigins; ++origin) {
        const std::string key(origin_key(static_cast<simulate::Origin>(origin)));
        print("  throughline import " + directory + "/" + key +
              "*.jsonl* --mapping segment-archive --source " + key + "\n");
    }
}

Result<Exit> run_to_files(const Arguments& arguments, simulate::World& world) {
    StopSignals signals;
    Progress progress(system_clock());
    WorldFiles files{.directory = arguments.text("out"), .progress = {}};
    TL_TRY_ASSIGN(files.compression, parse_compression("compress", arguments.text("compress")));
    TL_TRY_ASSIGN(files.events_a_file, parse_count("split", arguments.text("split")));
    files.progress = [&](uint64_t events) {
        if (progress.is_due()) {
            progress.show("simulate: " + with_commas(events) + " of " +
                          with_commas(world.options().events) + " events");
        }
        return !signals.has_come();
    };
    TL_TRY_ASSIGN(const simulate::Truth::Summary summary, write_world(world, files));
    progress.clear();
    if (!arguments.has("json")) {
        report(summary, files.directory);
        return Exit::Done;
    }
    TL_TRY_ASSIGN(const std::string json,
                  store::read_file(store::posix_files(),
                                   store::join_path(files.directory, "truth/summary.json")));
    print(json);
    return Exit::Done;
}

// --- into a data directory

// Merges that a server would get to in the minutes after, until no more is worth it.
Status settle_files(engine::EngineOptions options) {
    options.merges_files = false;  // By a thread of the engine: here they are waited for.
    TL_TRY_ASSIGN(const auto engine, open_engine(std::move(options)));
    const auto names = [&] {
        std::vector<std::string> found;
        for (const auto& file : engine->query_view().history->files())
            found.push_back(file->name());
        return found;
    };
    for (auto before = names();;) {
        engine->merge_files();
        TL_TRY(engine->checkpoint());
        auto after = names();
        if (after == before) break;
        before = std::move(after);
    }
    return engine->stop();
}

// Returns the events told; fewer than all when `signals` says so.
Result<uint64_t> fill(engine::EngineOptions options, simulate::World& world, StopSignals& signals) {
    Progress progress(system_clock());
    TL_TRY_ASSIGN(const auto engine, open_engine(std::move(options)));
    const auto show = [&](uint64_t events) {
        if (progress.is_due()) {
            progress.show("simulate: " + with_commas(events) + " of " +
                          with_commas(world.options().events) + " events");
        }
        return !signals.has_come();
    };
    auto told = load_records(*engine, world, {.progress = show});
    progress.clear();
    TL_TRY(told);
    TL_TRY(engine->stop());
    return told;
}

Result<Exit> run_to_directory(const Arguments& arguments, simulate::World& world) {
    StopSignals signals;
    set_log_level(LogLevel::Warn);  // What the engine tells of its start is no answer here.
    engine::EngineOptions options;
    options.directory = arguments.text("data");
    TL_TRY_ASSIGN(options.memory_bytes, parse_bytes("memory", arguments.text("memory")));
    TL_TRY_ASSIGN(const bool is_there, is_data_directory(options.directory));
    if (is_there) return Error::precondition("simulate: --data: there is one already");
    TL_TRY_ASSIGN(const uint64_t told, fill(options, world, signals));
    if (!signals.has_come()) TL_TRY(settle_files(std::move(options)));
    print(with_commas(told) + " events in " + arguments.text("data") + "\n");
    return signals.has_come() ? Exit::Failed : Exit::Done;
}

// --- to a server

std::string sent_line(const Sent& sent) {
    std::string line = with_commas(sent.events) + " events sent: " + with_commas(sent.accepted) +
                       " accepted, " + with_commas(sent.duplicates) + " there already, " +
                       with_commas(sent.rejected) + " rejected";
    if (sent.retries > 0) line += ", " + with_commas(sent.retries) + " requests sent again";
    return line;
}

// What has not happened yet is waited for, and what has gathered meanwhile goes out before.
Status send_events(simulate::World& world, EventSender& sender, Progress& progress) {
    simulate::EventWriter writer(world);
    std::string json;
    while (const simulate::Planned* planned = world.next()) {
        if (planned->arrival > system_clock().now()) {
            TL_TRY(sender.flush());
            TL_TRY(sender.wait_until(planned->arrival));
        }
        json.clear();
        model::append_json(json, writer.write(*planned).doc);
        TL_TRY(sender.add(json));
        if (progress.is_due()) progress.show("simulate: " + sent_line(sender.sent()));
    }
    return sender.flush();
}

Result<Exit> run_to_server(const Arguments& arguments, simulate::World& world) {
    StopSignals signals;
    SenderOptions options;
    options.url = arguments.text("server");
    options.write_key = arguments.text("write-key");
    const char* from_environment = std::getenv("THROUGHLINE_WRITE_KEY");
    if (options.write_key.empty() && from_environment != nullptr) {
        options.write_key = from_environment;
    }
    if (options.write_key.empty()) return usage_error("--server: needs --write-key");
    TL_TRY_ASSIGN(options.events_a_second, parse_count("rate", arguments.text("rate")));
    options.has_to_stop = [&] { return signals.has_come(); };
    TL_TRY_ASSIGN(EventSender sender, EventSender::make(std::move(options)));
    Progress progress(system_clock());
    const Status status = send_events(world, sender, progress);
    progress.clear();
    print(sent_line(sender.sent()) + "\n");
    // Being told to stop is how a live world ends.
    const bool is_stopped = !status && status.error().code == Code::Cancelled;
    if (!is_stopped) TL_TRY(status);
    return sender.sent().rejected == 0 ? Exit::Done : Exit::Failed;
}

}  // namespace

std::span<const Option> simulate_options() {
    return kOptions;
}

Result<Exit> run_simulate(const Arguments& arguments) {
    const bool is_sent = arguments.has("server");
    const bool is_kept = arguments.has("data");
    if (arguments.has("out") + is_sent + is_kept != 1) {
        return usage_error("throughline simulate: need --out, --data or --server, one of them");
    }
    if (arguments.has("live") && !is_sent) return usage_error("--live: needs --server");
    TL_TRY_ASSIGN(const simulate::WorldOptions options, world_options(arguments));
    TL_TRY_ASSIGN(simulate::World world, simulate::World::make(options));
    if (is_kept) return run_to_directory(arguments, world);
    return is_sent ? run_to_server(arguments, world) : run_to_files(arguments, world);
}

}  // namespace throughline::cli
