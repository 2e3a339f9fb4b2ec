#include "server/live_feed.h"

#include <algorithm>

#include "model/json.h"
#include "server/overview_routes.h"
#include "server/verdicts.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr auto kTick = std::chrono::seconds(1);
constexpr uint64_t kTicksPerComment = 15;
constexpr size_t kFactsPerTick = 50;
constexpr uint64_t kRowsLookedAtMax = 50'000;  // Of one tick and listener.

std::string line_of(std::string_view event, std::string_view doc) {
    return "event: " + std::string(event) + "\ndata: " + model::to_json(DocView(doc)) + "\n\n";
}

}  // namespace

LiveFeed::LiveFeed(App& app) : app_(app), thread_([this] { run(); }) {}

LiveFeed::~LiveFeed() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void LiveFeed::add(net::EventStream stream, LiveWish wish) {
    {
        const std::lock_guard lock(mutex_);
        fresh_.push_back({std::move(stream), wish});
    }
    changed_.notify_all();
}

void LiveFeed::run() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            if (listeners_.empty()) {
                changed_.wait(lock, [&] { return is_stopping_ || !fresh_.empty(); });
                const engine::QueryView view = app_.engine.query_view();
                seen_ = {view.state, app_.clock.monotonic(), view.history->tail().end(), {}};
                app_.duplicates->since(seen_.duplicates);
            } else {
                changed_.wait_for(lock, kTick, [&] { return is_stopping_; });
            }
            if (is_stopping_) return;
            for (Listener& listener : fresh_) listeners_.push_back(std::move(listener));
            fresh_.clear();
        }
        tick();
    }
}

void LiveFeed::tick() {
    const engine::QueryView view = app_.engine.query_view();
    const Micros now = app_.clock.monotonic();
    const double seconds = static_cast<double>(std::max<Micros>(now - seen_.at, 1)) / 1e6;
    const std::string counts = counts_line(view, seconds);
    const Repeats repeats = app_.duplicates->since(seen_.duplicates);
    const bool comments = ++ticks_ % kTicksPerComment == 0;
    std::erase_if(listeners_, [&](Listener& listener) {
        std::string text = comments ? ": still here\n\n" : "";
        text += counts;
        if (listener.wish.facts) {
            const Facts facts = facts_for(view, listener.wish, repeats);
            for (const auto& [position, verdict] : facts.verdicts) {
                text += line_of("event", verdict);
            }
            if (facts.skipped > 0) {
                text +=
                    "event: skipped\ndata: {\"count\":" + std::to_string(facts.skipped) + "}\n\n";
            }
        }
        return !listener.stream.write(text);
    });
    seen_ = {view.state, now, view.history->tail().end(), std::move(seen_.duplicates)};
}

std::string LiveFeed::counts_line(const engine::QueryView& view, double seconds) {
    const Rates rates = rates_between(seen_.state, view.state, seconds);
    const auto rejects = app_.vitals->open_rejects();
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_totals(out, app_, view.state, rejects ? (*rejects)->open : view.state.rejects);
    write_real(out, "events_per_second", rates.events);
    write_real(out, "rejects_per_second", rates.rejects);
    write_real(out, "duplicates_per_second", rates.duplicates);
    out.key("sources");
    const size_t sources = out.open_object();
    for (const auto& [key, source] : view.settings->sources()) {
        const auto own = rates.sources.find(source.id);
        const auto pair = own == rates.sources.end() ? std::pair(0.0, 0.0) : own->second;
        out.key(key);
        const size_t one = out.open_object();
        write_real(out, "events_per_second", pair.first);
        write_real(out, "rejects_per_second", pair.second);
        out.close(one);
    }
    out.close(sources);
    out.close(mark);
    return line_of("counts", doc);
}

LiveFeed::Facts LiveFeed::facts_for(const engine::QueryView& view, const LiveWish& wish,
                                    const Repeats& repeats) {
    const sequence::TailSnapshot& tail = view.history->tail();
    Facts facts;
    const uint64_t begin = std::clamp(seen_.row, tail.begin(), tail.end());
    uint64_t at = tail.end();
    for (; at > begin && tail.end() - at < kRowsLookedAtMax; --at) {
        const sequence::Row row = tail.row(at - 1);
        if (wish.source && row.source != *wish.source) continue;
        if (engine::root_of_word(view.roots[row.identity]) == engine::kErasedRoot) continue;
        if (facts.verdicts.size() == kFactsPerTick) {
            ++facts.skipped;
            continue;
        }
        facts.verdicts.emplace_back(
            row.position, accepted_verdict(view, app_.engine.secret(), row, tail.payload(at - 1)));
    }
    facts.skipped += at - begin;
    if (view.state.rejects > seen_.state.rejects) add_rejects(wish, view, facts);
    add_repeats(wish, repeats, facts);
    std::ranges::sort(facts.verdicts, {}, &Verdict::first);
    return facts;
}

void LiveFeed::add_rejects(const LiveWish& wish, const engine::QueryView& view, Facts& facts) {
    const engine::View tables = app_.engine.view();
    const store::KeyRange range{engine::ordered_key(seen_.state.next_position),
                                engine::ordered_key(view.state.next_position)};
    const auto rows =
        tables.tables.rejects.scan(range, kFactsPerTick, store::ScanOrder::Descending);
    if (!rows) return;  // The counts tell that there are some; the next page of rejects says why.
    for (const auto& [key, value] : *rows) {
        const DocView doc(value);
        const auto source = doc.find("source").as_integer().value_or(0);
        if (wish.source && source != *wish.source) continue;
        const model::Position position = engine::number_of_key(key);
        facts.verdicts.emplace_back(position, rejected_verdict(*view.settings, position, doc));
    }
}

void LiveFeed::add_repeats(const LiveWish& wish, const Repeats& repeats, Facts& facts) {
    for (const auto& [source, news] : repeats) {
        if (wish.source && source != *wish.source) continue;
        facts.skipped += news.skipped;
        auto verdicts = duplicate_verdicts(app_.engine.view(), news.seen);
        if (verdicts) std::ranges::move(*verdicts, std::back_inserter(facts.verdicts));
    }
}

}  // namespace throughline::server
