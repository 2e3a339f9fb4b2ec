#include "sim/sending_checks.h"

#include <algorithm>

#include "engine/consents.h"
#include "model/event.h"

namespace throughline::sim {

namespace {

using engine::Message;
using journey::SendReason;
using journey::SendState;
using model::DocView;
using model::EventView;

constexpr Micros kBackoffSlack = 2 * kHour;  // The longest time between two attempts.

std::string text_of(const EventView& row, std::string_view property) {
    return std::string(row.doc().find("properties").find(property).as_string());
}

std::string said_of(const Message& message) {
    std::string text = message.channel + " " + message.step + " of " +
                       format_instant(message.asked_at) + ", " +
                       std::string(journey::state_name(message.entry.state));
    if (message.entry.reason == SendReason::None) return text;
    return text + " " + std::string(journey::reason_name(message.entry.reason));
}

bool is_marketing(const Message& message) {
    return message.purpose == "marketing";
}

/// Who a message went to, by the digit in her address.
int shopper_of(const Call& call) {
    const std::string_view mark = call.channel == "email" ? "u" : "4072100000";
    const std::string& where = call.channel == "email" ? call.to : call.text;
    const size_t at = where.find(mark);
    return at == std::string::npos ? -1 : where[at + mark.size()] - '0';
}

/// Consents, as the shoppers said them: the latest stands, of one instant the withdrawal.
class Consents {
public:
    explicit Consents(const std::vector<LoggedRecord>& records) {
        std::set<std::string> seen;
        for (Position at = 0; at < records.size(); ++at) {
            if (model::record_kind(records[at].payload) != model::RecordKind::Event) continue;
            const EventView event(records[at].payload);
            if (!seen.emplace(event.message_id()).second) continue;
            const bool gives =
                event.name() == "Consent Given" || event.name() == "Topic Subscribed";
            if (!gives && event.name() != "Consent Withdrawn" &&
                event.name() != "Topic Unsubscribed") {
                continue;
            }
            said_.push_back({.shopper = event.identifier(0).value.at(1) - '0',
                             .is_topic = event.name().starts_with("Topic"),
                             .gives = gives,
                             .position = at,
                             .time = event.time()});
        }
    }
    /// Whether offers may be sent to a shopper as of the records before `end`.
    bool allow(int shopper, Position end) const {
        return stands(shopper, end, false).value_or(false) &&
               stands(shopper, end, true).value_or(true);
    }

private:
    struct Statement {
        int shopper = 0;
        bool is_topic = false;
        bool gives = false;
        Position position = 0;
        Micros time = 0;
    };
    std::optional<bool> stands(int shopper, Position end, bool is_topic) const {
        const Statement* latest = nullptr;
        for (const Statement& one : said_) {
            if (one.shopper != shopper || one.is_topic != is_topic || one.position >= end) continue;
            const bool is_later = latest == nullptr || one.time > latest->time ||
                                  (one.time == latest->time && !one.gives);
            if (is_later) latest = &one;
        }
        return latest == nullptr ? std::nullopt : std::optional<bool>(latest->gives);
    }

    std::vector<Statement> said_;
};

/// The last row about a message, which tells when it came to its end.
struct LastWord {
    Position position = 0;
    Micros at = 0;
};

class Checks {
public:
    Checks(const ShopRules& rules, const Ended& ended)
        : rules_(rules), ended_(ended), consents_(ended.records) {
        for (const Message& message : ended.messages) messages_[message.entry.key] = &message;
        for (const Call& call : ended.calls) {
            calls_[call.key].push_back(&call);
            shopper_of_root_[root_of(call.key)] = shopper_of(call);
        }
        for (const OwnRow& row : ended.rows) note_row(row);
    }

    std::string run() {
        for (const Call& call : ended_.calls) check_call(call);
        for (const Message& message : ended_.messages) check_message(message);
        return failure_;
    }

private:
    void fail(const Message& message, const std::string& what) {
        if (failure_.empty()) failure_ = said_of(message) + ": " + what;
    }

    void note_row(const OwnRow& row) {
        const EventView event(row.payload);
        const std::string run = text_of(event, "run");
        if (event.name() == "Journey Ended" && text_of(event, "reason") != "completed") {
            ended_at_[run] = row.position;
        }
        if (!event.name().starts_with("Message ")) return;
        const auto key = engine::key_of_hex(text_of(event, "message"));
        if (key) last_words_[*key] = {row.position, event.time()};
    }

    uint32_t root_of(const Key128& key) const {
        const auto message = messages_.find(key);
        return message == messages_.end() ? 0 : ended_.roots.at(message->second->owner);
    }
    std::optional<Position> run_ended(const Message& message) const {
        const auto found = ended_at_.find(engine::hex_of_key(message.run));
        return found == ended_at_.end() ? std::nullopt : std::optional(found->second);
    }

    bool is_quiet(int shopper, Micros at) const {
        const Micros shown = zone_of(shopper).local_of(at) % kDay;
        const QuietHours& quiet = rules_.quiet;
        return quiet.from < quiet.to ? quiet.from <= shown && shown < quiet.to
                                     : shown >= quiet.from || shown < quiet.to;
    }

    // --- what left

    void check_call(const Call& call) {
        const auto found = messages_.find(call.key);
        if (found == messages_.end()) {
            if (failure_.empty()) failure_ = "a call that nobody asked for";
            return;
        }
        const Message& message = *found->second;
        const Position before = call.caller.position;
        const Micros at = call.caller.stamp;
        const int shopper = shopper_of(call);
        if (!call.caller.wrong.empty()) fail(message, "was called: " + call.caller.wrong);
        if (shopper < 0 || shopper >= kShoppers) return fail(message, "goes to " + call.to);
        if (shopper_of_root_.at(root_of(call.key)) != shopper) fail(message, "went to two people");
        if (message.entry.not_after != kNoTime && at > message.entry.not_after) {
            fail(message, "left after its deadline");
        }
        const auto end = run_ended(message);
        if (end && *end < before) fail(message, "left though its run had ended");
        const bool is_disturbing = is_marketing(message) || rules_.is_service_quiet;
        if (is_disturbing && is_quiet(shopper, at)) {
            fail(message, "disturbed the quiet of " + format_instant(at));
        }
        if (!is_marketing(message)) return;
        if (!consents_.allow(shopper, before)) fail(message, "left without consent");
        check_caps(message, call);
    }

    // Of what providers took, no more than the caps allow.
    void check_caps(const Message& message, const Call& call) {
        size_t all = 0;
        size_t offers = 0;
        for (const Call& other : ended_.calls) {
            const bool counts =
                other.is_taken && other.key != call.key &&
                other.caller.position <= call.caller.position && messages_.contains(other.key) &&
                is_marketing(*messages_.at(other.key)) && shopper_of(other) == shopper_of(call);
            if (!counts) continue;
            all += other.caller.stamp > call.caller.stamp - rules_.all.within;
            offers += other.caller.stamp > call.caller.stamp - rules_.offers.within;
        }
        if (all >= rules_.all.messages || offers >= rules_.offers.messages) {
            fail(message, "left above the cap");
        }
    }

    // --- what became of each

    void check_message(const Message& message) {
        const auto found = calls_.find(message.entry.key);
        const std::vector<const Call*> calls =
            found == calls_.end() ? std::vector<const Call*>() : found->second;
        if (calls.size() > message.entry.attempts)
            fail(message, "was called more often than begun");
        if (message.channel == "email" || !rules_.heeds_key) check_not_twice(message, calls);
        const bool is_listed = ended_.uncertain.contains(message.entry.key);
        if (is_listed != (message.entry.state == SendState::Uncertain)) {
            fail(message, "the list of uncertain ones is wrong");
        }
        check_end(message, calls);
    }

    // Where a key is not heeded: not again, once it may have been taken, unless somebody said so.
    void check_not_twice(const Message& message, const std::vector<const Call*>& calls) {
        const auto again = ended_.again.find(message.entry.key);
        const long most = 1 + (again == ended_.again.end() ? 0 : again->second);
        const auto may_be_taken = [](const Call* call) {
            return call->is_taken || call->told == channel::Verdict::Uncertain;
        };
        if (std::ranges::count_if(calls, may_be_taken) > most) fail(message, "was sent twice");
    }

    void check_end(const Message& message, const std::vector<const Call*>& calls) {
        const auto word = last_words_.find(message.entry.key);
        if (word == last_words_.end() && message.entry.reason != SendReason::TooMany) {
            return fail(message, "no row tells of it");
        }
        const bool is_taken = std::ranges::any_of(calls, &Call::is_taken);
        const bool was_decided = decided_.contains(message.entry.key);
        switch (message.entry.state) {
            case SendState::Waiting:
            case SendState::Sending:
                return fail(message, "never came to an end");
            case SendState::Uncertain:
                if (message.entry.attempts == 0) fail(message, "was never begun");
                return;
            case SendState::Sent:
                if (!is_taken && !was_decided) fail(message, "nobody took it");
                return;
            case SendState::Refused:
                if (is_taken && !has_again(message)) fail(message, "was taken");
                return check_refusal(message, word->second);
            case SendState::Expired:
                if (is_taken && !has_again(message)) fail(message, "was taken");
                return check_expired(message, word->second);
            case SendState::Failed:
                if (is_taken && !has_again(message) && !was_decided) fail(message, "was taken");
                return check_failed(message, calls);
        }
    }

    bool has_again(const Message& message) const {
        return ended_.again.contains(message.entry.key);
    }

    void check_refusal(const Message& message, const LastWord& word) {
        const auto shopper = shopper_of_root_.find(ended_.roots.at(message.owner));
        const bool is_known = shopper != shopper_of_root_.end();
        switch (message.entry.reason) {
            case SendReason::Withdrawn: {
                const auto end = run_ended(message);
                if (!end || *end > word.position) fail(message, "its run had not ended");
                return;
            }
            case SendReason::NoAddress:
                return;  // The shop's own word for it is compared with that of the calm world.
            default:
                break;
        }
        if (!is_marketing(message)) return fail(message, "needs no consent and has no cap");
        if (message.entry.reason == journey::reason_of(privacy::Refusal::Capped)) {
            return check_capped(message, word);
        }
        if (is_known && consents_.allow(shopper->second, word.position)) {
            fail(message, "there was consent");
        }
    }

    // What was begun counts while it may have been taken: so many were begun, at least.
    void check_capped(const Message& message, const LastWord& word) {
        const auto count = [&](Micros within) {
            return std::ranges::count_if(ended_.messages, [&](const Message& other) {
                return is_marketing(other) && other.entry.key != message.entry.key &&
                       ended_.roots.at(other.owner) == ended_.roots.at(message.owner) &&
                       std::ranges::any_of(other.attempts, [&](const engine::Attempt& one) {
                           return one.begun_at > word.at - within && one.begun_at <= word.at;
                       });
            });
        };
        if (count(rules_.all.within) < rules_.all.messages &&
            count(rules_.offers.within) < rules_.offers.messages) {
            fail(message, "was refused below the caps");
        }
    }

    // Its deadline passed, or would have before it might be tried again.
    void check_expired(const Message& message, const LastWord& word) {
        const Micros deadline = message.entry.not_after;
        if (deadline == kNoTime) return fail(message, "has no deadline");
        Micros latest = word.at;
        if (message.entry.attempts > 0) latest = word.at + kBackoffSlack;
        const auto shopper = shopper_of_root_.find(ended_.roots.at(message.owner));
        if (shopper != shopper_of_root_.end()) {
            const auto quiet = quiet_until(zone_of(shopper->second), rules_.quiet, word.at);
            latest = std::max(latest, quiet.value_or(latest));
        } else if (rules_.quiet.from != rules_.quiet.to) {
            latest = std::max(latest, word.at + kDay);  // Nobody knows her clock here.
        }
        if (latest < deadline) fail(message, "its deadline had not passed");
    }

    void check_failed(const Message& message, const std::vector<const Call*>& calls) {
        if (message.entry.reason == SendReason::GivenUp) {
            if (!decided_.contains(message.entry.key)) fail(message, "nobody gave it up");
            return;
        }
        if (message.entry.reason == SendReason::TooOften) {
            if (message.entry.attempts < journey::kAttemptsMax) fail(message, "was not too often");
            return;
        }
        if (calls.empty() || calls.back()->told != channel::Verdict::Refused) {
            fail(message, "nobody refused it");
        }
    }

    const ShopRules& rules_;
    const Ended& ended_;
    const Consents consents_;
    std::map<Key128, const Message*> messages_;
    std::map<Key128, std::vector<const Call*>> calls_;
    std::map<uint32_t, int> shopper_of_root_;
    std::map<std::string, Position> ended_at_;  // Of runs that did not complete.
    std::map<Key128, LastWord> last_words_;
    std::set<Key128> decided_ = decided_in(ended_.records);
    std::string failure_;

    static std::set<Key128> decided_in(const std::vector<LoggedRecord>& records) {
        std::set<Key128> keys;
        for (const LoggedRecord& record : records) {
            if (model::record_kind(record.payload) != model::RecordKind::Decision) continue;
            const DocView doc = model::record_doc(record.payload);
            if (doc.find("action").as_string() != "send_decide") continue;
            if (const auto key = engine::key_of_hex(doc.find("key").as_string())) keys.insert(*key);
        }
        return keys;
    }
};

/// A world without what positions make of it: names of runs, keys of messages.
class Telling {
public:
    explicit Telling(const Ended& ended) {
        for (const OwnRow& row : ended.rows) {
            const EventView event(row.payload);
            if (event.name() != "Journey Entered") continue;
            runs_[text_of(event, "run")] = std::to_string(row.identity) + " " +
                                           text_of(event, "journey") + " " +
                                           format_instant_exact(event.time());
        }
        for (const OwnRow& row : ended.rows) tell(row);
        std::ranges::sort(rows);
        for (const Message& message : ended.messages) {
            messages[runs_[engine::hex_of_key(message.run)] + " " + message.step + " " +
                     format_instant_exact(message.asked_at)] = &message;
        }
    }

    std::vector<std::string> rows;  // Of runs and items.
    std::map<std::string, const Message*> messages;

private:
    void tell(const OwnRow& row) {
        const EventView event(row.payload);
        if (event.name().starts_with("Message ")) return;
        std::string text = format_instant_exact(event.time()) + " " + std::to_string(row.identity) +
                           " " + std::string(event.name()) + " " + runs_[text_of(event, "run")];
        for (const char* const property : {"step", "path", "goal", "reason", "item", "state"}) {
            text += " " + text_of(event, property);
        }
        rows.push_back(std::move(text));
    }

    std::map<std::string, std::string> runs_;
};

std::string end_difference(const Message& here, const Message& there, Likeness likeness) {
    if (here.entry.state == there.entry.state && here.entry.reason == there.entry.reason) return {};
    if (likeness == Likeness::Reasons) return {};
    const bool is_unknown =
        here.entry.state == SendState::Uncertain && there.entry.state == SendState::Sent;
    return is_unknown ? "" : said_of(here) + "; undisturbed: " + said_of(there);
}

}  // namespace

std::string what_is_wrong(const ShopRules& rules, const Ended& ended) {
    return Checks(rules, ended).run();
}

std::string what_differs(const Ended& ended, const Ended& calm, Likeness likeness) {
    const Telling here(ended);
    const Telling there(calm);
    for (size_t i = 0; i < std::min(here.rows.size(), there.rows.size()); ++i) {
        if (here.rows[i] != there.rows[i]) {
            return here.rows[i] + "; undisturbed: " + there.rows[i];
        }
    }
    if (here.rows.size() != there.rows.size()) return "rows of runs are missing, or too many";
    if (here.messages.size() != there.messages.size()) return "messages are missing, or too many";
    for (const auto& [name, message] : here.messages) {
        const auto other = there.messages.find(name);
        if (other == there.messages.end()) return name + " was not asked for undisturbed";
        std::string text = end_difference(*message, *other->second, likeness);
        if (!text.empty()) return name + ": " + text;
    }
    return {};
}

}  // namespace throughline::sim
