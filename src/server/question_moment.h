// What a question of the API is asked of: one view of the engine, with all that it may read.
//
// Layer 7. One thread makes and drops it; its environment is Thread-safe.
#pragma once

#include <optional>
#include <span>

#include "query/marketing.h"
#include "server/app.h"
#include "server/view_past.h"
#include "server/view_people.h"
#include "server/view_profiles.h"

namespace throughline::server {

class QuestionMoment {
public:
    /// `questions` say whether channels are read. Both others must outlive this.
    QuestionMoment(const App& app, const engine::QueryView& view,
                   std::span<const model::DocView> questions);
    QuestionMoment(const QuestionMoment&) = delete;
    QuestionMoment& operator=(const QuestionMoment&) = delete;

    query::Environment& environment() { return environment_; }

private:
    const ViewPeople people_;
    const ViewProfiles profiles_;
    const ViewPast past_;
    std::optional<query::Marketing> marketing_;
    query::Environment environment_;
};

/// Whether the answer may change though history does not: a range that ends now, say.
bool hangs_on_now(model::DocView question, Micros now);

}  // namespace throughline::server
