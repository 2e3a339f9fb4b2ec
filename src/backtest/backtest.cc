#include "backtest/backtest.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace throughline::backtest {

namespace {

/// One backtest under way.
class Run {
public:
    Run(const Question& question, Listener* listener)
        : question_(question),
          listener_(listener),
          watch_(question.source.environment),
          outcome_{.tally = Tally(question.plan)} {
        if (question.plan.journey() == nullptr) return;
        published_.publish(1, 1, question.plan.draft().journey);
    }

    Result<Outcome> run() {
        const query::Environment& environment = question_.source.environment;
        TL_TRY_ASSIGN(source_, RowSource::open(question_.plan, question_.source, watch_));
        const size_t wanted = listener_ != nullptr ? 1 : std::max<size_t>(1, environment.threads);
        const size_t count = std::min(wanted, source_->parts().size());
        std::vector<Status> statuses(count);
        std::vector<std::thread> threads;
        for (size_t i = 1; i < count; ++i) threads.emplace_back([&, i] { statuses[i] = work(); });
        statuses[0] = work();
        for (std::thread& thread : threads) thread.join();
        for (const Status& status : statuses) {
            // Those that stopped because another failed say no more than that.
            if (!status && status.error().code != Code::Cancelled) return status.error();
        }
        for (const Status& status : statuses) TL_TRY(status);
        outcome_.rows = environment.history.rows();
        outcome_.late_starts = source_->late_starts();
        return std::move(outcome_);
    }

private:
    Status work() {
        Outcome own{.tally = Tally(question_.plan)};
        const Frame frame{.plan = question_.plan,
                          .published = published_,
                          .knowledge = question_.knowledge,
                          .environment = question_.source.environment,
                          .watch = watch_};
        PersonReplay replay(frame, own.tally, listener_);
        PartReader reader(*source_);
        Status status;
        const auto& parts = source_->parts();
        for (size_t at = next_++; at < parts.size() && status; at = next_++) {
            if (has_failed_) return Error{Code::Cancelled, "backtest: cancelled"};
            status = reader.read(parts[at], watch_);
            if (status) status = replay_all(reader, replay, own);
        }
        if (!status) has_failed_ = true;
        const std::lock_guard lock(mutex_);
        outcome_.tally.join(own.tally);
        outcome_.taken += own.taken;
        outcome_.people += own.people;
        return status;
    }

    Status replay_all(const PartReader& reader, PersonReplay& replay, Outcome& own) {
        const std::span<const ChosenRow> rows = reader.rows();
        for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
            while (end < rows.size() && rows[end].family == rows[begin].family) ++end;
            if (++own.people % 256 == 0) TL_TRY(watch_.look());
            TL_TRY(replay.run(source_->family(rows[begin].family), rows.subspan(begin, end - begin),
                              reader));
        }
        own.taken += rows.size();
        return Status::ok();
    }

    const Question& question_;
    Listener* const listener_;
    const Watch watch_;
    journey::Published published_;
    std::unique_ptr<RowSource> source_;
    std::atomic<size_t> next_ = 0;
    std::atomic<bool> has_failed_ = false;
    std::mutex mutex_;  // Guards the outcome.
    Outcome outcome_;
};

}  // namespace

Result<Outcome> run_backtest(const Question& question) {
    return Run(question, nullptr).run();
}

Result<Outcome> run_backtest(const Question& question, Listener& listener) {
    return Run(question, &listener).run();
}

}  // namespace throughline::backtest
