#include "cli/bench.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/log.h"
#include "cli/api.h"
#include "cli/config.h"
#include "cli/console.h"
#include "cli/data_directory.h"
#include "cli/signals.h"
#include "cli/world_records.h"
#include "model/doc.h"
#include "store/files.h"

namespace throughline::cli {

namespace {

constexpr uint64_t kEventsAPerson = 50;
constexpr std::string_view kFirstDay = "2026-01-01";  // The questions ask for the 90 days from it.

constexpr std::array kOptions{
    Option{"events", "N", "500000", "How many events of a simulated retailer to take in"},
    Option{"on", "DIR", ".", "A directory on the disk to be measured"},
    Option{"json", "", "", "Answer in JSON, for machines"}};

struct Question {
    std::string_view name;
    std::string_view body;
};

constexpr std::array kQuestions{
    Question{"trend, people a day",
             R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","interval":"day",
                 "series":[{"event":"*","measure":"people"}]})"},
    Question{"funnel of four steps",
             R"({"kind":"funnel","from":"2026-01-01","to":"2026-04-01","window":"7d",
                 "steps":[{"event":"Product Viewed"},{"event":"Product Added"},
                          {"event":"Checkout Started"},{"event":"Order Completed"}]})"},
    Question{"retention, 12 weeks",
             R"({"kind":"retention","from":"2026-01-01","to":"2026-04-01","interval":"week",
                 "periods":12,"cohort":{"event":"Product Viewed"},
                 "return":{"event":"Order Completed"}})"},
    Question{"attribution, first and last",
             R"({"kind":"attribution","from":"2026-03-01","to":"2026-04-01","lookback":"30d",
                 "models":["first","last"],
                 "conversion":{"event":"Order Completed","value":"total"}})"}};

struct Figure {
    std::string what;
    double value = 0;
    std::string_view unit;
};

/// A directory that goes with everything in it.
class ScratchDirectory {
public:
    static Result<std::unique_ptr<ScratchDirectory>> make(const std::string& beside) {
        const std::string path = store::join_path(beside, "throughline-bench-XXXXXX");
        std::string name = path;
        if (::mkdtemp(name.data()) == nullptr) {
            return Error::unavailable("bench: " + beside + ": cannot make a directory there");
        }
        return std::unique_ptr<ScratchDirectory>(new ScratchDirectory(std::move(name)));
    }
    ~ScratchDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    std::string path(std::string_view name) const { return store::join_path(path_, name); }

private:
    explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

double milliseconds_since(Micros start) {
    return static_cast<double>(system_clock().monotonic() - start) / 1000;
}

// What every acknowledged request waits for: a write of 64 KiB and its sync.
Status measure_disk(const ScratchDirectory& scratch, std::vector<Figure>& figures) {
    constexpr size_t kBytes = 64 << 10;
    constexpr size_t kTimes = 200;
    TL_TRY_ASSIGN(const auto file,
                  store::posix_files().open(scratch.path("disk"), store::OpenMode::Fresh));
    TL_TRY(file->allocate(kBytes * kTimes));
    const std::string bytes(kBytes, 'x');
    std::vector<double> times;
    for (size_t i = 0; i < kTimes; ++i) {
        const Micros start = system_clock().monotonic();
        TL_TRY(file->write_at(i * kBytes, bytes));
        TL_TRY(file->sync());
        times.push_back(milliseconds_since(start));
    }
    std::ranges::sort(times);
    figures.push_back({"write and sync of 64 KiB, median", times[kTimes / 2], "ms"});
    figures.push_back({"write and sync of 64 KiB, 99 of 100", times[kTimes * 99 / 100], "ms"});
    return Status::ok();
}

Status measure_events(const std::string& directory, uint64_t events, StopSignals& signals,
                      std::vector<Figure>& figures) {
    simulate::WorldOptions options;
    options.from = *parse_instant(kFirstDay);
    options.events = events;
    options.people = std::max<uint64_t>(1, events / kEventsAPerson);
    TL_TRY_ASSIGN(auto world, simulate::World::make(options));
    engine::EngineOptions how;
    how.directory = directory;
    TL_TRY_ASSIGN(const auto engine, open_engine(std::move(how)));
    Progress progress(system_clock());
    const auto show = [&](uint64_t told) {
        if (progress.is_due()) progress.show("bench: " + with_commas(told) + " events");
        return !signals.has_come();
    };
    const Micros start = system_clock().monotonic();
    TL_TRY_ASSIGN(const uint64_t told, load_records(*engine, world, {.progress = show}));
    const double seconds = milliseconds_since(start) / 1000;
    progress.clear();
    if (signals.has_come()) return Error{Code::Cancelled, "bench: stopped"};
    figures.push_back(
        {"events taken in, on disk and done", static_cast<double>(told) / seconds, "events/s"});
    const Micros stopping = system_clock().monotonic();
    TL_TRY(engine->stop());
    figures.push_back({"stop, all of it written", milliseconds_since(stopping), "ms"});
    return Status::ok();
}

Status measure_questions(const std::string& directory, std::vector<Figure>& figures) {
    const Micros start = system_clock().monotonic();
    TL_TRY_ASSIGN(const auto api, open_local_api(directory));
    figures.push_back({"start", milliseconds_since(start), "ms"});
    for (const Question& question : kQuestions) {
        const Micros asked = system_clock().monotonic();
        TL_TRY(api->post("/api/query", question.body));
        figures.push_back({std::string(question.name), milliseconds_since(asked), "ms"});
    }
    return Status::ok();
}

std::string in_digits(const Figure& figure) {
    if (figure.value >= 1000) return with_commas(static_cast<uint64_t>(figure.value));
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", figure.value);
    return text.data();
}

void report(uint64_t events, const std::vector<Figure>& figures) {
    print(with_commas(events) + " simulated events of " + with_commas(events / kEventsAPerson) +
          " people, " + std::to_string(std::thread::hardware_concurrency()) + " cores\n");
    for (const Figure& figure : figures) {
        std::string line = "  " + figure.what;
        line.resize(40, ' ');
        std::string value = in_digits(figure);
        value.insert(0, value.size() < 10 ? 10 - value.size() : 0, ' ');
        print(line + value + " " + std::string(figure.unit) + "\n");
    }
}

void report_json(uint64_t events, const std::vector<Figure>& figures) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("events", static_cast<int64_t>(events));
    out.field("cores", static_cast<int64_t>(std::thread::hardware_concurrency()));
    out.key("figures");
    const size_t list = out.open_array();
    for (const Figure& figure : figures) {
        const size_t one = out.open_object();
        out.field("what", figure.what);
        out.key("value");
        out.real(figure.value);
        out.field("unit", figure.unit);
        out.close(one);
    }
    out.close(list);
    out.close(mark);
    print_json(model::DocView(doc));
}

}  // namespace

std::span<const Option> bench_options() {
    return kOptions;
}

Result<Exit> run_bench(const Arguments& arguments) {
    StopSignals signals;
    set_log_level(LogLevel::Warn);
    TL_TRY_ASSIGN(const uint64_t events, parse_count("events", arguments.text("events")));
    if (events == 0) return usage_error("--events: need at least 1");
    TL_TRY_ASSIGN(const auto scratch, ScratchDirectory::make(arguments.text("on")));
    std::vector<Figure> figures;
    TL_TRY(measure_disk(*scratch, figures));
    TL_TRY(measure_events(scratch->path("data"), events, signals, figures));
    TL_TRY(measure_questions(scratch->path("data"), figures));
    arguments.has("json") ? report_json(events, figures) : report(events, figures);
    return Exit::Done;
}

}  // namespace throughline::cli
