#include "query/attribution_walk.h"

#include <algorithm>

namespace throughline::query {

using model::DocWriter;

TouchFacts::TouchFacts(const std::vector<By>& by, const Channels& channels,
                       std::function<std::string(model::SourceId)> source_name)
    : by_(by), channels_(channels), source_name_(std::move(source_name)) {
    Arrival direct;
    direct.channel = channels.direct();
    const Group first = group(key_of(direct));
    TL_ASSERT(first == kDirectGroup);
}

const TouchFacts::Facts& TouchFacts::of(ValueCode touch, const Values& values) {
    if (touch >= by_code_.size()) by_code_.resize(std::max<size_t>(touch + 1, 2 * by_code_.size()));
    std::optional<Facts>& facts = by_code_[touch];
    if (!facts && touch == kNoValue) facts = decide({});
    if (!facts && touch == kOtherValue) {
        // One touch too many for a question: it came from somewhere, nobody can say from where.
        Arrival lost{.kind = Arrival::Kind::Campaign, .channel = channels_.other()};
        facts = Facts{{lost.kind, ~uint32_t{0}}, group(key_of(lost)), false};
    }
    if (!facts) facts = decide(values.text(touch));
    return *facts;
}

TouchFacts::Facts TouchFacts::decide(std::string_view touch_key) {
    const Arrival arrival = channels_.decide(touch_key, source_name_);
    Facts facts;
    facts.mark.kind = arrival.kind;
    facts.group = arrival.kind == Arrival::Kind::None ? kDirectGroup : group(key_of(arrival));
    facts.is_direct = arrival.unlisted.empty() && arrival.channel == channels_.direct();
    if (arrival.kind != Arrival::Kind::Campaign) return facts;
    // Two touches are of one campaign when these agree, whoever sent the event.
    std::string campaign = std::to_string(arrival.channel);
    for (const std::string* part : {&arrival.unlisted, &arrival.source, &arrival.medium,
                                    &arrival.campaign, &arrival.content, &arrival.term}) {
        campaign += '\x1f' + *part;
    }
    const auto next = static_cast<uint32_t>(campaigns_.size());
    facts.mark.campaign = campaigns_.emplace(std::move(campaign), next).first->second;
    return facts;
}

Group TouchFacts::group(std::string key) {
    const auto known = groups_.find(key);
    if (known != groups_.end()) return known->second;
    const auto next = static_cast<Group>(keys_.size());
    groups_.emplace(keys_.emplace_back(std::move(key)), next);
    return next;
}

std::string TouchFacts::key_of(const Arrival& arrival) const {
    const Channel& channel = channels_.all()[arrival.channel];
    const bool is_listed = arrival.unlisted.empty();
    const auto text_of = [&](By by) -> std::string {
        switch (by) {
            case By::Channel:
                return is_listed ? channel.key : arrival.unlisted;
            case By::Media:
                return is_listed ? channel.media : "";
            case By::Place:
                return is_listed ? channel.place : "";
            case By::Source:
                return arrival.source;
            case By::Medium:
                return arrival.medium;
            case By::Campaign:
                return arrival.campaign;
            case By::Asset:
                return arrival.content;
            case By::Term:
                return arrival.term;
            case By::Referrer:
                return arrival.referrer;
        }
        TL_UNREACHABLE();
    };
    std::string key;
    DocWriter out(key);
    const size_t mark = out.open_object();
    for (const By by : by_) {
        const std::string text = text_of(by);
        out.key(by_name(by));
        text.empty() ? out.null() : out.string(text);
    }
    out.close(mark);
    return key;
}

AttributionRows AttributionRows::add_to(Pass& pass, const AttributionSpec& spec,
                                        const TouchText& text) {
    const auto add = [&](Condition condition) {
        condition.where = Predicate::both(spec.where, condition.where);
        return match_of(pass.add(std::move(condition)));
    };
    AttributionRows rows;
    const Match seen = add({});  // Every row: when a person was first seen.
    for (const auto type :
         {model::EventType::Track, model::EventType::Page, model::EventType::Screen}) {
        rows.activity |= add({.event = {}, .type = type, .where = {}});
    }
    rows.conversion = add(spec.conversion);
    if (spec.qualified) rows.qualified = add(*spec.qualified);
    rows.touch = pass.add({.kind = Dimension::Kind::Computed, .computed = &text}, rows.activity);
    pass.quiet = {.of = seen | rows.activity,
                  .activity = rows.activity,
                  .touch = rows.touch,
                  .silence = kSessionSilence};
    if (!spec.value) return rows;
    rows.currency =
        pass.add({.kind = Dimension::Kind::Currency, .property = *spec.value}, rows.conversion);
    rows.value = pass.add_number(*spec.value, rows.conversion);
    return rows;
}

void AttributionWalk::find_sessions(const PersonRows& rows) {
    first_row_.clear();
    groups_.clear();
    touches_.clear();
    SessionWalk sessions;
    for (size_t row = 0; row < rows.size(); ++row) {
        if ((rows.match[row] & in_.activity) == 0) continue;
        const auto& facts = facts_.of(rows.codes[in_.touch][row], *rows.values);
        const Micros until = rows.until.empty() ? rows.time[row] : rows.until[row];
        const auto step = sessions.next(rows.time[row], facts.mark, until);
        if (step == SessionWalk::Step::Continues) continue;
        if (step == SessionWalk::Step::Begins) {
            first_row_.push_back(row);
            groups_.push_back(facts.group);
            touches_.push_back({rows.time[row], facts.is_direct});
        } else {
            groups_.back() = facts.group;
            touches_.back().is_direct = facts.is_direct;
        }
    }
}

AttributionWalk::Credited AttributionWalk::credited_at(const PersonRows& rows, size_t row) const {
    const auto after = std::ranges::upper_bound(first_row_, row);
    const auto end = static_cast<size_t>(after - first_row_.begin());
    const Micros oldest = rows.time[row] - spec_.lookback;
    const auto begin = std::ranges::lower_bound(touches_, oldest, {}, &CreditTouch::at);
    auto first = static_cast<size_t>(begin - touches_.begin());
    // The session that the row is part of may have begun earlier than that.
    const bool is_part = (rows.match[row] & in_.activity) != 0;
    if (is_part && end > 0) first = std::min(first, end - 1);
    return {std::min(first, end), end};
}

template <typename Give>
void AttributionWalk::share(Credited touches, size_t model, Units total, Give&& give) {
    if (touches.first == touches.end) return give(kDirectGroup, total);
    const auto credited = std::span(touches_).subspan(touches.first, touches.end - touches.first);
    if (const auto only = only_touch(spec_.models[model], credited)) {
        return give(groups_[touches.first + *only], total);
    }
    credit_weights(spec_.models[model], credited, spec_.half_life, weights_);
    divide(total, weights_, parts_);
    for (size_t i = 0; i < parts_.size(); ++i) {
        if (parts_[i] != 0) give(groups_[touches.first + i], parts_[i]);
    }
}

void AttributionWalk::convert(const PersonRows& rows, size_t row, AttributionSink& sink) {
    const Credited touches = credited_at(rows, row);
    for (size_t model = 0; model < spec_.models.size(); ++model) {
        share(touches, model, kOneUnits,
              [&](Group group, Units units) { sink.conversion(model, group, units); });
    }
    if (!spec_.value) return;
    const model::Decimal amount = rows.numbers[in_.value][row];
    if (amount.scale == kNoNumber) return sink.ignored_value();
    const ValueCode code = rows.codes[in_.currency][row];
    const std::string_view currency = code == kNoValue      ? ""
                                      : code == kOtherValue ? "(other)"
                                                            : rows.values->text(code);
    for (size_t model = 0; model < spec_.models.size(); ++model) {
        share(touches, model, units_of(amount),
              [&](Group group, Units units) { sink.value(model, group, currency, units); });
    }
}

void AttributionWalk::qualify(const PersonRows& rows, AttributionSink& sink) {
    for (size_t row = 0; row < rows.size(); ++row) {
        if ((rows.match[row] & in_.qualified) == 0) continue;
        if (!is_in_range(rows.time[row])) return;  // She was qualified before.
        const Credited touches = credited_at(rows, row);
        for (size_t model = 0; model < spec_.models.size(); ++model) {
            share(touches, model, kOneUnits,
                  [&](Group group, Units units) { sink.qualified(model, group, units); });
        }
        return;
    }
}

void AttributionWalk::walk(const PersonRows& rows, AttributionSink& sink) {
    TL_ASSERT(rows.size() > 0 && rows.values != nullptr);
    find_sessions(rows);
    for (size_t i = 0; i < touches_.size(); ++i) {
        if (is_in_range(touches_[i].at)) sink.session(groups_[i]);
    }
    if (is_in_range(rows.time[0])) sink.person(groups_.empty() ? kDirectGroup : groups_[0]);
    if (in_.qualified != 0) qualify(rows, sink);
    for (size_t row = 0; row < rows.size(); ++row) {
        const bool converts = (rows.match[row] & in_.conversion) != 0;
        if (converts && is_in_range(rows.time[row])) convert(rows, row, sink);
    }
}

}  // namespace throughline::query
