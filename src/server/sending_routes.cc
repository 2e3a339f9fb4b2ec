#include "server/sending_routes.h"

#include "base/random.h"
#include "engine/consents.h"
#include "engine/sending/dispatcher.h"
#include "model/json.h"
#include "server/definitions.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::SendingReport;
using journey::SendState;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr std::string_view kTestText =
    "This is a test message of Throughline. Nobody has to answer.";
constexpr SendState kStates[] = {SendState::Waiting, SendState::Sending, SendState::Uncertain,
                                 SendState::Sent,    SendState::Refused, SendState::Expired,
                                 SendState::Failed};

Result<engine::Dispatcher*> dispatcher_of(const App& app) {
    if (app.options.dispatcher == nullptr) {
        return Error::unavailable("sending: this process has nobody who sends");
    }
    return app.options.dispatcher;
}

void write_channel(const SendingReport::Channel& channel, DocWriter& out) {
    const size_t mark = out.open_object();
    out.field("channel", channel.channel);
    write_text(out, "sender", channel.sender ? engine::sender_type_name(*channel.sender) : "");
    write_text(out, "blocked", channel.blocked);
    for (const SendState state : kStates) {
        write_count(out, journey::state_name(state), channel.counts.of(state));
    }
    write_count(out, "under_way", channel.out);
    out.key("messages_per_second");
    channel.messages_per_second > 0 ? out.real(channel.messages_per_second) : out.null();
    write_text(out, "last_error", channel.last_error);
    write_time(out, "last_error_at", channel.last_error_at);
    out.close(mark);
}

Result<HttpResponse> answer(App& app) {
    TL_TRY_ASSIGN(const engine::Dispatcher* dispatcher, dispatcher_of(app));
    TL_TRY_ASSIGN(const SendingReport report, dispatcher->report());
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("state", engine::sending_state_name(report.state));
    write_text(out, "reason", report.reason);
    write_count(out, "clock_ahead_seconds", static_cast<uint64_t>(report.clock_ahead / kSecond));
    out.key("channels");
    const size_t list = out.open_array();
    for (const SendingReport::Channel& channel : report.channels) write_channel(channel, out);
    out.close(list);
    out.close(mark);
    return doc_response(doc);
}

Result<HttpResponse> resume(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(engine::Dispatcher * dispatcher, dispatcher_of(app));
    const std::string_view overdue = request.body().find("overdue").as_string();
    if (!overdue.empty() && overdue != "ask" && overdue != "send") {
        return Error::invalid("sending: overdue: need ask or send");
    }
    TL_TRY(dispatcher->resume(request.caller.actor, overdue == "send"));
    return answer(app);
}

Result<channel::Message> test_message(const std::string& channel, DocView body) {
    const std::string to(body.find("to").as_string());
    if (to.empty()) return Error::invalid("senders: to: need an address to send to");
    const std::string key = random_bytes(sizeof(Key128));
    channel::Message message{.key = {load<uint64_t>(key.data()), load<uint64_t>(key.data() + 8)},
                             .to = to,
                             .content = channel::Call{}};
    if (channel == "email") {
        const std::string from(body.find("from").as_string());
        if (from.empty()) return Error::invalid("senders: from: need the address that sends");
        message.content =
            channel::Email{.from = from, .subject = "Test message", .text = std::string(kTestText)};
        return message;
    }
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", engine::hex_of_key(message.key));
    out.field("channel", channel);
    out.field("to", to);
    out.field("text", kTestText);
    write_flag(out, "test", true);
    out.close(mark);
    message.content = channel::Call{.body = model::to_json(DocView(doc))};
    return message;
}

Result<HttpResponse> send_test(App& app, const ApiRequest& request) {
    const std::string& channel = request.parameters[0];
    TL_TRY_ASSIGN(engine::Dispatcher * dispatcher, dispatcher_of(app));
    TL_TRY_ASSIGN(channel::Message message, test_message(channel, request.body()));
    TL_TRY_ASSIGN(const channel::Outcome outcome,
                  dispatcher->send_test(channel, std::move(message)));
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("outcome", channel::verdict_name(outcome.verdict));
    out.field("stage", channel::stage_name(outcome.stage));
    out.key("code");
    outcome.code != 0 ? out.integer(outcome.code) : out.null();
    write_text(out, "detail", outcome.detail);
    out.close(mark);
    return doc_response(doc);
}

}  // namespace

std::string_view sending_state(const App& app) {
    return app.options.dispatcher == nullptr
               ? "off"
               : engine::sending_state_name(app.options.dispatcher->state());
}

void add_sending_routes(Router& router, App& app) {
    router.get("/api/sending", [&app](ApiRequest&) { return answer(app); });
    router.post(
        "/api/sending/resume", [&app](ApiRequest& request) { return resume(app, request); },
        Scope::Admin);
    router.post(
        "/api/settings/senders/{channel}/test",
        [&app](ApiRequest& request) { return send_test(app, request); }, Scope::Admin);
}

}  // namespace throughline::server
