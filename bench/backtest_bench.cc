// What a backtest of the abandoned cart costs over the files of a history, which it only reads.
//
//   backtest_bench DIRECTORY                              reads p0000/history of a server, or
//   backtest_bench --make DIRECTORY [MILLION_EVENTS, 100]   makes files of a simulated world there
//
// The world has 50 events a person in 90 days and stands in runs of 5 million events; 100 million
// take 3 GB of disk, 4 GB of memory and ten minutes of one core.
// Who ever stood under one home is one person: rows that were written before a merge stand apart
// from hers, as in a directory in use. Each time that was better than those before is printed: the
// last line of a kind is the fastest of three.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "backtest/backtest.h"
#include "journey/shipped.h"
#include "model/yaml.h"
#include "sequence/history.h"
#include "world_history.h"

namespace throughline::backtest {
namespace {

void require(const Status& status) {
    if (status) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
}

/// The files of a directory, read where they are; nothing there is changed.
std::unique_ptr<sequence::HistorySnapshot> open_files(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const std::string name = entry.path().filename().string();
        if (sequence::parse_file_name(name)) names.push_back(name);
    }
    std::ranges::sort(names);
    auto files = std::make_shared<sequence::FileSet>();
    for (const std::string& name : names) {
        auto file = sequence::HistoryFile::open(store::posix_files(), directory, name);
        require(file ? Status() : Status(file.error()));
        files->push_back(*std::move(file));
    }
    return std::make_unique<sequence::HistorySnapshot>(files, sequence::Tail().snapshot(), 0);
}

/// People as they stand in the files: whose home is one, is one person.
class Homes final : public query::People {
public:
    explicit Homes(const sequence::HistorySnapshot& history) {
        std::vector<sequence::Block::IdentityRun> runs;
        for (const auto& file : history.files()) {
            for (size_t number = 0; number < file->blocks().size(); ++number) {
                const sequence::BlockEntry& entry = file->blocks()[number];
                from_ = std::min(from_, entry.time_min);
                to_ = std::max(to_, entry.time_max + 1);
                sequence::Block block(*file, number);
                require(block.identity_runs(runs));
                for (const auto& run : runs) put(run.identity, run.home);
                const auto homes = block.homes().value();
                for (const auto& run : homes) put(run.home, run.home);
            }
        }
        for (uint32_t id = 0; id < homes_.size(); ++id) {
            if (homes_[id] != query::kNobody) homes_[id] = homes_[homes_[id]];
        }
    }
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        std::ranges::transform(identities, roots.begin(), [&](uint32_t id) { return homes_[id]; });
    }
    bool is_known(uint32_t) const override { return true; }
    uint32_t size() const { return static_cast<uint32_t>(homes_.size()); }
    Micros from() const { return from_; }
    Micros to() const { return to_; }

private:
    void put(uint32_t identity, uint32_t home) {
        const uint32_t a = lowest(identity);
        const uint32_t b = lowest(home);
        homes_[std::max(a, b)] = std::min(a, b);
    }
    uint32_t lowest(uint32_t identity) {
        if (identity >= homes_.size()) homes_.resize(identity + 1, query::kNobody);
        if (homes_[identity] == query::kNobody) homes_[identity] = identity;
        for (; homes_[identity] != identity; identity = homes_[identity]) {
            homes_[identity] = homes_[homes_[identity]];
        }
        return identity;
    }

    std::vector<uint32_t> homes_;  // By identity somebody as low or lower of the same person.
    Micros from_ = INT64_MAX;
    Micros to_ = 0;
};

Plan plan_of(Micros from, Micros to) {
    const std::string doc =
        model::doc_from_yaml(journey::shipped_journey("abandoned-cart")).value();
    Draft draft;
    draft.journey = journey::Definition::compile(model::DocView(doc)).definition;
    draft.from = from;
    draft.to = to;
    draft.order = Order::AsHappened;
    auto& rules = draft.rules.privacy;
    rules.purposes["marketing"] = {
        .key = "marketing", .basis = privacy::Basis::LegitimateInterest, .categories = {}};
    rules.topics["offers"] = {
        .key = "offers", .purpose = "marketing", .is_usually_on = true, .caps = {}};
    rules.messaging.caps.push_back({3, 7 * kDay});
    return Plan::make(std::move(draft)).value();
}

void time_backtest(const sequence::HistorySnapshot& history, const Homes& people, const Plan& plan,
                   const char* label) {
    const sequence::Dictionary names;
    for (const size_t threads : {size_t{1}, size_t{std::thread::hardware_concurrency()}}) {
        const query::Environment environment{.history = history,
                                             .names = names,
                                             .people = people,
                                             .clock = system_clock(),
                                             .source_name = {},
                                             .time_limit = 600 * kSecond,
                                             .threads = threads};
        const Question question{.plan = plan, .source = {environment, people.size(), {}}};
        double best = 1e12;
        for (int i = 0; i < 3; ++i) {
            const Micros start = system_clock().monotonic();
            const auto outcome = run_backtest(question);
            require(outcome ? Status() : Status(outcome.error()));
            const auto took = static_cast<double>(system_clock().monotonic() - start);
            if (took > best) continue;
            best = took;
            std::printf(
                "%-16s %zu threads %7.0f ms, %5.1f ns a row; %llu of %llu rows, %llu people, "
                "%llu runs\n",
                label, threads, took / 1e3, took * 1e3 / static_cast<double>(outcome->rows),
                static_cast<unsigned long long>(outcome->taken),
                static_cast<unsigned long long>(outcome->rows),
                static_cast<unsigned long long>(outcome->people),
                static_cast<unsigned long long>(outcome->tally.entered().count));
        }
    }
}

int run(const std::string& directory) {
    const auto history = open_files(directory);
    const Homes people(*history);
    if (people.size() == 0) {
        std::fprintf(stderr, "no history files in %s\n", directory.c_str());
        return 1;
    }
    time_backtest(*history, people, plan_of(people.from(), people.to()), "all of it");
    time_backtest(*history, people, plan_of(people.to() - 7 * kDay, people.to()), "the last week");
    return 0;
}

int make(const std::string& directory, const char* millions) {
    const auto events = static_cast<uint64_t>(std::atof(millions) * 1e6);
    sequence::Dictionary names;
    bench::write_history({.people = events / 50, .events = events, .run_events = 5'000'000},
                         store::posix_files(), directory, names);
    return 0;
}

}  // namespace
}  // namespace throughline::backtest

int main(int count, char** arguments) {
    const bool makes = count >= 3 && count <= 4 && std::string(arguments[1]) == "--make";
    if (makes) return throughline::backtest::make(arguments[2], count > 3 ? arguments[3] : "100");
    if (count == 2) return throughline::backtest::run(arguments[1]);
    std::fprintf(stderr, "usage: backtest_bench [--make] DIRECTORY with files of history\n");
    return 2;
}
