#include "backtest/outbox.h"

#include <algorithm>

namespace throughline::backtest {

using journey::MessageStep;

namespace {

const MessageStep& step_of(const Plan& plan, journey::StepIndex step) {
    return std::get<MessageStep>(plan.journey()->steps()[step].what);
}

}  // namespace

void Outbox::clear() {
    waiting_.clear();
    sent_.clear();
}

void Outbox::accept(const journey::Intent& intent) {
    waiting_.push_back({.run = intent.run,
                        .owner = intent.owner,
                        .step = intent.step,
                        .due = intent.at,
                        .not_after = intent.not_after});
}

void Outbox::withdraw(const Key128& run, Micros at, std::vector<MessageFate>& out) {
    std::erase_if(waiting_, [&](const Waiting& one) {
        if (one.run != run) return false;
        out.push_back({.step = one.step, .fate = Fate::Withdrawn, .at = at});
        return true;
    });
}

Micros Outbox::next_due() const {
    const auto first = std::ranges::min_element(waiting_, {}, &Waiting::due);
    return first == waiting_.end() ? kNoTime : first->due;
}

Status Outbox::send(Micros at, const Find& find, std::vector<MessageFate>& out) {
    for (size_t i = 0; i < waiting_.size();) {
        if (waiting_[i].due > at) {
            ++i;
            continue;
        }
        Addressee person;
        TL_TRY(find(waiting_[i].owner, step_of(plan_, waiting_[i].step), at, person));
        MessageFate fate{.step = waiting_[i].step, .at = at};
        if (!try_one(waiting_[i], person, at, fate)) {
            ++i;
            continue;
        }
        out.push_back(fate);
        waiting_.erase(waiting_.begin() + static_cast<ptrdiff_t>(i));
    }
    return Status::ok();
}

bool Outbox::try_one(Waiting& one, const Addressee& person, Micros at, MessageFate& fate) {
    const auto is_late = [&](Micros then) {
        return one.not_after != kNoTime && then > one.not_after;
    };
    fate.fate = Fate::Expired;
    if (is_late(at)) return true;
    fate.fate = Fate::Refused;
    fate.reason = kNoAddress;
    if (!person.has_address) return true;
    const MessageStep& step = step_of(plan_, one.step);
    const privacy::Rules& rules = plan_.draft().rules.privacy;
    const std::vector<Micros> sent = sent_to(person, nullptr);
    const std::vector<Micros> on_topic = sent_to(person, &step.topic);
    const privacy::Verdict verdict = privacy::decide(
        rules,
        {.held = person.held,
         .suppressed = person.suppressed,
         .sent = sent,
         .sent_on_topic = on_topic,
         .zone = person.zone},
        {.purpose = step.purpose, .topic = step.topic, .channel = step.channel, .at = at});
    if (verdict.refusal == privacy::Refusal::QuietHours && verdict.next) {
        one.due = *verdict.next;
        fate.fate = Fate::Expired;
        return is_late(one.due);
    }
    fate.reason = static_cast<size_t>(verdict.refusal);
    if (!verdict.is_allowed()) return true;
    fate.fate = Fate::Sent;
    const privacy::Purpose* const purpose = rules.purpose(step.purpose);
    if (purpose != nullptr && purpose->is_capped) note_sent({one.owner, at, &step.topic});
    return true;
}

// As many of an identity as live running keeps.
void Outbox::note_sent(const Sent& sent) {
    sent_.push_back(sent);
    const auto kept = std::ranges::count(sent_, sent.owner, &Sent::owner);
    if (static_cast<size_t>(kept) <= privacy::kCapMessagesMax) return;
    sent_.erase(std::ranges::find(sent_, sent.owner, &Sent::owner));
}

std::vector<Micros> Outbox::sent_to(const Addressee& person, const std::string* topic) const {
    std::vector<Micros> times;
    for (const Sent& one : sent_) {
        const bool is_hers = std::ranges::binary_search(person.members, one.owner);
        if (is_hers && (topic == nullptr || *one.topic == *topic)) times.push_back(one.at);
    }
    return times;
}

void Outbox::finish(Micros at, std::vector<MessageFate>& out) const {
    for (const Waiting& one : waiting_) {
        out.push_back({.step = one.step, .fate = Fate::Waiting, .at = at});
    }
}

}  // namespace throughline::backtest
