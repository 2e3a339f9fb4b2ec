#include "engine/message_writer.h"

#include <gtest/gtest.h>

#include "catalog/shipped.h"
#include "engine/link_settings.h"
#include "engine/test_world.h"

namespace throughline::engine {
namespace {

using testing::event_payload;
using testing::SharedClock;
using testing::TemporaryDirectory;

constexpr Micros kNow = 1'773'000'000LL * kSecond;  // 2026-03-08T20:00:00Z
constexpr Key128 kKey{17, 4};

constexpr std::string_view kMail =
    R"({"channel":"email","subject":"{{ person.name }}, your cart",
    "html":"<a href=\"{{ event.properties.url }}\">{{ event.properties.title }}</a> )"
    R"({{ now | date: '%H:%M' }} <a href=\"{{ links.unsubscribe }}\">stop</a>",
    "text":"{{ event.properties.url }}","from":"shop@shop.example","from_name":"Shop",
    "locales":{"tr":{"subject":"Sepetiniz","html":"x","text":"{{ person.segments | join }}"}},
    "required":["event.properties.title"]})";

class MessageWriterTest : public ::testing::Test {
protected:
    MessageWriterTest() : clock_(kNow) {
        auto opened = Engine::open(
            store::posix_files(), clock_,
            {.directory = directory_.path(), .memory_bytes = 64 << 20, .log_file_bytes = 1 << 20});
        EXPECT_TRUE(opened) << opened.error().message;
        engine_ = std::move(*opened);
        define("purposes", "marketing", R"({"name":"Offers"})");
        define("purposes", "orders", R"({"name":"Orders","basis":"contract"})");
        define("settings", "links", R"({"base_url":"https://news.shop.example"})");
        define("templates", "cart", kMail);
        send("ana",
             R"({"traits":{"email":"ana@example.org","firstName":"Ana","lastName":"<Ionescu>"}})");
    }
    void define(const std::string& kind, const std::string& key, std::string_view json) {
        const std::string doc =
            model::doc_from_json(R"({"kind":")" + kind + R"(","key":")" + key +
                                 R"(","actor":"t","value":)" + std::string(json) + "}")
                .value();
        const auto outcome =
            engine_->submit_and_wait(model::make_record(model::RecordKind::Definition, doc));
        ASSERT_TRUE(outcome.status && outcome.refused.empty()) << json;
    }
    void send(const std::string& user, const std::string& extra) {
        clock_.advance(kSecond);
        engine_->submit_and_wait(event_payload({.type = model::EventType::Identify,
                                                .user = user,
                                                .message_id = "m" + std::to_string(++sent_),
                                                .extra = extra,
                                                .time = clock_.now()},
                                               engine_->secret()));
    }
    MessageAnswer write(std::string_view purpose = "marketing", std::string_view key = "cart",
                        const std::string& properties =
                            R"({"url":"https://shop.example/cart?a=1&b=2","title":"A <b> & c"})") {
        const View view = engine_->view();
        const std::string payload = event_payload({.name = "Product Added",
                                                   .message_id = "c",
                                                   .extra = R"({"properties":)" + properties + "}",
                                                   .time = kNow});
        const model::EventView context(payload);
        const auto person = find_identity(view, *PersonRef::parse(view, "user_id:ana"));
        return writer_
            .write(view, {.template_key = key,
                          .person = *person,
                          .context = &context,
                          .key = kKey,
                          .at = kNow,
                          .purpose = purpose,
                          .topic = "offers",
                          .journey = "abandoned-cart",
                          .step = "reminder"})
            .value();
    }
    channel::Email email(std::string_view purpose = "marketing") {
        const MessageAnswer answer = write(purpose);
        EXPECT_TRUE(answer.message) << answer.detail;
        return answer.message ? std::get<channel::Email>(answer.message->content)
                              : channel::Email{.from = ""};
    }
    // What the token in `href="…/c/token"` or the like says.
    channel::Link link(std::string_view text, std::string_view path) {
        const size_t at = text.find(path);
        EXPECT_NE(at, text.npos) << text;
        text.remove_prefix(at + path.size());
        const std::string secret = link_secret(engine_->secret());
        return channel::read_token(secret, text.substr(0, text.find_first_of("\".?"))).value();
    }

    TemporaryDirectory directory_;
    SharedClock clock_;
    std::unique_ptr<Engine> engine_;
    MessageWriter writer_;
    int sent_ = 0;
};

TEST_F(MessageWriterTest, FillsInAnEmailWithLinksThatAreSigned) {
    const auto mail = email();
    EXPECT_EQ(mail.from, "shop@shop.example");
    EXPECT_EQ(mail.from_name, "Shop");
    EXPECT_EQ(mail.subject, "Ana <Ionescu>, your cart");
    EXPECT_EQ(mail.text, "https://shop.example/cart?a=1&b=2");  // Not followed in the text.
    EXPECT_NE(mail.html.find(">A &lt;b&gt; &amp; c</a> 20:00 <a href"), std::string::npos)
        << mail.html;
    const auto click = link(mail.html, "https://news.shop.example/c/");
    EXPECT_EQ(click.kind, channel::LinkKind::Click);
    EXPECT_EQ(click.key, kKey);
    EXPECT_EQ(click.target, "https://shop.example/cart?a=1&b=2");
    EXPECT_EQ(click.origin.journey, "abandoned-cart");
    EXPECT_EQ(click.origin.step, "reminder");
    const auto unsubscribe = link(mail.html, "https://news.shop.example/u/");
    EXPECT_EQ(unsubscribe.kind, channel::LinkKind::Unsubscribe);
    EXPECT_EQ(unsubscribe.origin.topic, "offers");
    EXPECT_EQ(link(mail.unsubscribe, "/u/"), unsubscribe);
    EXPECT_EQ(mail.html.find("/o/"), std::string::npos);  // Opens are off unless asked for.
}

TEST_F(MessageWriterTest, FollowsWhatSettingsSay) {
    define("settings", "links",
           R"({"base_url":"https://news.shop.example/","clicks":false,"opens":true})");
    const auto mail = email();
    EXPECT_NE(mail.html.find(R"(href="https://shop.example/cart?a=1&amp;b=2")"), std::string::npos);
    EXPECT_EQ(link(mail.html, "https://news.shop.example/o/").kind, channel::LinkKind::Open);
}

TEST_F(MessageWriterTest, GivesNoLinkForUnsubscribingWhereNothingCanBeRefused) {
    const auto mail = email("orders");
    EXPECT_EQ(mail.unsubscribe, "");
    EXPECT_EQ(mail.html.find("/u/"), std::string::npos);
}

TEST_F(MessageWriterTest, FailsClosedAndSaysWhy) {
    const auto told = [](const MessageAnswer& answer) {
        EXPECT_FALSE(answer.message);
        return std::string(unwritten_name(answer.why)) + " " + answer.detail;
    };
    EXPECT_EQ(told(write("marketing", "nothing")), "no_template nothing");
    EXPECT_EQ(told(write("marketing", "cart", R"({"url":"x"})")),
              "missing_value event.properties.title");
    define("settings", "links", "{}");
    EXPECT_EQ(told(write()), "missing_value links.unsubscribe");
    EXPECT_TRUE(write("orders").message);
    define("settings", "installation", R"({"public_url":"https://shop.example/tl"})");
    EXPECT_TRUE(email().unsubscribe.starts_with("https://shop.example/tl/u/"));
    define("templates", "hook", R"({"channel":"webhook","body":"{{ person.name }} x"})");
    EXPECT_TRUE(told(write("orders", "hook")).starts_with("failed body: "));
}

TEST_F(MessageWriterTest, SpeaksAsThePersonDoesAndTellsTheVersion) {
    const auto english = write();
    EXPECT_EQ(english.message->locale, "en");
    send("ana", R"({"traits":{"language":"tr-TR","timezone":"Europe/Istanbul"}})");
    const auto turkish = write();
    EXPECT_EQ(turkish.message->locale, "tr");
    EXPECT_EQ(std::get<channel::Email>(turkish.message->content).subject, "Sepetiniz");
    EXPECT_EQ(turkish.message->template_version, english.message->template_version);
    define("templates", "cart", R"({"channel":"sms","text":"{{ now | date: '%H:%M' }}"})");
    const auto changed = write();
    EXPECT_GT(changed.message->template_version, english.message->template_version);
    EXPECT_EQ(std::get<Sms>(changed.message->content).text, "23:00");
}

TEST_F(MessageWriterTest, SeesTheItemsThatTheEventNamesAsTheyAreNow) {
    define("catalogs", "order", catalog::shipped_type("order"));
    define("templates", "ready",
           R"({"channel":"sms","text":"{{ items.order[event.properties.order_id].state }}/)"
           R"({{ items.order.o2.state }}/{{ items.order.o3.state }}/{{ items.order.o4.state }}"})");
    const auto put = [&](const std::string& id, const std::string& state,
                         const std::string& owner = "ana") {
        const std::string doc =
            model::doc_from_json(R"({"action":"item","actor":"t","catalog":"order","id":")" + id +
                                 R"(","fields":{"customer_id":")" + owner + R"(","state":")" +
                                 state + "\"}}")
                .value();
        const auto outcome =
            engine_->submit_and_wait(model::make_record(model::RecordKind::Decision, doc));
        ASSERT_TRUE(outcome.status && outcome.refused.empty());
        clock_.advance(kSecond);
    };
    put("o1", "placed");
    put("o2", "placed");
    put("o1", "picking");
    put("o3", "placed");
    put("o4", "placed", "somebody-else");
    const auto answer =
        write("orders", "ready",
              R"({"order_id":"o1","lines":[{"order_id":"o2"},{"order_id":"o4"}],"x_id":"o3"})");
    ASSERT_TRUE(answer.message) << answer.detail;
    // o3 is there, but the event does not speak of it; o4 is somebody else's, whatever it says.
    EXPECT_EQ(std::get<Sms>(answer.message->content).text, "picking/placed//");
}

}  // namespace
}  // namespace throughline::engine
