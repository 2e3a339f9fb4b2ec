#include "cli/commands.h"

#include <algorithm>
#include <array>

#include "cli/api.h"
#include "cli/ask.h"
#include "cli/bench.h"
#include "cli/config.h"
#include "cli/console.h"
#include "cli/doctor.h"
#include "cli/import.h"
#include "cli/maintain.h"
#include "cli/serve.h"
#include "cli/simulate.h"
#include "cli/version.h"
#include "engine/checkpoint.h"

namespace throughline::cli {

namespace {

constexpr size_t kAnyNumber = SIZE_MAX;
constexpr Option kJsonOption{"json", "", "", "Answer in JSON, for machines"};

constexpr std::array kImportOptions{
    Option{"mapping", "NAME|FILE", "", "How rows become events: a mapping that ships, or a file"},
    kDataOption,
    kServerOption,
    kTokenOption,
    Option{"source", "KEY", "import", "Source of the events; made when there is none"},
    Option{"dry-run", "", "", "Show the first events and what is refused; write nothing"},
    Option{"rejects", "FILE", "", "Write refused rows with line and reason, as JSON Lines"},
    kJsonOption};
constexpr std::array kQueryOptions{
    Option{"sql", "STATEMENT", "",
           "One SELECT over events, sessions and profiles, instead of FILE"},
    Option{"format", "FORMAT", "table", "table, json or csv"}, kDataOption, kServerOption,
    kTokenOption};
constexpr std::array kExportOptions{
    Option{"out", "DIR", "", "Directory of a table's files; one that holds a part of it goes on"},
    Option{"format", "FORMAT", "parquet", "parquet, csv or jsonl"},
    Option{"gzip", "", "", "Compress csv or jsonl"},
    Option{"partition", "UNIT", "month", "A file a month, a day, or none: one for all"},
    Option{"from", "TIME", "", "First instant: a date, RFC 3339, or -30d"},
    Option{"to", "TIME", "", "The instant behind the last"},
    Option{"timezone", "ZONE", "UTC", "Zone of dates, months and days"},
    Option{"columns", "LIST", "", "Columns, with commas between; all unless said"},
    kDataOption,
    kServerOption,
    kTokenOption,
    kJsonOption};
constexpr std::array kBacktestOptions{
    Option{"from", "TIME", "-30d", "First instant: a date, RFC 3339, or -30d"},
    Option{"to", "TIME", "", "The instant behind the last; now unless said"},
    Option{"timezone", "ZONE", "", "Zone of dates; that of the installation unless said"},
    Option{"order", "ORDER", "as_taken", "as_taken, or as_happened for imported history"},
    kDataOption,
    kServerOption,
    kTokenOption,
    kJsonOption};
constexpr std::array kBackupOptions{kDataOption, kServerOption, kTokenOption, kJsonOption};
constexpr std::array kRestoreOptions{
    Option{"data", "DIR", "", "The data directory to make; must be missing or empty"}, kJsonOption};
constexpr std::array kDataOnly{kDataOption};
constexpr std::array kVerifyOptions{kDataOption, kJsonOption};
constexpr std::array kDoctorOptions{
    kDataOption,
    Option{"skip", "POSITION", "", "Pass over the record at a position that recovery fails on"},
    Option{"reason", "TEXT", "", "Why, for the audit; needed with --skip"}, kJsonOption};
constexpr std::array kConfigOptions{Option{"markdown", "", "", "Print docs/CONFIG.md"}};
constexpr std::array kVersionOptions{kJsonOption};

Result<Exit> run_config(const Arguments& arguments) {
    if (arguments.has("markdown")) {
        print(config_page());
        return Exit::Done;
    }
    const auto& words = arguments.operands();
    if (words.size() != 2 || words[0] != "explain") {
        return usage_error("throughline config: need `explain NAME` or --markdown");
    }
    TL_TRY_ASSIGN(const std::string text, explain_setting(words[1]));
    print(text);
    return Exit::Done;
}

Result<Exit> run_version(const Arguments& arguments) {
    if (!arguments.has("json")) {
        print("Throughline " + std::string(kVersion) + " (data format " +
              std::to_string(engine::kFormatVersion) + ", fold " +
              std::to_string(engine::kFoldVersion) + ")\n");
        return Exit::Done;
    }
    print("{\"version\":\"" + std::string(kVersion) +
          "\",\"format\":" + std::to_string(engine::kFormatVersion) +
          ",\"fold\":" + std::to_string(engine::kFoldVersion) + "}\n");
    return Exit::Done;
}

// In the order that people meet them.
const std::array kCommands{
    Command{"serve", "", 0, 0, "Start the server",
            "The first start on an empty directory makes a write key and an administrator token.\n"
            "Each option can also stand in a TOML file or the environment: docs/CONFIG.md.",
            serve_options(), run_serve},
    Command{"import", "FILE...", 1, kAnyNumber,
            "Bring in history: CSV, JSON Lines, .gz, .zst, Parquet",
            "The same file again, or the rest after a break, never counts twice.", kImportOptions,
            run_import},
    Command{"export", "PROFILE|TABLE", 1, 1, "One person as JSON, or a table as files",
            "PROFILE is an id (p_...) or an identifier, as in email:ada@example.com. TABLE is\n"
            "events, sessions or profiles (docs/sql.md); the same command again goes on.",
            kExportOptions, run_export},
    Command{"query", "FILE|-", 0, 1, "Ask one analytical question, in JSON or SQL", "",
            kQueryOptions, run_query},
    Command{"backtest", "FILE|-", 1, 1, "What a draft would have done over your history",
            "FILE is a journey (docs/journeys.md) or a segment, in YAML or JSON. Nothing is sent.",
            kBacktestOptions, run_backtest},
    Command{"simulate", "", 0, 0, "Make up a retailer's events, and the truth about them",
            "The events are in Segment's form; docs/simulate.md tells of the world.",
            simulate_options(), run_simulate},
    Command{"backup", "DIR", 1, 1, "Make a complete copy, also while the server runs",
            "With --server, DIR is on the server's machine.", kBackupOptions, run_backup},
    Command{"restore", "DIR", 1, 1, "Make a data directory from a backup",
            "Nothing is sent from it until resume-sending.", kRestoreOptions, run_restore},
    Command{"resume-sending", "", 0, 0, "Let messages leave again after a restore",
            "A server that runs goes on at once. What is due by now is listed as uncertain.",
            kDataOnly, run_resume_sending},
    Command{"verify", "", 0, 0, "Read every stored byte and check it", "", kVerifyOptions,
            run_verify},
    Command{"doctor", "", 0, 0, "Look for problems and say what to do", "", kDoctorOptions,
            run_doctor},
    Command{"bench", "", 0, 0, "Measure this machine: its disk, taking events in, questions",
            "Makes a data directory beside the working one, fills it, asks, and removes it.",
            bench_options(), run_bench},
    Command{"config", "explain NAME", 0, 2, "Explain a setting of serve", "", kConfigOptions,
            run_config},
    Command{"version", "", 0, 0, "Print the version", "", kVersionOptions, run_version},
};

std::string overview() {
    std::string text = "Usage: throughline COMMAND [OPTIONS]\n\n";
    for (const Command& command : kCommands) {
        std::string line = "  " + std::string(command.name);
        line.resize(18, ' ');
        text += line + std::string(command.summary) + "\n";
    }
    return text +
           "\nthroughline COMMAND --help explains every option with its default.\n"
           "Exit codes: 0 done, 1 failed, 2 the command line makes no sense.\n";
}

Result<Exit> run(const Command& command, std::span<const std::string> words) {
    TL_TRY_ASSIGN(const Arguments arguments, Arguments::parse(command, words));
    if (!arguments.wants_help()) return command.run(arguments);
    print(help_of(command));
    return Exit::Done;
}

}  // namespace

std::span<const Command> commands() {
    return kCommands;
}

Exit run_program(const std::vector<std::string>& words) {
    if (words.empty()) {
        tell(overview());
        return Exit::Usage;
    }
    const std::string& name = words[0];
    if (name == "--help" || name == "-h" || name == "help") {
        print(overview());
        return Exit::Done;
    }
    const auto command =
        std::ranges::find(kCommands, name == "--version" ? "version" : name, &Command::name);
    if (command == kCommands.end()) {
        tell("throughline: " + name + ": no such command\n\n" + overview());
        return Exit::Usage;
    }
    const auto result = run(*command, std::span(words).subspan(1));
    if (result) return *result;
    tell("throughline: " + result.error().message + "\n");
    return is_usage_error(result.error()) ? Exit::Usage : Exit::Failed;
}

}  // namespace throughline::cli
