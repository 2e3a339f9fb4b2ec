#include "channel/rules.h"

#include <gtest/gtest.h>

namespace throughline::channel {
namespace {

using net::SmtpStep;

Outcome smtp(SmtpStep step, int code, std::string text = "") {
    const Message message{.to = "ana@example.org"};
    const Email email{.from = "shop@shop.example"};
    return smtp_outcome({.step = step, .code = code, .text = std::move(text)}, message, email);
}

TEST(SmtpRules, AreThoseOfTheTable) {
    for (const SmtpStep step : {SmtpStep::Connect, SmtpStep::Session}) {
        for (const int code : {0, 421, 454, 500, 535, 554}) {
            EXPECT_EQ(smtp(step, code).verdict, Verdict::Retryable) << code;
            EXPECT_EQ(smtp(step, code).stage, Stage::Connect);
        }
    }
    for (const SmtpStep step : {SmtpStep::Sender, SmtpStep::Recipient, SmtpStep::Data}) {
        EXPECT_EQ(smtp(step, 0).verdict, Verdict::Retryable);
        EXPECT_EQ(smtp(step, 451).verdict, Verdict::Retryable);
        EXPECT_EQ(smtp(step, 550).verdict, Verdict::Refused);
        EXPECT_EQ(smtp(step, 530).verdict, Verdict::Retryable);
    }
    EXPECT_EQ(smtp(SmtpStep::Recipient, 550).stage, Stage::Address);
    EXPECT_EQ(smtp(SmtpStep::Data, 554).stage, Stage::Content);
    EXPECT_EQ(smtp(SmtpStep::End, 0).verdict, Verdict::Uncertain);
    EXPECT_EQ(smtp(SmtpStep::End, 452).verdict, Verdict::Retryable);
    EXPECT_EQ(smtp(SmtpStep::End, 552).verdict, Verdict::Refused);
}

TEST(SmtpRules, KeepAddressesOutOfWhatIsShown) {
    EXPECT_EQ(
        smtp(SmtpStep::Recipient, 550, "5.1.1 <ana@example.org>: ana@example.org\tunknown").detail,
        "5.1.1 <…>: … unknown");
    EXPECT_EQ(smtp(SmtpStep::Recipient, 550, "5.1.1 <Ana@Example.ORG> unknown").detail,
              "5.1.1 <…> unknown");
}

TEST(SmtpRules, TellAHardBounceFromOtherRefusals) {
    const auto bounces = [](SmtpStep step, int code, const char* text) {
        return is_hard_bounce(smtp(step, code, text));
    };
    EXPECT_TRUE(bounces(SmtpStep::Recipient, 550, "5.1.1 <ana@example.org> unknown"));
    EXPECT_TRUE(bounces(SmtpStep::Recipient, 556, "5.1.10 null MX"));
    EXPECT_TRUE(bounces(SmtpStep::End, 550, "5.1.1"));
    EXPECT_FALSE(bounces(SmtpStep::Recipient, 550, "no such user here"));
    EXPECT_FALSE(bounces(SmtpStep::Recipient, 550, "5.7.1 blocked by policy"));
    EXPECT_FALSE(bounces(SmtpStep::Recipient, 552, "5.2.2 mailbox full"));
    EXPECT_FALSE(bounces(SmtpStep::Sender, 553, "5.1.8 bad sender"));
    EXPECT_FALSE(bounces(SmtpStep::Recipient, 450, "5.1.1 odd"));
    EXPECT_FALSE(bounces(SmtpStep::Recipient, 550, "5.1.11 none"));
}

Outcome call(int status, bool heeds_key, bool was_begun = true) {
    return call_outcome({.status = status, .was_begun = was_begun}, heeds_key);
}

TEST(CallRules, AreThoseOfTheList) {
    for (const bool heeds_key : {true, false}) {
        const Verdict perhaps = Verdict::Uncertain;
        for (const int status : {200, 201, 202, 204}) {
            EXPECT_EQ(call(status, heeds_key).verdict, Verdict::Delivered);
        }
        for (const int status : {301, 302, 307, 308, 400, 401, 403, 404, 410, 413, 422}) {
            EXPECT_EQ(call(status, heeds_key).verdict, Verdict::Refused) << status;
        }
        for (const int status : {408, 421, 425, 429, 503}) {
            EXPECT_EQ(call(status, heeds_key).verdict, Verdict::Retryable) << status;
        }
        for (const int status : {500, 502, 504}) {
            EXPECT_EQ(call(status, heeds_key).verdict, perhaps) << status;
        }
        EXPECT_EQ(call(0, heeds_key).verdict, perhaps);
        EXPECT_EQ(call(0, heeds_key, false).verdict, Verdict::Retryable);
        EXPECT_EQ(call(409, heeds_key).verdict, heeds_key ? Verdict::Uncertain : Verdict::Refused);
    }
    EXPECT_EQ(call_outcome({.is_forbidden = true}, true).verdict, Verdict::Refused);
}

}  // namespace
}  // namespace throughline::channel
