// What history costs: append, flush, merge, timeline and trend.
//
//   sequence_bench [directory, a new one below the working directory] [million rows, 10]
//
// 2 million people by Zipf, events of some 500 bytes packed over 90 days, flushed a million rows
// at a time onto the machine's disk. Times are CPU of this process unless they say wall; figures of
// one run compare, those of two machines do not.
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/json.h"
#include "query/query.h"
#include "sequence/history.h"

namespace throughline::sequence {
namespace {

constexpr uint32_t kPeople = 2'000'000;
constexpr uint64_t kFlushRows = 1'000'000;
constexpr Micros kFrom = 1'767'225'600 * kSecond;  // 2026-01-01

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double wall_seconds() {
    return static_cast<double>(system_clock().monotonic()) * 1e-6;
}

class Everybody final : public query::People {
public:
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        std::copy(identities.begin(), identities.end(), roots.begin());
    }
    bool is_known(uint32_t) const override { return true; }
};

/// Zipf with s = 1, by inversion of the continuous form: near enough for skew.
uint32_t draw_person(SeededRandom& random) {
    return static_cast<uint32_t>(std::exp(random.unit() * std::log(double{kPeople})));
}

/// Payloads of one flush in one buffer, as an epoch has them.
struct Batch {
    std::shared_ptr<std::string> bytes = std::make_shared<std::string>();
    std::vector<std::pair<size_t, size_t>> places;
    std::vector<uint32_t> identities;
};

Batch make_batch(SeededRandom& random, uint64_t rows) {
    static constexpr std::string_view kNames[] = {"Page Viewed",     "Product Viewed",
                                                  "Product Added",   "Checkout Started",
                                                  "Order Completed", "Search"};
    static constexpr std::string_view kWords[] = {"shoes", "winter", "coat",  "sale",  "home",
                                                  "kids",  "sport",  "green", "basic", "new"};
    Batch batch;
    for (uint64_t i = 0; i < rows; ++i) {
        const auto word = [&] { return std::string(kWords[random.below(10)]); };
        const std::string json =
            R"({"type":"track","properties":{"product_id":"sku-)" +
            std::to_string(random.below(50'000)) + R"(","category":")" + word() +
            R"(","revenue":)" + std::to_string(random.below(500)) + "." +
            std::to_string(10 + random.below(90)) + R"(,"currency":"EUR","plan":")" + word() +
            R"("},"context":{"ip":"10.0.0.0","locale":)" + R"("tr-TR","page":{"path":"/)" + word() +
            "/" + word() + R"(","url":"https://shop.example/)" + word() + "/" +
            std::to_string(random.next()) +
            R"(","title":"The shop of everything"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) )" +
            R"(AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"}})";
        const std::string doc = model::doc_from_json(json).value();
        model::Event event;
        event.source = static_cast<model::SourceId>(random.below(4));
        event.time = kFrom + static_cast<Micros>(random.below(90 * static_cast<uint64_t>(kDay)));
        event.original = event.sent = event.received = event.time;
        event.message_key = {random.next(), random.next()};
        event.name = kNames[random.below(6)];
        const std::string id = std::to_string(random.next()) + std::to_string(random.next());
        event.message_id = id;
        event.doc = doc;
        const size_t start = batch.bytes->size();
        model::append_event(*batch.bytes, event);
        batch.places.emplace_back(start, batch.bytes->size() - start);
        batch.identities.push_back(draw_person(random));
    }
    return batch;
}

void require(const Status& status) {
    if (status) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
}

struct Filled {
    double append_cpu = 0;
    double flush_cpu = 0;
    double flush_wall = 0;
    double merge_cpu = 0;
    uint64_t merged_rows = 0;
    uint64_t payload_bytes = 0;
};

Filled fill(History& history, uint64_t rows) {
    SeededRandom random(1);
    Filled filled;
    for (uint64_t done = 0; done < rows; done += kFlushRows) {
        const Batch batch = make_batch(random, std::min(kFlushRows, rows - done));
        filled.payload_bytes += batch.bytes->size();
        double start = cpu_seconds();
        history.hold(batch.bytes);
        for (size_t i = 0; i < batch.places.size(); ++i) {
            const auto [at, size] = batch.places[i];
            history.append(batch.identities[i], done + i,
                           std::string_view(*batch.bytes).substr(at, size));
            if (i % 1000 == 999) history.publish();
        }
        history.publish();
        filled.append_cpu += cpu_seconds() - start;

        start = cpu_seconds();
        const double wall = wall_seconds();
        const auto change = history.flush(*history.snapshot(), {}).value();
        require(history.commit(std::span(&change, 1)));
        filled.flush_cpu += cpu_seconds() - start;
        filled.flush_wall += wall_seconds() - wall;

        start = cpu_seconds();
        while (const auto plan = history.plan_merge(kFrom + 89 * kDay)) {
            const auto merged = history.merge(*plan, {}).value();
            require(history.commit(std::span(&merged, 1)));
            require(history.remove_replaced());
            filled.merged_rows += merged.rows;
        }
        filled.merge_cpu += cpu_seconds() - start;
    }
    return filled;
}

void time_timelines(const History& history) {
    SeededRandom random(2);
    const auto snapshot = history.snapshot();
    std::vector<double> micros;
    for (int i = 0; i < 2000; ++i) {
        const uint32_t person[] = {draw_person(random), draw_person(random)};
        const double start = wall_seconds();
        require(snapshot->timeline(person, "", 20).is_ok() ? Status()
                                                           : Error::internal("timeline"));
        micros.push_back((wall_seconds() - start) * 1e6);
    }
    std::sort(micros.begin(), micros.end());
    std::printf("timeline, 2 identities, 20 rows   p50 %.0f us, p99 %.0f us (wall)\n", micros[1000],
                micros[1980]);
}

void time_trend(const History& history, const char* label, const std::string& rest) {
    const Everybody people;
    const auto snapshot = history.snapshot();
    const query::Environment environment{.history = *snapshot,
                                         .names = history.dictionary(),
                                         .people = people,
                                         .clock = system_clock(),
                                         .source_name = {}};
    const std::string query =
        model::doc_from_json(
            R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","timezone":"Europe/Istanbul",)" +
            rest + "}")
            .value();
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const double start = cpu_seconds();
        const auto answer = query::run_query(model::DocView(query), environment);
        require(answer ? Status() : Status(answer.error()));
        best = std::min(best, cpu_seconds() - start);
    }
    std::printf("trend, %-27s %.0f ms, %.1f ns a row\n", label, best * 1e3,
                best * 1e9 / static_cast<double>(snapshot->rows()));
}

int run(const std::string& directory, uint64_t rows) {
    auto opened = History::open(store::posix_files(), {.directory = directory}, {});
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        return 1;
    }
    History& history = **opened;
    const Filled filled = fill(history, rows);
    const auto count = static_cast<double>(rows);
    uint64_t stored = 0;
    for (const auto& file : history.snapshot()->files()) stored += file->bytes();
    std::printf("append and publish                %.0f ns a row\n",
                filled.append_cpu * 1e9 / count);
    std::printf(
        "flush                             %.2f us a row, %.0f rows/s of a core, %.0f wall\n",
        filled.flush_cpu * 1e6 / count, count / filled.flush_cpu, count / filled.flush_wall);
    std::printf(
        "merge                             %.2f us a row merged, %.1f times a row\n",
        filled.merge_cpu * 1e6 / static_cast<double>(std::max<uint64_t>(1, filled.merged_rows)),
        static_cast<double>(filled.merged_rows) / count);
    std::printf("stored                            %.0f of %.0f bytes a row, %zu files\n",
                static_cast<double>(stored) / count,
                static_cast<double>(filled.payload_bytes) / count,
                history.snapshot()->files().size());
    time_timelines(history);
    time_trend(history, "events a day", R"("series":[{"event":"Order Completed"}])");
    time_trend(history, "people a day",
               R"("series":[{"event":"Order Completed","measure":"people"}])");
    time_trend(history, "people a week, all events",
               R"("interval":"week","series":[{"measure":"people"}])");
    time_trend(history, "events by source", R"("series":[{}],"breakdown":{"source":true})");
    time_trend(history, "sum of revenue",
               R"("series":[{"event":"Order Completed","measure":"sum","property":"revenue"}])");
    return 0;
}

}  // namespace
}  // namespace throughline::sequence

int main(int count, char** arguments) {
    const std::string directory = count > 1 ? arguments[1] : "sequence_bench_files";
    const uint64_t millions = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 10;
    return throughline::sequence::run(directory, millions * 1'000'000);
}
