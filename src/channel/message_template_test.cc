#include "channel/message_template.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "model/json.h"
#include "template/arena.h"

namespace throughline::channel {
namespace {

CheckedTemplate checked(std::string_view json) {
    const std::string doc = model::doc_from_json(json).value();
    return MessageTemplate::check(model::DocView(doc));
}

// Each problem as `path@line:column message`, or without a place.
std::vector<std::string> problems(std::string_view json) {
    std::vector<std::string> told;
    for (const TemplateProblem& problem : checked(json).problems) {
        const std::string place = problem.line == 0 ? ""
                                                    : "@" + std::to_string(problem.line) + ":" +
                                                          std::to_string(problem.column);
        told.push_back(problem.path + place + " " + problem.message);
    }
    return told;
}

struct Given {
    std::string person = "{}";
    std::string locale = {};
};

Result<MessageParts> rendered(const MessageTemplate& message, const Given& given) {
    const std::string person = model::doc_from_json(given.person).value();
    const tmpl::Variable variables[] = {{"person", model::DocView(person)}};
    tmpl::Arena arena;
    return message.render(message.choose_locale(given.locale), {.variables = variables}, arena);
}

constexpr std::string_view kMail = R"({"channel":"email","subject":"Hi {{ person.name }}",
    "html":"<p>{{ person.name }}</p>","text":"{{ person.name }}, {{ person.city }}",
    "locales":{"tr":{"subject":"Selam {{ person.name }}","html":"<b>{{ person.name }}</b>",
    "text":"{{ person.name | upcase }}"}},"required":["person.name"]})";

TEST(MessageTemplate, TellsEveryProblemOfEveryPartAndLocaleAtOnce) {
    EXPECT_EQ(problems(R"({"channel":"email","subject":"{{ a","html":"x\n  {% foo %}","text":1,
                           "from":"nobody","required":["traits.x",7],
                           "locales":{"ro":{"subject":"{{ a | upcas }}","html":"x"},"?":{}}})"),
              (std::vector<std::string>{
                  "subject@1:1 output is not closed: end it with }}", "html@2:3 no tag foo",
                  "text need text", "locales.ro.subject@1:8 no filter upcas; did you mean upcase",
                  "locales.ro.text is missing: a locale has all parts that the default one has",
                  "locales.? is no locale, such as tr or ro-RO",
                  "required[0] need the name of a value, such as person.traits.first_name",
                  "required[1] need the name of a value, such as person.traits.first_name",
                  "from need an e-mail address"}));
    EXPECT_EQ(problems("[]"), std::vector<std::string>{" need an object"});
    EXPECT_EQ(problems(R"({"channel":"email","subject":"x","text":"x","from":"a@b.example",
                           "from_name":"Shop\r\nBcc: a@b.example"})"),
              std::vector<std::string>{"from_name need a line of text of at most 200 bytes"});
    EXPECT_EQ(problems(R"({"channel":"fax"})")[0], "channel need email, webhook or sms");
}

TEST(MessageTemplate, HasThePartsOfItsChannel) {
    EXPECT_EQ(problems(R"({"channel":"email"})"),
              (std::vector<std::string>{"subject is missing",
                                        "html is missing: need html, text or both"}));
    EXPECT_EQ(problems(R"({"channel":"sms"})"), std::vector<std::string>{"text is missing"});
    EXPECT_EQ(problems(R"({"channel":"sms","text":"x","html":"x","from":"a@b.example"})"),
              (std::vector<std::string>{"html a message of this channel has no such part",
                                        "from a message of this channel has none"}));
    EXPECT_EQ(problems(R"({"channel":"webhook"})"), std::vector<std::string>{"body is missing"});
    EXPECT_TRUE(problems(R"({"channel":"webhook","body":"{\"a\": {{ person.name }} }"})").empty());
}

TEST(MessageTemplate, EscapesEachPartAsItsChannelTakesIt) {
    const auto mail = checked(kMail).message;
    ASSERT_TRUE(mail);
    const auto parts =
        rendered(*mail, {.person = R"({"name":"<i>\r\nBcc: x","city":"\"&\""})"}).value();
    EXPECT_EQ(parts.subject, "Hi <i>  Bcc: x");  // One line, whatever somebody is called.
    EXPECT_EQ(parts.html, "<p>&lt;i&gt;\r\nBcc: x</p>");
    EXPECT_EQ(parts.text, "<i>\r\nBcc: x, \"&\"");
    const auto hook =
        checked(R"({"channel":"webhook","body":"{\"name\": {{ person.name }}}"})").message;
    EXPECT_EQ(rendered(*hook, {.person = R"({"name":"\"}, {\""})"})->body,
              R"({"name": "\"}, {\""})");
}

// Names made of what markup, headers, JSON and templates are made of.
TEST(MessageTemplate, NothingOfAValueIsMarkupWhateverSomebodyIsCalled) {
    const auto mail = checked(R"({"channel":"email","subject":"{{ person.name }}",
        "html":"<a title=\"{{ person.name }}\" )"
                              R"(href='https://s.example/?q={{ person.name | url_encode }}'>)"
                              R"({{ person.name }}</a>"})")
                          .message;
    const auto hook =
        checked(R"({"channel":"webhook","body":"{\"name\":{{ person.name }}}"})").message;
    ASSERT_TRUE(mail && hook);
    constexpr std::string_view kPieces[] = {"<",  ">",  "&",    "\"", "'",  "\r\n", "\0",
                                            "{{", "}}", "{%",   "%}", "\\", "ş",    "a",
                                            "</", "--", "&lt;", ";",  "]]>"};
    SeededRandom random(5);
    for (int round = 0; round < 2'000; ++round) {
        std::string name;
        for (uint64_t i = random.below(12); i > 0; --i) name += kPieces[random.below(19)];
        std::string person;
        model::DocWriter out(person);
        const size_t mark = out.open_object();
        out.field("name", name);
        out.close(mark);
        const tmpl::Variable variables[] = {{"person", model::DocView(person)}};
        tmpl::Arena arena;
        const auto parts = mail->render("en", {.variables = variables}, arena).value();
        EXPECT_EQ(std::ranges::count(parts.html, '<'), 2) << parts.html;
        EXPECT_EQ(std::ranges::count(parts.html, '>'), 2) << parts.html;
        EXPECT_EQ(std::ranges::count(parts.html, '"'), 2) << parts.html;
        EXPECT_EQ(std::ranges::count(parts.html, '\''), 2) << parts.html;
        EXPECT_EQ(parts.subject.find_first_of("\r\n"), std::string::npos);
        const auto body = hook->render("en", {.variables = variables}, arena)->body;
        const auto doc = model::doc_from_json(body);
        ASSERT_TRUE(doc) << body;
        EXPECT_EQ(model::DocView(*doc).find("name").as_string(), name);
    }
}

TEST(MessageTemplate, ChoosesOneLocaleForAllParts) {
    const auto mail = checked(kMail).message;
    const Given lena{.person = R"({"name":"istanbul"})", .locale = "TR_tr"};
    const auto parts = rendered(*mail, lena).value();
    EXPECT_EQ(parts.locale, "tr");
    EXPECT_EQ(parts.subject, "Selam istanbul");
    EXPECT_EQ(parts.text, "İSTANBUL");
    EXPECT_EQ(rendered(*mail, {.person = "{}", .locale = "de"})->locale, "en");
    EXPECT_EQ(rendered(*mail, {.person = "{}", .locale = "../.."})->locale, "en");
}

TEST(MessageTemplate, TellsWhatWasMissingAndWhatIsRequired) {
    const auto mail = checked(kMail).message;
    const auto parts = rendered(*mail, {.person = R"({"name":"Lena"})"}).value();
    ASSERT_EQ(parts.missing.size(), 1u);
    EXPECT_EQ(parts.missing[0].part, "text");
    EXPECT_EQ(parts.missing[0].value.path, "person.city");
    EXPECT_EQ(parts.missing[0].value.place.column, 23u);

    const auto missing = [&](std::string_view json) {
        const std::string person = model::doc_from_json(json).value();
        const tmpl::Variable variables[] = {{"person", model::DocView(person)}};
        return mail->first_missing(variables);
    };
    EXPECT_EQ(missing(R"({"name":"Lena"})"), "");
    EXPECT_EQ(missing(R"({"name":0})"), "");
    for (const char* json : {"{}", R"({"name":null})", R"({"name":" "})", R"({"name":[]})"}) {
        EXPECT_EQ(missing(json), "person.name") << json;
    }
    EXPECT_EQ(mail->first_missing({}), "person.name");
    EXPECT_TRUE(mail->reads("person"));
    EXPECT_FALSE(mail->reads("event"));
}

TEST(MessageTemplate, OfTooManyBytesIsRefused) {
    const std::string half(tmpl::kTemplateBytesMax - 10, 'x');
    const std::string json = R"({"channel":"email","subject":"s","html":")" + half +
                             R"(","text":")" + half + R"(","locales":{"ro":{"subject":"s",)" +
                             R"("html":"x","text":")" + half + "\"}}}";
    EXPECT_EQ(problems(json), std::vector<std::string>{" all parts together are longer than 2 MB"});
}

}  // namespace
}  // namespace throughline::channel
