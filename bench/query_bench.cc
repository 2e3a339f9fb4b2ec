// What questions cost over people in files: the passes of a funnel and of an attribution.
//
//   query_bench [directory, a new one below the working directory] [million rows, 10] [label]
//
// With a label, only what is called so is timed.
//
// Rows are written in file order, two runs a month, as merging leaves them: 2 million people for
// 100 million rows, sessions of eight events, 40 names, 3 % late, 40 % of the people with further
// identities. Times are wall of the fastest of three.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "model/json.h"
#include "query/pass.h"
#include "query/query.h"
#include "sequence/history.h"
#include "sequence/run_writer.h"

namespace throughline::query {
namespace {

using sequence::month_of;
using sequence::month_start;

constexpr Micros kFrom = 1'767'225'600 * kSecond;  // 2026-01-01
constexpr Micros kTo = 1'775'001'600 * kSecond;    // 2026-04-01
constexpr uint32_t kNames = 40;

/// The label that is asked for; empty: all.
std::string_view only;

bool is_wanted(std::string_view label) {
    return only.empty() || only == label;
}

void require(const Status& status) {
    if (status) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
}

std::string name_of(uint32_t name) {
    static constexpr std::string_view kSteps[] = {"Page Viewed",      "Product Viewed",
                                                  "Session Started",  "Product Added",
                                                  "Checkout Started", "Order Completed"};
    return name < std::size(kSteps) ? std::string(kSteps[name]) : "Event " + std::to_string(name);
}

uint32_t draw_name(SeededRandom& random) {
    const double u = random.unit();
    if (u < 0.286) return 0;
    if (u < 0.477) return 1;
    if (u < 0.62) return 2;
    if (u < 0.67) return 3;
    if (u < 0.694) return 4;
    if (u < 0.708) return 5;
    return 6 + static_cast<uint32_t>(random.below(kNames - 6));
}

/// The events of one person, in order.
struct Event {
    Micros time = 0;
    uint32_t identity = 0;
    uint32_t name = 0;
};

std::vector<Event> events_of(SeededRandom& random, uint32_t person, double mean) {
    std::vector<Event> events;
    const auto count = static_cast<size_t>(
        std::min(20'000.0, 2 + mean * 0.35 * std::pow(random.unit() + 1e-4, -0.6)));
    const uint32_t identities = random.chance(0.4) ? 2 + static_cast<uint32_t>(random.below(3)) : 1;
    const auto seconds = static_cast<uint64_t>((kTo - kFrom) / kSecond);
    while (events.size() < count) {
        Micros at = kFrom + static_cast<Micros>(random.below(seconds)) * kSecond;
        const auto identity = person + static_cast<uint32_t>(random.below(identities));
        for (uint64_t left = 1 + random.below(15); left > 0 && at < kTo; --left) {
            events.push_back({at, identity, draw_name(random)});
            at += static_cast<Micros>(1 + random.below(120)) * kSecond;
        }
    }
    std::sort(events.begin(), events.end(),
              [](const Event& a, const Event& b) { return a.time < b.time; });
    return events;
}

std::string payload_of(SeededRandom& random, const Event& event, uint64_t position) {
    std::string doc;
    model::DocWriter writer(doc);
    const size_t whole = writer.open_object();
    if (event.name == 5) {
        writer.key("properties");
        const size_t properties = writer.open_object();
        writer.key("total");
        writer.decimal({static_cast<int64_t>(500 + random.below(20'000)), 2});
        writer.field("currency", "EUR");
        writer.close(properties);
    }
    writer.close(whole);
    model::Event made;
    made.source = static_cast<model::SourceId>(random.below(12));
    made.time = made.original = made.sent = made.received = event.time;
    const std::string name = name_of(event.name);
    made.name = name;
    const std::string id = std::to_string(position);
    made.message_id = id;
    made.doc = doc;
    std::string payload;
    model::append_event(payload, made);
    return payload;
}

/// Two runs a month: what came in time, and 3 % that came late.
std::vector<std::string> fill(const std::string& directory, uint64_t rows, uint64_t& written) {
    constexpr double kMeanRows = 50;
    SeededRandom random(1);
    store::Files& disk = store::posix_files();
    require(store::make_directories(disk, directory));
    std::map<std::pair<int64_t, bool>, std::unique_ptr<sequence::RunWriter>> writers;
    uint32_t person = 1;
    for (written = 0; written < rows; person += 5) {
        for (const Event& event : events_of(random, person, kMeanRows)) {
            const int64_t month = month_of(event.time);
            const bool is_late = random.chance(0.03);
            auto& writer = writers[{month, is_late}];
            if (!writer) {
                const sequence::RunPlace place{directory, month, is_late ? 2u : 1u, 256 << 20};
                writer = std::make_unique<sequence::RunWriter>(disk, place);
            }
            const std::string payload = payload_of(random, event, ++written);
            const model::EventView view(payload);
            const sequence::Row row{.identity = event.identity,
                                    .name = event.name + 1,
                                    .time = event.time,
                                    .position = written,
                                    .tie = 0,
                                    .source = view.source(),
                                    .type = view.type(),
                                    .flags = view.flags()};
            require(writer->add(person, row, payload));
        }
    }
    std::vector<std::string> names;
    for (auto& [key, writer] : writers) {
        const auto made = writer->finish().value();
        names.insert(names.end(), made.begin(), made.end());
    }
    return names;
}

class Fives final : public People {
public:
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        for (size_t i = 0; i < identities.size(); ++i) roots[i] = (identities[i] - 1) / 5 * 5 + 1;
    }
    bool is_known(uint32_t) const override { return true; }
};

/// The furthest of some steps within seven days, as plainly as can be.
class Steps final : public Fold {
public:
    void add(const PersonRows& rows) override {
        constexpr Micros kWindow = 7 * kDay;
        Micros started[5] = {kNoTime, kNoTime, kNoTime, kNoTime, kNoTime};
        size_t best = 0;
        for (size_t i = 0; i < rows.size(); ++i) {
            for (size_t step = 4; step > 0; --step) {
                if ((rows.match[i] >> (step - 1) & 1) == 0) continue;
                if (step == 1) {
                    started[1] = rows.time[i];
                } else if (started[step - 1] != kNoTime &&
                           rows.time[i] - started[step - 1] <= kWindow) {
                    started[step] = started[step - 1];
                } else {
                    continue;
                }
                best = std::max(best, step);
            }
        }
        ++reached[best];
    }
    std::unique_ptr<Fold> fork() const override { return std::make_unique<Steps>(); }
    void join(Fold& other) override {
        for (size_t i = 0; i < 5; ++i) reached[i] += static_cast<Steps&>(other).reached[i];
    }
    uint64_t reached[5] = {};
};

Environment environment_of(const sequence::History& history,
                           const sequence::HistorySnapshot& snapshot, size_t threads) {
    static const Fives kPeople;
    return {.history = snapshot,
            .names = history.dictionary(),
            .people = kPeople,
            .clock = system_clock(),
            .source_name = {},
            .time_limit = 600 * kSecond,
            .threads = threads};
}

void time_questions(const sequence::History& history, const char* label,
                    const std::vector<std::string>& questions, size_t threads) {
    if (!is_wanted(label)) return;
    const auto snapshot = history.snapshot();
    const Environment environment = environment_of(history, *snapshot, threads);
    std::vector<std::string> docs;
    for (const std::string& json : questions) docs.push_back(model::doc_from_json(json).value());
    const std::vector<model::DocView> queries(docs.begin(), docs.end());
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const Micros start = system_clock().monotonic();
        for (const auto& answer : run_queries(queries, environment)) {
            require(answer ? Status() : Status(answer.error()));
        }
        best = std::min(best, static_cast<double>(system_clock().monotonic() - start) / 1e3);
    }
    std::printf("%-44s %zu threads %7.0f ms, %5.2f ns a row\n", label, threads, best,
                best * 1e6 / static_cast<double>(snapshot->rows()));
}

void time_trends(const sequence::History& history, size_t threads) {
    const std::string head = R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","series":[)";
    const auto time = [&](const char* label, const std::string& rest) {
        time_questions(history, label, {head + rest + "}"}, threads);
    };
    time("trend, events by day", R"({"measure":"events"}])");
    time("trend, people by day", R"({"measure":"people"}])");
    time("trend, one event, people by day", R"({"event":"Product Viewed","measure":"people"}])");
    time("trend, four events by day",
         R"({"event":"Product Viewed"},{"event":"Product Added"},{"event":"Checkout Started"},
            {"event":"Order Completed"}])");
    time("trend, revenue by week",
         R"({"event":"Order Completed","measure":"sum","property":"total"}],"interval":"week")");
    std::vector<std::string> dashboard;
    for (int i = 0; i < 6; ++i) {
        const std::string event = name_of(static_cast<uint32_t>(i));
        dashboard.push_back(head + R"({"event":")" + event + R"(","measure":"people"}]})");
        dashboard.push_back(
            R"({"kind":"funnel","from":"2026-01-01","to":"2026-04-01","steps":[{"event":")" +
            event + R"("},{"event":"Product Added"},{"event":"Order Completed"}]})");
    }
    time_questions(history, "six trends and six funnels at once", dashboard, threads);
}

/// How long a question that reads every event goes on after it was cancelled: the longest of five.
void time_cancelling(const sequence::History& history, size_t threads) {
    static constexpr const char* kLabel = "an attribution goes on after it was cancelled";
    if (!is_wanted(kLabel)) return;
    const auto snapshot = history.snapshot();
    Environment environment = environment_of(history, *snapshot, threads);
    std::atomic<bool> is_cancelled = false;
    environment.cancelled = &is_cancelled;
    const std::string doc =
        model::doc_from_json(
            R"({"kind":"attribution","from":"2026-03-01","to":"2026-04-01","known":false,
                "conversion":{"event":"Order Completed","value":"total"}})")
            .value();
    Micros longest = 0;
    for (int i = 1; i <= 5; ++i) {
        is_cancelled = false;
        Code code{};
        std::thread asks([&] {
            const auto answer = run_query(model::DocView(doc), environment);
            if (!answer) code = answer.error().code;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(37 * i));
        is_cancelled = true;
        const Micros cancelled = system_clock().monotonic();
        asks.join();
        if (code == Code::Cancelled) {
            longest = std::max(longest, system_clock().monotonic() - cancelled);
        }
    }
    std::printf("%-44s %zu threads %7.1f ms\n", kLabel, threads,
                static_cast<double>(longest) / 1e3);
}

void time_pass(const sequence::History& history, const char* label, const Pass& pass,
               size_t threads) {
    if (!is_wanted(label)) return;
    const auto snapshot = history.snapshot();
    const Environment environment = environment_of(history, *snapshot, threads);
    double best = 1e9;
    Steps last;
    for (int i = 0; i < 3; ++i) {
        Steps steps;
        Fold* const folds[] = {&steps};
        const Micros start = system_clock().monotonic();
        const auto result = run_pass(pass, environment, folds);
        require(result ? Status() : Status(result.error()));
        best = std::min(best, static_cast<double>(system_clock().monotonic() - start) / 1e3);
        last = steps;
    }
    std::printf("%-44s %zu threads %7.0f ms, %5.2f ns a row, reached %llu %llu %llu %llu\n", label,
                threads, best, best * 1e6 / static_cast<double>(snapshot->rows()),
                static_cast<unsigned long long>(last.reached[1]),
                static_cast<unsigned long long>(last.reached[2]),
                static_cast<unsigned long long>(last.reached[3]),
                static_cast<unsigned long long>(last.reached[4]));
}

int run(const std::string& directory, uint64_t rows) {
    uint64_t written = 0;
    const auto names = fill(directory, rows, written);
    const auto opened =
        sequence::History::open(store::posix_files(), {.directory = directory}, names);
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        return 1;
    }
    sequence::History& history = **opened;
    for (uint32_t name = 0; name < kNames; ++name) history.dictionary().intern(name_of(name));
    uint64_t stored = 0;
    for (const auto& file : history.snapshot()->files()) stored += file->bytes();
    std::printf("%llu rows in %zu files, %.1f bytes each\n",
                static_cast<unsigned long long>(written), names.size(),
                static_cast<double>(stored) / static_cast<double>(written));

    Pass funnel{.from = kFrom, .to = kTo};
    for (const uint32_t step : {1u, 3u, 4u, 5u}) funnel.add(Condition{.event = name_of(step)});
    Pass every{.from = kFrom, .to = kTo};
    every.add(Condition{});
    for (const size_t threads : {size_t{1}, size_t{std::thread::hardware_concurrency()}}) {
        time_pass(history, "four steps by name", funnel, threads);
        time_pass(history, "every event", every, threads);
        time_trends(history, threads);
        time_cancelling(history, threads);
    }
    Pass filtered = funnel;
    const std::string where =
        model::doc_from_json(R"({"property":"total","op":"gte","value":50})").value();
    filtered.conditions[3].where = Predicate::compile(model::DocView(where), "where").value();
    time_pass(history, "four steps, the last by a property", filtered, 2);
    return 0;
}

}  // namespace
}  // namespace throughline::query

int main(int count, char** arguments) {
    const std::string directory = count > 1 ? arguments[1] : "query_bench_files";
    const uint64_t millions = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 10;
    if (count > 3) throughline::query::only = arguments[3];
    return throughline::query::run(directory, millions * 1'000'000);
}
