#include "engine/provider_reports.h"

#include <gtest/gtest.h>

#include "engine/consents.h"
#include "engine/engine.h"
#include "engine/test_world.h"

namespace throughline::engine {
namespace {

using privacy::SuppressionReason;
using testing::event_payload;
using testing::SharedClock;
using testing::TemporaryDirectory;

constexpr Micros kNow = 1'773'000'000LL * kSecond;

class ProviderReports : public ::testing::Test {
protected:
    ProviderReports() : clock_(kNow) {
        open();
        define("provider",
               R"({"name":"Mail","mapping":"postmark","write_keys":["wk_provider_1"]})");
        define("web", R"({"name":"Web","write_keys":["wk_web_1"]})");
    }
    void open() {
        engine_.reset();
        auto opened = Engine::open(
            store::posix_files(), clock_,
            {.directory = directory_.path(), .memory_bytes = 64 << 20, .log_file_bytes = 1 << 20});
        ASSERT_TRUE(opened) << opened.error().message;
        engine_ = std::move(*opened);
    }
    void define(const std::string& key, const std::string& value) {
        const auto doc = model::doc_from_json(R"({"kind":"sources","key":")" + key +
                                              R"(","actor":"t","value":)" + value + "}");
        const auto outcome =
            engine_->submit_and_wait(model::make_record(model::RecordKind::Definition, *doc));
        ASSERT_TRUE(outcome.status && outcome.refused.empty());
    }
    void report(const std::string& source, const std::string& name, const std::string& properties,
                const std::string& email = "ana@example.org") {
        clock_.advance(kSecond);
        const auto outcome = engine_->submit_and_wait(
            event_payload({.email = email,
                           .name = name,
                           .message_id = "r" + std::to_string(++sent_),
                           .extra = R"({"properties":)" + properties + "}",
                           .time = clock_.now(),
                           .source = engine_->settings()->source(source)->id},
                          engine_->secret()));
        ASSERT_TRUE(outcome.status);
    }
    std::vector<SuppressionReason> reasons(const std::string& email = "ana@example.org") {
        const View view = engine_->view();
        const auto found =
            find_suppression(view, privacy::suppression_key(view.secret, model::kEmail, email));
        std::vector<SuppressionReason> all;
        for (const auto& one : found->reasons) all.push_back(one.reason);
        return all;
    }

    TemporaryDirectory directory_;
    SharedClock clock_;
    std::unique_ptr<Engine> engine_;
    int sent_ = 0;
};

TEST_F(ProviderReports, OfHardBouncesAndComplaintsSuppressTheAddress) {
    report("provider", "Email Bounced", R"({"type":"soft"})");
    report("provider", "Email Bounced", "{}");
    report("provider", "Email Delivered", R"({"type":"hard"})");
    EXPECT_TRUE(reasons().empty());
    report("provider", "Email Bounced", R"({"type":"hard"})");
    EXPECT_EQ(reasons(), std::vector{SuppressionReason::HardBounce});
    report("provider", "Email Bounced", R"({"type":"hard"})");
    report("provider", "Email Complained", "{}");
    const std::vector both{SuppressionReason::HardBounce, SuppressionReason::Complaint};
    EXPECT_EQ(reasons(), both);
    EXPECT_TRUE(reasons("bo@example.org").empty());

    // The list has each with the record that is its evidence.
    const auto page = list_suppressions(engine_->view(), {}, "", 10).value();
    ASSERT_EQ(page.suppressions.size(), 2u);
    EXPECT_EQ(page.suppressions[0].suppression.position, engine_->last_position());
    EXPECT_EQ(page.suppressions[0].suppression.actor, "");
    open();  // And it is the same after a replay.
    EXPECT_EQ(reasons(), both);
}

TEST_F(ProviderReports, AreNotBelievedFromWhereAVisitorCanSend) {
    report("web", "Email Bounced", R"({"type":"hard"})");
    report("web", "Email Complained", "{}");
    EXPECT_TRUE(reasons().empty());
}

TEST_F(ProviderReports, OfNobodysAddressDoNothing) {
    clock_.advance(kSecond);
    engine_->submit_and_wait(
        event_payload({.user = "ana",
                       .name = "Email Complained",
                       .message_id = "x",
                       .extra = R"({"properties":{"email":"ana@example.org"}})",
                       .time = clock_.now(),
                       .source = engine_->settings()->source("provider")->id},
                      engine_->secret()));
    EXPECT_TRUE(reasons().empty());
}

}  // namespace
}  // namespace throughline::engine
