// The sessions of a person among the rows that a question looks at (session.h says what they are).
//
// Layer 4. One thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "query/attribution_walk.h"

namespace throughline::query {

/// How long before its range a question about sessions reads, to know which session the first rows
/// belong to: who has not been silent for half an hour in a whole day is no person.
inline constexpr Micros kSessionLookBack = kDay;

inline constexpr uint32_t kNoSession = ~uint32_t{0};

/// By what touches are told apart. What it names must outlive the questions.
struct SessionRules {
    const Channels& channels;
    std::function<std::string(model::SourceId)> source_name;
};

/// Where in a pass sessions are found.
struct SessionRows {
    Match activity = 0;  // Track, page and screen events. 0: nobody asks for sessions.
    size_t touch = 0;    // Dimension.
    std::shared_ptr<const TouchText> text = {};  // Of the dimension, by copies of the question.
    std::shared_ptr<const SessionRules> rules = {};

    /// Adds what is needed to a pass, which then reads from kSessionLookBack before its range on.
    /// `where`: what the question looks at.
    static SessionRows add_to(Pass& pass, const Predicate& where, const SessionRules& rules);
};

class PersonSessions {
public:
    /// `rows` must outlive this.
    explicit PersonSessions(const SessionRows& rows);

    /// Finds the sessions of the next person. Requires: somebody asks for sessions.
    void find(const PersonRows& rows);

    /// The session of one of her rows, or kNoSession.
    uint32_t of(size_t row) const { return session_of_[row]; }
    /// When each began, and its last event.
    const std::vector<Micros>& starts() const { return starts_; }
    const std::vector<Micros>& ends() const { return ends_; }

private:
    const SessionRows& rows_;
    std::optional<TouchFacts> facts_;
    std::vector<uint32_t> session_of_;
    std::vector<Micros> starts_;
    std::vector<Micros> ends_;
};

}  // namespace throughline::query
