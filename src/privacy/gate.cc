#include "privacy/gate.h"

#include <algorithm>

namespace throughline::privacy {

namespace {

Verdict refused(Refusal refusal, const Statement* by = nullptr) {
    Verdict verdict;
    verdict.refusal = refusal;
    verdict.by = by;
    return verdict;
}

Verdict until(Refusal refusal, Micros next) {
    Verdict verdict;
    verdict.refusal = refusal;
    verdict.next = next;
    return verdict;
}

Verdict check_suppression(const Purpose& purpose, const Facts& facts) {
    for (const Suppression& one : facts.suppressed) {
        if (!stops_everything(one.reason) && !purpose.may_be_refused()) continue;
        Verdict verdict = refused(Refusal::Suppressed);
        verdict.suppression = one.reason;
        return verdict;
    }
    return {};
}

Verdict check_consent(const Purpose& purpose, const Facts& facts, const Ask& ask) {
    Verdict verdict;
    if (!purpose.may_be_refused()) return verdict;
    const Standing found = standing(facts.held, purpose.names(), ask.channel, ask.at);
    switch (found.stand) {
        case Stand::Unsaid:
            return purpose.needs_consent() ? refused(Refusal::NoConsent) : verdict;
        case Stand::Withdrawn:
            return refused(Refusal::ConsentWithdrawn, found.by);
        case Stand::Given:
            break;
    }
    const bool ages = purpose.needs_consent() && purpose.expires_after > 0;
    if (ages && ask.at - found.by->at >= purpose.expires_after) {
        return refused(Refusal::ConsentExpired, found.by);
    }
    verdict.by = found.by;
    return verdict;
}

Verdict check_topic(const Topic& topic, const Facts& facts, const Ask& ask) {
    const Standing found = standing(facts.held, topic.names(), ask.channel, ask.at);
    switch (found.stand) {
        case Stand::Unsaid:
            return topic.is_usually_on ? Verdict{} : refused(Refusal::NotSubscribed);
        case Stand::Withdrawn:
            return refused(Refusal::Unsubscribed, found.by);
        case Stand::Given:
            return {};
    }
    return refused(Refusal::NotSubscribed);
}

Verdict check_time(const Rules& rules, const Purpose& purpose, const Facts& facts, const Ask& ask) {
    if (purpose.is_capped) {
        Micros next = next_by_caps(rules.messaging.caps, facts.sent, ask.at);
        if (const Topic* topic = rules.topic(ask.topic)) {
            next = std::max(next, next_by_caps(topic->caps, facts.sent_on_topic, ask.at));
        }
        if (next > ask.at) return until(Refusal::Capped, next);
    }
    if (!purpose.is_quiet) return {};
    const auto end = quiet_until(facts.zone, rules.messaging.quiet, ask.at);
    return end ? until(Refusal::QuietHours, *end) : Verdict{};
}

}  // namespace

std::string_view refusal_name(Refusal refusal) {
    switch (refusal) {
        case Refusal::None:
            return "none";
        case Refusal::UnknownPurpose:
            return "unknown_purpose";
        case Refusal::UnknownTopic:
            return "unknown_topic";
        case Refusal::TopicOfOtherPurpose:
            return "topic_of_other_purpose";
        case Refusal::Suppressed:
            return "suppressed";
        case Refusal::NoConsent:
            return "no_consent";
        case Refusal::ConsentWithdrawn:
            return "consent_withdrawn";
        case Refusal::ConsentExpired:
            return "consent_expired";
        case Refusal::NotSubscribed:
            return "not_subscribed";
        case Refusal::Unsubscribed:
            return "unsubscribed";
        case Refusal::Capped:
            return "capped";
        case Refusal::QuietHours:
            return "quiet_hours";
    }
    return "";
}

Verdict decide(const Rules& rules, const Facts& facts, const Ask& ask) {
    const Purpose* purpose = rules.purpose(ask.purpose);
    if (purpose == nullptr) return refused(Refusal::UnknownPurpose);
    const Topic* topic = nullptr;
    if (!ask.topic.empty()) {
        topic = rules.topic(ask.topic);
        if (topic == nullptr) return refused(Refusal::UnknownTopic);
        if (topic->purpose != purpose->key) return refused(Refusal::TopicOfOtherPurpose);
    }
    if (Verdict verdict = check_suppression(*purpose, facts); !verdict.is_allowed()) return verdict;
    const Verdict consent = check_consent(*purpose, facts, ask);
    if (!consent.is_allowed()) return consent;
    if (topic != nullptr) {
        if (Verdict verdict = check_topic(*topic, facts, ask); !verdict.is_allowed()) {
            return verdict;
        }
    }
    Verdict verdict = check_time(rules, *purpose, facts, ask);
    if (verdict.is_allowed()) verdict.by = consent.by;
    return verdict;
}

}  // namespace throughline::privacy
