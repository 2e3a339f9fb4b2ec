#include "server/message_routes.h"

#include <set>
#include <string>

#include "engine/consents.h"
#include "engine/outbox/messages.h"
#include "engine/sending/dispatcher.h"
#include "server/definitions.h"
#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::Message;
using engine::View;
using journey::SendReason;
using journey::SendState;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kDecidedMost = 1'000;  // Messages at once.
constexpr size_t kReasonBytesMost = 1000;
constexpr SendState kLastState = SendState::Failed;

Result<std::optional<SendState>> state_of(const std::string& name) {
    if (name.empty()) return std::optional<SendState>();
    for (int number = 0; number <= static_cast<int>(kLastState); ++number) {
        const auto state = static_cast<SendState>(number);
        if (journey::state_name(state) == name) return std::optional(state);
    }
    return Error::invalid(
        "message: state: need waiting, sending, uncertain, sent, refused, expired or failed");
}

Result<std::optional<SendReason>> reason_of(const std::string& name) {
    if (name.empty()) return std::optional<SendReason>();
    for (int number = 1; number <= 0xff; ++number) {
        const auto reason = static_cast<SendReason>(number);
        if (journey::reason_name(reason) == name) return std::optional(reason);
    }
    return Error::invalid("message: reason: is none, see the list of reasons in the documents");
}

// Null for an address that was erased since, and where a message names its own.
Status write_address(const View& view, const Names& names, engine::IdentityId to, DocWriter& out) {
    out.key("to");
    TL_TRY_ASSIGN(const auto bytes,
                  view.tables.identities.read(identity::identity_key(to), view.pin));
    const bool is_there = bytes && !identity::NodeView(*bytes).has(identity::kNodeErased);
    if (!is_there) {
        out.null();
        return Status::ok();
    }
    const identity::NodeView node(*bytes);
    write_identifier(names.space(node.space()), node.value(), out);
    return Status::ok();
}

Status write_attempts(const View& view, const Message& message, DocWriter& out) {
    const Names names(view);
    size_t number = size_t{message.entry.attempts} - message.attempts.size();
    out.key("attempts");
    const size_t list = out.open_array();
    for (const engine::Attempt& attempt : message.attempts) {
        const bool is_known = attempt.ended_at != kNoTime;
        const size_t mark = out.open_object();
        write_count(out, "number", ++number);
        write_time(out, "begun_at", attempt.begun_at);
        TL_TRY(write_address(view, names, attempt.to, out));
        write_time(out, "ended_at", attempt.ended_at);
        write_text(out, "outcome", is_known ? channel::verdict_name(attempt.outcome.verdict) : "");
        write_text(out, "stage", is_known ? channel::stage_name(attempt.outcome.stage) : "");
        out.key("code");
        attempt.outcome.code != 0 ? out.integer(attempt.outcome.code) : out.null();
        write_text(out, "detail", attempt.outcome.detail);
        out.close(mark);
    }
    out.close(list);
    return Status::ok();
}

/// Why messages that wait do: what the dispatcher says of all of them, and of each channel.
class Waits {
public:
    /// Errors: of reads.
    static Result<Waits> of(const App& app) {
        Waits waits(app.clock.now());
        if (app.options.dispatcher == nullptr) return waits;
        TL_TRY_ASSIGN(const engine::SendingReport report, app.options.dispatcher->report());
        waits.is_held_ = report.state != engine::SendingReport::State::On;
        for (const auto& channel : report.channels) {
            if (!channel.blocked.empty()) waits.blocked_.insert(channel.channel);
        }
        return waits;
    }

    /// Empty: it does not wait.
    std::string_view why(const Message& message) const {
        if (message.entry.state != SendState::Waiting) return "";
        if (message.waits_for != SendReason::None) return journey::reason_name(message.waits_for);
        if (is_held_) return "sending_held";
        if (blocked_.contains(message.channel)) return "sender_blocked";
        return message.entry.due > now_ ? "retry" : "its_turn";
    }

private:
    explicit Waits(Micros now) : now_(now) {}

    Micros now_;
    bool is_held_ = false;
    std::set<std::string, std::less<>> blocked_;
};

Status write_message(const View& view, const Waits& waits, const Message& message, DocWriter& out) {
    const journey::Entry& entry = message.entry;
    const bool is_waiting = entry.state == SendState::Waiting;
    const bool has_reason = entry.reason != SendReason::None;
    const size_t mark = out.open_object();
    out.field("id", engine::hex_of_key(entry.key));
    out.field("state", journey::state_name(entry.state));
    write_text(out, "reason", has_reason ? journey::reason_name(entry.reason) : "");
    write_text(out, "waits_for", waits.why(message));
    write_time(out, "due", is_waiting ? entry.due : kNoTime);
    write_time(out, "not_after", entry.not_after);
    write_time(out, "asked_at", message.asked_at);
    out.field("profile", Names(view).profile(message.owner));
    out.field("channel", message.channel);
    write_text(out, "template", message.template_key);
    write_text(out, "purpose", message.purpose);
    write_text(out, "topic", message.topic);
    write_text(out, "url", message.url);
    out.field("journey", message.journey_key);
    write_count(out, "version", message.version);
    out.field("step", message.step);
    out.field("run", engine::hex_of_key(message.run));
    out.field("position", model::format_position(message.cause));
    TL_TRY(write_attempts(view, message, out));
    out.close(mark);
    return Status::ok();
}

Result<Message> message_named(const View& view, const std::string& id) {
    const auto key = engine::key_of_hex(id);
    if (!key) return Error::not_found("message: there is none of this id");
    TL_TRY_ASSIGN(auto message, engine::find_message(view, *key));
    if (!message) return Error::not_found("message: there is none of this id");
    return *std::move(message);
}

Result<HttpResponse> answer(App& app, const std::string& id) {
    TL_TRY_ASSIGN(const Waits waits, Waits::of(app));
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Message message, message_named(view, id));
    std::string doc;
    DocWriter out(doc);
    TL_TRY(write_message(view, waits, message, out));
    return doc_response(doc);
}

Result<HttpResponse> list(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    const View view = app.engine.view();
    engine::MessageFilter filter{.journey = request.query("journey"),
                                 .channel = request.query("channel")};
    TL_TRY_ASSIGN(filter.state, state_of(request.query("state")));
    TL_TRY_ASSIGN(filter.reason, reason_of(request.query("reason")));
    if (const std::string name = request.query("person"); !name.empty()) {
        TL_TRY_ASSIGN(const auto ref, engine::PersonRef::parse(view, name));
        TL_TRY_ASSIGN(const engine::Person person, engine::load_person(view, ref));
        filter.owners = person.members();
    }
    TL_TRY_ASSIGN(const auto page,
                  engine::list_messages(view, filter, request.query("cursor"), limit));
    TL_TRY_ASSIGN(const Waits waits, Waits::of(app));
    Status written;
    const std::string doc = list_doc([&](DocWriter& out) {
        for (const Message& message : page.messages) {
            if (written) written = write_message(view, waits, message, out);
        }
        return page.next;
    });
    TL_TRY(written);
    return doc_response(doc);
}

struct Decided {
    std::string_view decision, reason;
};

Result<Decided> decided_in(const ApiRequest& request) {
    const Decided decided{.decision = request.body().find("decision").as_string(),
                          .reason = request.body().find("reason").as_string()};
    if (decided.decision != "again" && decided.decision != "was_sent" &&
        decided.decision != "give_up") {
        return Error::invalid("message: decision: need again, was_sent or give_up");
    }
    if (decided.reason.empty() || decided.reason.size() > kReasonBytesMost) {
        return Error::invalid("message: reason: say why, in 1 to 1000 bytes");
    }
    return decided;
}

Result<HttpResponse> decide_about(App& app, const ApiRequest& request) {
    const std::string& id = request.parameters[0];
    TL_TRY_ASSIGN(const Decided decided, decided_in(request));
    {
        const View view = app.engine.view();
        TL_TRY(message_named(view, id));
    }
    TL_TRY(decide(app, request.caller, "send_decide", [&](DocWriter& out) {
        out.field("key", id);
        out.field("decision", decided.decision);
        out.field("reason", decided.reason);
        out.field("subject", "messages/" + id);
    }));
    return answer(app, id);
}

Result<engine::MessageFilter> uncertain_in(DocView body) {
    engine::MessageFilter filter{.journey = std::string(body.find("journey").as_string()),
                                 .channel = std::string(body.find("channel").as_string()),
                                 .state = SendState::Uncertain};
    const DocView before = body.find("asked_before");
    if (before.is_missing() || before.is_null()) return filter;
    const auto instant = parse_instant(before.as_string());
    if (!instant) return Error::invalid("message: asked_before: need a time as 2026-03-01T12:00Z");
    filter.asked_before = *instant;
    return filter;
}

// As many as one record takes; whoever asks goes on while some are left.
Result<HttpResponse> decide_about_many(App& app, const ApiRequest& request) {
    const DocView body = request.body();
    TL_TRY_ASSIGN(const engine::MessageFilter filter, uncertain_in(body));
    const bool is_tried = request.query("dry_run") == "true";
    Decided decided;
    if (!is_tried) {
        TL_TRY_ASSIGN(decided, decided_in(request));
    }
    std::vector<std::string> keys;
    std::string next;
    {
        const View view = app.engine.view();
        do {
            TL_TRY_ASSIGN(const auto page,
                          engine::list_messages(view, filter, next, kDecidedMost - keys.size()));
            for (const Message& one : page.messages) {
                keys.push_back(engine::hex_of_key(one.entry.key));
            }
            next = page.next;
        } while (!next.empty() && keys.size() < kDecidedMost);
    }
    if (!is_tried && !keys.empty()) {
        TL_TRY(decide(app, request.caller, "send_decide", [&](DocWriter& out) {
            out.field("decision", decided.decision);
            out.field("reason", decided.reason);
            out.field("subject", std::to_string(keys.size()) + " messages");
            out.key("keys");
            const size_t list = out.open_array();
            for (const std::string& key : keys) out.string(key);
            out.close(list);
        }));
    }
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, is_tried ? "messages" : "decided", keys.size());
    write_flag(out, "has_more", !next.empty());
    out.close(mark);
    return doc_response(doc);
}

}  // namespace

void add_message_routes(Router& router, App& app) {
    router.get("/api/messages", [&app](ApiRequest& request) { return list(app, request); });
    router.get("/api/messages/{id}",
               [&app](ApiRequest& request) { return answer(app, request.parameters[0]); });
    router.post(
        "/api/messages/decide",
        [&app](ApiRequest& request) { return decide_about_many(app, request); }, Scope::Send);
    router.post(
        "/api/messages/{id}/decide",
        [&app](ApiRequest& request) { return decide_about(app, request); }, Scope::Send);
}

}  // namespace throughline::server
