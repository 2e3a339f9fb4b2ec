#include "server/vitals.h"

#include <algorithm>

namespace throughline::server {

namespace {

constexpr Micros kKept = 2 * kSecond;
constexpr Micros kRejectsKept = kMinute;
constexpr Micros kWindow = 10 * kSecond;
constexpr uint64_t kTailRowsMax = 20'000;

double per_second(uint64_t before, uint64_t after, double seconds) {
    return after > before ? static_cast<double>(after - before) / seconds : 0.0;
}

}  // namespace

Rates rates_between(const engine::FoldState& before, const engine::FoldState& after,
                    double seconds) {
    Rates rates{.events = per_second(before.events, after.events, seconds),
                .duplicates = per_second(before.duplicates, after.duplicates, seconds),
                .rejects = per_second(before.rejects, after.rejects, seconds),
                .sources = {}};
    for (const auto& [source, counters] : after.sources) {
        const auto old = before.sources.find(source);
        const engine::SourceCounters was =
            old == before.sources.end() ? engine::SourceCounters{} : old->second;
        rates.sources[source] = {per_second(was.events, counters.events, seconds),
                                 per_second(was.rejects, counters.rejects, seconds)};
    }
    return rates;
}

std::shared_ptr<const engine::KnownPeople> Vitals::people() {
    const std::lock_guard lock(mutex_);
    const Micros now = clock_.monotonic();
    if (!people_ || now - people_at_ >= kKept) {
        people_ = std::make_shared<const engine::KnownPeople>(engine_.query_view().roots);
        people_at_ = now;
    }
    return people_;
}

Result<std::shared_ptr<const OpenRejects>> Vitals::open_rejects() {
    const std::lock_guard lock(mutex_);
    const Micros now = clock_.monotonic();
    const model::Position to = engine_.query_view().state.next_position;
    const bool begins_anew = !rejects_ || now - rejects_at_ >= kRejectsKept;
    if (!begins_anew && to == rejects_to_) return rejects_;
    OpenRejects counted = begins_anew ? OpenRejects{} : *rejects_;
    const model::Position from = begins_anew ? 0 : rejects_to_;
    TL_TRY(count_rejects({engine::ordered_key(from), engine::ordered_key(to)}, counted));
    rejects_ = std::make_shared<const OpenRejects>(std::move(counted));
    rejects_to_ = to;
    if (begins_anew) rejects_at_ = now;
    return rejects_;
}

void Vitals::rejects_changed() {
    const std::lock_guard lock(mutex_);
    rejects_.reset();
}

Status Vitals::count_rejects(store::KeyRange range, OpenRejects& counted) const {
    constexpr size_t kStep = 1000;
    const Micros oldest = clock_.now() - kRejectLife;
    const engine::View view = engine_.view();
    while (true) {
        TL_TRY_ASSIGN(const auto rows, view.tables.rejects.scan(range, kStep));
        for (const auto& [key, value] : rows) {
            const model::DocView row(value);
            const Micros received = row.find("received").as_integer().value_or(0);
            if (received < oldest || row.find("status").as_string() != "open") continue;
            const auto source =
                static_cast<model::SourceId>(row.find("source").as_integer().value_or(0));
            auto& group = counted.groups[{std::string(row.find("code").as_string()), source}];
            ++group.count;
            group.last_at = std::max(group.last_at, received);
            ++counted.by_source[source];
            ++counted.open;
        }
        if (rows.size() < kStep) return Status::ok();
        range.from = rows.back().first + '\0';
    }
}

Rates Vitals::rates(const engine::QueryView& view) {
    const std::lock_guard lock(mutex_);
    const Micros now = clock_.monotonic();
    while (!samples_.empty() && now - samples_.front().at > kWindow + kSecond) samples_.pop_front();
    const bool has_past = !samples_.empty() && now - samples_.front().at >= kSecond;
    Rates rates;
    if (has_past) {
        const double seconds =
            static_cast<double>(now - samples_.front().at) / static_cast<double>(kSecond);
        rates = rates_between(samples_.front().state, view.state, seconds);
    } else {
        rates = rates_of_tail(view);
    }
    if (samples_.empty() || now - samples_.back().at >= kSecond) {
        samples_.push_back({now, view.state});
    }
    return rates;
}

Rates Vitals::rates_of_tail(const engine::QueryView& view) const {
    const sequence::TailSnapshot& tail = view.history->tail();
    const Micros now = clock_.now();
    const uint64_t stop = tail.end() - std::min(tail.size(), kTailRowsMax);
    Rates rates;
    Micros oldest = now - kWindow;
    uint64_t at = tail.end();
    for (; at > stop; --at) {
        const model::EventView event(tail.payload(at - 1));
        if (event.received() < now - kWindow) break;
        oldest = event.received();
        rates.events += 1;
        rates.sources[event.source()].first += 1;
    }
    // All of the last ten seconds; or as many rows as may be looked at, over the time they took.
    const Micros span = at > stop || stop == tail.begin() ? kWindow : now - oldest;
    const double seconds = static_cast<double>(std::max<Micros>(span, 1000)) / 1e6;
    rates.events /= seconds;
    for (auto& [source, pair] : rates.sources) pair.first /= seconds;
    return rates;
}

}  // namespace throughline::server
