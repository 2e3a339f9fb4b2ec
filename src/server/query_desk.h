// Where questions are handed in: each is worked out once, however often and by however many it is
// asked, and not at all when nobody waits for it any more.
//
// An answer is kept while history stands still: it goes with the next record of the log, whatever
// that says (an event, a merge, an erasure, a channel's rule). Questions that hang on the time of
// day are worked out anew each minute. Equal questions under way are shared.
//
// Layer 7. Thread-safe. Cost: answers of at most kKeptBytesMax.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "query/environment.h"

namespace throughline::server {

inline constexpr size_t kKeptBytesMax = 64 << 20;

class QueryDesk {
public:
    using Answer = std::shared_ptr<const std::string>;  // Shared with the answers kept.

    /// What some questions are worked out with.
    struct Work {
        std::atomic<bool> is_cancelled = false;  // Nobody waits any more.
        query::Progress progress;
        std::set<std::string> names;  // Given by those who wait.
        size_t waiting = 0;           // Who waits.
    };
    /// Works out the questions of these numbers, in their order.
    using WorkOut = std::function<std::vector<Result<std::string>>(std::span<const size_t>, Work&)>;

    struct Asked {
        uint64_t version = 0;           // Of history: answers of one version are equal.
        std::vector<std::string> keys;  // Of the questions: equal keys, equal questions.
        std::string name;               // To ask for progress by; may be empty.
        /// Called with what to do when the asker goes away.
        std::function<void(std::function<void()>)> watch;
    };
    /// Answers each question, or says why not. Blocks until it can, or the asker has gone.
    std::vector<Result<Answer>> ask(const Asked& asked, const WorkOut& work_out);

    /// How far the questions asked under a name are: rows done and in all. Errors: NotFound.
    Result<std::pair<uint64_t, uint64_t>> progress(const std::string& name) const;

    /// For tests: how often questions were worked out, and bytes of answers kept.
    uint64_t worked_out() const;
    size_t kept_bytes() const;

private:
    struct Flight {
        std::shared_ptr<Work> work;  // Shared with those who wait.
        bool is_done = false;
        Result<Answer> answer = Error::internal("query: not answered");
    };
    struct Kept {
        std::string key;
        Answer answer;
    };
    struct Waiting;

    Waiting take_in(const Asked& asked);
    void wait_for(Waiting& waiting);
    void finish(Waiting& waiting, std::vector<Result<std::string>> answers);
    Answer kept(const std::string& key);
    void keep(const std::string& key, const Answer& answer);
    void leave(const std::set<std::shared_ptr<Work>>& works);

    mutable std::mutex mutex_;  // Guards what follows.
    std::condition_variable changed_;
    uint64_t version_ = 0;  // Of the answers kept.
    std::list<Kept> kept_;  // Last used first.
    std::unordered_map<std::string, std::list<Kept>::iterator> places_;
    size_t kept_bytes_ = 0;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
    uint64_t worked_out_ = 0;
};

}  // namespace throughline::server
