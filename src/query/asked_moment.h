// What a question is asked of when it says `as_known_at`: the rows, the people and the clock of
// that moment.
//
// The answer equals the one that would have been given at that moment over a log that ended there,
// but for what was erased or dropped since, which stays so, and for definitions (channels, costs,
// sources), which are those of now.
//
// Layer 4. Immutable.
#pragma once

#include <memory>
#include <vector>

#include "query/environment.h"
#include "query/question_fields.h"

namespace throughline::query {

class AskedMoment {
public:
    AskedMoment(const Environment& now, PastMoment past);
    AskedMoment(const AskedMoment&) = delete;
    AskedMoment& operator=(const AskedMoment&) = delete;

    const Environment& environment() const { return environment_; }
    Micros at() const { return past_.at; }

private:
    /// Stands still at the moment; measures as the clock it was made of.
    class Then final : public Clock {
    public:
        Then(const Clock& clock, Micros at) : clock_(clock), at_(at) {}
        Micros now() const override { return at_; }
        Micros monotonic() const override { return clock_.monotonic(); }

    private:
        const Clock& clock_;
        Micros at_;
    };

    const PastMoment past_;
    const Then clock_;
    Environment environment_;
};

/// Moments by when they were, so that questions about one share it.
using AskedMoments = std::vector<std::unique_ptr<const AskedMoment>>;

/// Returns what a question is asked of: `now`, or a moment, which is added to `moments`; both must
/// outlive the use. Errors: InvalidArgument for a bad `as_known_at`; of Past.
Result<const Environment*> environment_asked(model::DocView query, const Environment& now,
                                             AskedMoments& moments);

}  // namespace throughline::query
