#include "query/session_rows.h"

namespace throughline::query {

namespace {

const std::vector<By> kByNothing;

}  // namespace

SessionRows SessionRows::add_to(Pass& pass, const Predicate& where, const SessionRules& rules) {
    SessionRows rows;
    pass.from -= kSessionLookBack;
    rows.rules = std::make_shared<const SessionRules>(rules);
    rows.text = std::make_shared<const TouchText>(rules.channels, rules.source_name);
    for (const auto type :
         {model::EventType::Track, model::EventType::Page, model::EventType::Screen}) {
        rows.activity |= match_of(pass.add({.event = {}, .type = type, .where = where}));
    }
    rows.touch =
        pass.add({.kind = Dimension::Kind::Computed, .computed = rows.text.get()}, rows.activity);
    return rows;
}

PersonSessions::PersonSessions(const SessionRows& rows) : rows_(rows) {
    if (rows.rules) facts_.emplace(kByNothing, rows.rules->channels, rows.rules->source_name);
}

void PersonSessions::find(const PersonRows& rows) {
    session_of_.assign(rows.size(), kNoSession);
    starts_.clear();
    ends_.clear();
    SessionWalk sessions;
    for (size_t row = 0; row < rows.size(); ++row) {
        if ((rows.match[row] & rows_.activity) == 0) continue;
        const auto& facts = facts_->of(rows.codes[rows_.touch][row], *rows.values);
        const auto step = sessions.next(rows.time[row], facts.mark);
        if (step == SessionWalk::Step::Begins) {
            starts_.push_back(rows.time[row]);
            ends_.emplace_back();
        }
        ends_.back() = rows.time[row];
        session_of_[row] = static_cast<uint32_t>(starts_.size() - 1);
    }
}

}  // namespace throughline::query
