#include "channel/smtp_sender.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/socket.h"

namespace throughline::channel {
namespace {

// What the server was told of a message when nobody waits any longer decides what is known of it;
// tests/channel has the other outcomes, of a real server.
TEST(SmtpSender, EndsSoonOnceItIsCutOff) {
    const net::Socket silent = net::listen_on("127.0.0.1", 0).value();
    const auto sender =
        SmtpSender::make(
            {.host = "127.0.0.1", .port = net::local_port(silent), .tls = net::SmtpTls::None},
            system_clock())
            .value();
    std::thread impatient([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        sender->cut_off();
    });
    const Micros began = system_clock().monotonic();
    const Outcome outcome = sender->send(
        {.to = "ana@example.org",
         .content = Email{.from = "shop@shop.example", .subject = "Hello", .text = "Hello"}});
    impatient.join();
    EXPECT_EQ(outcome.verdict, Verdict::Retryable);  // It surely was not taken.
    EXPECT_EQ(outcome.stage, Stage::Connect);
    EXPECT_LT(system_clock().monotonic() - began, 5 * kSecond);
}

}  // namespace
}  // namespace throughline::channel
