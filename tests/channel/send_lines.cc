// Sends e-mails that come as JSON lines through a lane, and answers each with its outcome.
//
// The first line says how:
//
//   {"host": "127.0.0.1", "port": 2525, "tls": "required", "authorities": "ca.pem", "user": "u",
//    "password": "p", "answer_timeout_ms": 60000, "timeout_ms": 300000, "senders": 1}
//
// and each further one is a mail, with the fields of Email, `to` and a number as its key:
//
//   {"key": 7, "to": "ana@example.org", "from": "shop@example.org", "subject": "…", "text": "…"}
//   {"key": 7, "verdict": "refused", "stage": "address", "code": 550, "detail": "…"}
//
// A line `{"wait": 30}` waits until all before it are answered, and 30 ms more.

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <thread>

#include "base/json_text.h"
#include "channel/lane.h"
#include "channel/smtp_sender.h"
#include "model/json.h"

using namespace throughline;

namespace {

net::SmtpTls tls_named(std::string_view name) {
    static const std::map<std::string_view, net::SmtpTls> kNames{
        {"none", net::SmtpTls::None},
        {"optional", net::SmtpTls::Optional},
        {"required", net::SmtpTls::Required},
        {"implicit", net::SmtpTls::Implicit}};
    return kNames.at(name);
}

net::SmtpOptions options_of(model::DocView line) {
    net::SmtpOptions options{.host = std::string(line.find("host").as_string())};
    options.port = static_cast<uint16_t>(line.find("port").as_integer().value_or(0));
    options.tls = tls_named(line.find("tls").as_string());
    options.authorities_path = line.find("authorities").as_string();
    options.user = line.find("user").as_string();
    options.password = line.find("password").as_string();
    options.hello = "sender.example";
    options.connect_timeout = 2 * kSecond;
    options.answer_timeout = line.find("answer_timeout_ms").as_integer().value_or(60'000) * 1'000;
    options.timeout = line.find("timeout_ms").as_integer().value_or(300'000) * 1'000;
    return options;
}

channel::Message message_of(model::DocView line) {
    const auto text = [line](std::string_view name) {
        return std::string(line.find(name).as_string());
    };
    return {.key = {0, static_cast<uint64_t>(line.find("key").as_integer().value_or(0))},
            .to = text("to"),
            .content = channel::Email{.from = text("from"),
                                      .from_name = text("from_name"),
                                      .reply_to = text("reply_to"),
                                      .subject = text("subject"),
                                      .text = text("text"),
                                      .html = text("html"),
                                      .unsubscribe = text("unsubscribe")}};
}

void print(const channel::Message& message, const channel::Outcome& outcome) {
    std::string out = "{\"key\":" + std::to_string(message.key.low) + ",\"verdict\":\"";
    out += channel::verdict_name(outcome.verdict);
    out += "\",\"stage\":\"";
    out += channel::stage_name(outcome.stage);
    out += "\",\"code\":" + std::to_string(outcome.code) + ",\"detail\":";
    append_json_string(out, outcome.detail);
    out += "}\n";
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
}

}  // namespace

int main() {
    std::string line;
    std::getline(std::cin, line);
    const auto first = model::doc_from_json(line);
    TL_ASSERT(first.is_ok());
    const model::DocView how(*first);
    std::vector<std::unique_ptr<channel::Sender>> senders;
    for (int64_t i = how.find("senders").as_integer().value_or(1); i > 0; --i) {
        auto sender = channel::SmtpSender::make(options_of(how), system_clock());
        TL_ASSERT(sender.is_ok());
        senders.push_back(std::move(sender).value());
    }
    std::atomic<size_t> told = 0;
    size_t taken = 0;
    const auto wait = [&] {
        while (told < taken) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    channel::Lane lane(
        {.queue_max = 1'000'000}, std::move(senders),
        [&told](const channel::Message& message, const channel::Outcome& outcome) {
            print(message, outcome);
            ++told;
        },
        system_clock());
    while (std::getline(std::cin, line)) {
        const auto doc = model::doc_from_json(line);
        TL_ASSERT(doc.is_ok());
        if (const auto ms = model::DocView(*doc).find("wait").as_integer()) {
            wait();
            std::this_thread::sleep_for(std::chrono::milliseconds(*ms));
            continue;
        }
        TL_ASSERT(lane.offer(message_of(model::DocView(*doc))));
        ++taken;
    }
    wait();
}
