#include "world_history.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <tuple>

#include "query/touch.h"
#include "sequence/run_writer.h"
#include "simulate/packer.h"

namespace throughline::bench {

namespace {

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

/// Takes events in the order in which they arrive, and writes them run by run.
class Writer {
public:
    Writer(store::Files& disk, const std::string& directory, sequence::Dictionary& names)
        : disk_(disk), directory_(directory), names_(names) {}

    void add(const simulate::SimulatedEvent& event) {
        Stored stored{.person = static_cast<uint32_t>(event.planned->person) + 1,
                      .begin = payloads_.size()};
        packer_.append(payloads_, event);
        stored.end = payloads_.size();
        const model::EventView view(std::string_view(payloads_).substr(stored.begin));
        stored.month = sequence::month_of(view.time());
        stored.row = {.identity = stored.person,
                      .name = names_.intern(view.name()),
                      .time = view.time(),
                      .position = position_++,
                      .tie = view.tie(),
                      .source = view.source(),
                      .type = view.type(),
                      .flags = view.flags()};
        rows_.push_back(stored);
    }
    size_t rows() const { return rows_.size(); }

    void write_run() {
        ++run_;
        std::ranges::sort(rows_, {}, [](const Stored& s) {
            return std::tuple(s.month, s.person, s.row.time, s.row.tie, s.row.position);
        });
        std::map<int64_t, sequence::RunWriter> writers;
        for (const Stored& stored : rows_) {
            const sequence::RunPlace place{directory_, stored.month, run_, 256 << 20, &touch_};
            auto& writer = writers.try_emplace(stored.month, disk_, place).first->second;
            const auto payload =
                std::string_view(payloads_).substr(stored.begin, stored.end - stored.begin);
            require(writer.add(stored.person, stored.row, payload));
        }
        for (auto& [month, writer] : writers) {
            const auto finished = writer.finish();
            require(finished ? Status() : Status(finished.error()));
            made_.insert(made_.end(), finished->begin(), finished->end());
        }
        rows_.clear();
        payloads_.clear();
    }
    std::vector<std::string> made() { return std::move(made_); }

private:
    store::Files& disk_;
    const std::string& directory_;
    sequence::Dictionary& names_;
    const SecretKey secret_{1, 2, 3};
    simulate::Packer packer_{secret_, {1, 2, 3, 4, 5}};
    const query::KeptTouch touch_;
    uint64_t run_ = 0;
    model::Position position_ = 0;
    std::vector<Stored> rows_;  // Of the run at hand.
    std::string payloads_;
    std::vector<std::string> made_;
};

}  // namespace

std::vector<std::string> write_history(const WorldSize& size, store::Files& disk,
                                       const std::string& directory, sequence::Dictionary& names) {
    auto world = simulate::World::make(
        {.people = size.people, .events = size.events, .from = kWorldFrom, .days = kWorldDays});
    require(world ? Status() : Status(world.error()));
    require(store::make_directories(disk, directory));
    Writer writer(disk, directory, names);
    simulate::for_each_event(*world, [&](const simulate::SimulatedEvent& event) {
        writer.add(event);
        if (writer.rows() == size.run_events) writer.write_run();
    });
    if (writer.rows() > 0) writer.write_run();
    return writer.made();
}

}  // namespace throughline::bench
