// A simulated world in history files: what each column takes, and what questions about it cost.
//
//   world_bench [MILLION_EVENTS, 2] [THREADS, those of the machine]
//
// One row an event under its true person, files as merging leaves them, in memory; 20 events a
// person. Times are wall of the fastest of three, reading included.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "model/json.h"
#include "query/query.h"
#include "sequence/history.h"
#include "store/memory_files.h"
#include "world_history.h"

namespace throughline {
namespace {

using sequence::Segment;
using sequence::segment_id;

constexpr const char* kDirectory = "h";

void require(const Status& status) {
    if (status) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
}

void print_sizes(const sequence::HistorySnapshot& history) {
    std::map<std::string, uint64_t> sizes;
    const std::map<uint32_t, const char*> core = {{segment_id(Segment::Homes), "people"},
                                                  {segment_id(Segment::Identities), "people"},
                                                  {segment_id(Segment::Seconds), "seconds"},
                                                  {segment_id(Segment::Micros), "microseconds"},
                                                  {segment_id(Segment::Name), "event"},
                                                  {segment_id(Segment::Origin), "source"},
                                                  {segment_id(Segment::Tie), "tie, position"},
                                                  {segment_id(Segment::Position), "tie, position"},
                                                  {segment_id(Segment::MessageId), "message id"},
                                                  {segment_id(Segment::Shape), "shape"},
                                                  {segment_id(Segment::Original), "other times"},
                                                  {segment_id(Segment::Sent), "other times"},
                                                  {segment_id(Segment::Received), "other times"},
                                                  {segment_id(Segment::Spill), "spill"},
                                                  {segment_id(Segment::Touch), "touch"},
                                                  {segment_id(Segment::Touches), "touch"}};
    uint64_t whole = 0;
    for (const auto& file : history.files()) {
        whole += file->bytes();
        for (size_t number = 0; number < file->blocks().size(); ++number) {
            std::map<uint32_t, uint64_t> segments;
            require(sequence::Block(*file, number).add_sizes(segments));
            for (const auto& [id, bytes] : segments) {
                const auto found = core.find(id);
                sizes[found == core.end() ? "fields" : found->second] += bytes;
            }
        }
    }
    const auto rows = static_cast<double>(history.rows());
    std::printf("%.0f rows, %.1f bytes each:", rows, static_cast<double>(whole) / rows);
    for (const auto& [what, bytes] : sizes) {
        std::printf(" %s %.2f", what.c_str(), static_cast<double>(bytes) / rows);
    }
    std::printf("\n");
}

class Themselves final : public query::People {
public:
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        std::ranges::copy(identities, roots.begin());
    }
    bool is_known(uint32_t) const override { return true; }
};

void time_question(const char* label, const std::string& question,
                   const query::Environment& environment) {
    const std::string query = model::doc_from_json(question).value();
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const Micros start = system_clock().monotonic();
        const auto answer = query::run_query(model::DocView(query), environment);
        require(answer ? Status() : Status(answer.error()));
        best = std::min(best, static_cast<double>(system_clock().monotonic() - start) / 1e3);
    }
    std::printf("%-42s %8.1f ms, %6.1f ns a row\n", label, best,
                best * 1e6 / static_cast<double>(environment.history.rows()));
}

int run(uint64_t events, size_t threads) {
    store::MemoryFiles disk;
    sequence::Dictionary names;
    const auto files = bench::write_history(
        {.people = events / 20, .events = events, .run_events = events}, disk, kDirectory, names);
    auto history = sequence::History::open(disk, {.directory = kDirectory}, files);
    require(history ? Status() : Status(history.error()));
    const auto snapshot = (*history)->snapshot();
    print_sizes(*snapshot);
    const Themselves people;
    const query::Environment environment{.history = *snapshot,
                                         .names = names,
                                         .people = people,
                                         .clock = system_clock(),
                                         .source_name = {},
                                         .time_limit = 600 * kSecond,
                                         .threads = threads};
    const std::string range = R"("from":"2026-01-01","to":"2026-04-01",)";
    const auto ask = [&](const char* label, const std::string& rest) {
        const std::string kind = rest.substr(0, rest.find(','));
        time_question(label,
                      R"({"kind":)" + kind + "," + range + rest.substr(kind.size() + 1) + "}",
                      environment);
    };
    ask("trend: events a day", R"("trend","interval":"day","series":[{}])");
    ask("trend: people a week, by event",
        R"("trend","interval":"week","series":[{"measure":"people"}],"breakdown":{"event":true})");
    ask("trend: revenue a day",
        R"("trend","interval":"day","series":[{"event":"Order Completed","measure":"sum","property":"total"}])");
    ask("funnel of four steps",
        R"("funnel","window":"7d","steps":[{"event":"Product Viewed"},{"event":"Product Added"},{"event":"Checkout Started"},{"event":"Order Completed"}])");
    ask("retention by week",
        R"("retention","interval":"week","periods":8,"cohort":{"event":"Order Completed"},"return":{})");
    ask("attribution, first, last, last non-direct",
        R"("attribution","conversion":{"event":"Order Completed","value":"total"})");
    return 0;
}

}  // namespace
}  // namespace throughline

int main(int count, char** arguments) {
    const double millions = count > 1 ? std::atof(arguments[1]) : 2;
    const size_t threads =
        count > 2 ? std::strtoull(arguments[2], nullptr, 10) : std::thread::hardware_concurrency();
    return throughline::run(static_cast<uint64_t>(millions * 1e6), threads);
}
