// The tables together, in one database.
//
// Layer 5. Made for one database, which must not outlive it.
#pragma once

#include "sql/event_table.h"
#include "sql/profile_table.h"
#include "sql/session_table.h"
#include "sql/table_function.h"

namespace throughline::sql {

class Tables {
public:
    /// Borrows.
    explicit Tables(const Sources& sources)
        : events_(sources),
          sessions_(sources),
          profiles_(sources),
          has_profiles_(sources.profiles != nullptr) {}

    /// `range` narrows those that have a time.
    Status add_to(Database& database, TimeRange range);
    /// Says what the next statement needs. Requires: none runs.
    void expect(StatementNeeds needs) { needs_ = std::move(needs); }
    Course& course() { return course_; }

private:
    Course course_;
    StatementNeeds needs_;
    EventTable events_;
    SessionTable sessions_;
    ProfileTable profiles_;
    bool has_profiles_;
};

}  // namespace throughline::sql
