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
#include "query/touch.h"
#include "sequence/history.h"
#include "sequence/run_writer.h"
#include "simulate/packer.h"
#include "store/memory_files.h"

namespace throughline {
namespace {

using sequence::Segment;
using sequence::segment_id;

constexpr Micros kFrom = 1'767'225'600 * kSecond;  // 2026-01-01
constexpr const char* kDirectory = "h";

void require(const Status& status) {
    if (status) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
}

struct Stored {
    int64_t month = 0;
    uint32_t person = 0;
    sequence::Row row;
    size_t begin = 0;  // Of payloads.
    size_t end = 0;
};

/// A world's events in file order.
std::vector<std::string> write_files(uint64_t events, store::Files& disk,
                                     sequence::Dictionary& names) {
    auto world =
        simulate::World::make({.people = events / 20, .events = events, .from = kFrom, .days = 90});
    require(world ? Status() : Status(world.error()));
    const SecretKey secret{1, 2, 3};
    simulate::Packer packer(secret, {1, 2, 3, 4, 5});
    std::string payloads;
    std::vector<Stored> rows;
    simulate::for_each_event(*world, [&](const simulate::SimulatedEvent& event) {
        Stored stored{.person = static_cast<uint32_t>(event.planned->person) + 1,
                      .begin = payloads.size()};
        packer.append(payloads, event);
        stored.end = payloads.size();
        const model::EventView view(std::string_view(payloads).substr(stored.begin));
        stored.month = sequence::month_of(view.time());
        stored.row = {.identity = stored.person,
                      .name = names.intern(view.name()),
                      .time = view.time(),
                      .position = rows.size(),
                      .tie = view.tie(),
                      .source = view.source(),
                      .type = view.type(),
                      .flags = view.flags()};
        rows.push_back(stored);
    });
    std::ranges::sort(rows, {}, [](const Stored& s) {
        return std::tuple(s.month, s.person, s.row.time, s.row.tie, s.row.position);
    });
    require(store::make_directories(disk, kDirectory));
    const query::KeptTouch touch;
    std::map<int64_t, sequence::RunWriter> writers;
    for (const Stored& stored : rows) {
        const sequence::RunPlace place{kDirectory, stored.month, 1, 256 << 20, &touch};
        auto& writer = writers.try_emplace(stored.month, disk, place).first->second;
        const auto payload =
            std::string_view(payloads).substr(stored.begin, stored.end - stored.begin);
        require(writer.add(stored.person, stored.row, payload));
    }
    std::vector<std::string> made;
    for (auto& [month, writer] : writers) {
        const auto finished = writer.finish();
        require(finished ? Status() : Status(finished.error()));
        made.insert(made.end(), finished->begin(), finished->end());
    }
    return made;
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
    const auto files = write_files(events, disk, names);
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
