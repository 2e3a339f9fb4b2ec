#include "query/asked_moment.h"

#include <algorithm>

namespace throughline::query {

AskedMoment::AskedMoment(const Environment& now, PastMoment past)
    : past_(std::move(past)),
      clock_(now.clock, past_.at),
      environment_{.history = now.history,
                   .names = now.names,
                   .people = *past_.people,
                   .clock = clock_,
                   .source_name = now.source_name,
                   .timezone = now.timezone,
                   .time_limit = now.time_limit,
                   .cancelled = now.cancelled,
                   .pass_bytes_max = now.pass_bytes_max,
                   .threads = now.threads,
                   .thread_rows_min = now.thread_rows_min,
                   .progress = now.progress,
                   .marketing = now.marketing,
                   .known_at = &past_} {}

Result<const Environment*> environment_asked(model::DocView query, const Environment& now,
                                             AskedMoments& moments) {
    TL_TRY_ASSIGN(const auto asked, parse_known_at(query, {now.timezone, now.clock.now()}));
    if (!asked) return &now;
    if (now.past == nullptr) return Error::invalid("query: as_known_at: not offered here");
    TL_TRY_ASSIGN(PastMoment past, now.past->at(*asked));
    const auto known =
        std::ranges::find(moments, past.at, [](const auto& one) { return one->at(); });
    if (known != moments.end()) return &(*known)->environment();
    moments.push_back(std::make_unique<const AskedMoment>(now, std::move(past)));
    return &moments.back()->environment();
}

}  // namespace throughline::query
