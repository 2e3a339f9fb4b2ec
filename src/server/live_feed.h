// What goes down the live streams. One thread serves all listeners, and sleeps while there are
// none.
//
// Layer 7. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "server/app.h"
#include "server/verdicts.h"

namespace throughline::server {

/// What one listener wants.
struct LiveWish {
    bool facts = false;
    std::optional<model::SourceId> source;  // Facts of this one only.
};

class LiveFeed {
public:
    explicit LiveFeed(App& app);
    ~LiveFeed();

    void add(net::EventStream stream, LiveWish wish);

private:
    struct Listener {
        net::EventStream stream;
        LiveWish wish;
    };
    // What the last tick saw; the next one tells what came since.
    struct Seen {
        engine::FoldState state;
        Micros at = 0;  // Monotonic.
        uint64_t row = 0;
        DuplicatesSeen::Marks duplicates;
    };
    struct Facts {
        std::vector<Verdict> verdicts;  // Oldest first.
        uint64_t skipped = 0;
    };

    void run();
    void tick();
    std::string counts_line(const engine::QueryView& view, double seconds);
    using Repeats = std::map<model::SourceId, DuplicatesSeen::News>;
    Facts facts_for(const engine::QueryView& view, const LiveWish& wish, const Repeats& repeats);
    void add_repeats(const LiveWish& wish, const Repeats& repeats, Facts& facts);
    void add_rejects(const LiveWish& wish, const engine::QueryView& view, Facts& facts);

    App& app_;
    Seen seen_;  // Of the feed's thread.
    uint64_t ticks_ = 0;

    std::mutex mutex_;  // Guards what follows.
    std::condition_variable changed_;
    std::vector<Listener> fresh_;  // Added since the last tick.
    bool is_stopping_ = false;
    std::vector<Listener> listeners_;  // Of the feed's thread.
    std::thread thread_;
};

}  // namespace throughline::server
