#include "server/query_desk.h"

#include <algorithm>

namespace throughline::server {

/// One call of ask().
struct QueryDesk::Waiting {
    uint64_t version = 0;
    std::vector<std::string> keys;
    std::vector<Answer> answers;                   // Kept ones;
    std::vector<std::shared_ptr<Flight>> flights;  // or under way.
    std::vector<size_t> mine;                      // To be worked out here.
    std::shared_ptr<Work> work;                    // With this.
    /// Of this call and of the callback that tells it of its asker.
    struct Asker {
        std::set<std::shared_ptr<Work>> works;  // Waited for.
        bool has_gone = false;
    };
    std::shared_ptr<Asker> asker = std::make_shared<Asker>();
};

// Requires: the mutex.
QueryDesk::Answer QueryDesk::kept(const std::string& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    kept_.splice(kept_.begin(), kept_, found->second);
    return found->second->answer;
}

// Requires: the mutex.
void QueryDesk::keep(const std::string& key, const Answer& answer) {
    if (answer->size() > kKeptBytesMax / 8 || places_.contains(key)) return;
    kept_.push_front({key, answer});
    places_.emplace(key, kept_.begin());
    kept_bytes_ += key.size() + answer->size();
    while (kept_bytes_ > kKeptBytesMax) {
        const Kept& last = kept_.back();
        kept_bytes_ -= last.key.size() + last.answer->size();
        places_.erase(last.key);
        kept_.pop_back();
    }
}

// Requires: the mutex.
void QueryDesk::leave(const std::set<std::shared_ptr<Work>>& works) {
    for (const auto& work : works) {
        if (--work->waiting == 0) work->is_cancelled = true;
    }
}

QueryDesk::Waiting QueryDesk::take_in(const Asked& asked) {
    Waiting waiting{.version = asked.version, .keys = asked.keys};
    waiting.work = std::make_shared<Work>();
    waiting.answers.resize(asked.keys.size());
    waiting.flights.resize(asked.keys.size());
    const std::lock_guard lock(mutex_);
    if (asked.version > version_) {
        version_ = asked.version;
        kept_.clear();
        places_.clear();
        kept_bytes_ = 0;
    }
    for (size_t i = 0; i < asked.keys.size(); ++i) {
        std::string& key = waiting.keys[i];
        key = std::to_string(asked.version) + ' ' + key;
        if (asked.version == version_) waiting.answers[i] = kept(key);
        if (waiting.answers[i]) continue;
        std::shared_ptr<Flight>& flight = flights_[key];
        if (!flight || flight->work->is_cancelled) {
            flight = std::make_shared<Flight>();
            flight->work = waiting.work;
            waiting.mine.push_back(i);
        }
        waiting.flights[i] = flight;
        if (waiting.asker->works.insert(flight->work).second) ++flight->work->waiting;
        if (!asked.name.empty()) flight->work->names.insert(asked.name);
    }
    worked_out_ += waiting.mine.size();
    return waiting;
}

void QueryDesk::finish(Waiting& waiting, std::vector<Result<std::string>> answers) {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < waiting.mine.size(); ++i) {
        const size_t question = waiting.mine[i];
        const std::string& key = waiting.keys[question];
        const auto& flight = waiting.flights[question];
        if (answers[i]) {
            flight->answer = std::make_shared<const std::string>(std::move(*answers[i]));
            if (waiting.version == version_) keep(key, *flight->answer);
        } else {
            flight->answer = answers[i].error();
        }
        flight->is_done = true;
        const auto found = flights_.find(key);
        if (found != flights_.end() && found->second == flight) flights_.erase(found);
    }
    changed_.notify_all();
}

void QueryDesk::wait_for(Waiting& waiting) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
        return waiting.asker->has_gone || std::ranges::all_of(waiting.flights, [](const auto& one) {
                   return !one || one->is_done;
               });
    });
    if (!waiting.asker->has_gone) leave(waiting.asker->works);
    waiting.asker->works.clear();
}

std::vector<Result<QueryDesk::Answer>> QueryDesk::ask(const Asked& asked, const WorkOut& work_out) {
    Waiting waiting = take_in(asked);
    asked.watch([this, asker = waiting.asker] {
        const std::lock_guard lock(mutex_);
        if (std::exchange(asker->has_gone, true)) return;
        leave(asker->works);
        changed_.notify_all();
    });
    if (!waiting.mine.empty()) finish(waiting, work_out(waiting.mine, *waiting.work));
    wait_for(waiting);
    std::vector<Result<Answer>> answers;
    for (size_t i = 0; i < waiting.keys.size(); ++i) {
        const auto& flight = waiting.flights[i];
        if (!flight) {
            answers.emplace_back(waiting.answers[i]);
        } else if (flight->is_done) {
            answers.push_back(flight->answer);
        } else {
            answers.emplace_back(Error{Code::Cancelled, "query: cancelled"});
        }
    }
    return answers;
}

Result<std::pair<uint64_t, uint64_t>> QueryDesk::progress(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, flight] : flights_) {
        if (!flight->work->names.contains(name)) continue;
        return std::pair(flight->work->progress.rows_done.load(),
                         flight->work->progress.rows_total.load());
    }
    return Error::not_found("query: nothing of this name is under way");
}

uint64_t QueryDesk::worked_out() const {
    const std::lock_guard lock(mutex_);
    return worked_out_;
}

size_t QueryDesk::kept_bytes() const {
    const std::lock_guard lock(mutex_);
    return kept_bytes_;
}

}  // namespace throughline::server
