// What a template does for its channel and its caller: escaping, missing values, bounds, locales.
#include "template/template.h"

#include <gtest/gtest.h>

#include "template/test_render.h"
#include "template/variants.h"

namespace throughline::tmpl {
namespace {

using Paths = std::vector<std::string>;

RenderOptions escaping(Escape escape) {
    RenderOptions options;
    options.compile.escape = escape;
    return options;
}

std::string html(std::string_view text, std::string_view json = R"({"x":"<b>&\"'"})") {
    return text_of(text, json, escaping(Escape::Html));
}

TEST(Escaping, HtmlEscapesWhatIsWrittenUnlessItIsRaw) {
    EXPECT_EQ(html("<i>{{ x }}</i>"), "<i>&lt;b&gt;&amp;&#34;&#39;</i>");
    EXPECT_EQ(html("{{ x | raw }}{% echo x | raw %}"), "<b>&\"'<b>&\"'");
    EXPECT_EQ(html("{% cycle x, '<' %}{% echo x | upcase %}"),
              "&lt;b&gt;&amp;&#34;&#39;&lt;B&gt;&amp;&#34;&#39;");
    EXPECT_EQ(html("{{ list }}", R"({"list":["<", 1, ">"]})"), "&lt;1&gt;");
}

TEST(Escaping, WhatIsEscapedIsNotEscapedAgain) {
    EXPECT_EQ(html("{{ x | escape }}"), "&lt;b&gt;&amp;&#34;&#39;");
    EXPECT_EQ(html("{{ '&lt;' | escape_once }}"), "&lt;");
    EXPECT_EQ(html("{{ x | escape | upcase }}"), "&amp;LT;B&amp;GT;&amp;AMP;&amp;#34;&amp;#39;");
    EXPECT_EQ(html("{% capture c %}<p>{{ x }}</p>{% endcapture %}{{ c }}"),
              "<p>&lt;b&gt;&amp;&#34;&#39;</p>");
    EXPECT_EQ(html("{% capture c %}<p>{% endcapture %}{{ c | append: '' }}"), "&lt;p&gt;");
}

TEST(Escaping, LineBreaksStandBetweenEscapedLines) {
    EXPECT_EQ(html("{{ n | newline_to_br }}", R"({"n":"a<\nb"})"), "a&lt;<br />\nb");
    EXPECT_EQ(html("{{ n | escape | newline_to_br }}", R"({"n":"a<\nb"})"), "a&lt;<br />\nb");
}

TEST(Escaping, JsonStaysADocumentWhateverIsInIt) {
    constexpr std::string_view kText =
        R"({"a":{{ a }},"b":{{ b }},"c":{{ gone }},"d":{{ d }},"e":{{ e | json }},"f":{{ a | escape }}})";
    EXPECT_EQ(
        text_of(kText, R"({"a":"\"},{\"x\":1","b":2.50,"d":[1,{"k":null}],"e":"q"})",
                escaping(Escape::Json)),
        R"({"a":"\"},{\"x\":1","b":2.5,"c":null,"d":[1,{"k":null}],"e":"q","f":"&#34;},{&#34;x&#34;:1"})");
}

TEST(Escaping, AddressesArePercentEncoded) {
    EXPECT_EQ(text_of("https://a.example/?q={{ q }}&r={{ q | url_encode }}", R"({"q":"ü &/"})",
                      escaping(Escape::Url)),
              "https://a.example/?q=%C3%BC%20%26%2F&r=%C3%BC+%26%2F");
}

TEST(MissingValues, AreNamedWithTheirPlaceOnce) {
    const auto result = rendered(
        "Hi {{ user.first_name }},\n{{ user.first_name }} {{ gone | upcase }}"
        "{% for i in (1..2) %}{{ i.x }}{% endfor %}{{ n | append: none }}",
        R"({"user":{"first_name":null},"n":1})");
    EXPECT_EQ(result.missing, (Paths{"user.first_name@1:7", "user.first_name@2:4", "gone@2:26",
                                     "i.x@2:66", "none@2:99"}));
}

TEST(MissingValues, ThoseOfTheWorkedExample) {
    const auto result = rendered(
        "Hi {{ user.name | default: \"you\" }}, {{ cart.items | map: \"price\" | sum }} "
        "{{ cart.currency }}",
        R"({"user":{},"cart":{"items":[{"price":10},{"price":2.5}]}})");
    EXPECT_EQ(result.text, "Hi you, 12.5 ");
    EXPECT_EQ(result.missing, Paths{"cart.currency@1:79"});
    EXPECT_EQ(result.steps, 17u);
}

TEST(MissingValues, DoNotCountWhereTheyAreTestedOrHaveADefault) {
    EXPECT_EQ(rendered("{{ a | default: 'b' }}{{ a | upcase | default: 'b' }}{{ 1 | default: a }}")
                  .missing,
              Paths());
    EXPECT_EQ(rendered("{% if a %}{% elsif a == b %}{% endif %}{% unless a %}{% endunless %}"
                       "{% case a %}{% when b %}{% endcase %}{{ a == nil }}{% for x in a %}{% else "
                       "%}{% endfor %}")
                  .missing,
              Paths());
    EXPECT_EQ(rendered("{{ a | default: b }}").missing, Paths{"b@1:17"});
    EXPECT_EQ(rendered("{% assign x = a %}{{ x }}").missing, Paths{"a@1:15"});
    EXPECT_EQ(rendered("{% for x in a %}{% endfor %}").missing, Paths{"a@1:13"});
    EXPECT_EQ(rendered("{{ s }}{{ z }}{{ f }}", R"({"s":"","z":0,"f":false})").missing, Paths());
}

TEST(MissingValues, TheVariablesOfATemplateAreKnownBeforehand) {
    const auto compiled = Template::compile(
        "{% assign a = user.name %}{{ a }}{% for i in cart.items %}{{ i }}{{ forloop.index }}{% "
        "endfor %}"
        "{{ order | where_exp: 'o', 'o.n > limit' }}");
    ASSERT_TRUE(compiled);
    EXPECT_EQ(compiled->variables(),
              (std::vector<std::string_view>{"user", "cart", "order", "limit"}));
}

std::string limited(std::string_view text, Limits limits) {
    RenderOptions options;
    options.limits = limits;
    return text_of(text, "{}", options);
}

TEST(Limits, StepsOutputAndMemoryEndARender) {
    EXPECT_EQ(limited("{% for i in (1..100) %}{% for j in (1..100) %}.{% endfor %}{% endfor %}",
                      {.steps = 5000}),
              "template: line 1, column 47: more than 5000 steps: shorten a loop");
    EXPECT_EQ(limited("{% for i in (1..100) %}0123456789{% endfor %}", {.output_bytes = 500}),
              "template: line 1, column 24: more than 500 bytes: shorten the text or a list");
    constexpr std::string_view kDoubling =
        "{% assign s = 'x' %}{% for i in (1..99) %}{% assign s = s | append: s %}{% endfor %}";
    EXPECT_EQ(limited(kDoubling, {.memory_bytes = 1 << 20}),
              "template: line 1, column 61: values of more than 1 MB: shorten a text or a list");
    EXPECT_EQ(limited("{{ (1..999999999999) | size }}", {}),
              "template: line 1, column 1: a range of more items than there may be");
    EXPECT_EQ(limited("{{ 'aaaa' | replace: '', s | date: '%99999999d' }}", {}), "aaaa");
}

TEST(Limits, LongTextsCostStepsWhereverTheyAreRead) {
    constexpr std::string_view kLong =
        "{% assign s = 'abcdefgh' %}{% for i in (1..15) %}{% assign s = s | append: s %}{% endfor "
        "%}"
        "{% for i in (1..100000) %}";
    for (const char* use :
         {"{{ s | size }}", "{{ s.size }}", "{{ s | last }}", "{% if s contains 'x' %}{% endif %}",
          "{% if s == s %}{% endif %}", "{{ s | plus: 1 }}", "{{ s | number_of_words }}",
          "{{ s | split: '' | size }}", "{{ s | sha256 }}", "{% cycle s: 1, 2 %}"}) {
        const std::string text = std::string(kLong) + use + "{% endfor %}";
        EXPECT_NE(text_of(text).find(": more than 1000000 steps"), std::string::npos) << use;
    }
}

TEST(Limits, TemplatesMadeToBeSlowAreReadInOnePass) {
    const auto repeated = [](std::string_view piece) {
        std::string text;
        while (text.size() + piece.size() < 900'000) text += piece;
        return text;
    };
    // Each of these took minutes when something was looked for again from every place.
    EXPECT_EQ(text_of("{% raw %}" + repeated("{% endra") + "%}").substr(0, 20),
              "template: line 1, co");
    EXPECT_NE(text_of(repeated("{{ a | where_exp: 'i', 'i.b' | size }}")).size(), 0u);
    EXPECT_NE(text_of(repeated("{% if a %}{% endif %}\n")).size(), 0u);
}

TEST(Limits, NestingIsBoundedWhereverItComesFrom) {
    std::string tags;
    for (int i = 0; i <= kTemplateDepthMax; ++i) tags += "{% if true %}";
    EXPECT_EQ(text_of(tags), "template: line 1, column 1301: tags in tags deeper than 100");
    EXPECT_EQ(text_of("{{ " + std::string(5000, '(')),
              "template: line 1, column 1: output is not closed: end it with }}");
    EXPECT_NE(text_of("{{ " + std::string(5000, '(') + "}}").find("brackets too deep"),
              std::string::npos);
    EXPECT_NE(text_of("{{ a" + std::string(5000, '[') + "}}").find("brackets too deep"),
              std::string::npos);
    constexpr std::string_view kDeepList =
        "{% assign a = e %}{% for i in (1..500) %}{% assign a = e | push: a %}{% endfor %}";
    for (const char* use : {"{{ a }}", "{{ a | json }}", "{{ a | join }}", "{{ a == a }}"}) {
        EXPECT_NE(text_of(std::string(kDeepList) + use).find("deeper than 100"), std::string::npos);
    }
}

TEST(Limits, ARenderLeavesNothingBehindForTheNext) {
    const auto compiled =
        Template::compile("{{ x }}{% assign x = 1 %}{% increment c %}{% cycle 1, 2 %}");
    ASSERT_TRUE(compiled);
    Arena arena;
    for (int i = 0; i < 3; ++i) {
        std::string out;
        ASSERT_TRUE(compiled->render({}, arena, out));
        EXPECT_EQ(out, "01");
    }
}

TEST(Locale, NamesCaseAndZoneFollowTheRender) {
    RenderOptions turkish{.zone = "Europe/Istanbul", .locale = "tr-TR"};
    EXPECT_EQ(text_of("{{ 'now' | date: '%d %B %Y %A %H:%M %Z' }}", "{}", turkish),
              "31 Ocak 2026 Cumartesi 12:15 Europe/Istanbul");
    EXPECT_EQ(
        text_of("{{ 'istanbul ılık' | upcase }} {{ 'IĞDIR İZMİR' | downcase }}", "{}", turkish),
        "İSTANBUL ILIK ığdır izmir");
    EXPECT_EQ(text_of("{{ 'now' | date: '%-d %b' }}", "{}", {.locale = "ro"}), "31 ian.");
    EXPECT_EQ(text_of("{{ 'now' | date: '%A' }} {{ 'i' | upcase }}", "{}", {.locale = "xx"}),
              "Saturday I");
}

TEST(Locale, AVariantFallsBackToItsLanguageThenToTheDefault) {
    const auto variants =
        Variants::compile({{"en", "Hello"}, {"tr", "Merhaba"}, {"ro-MD", "Salut"}}, "en");
    ASSERT_TRUE(variants);
    EXPECT_EQ(variants->choose("tr_TR").locale, "tr");
    EXPECT_EQ(variants->choose("tr-Latn-TR").locale, "tr");
    EXPECT_EQ(variants->choose("RO-md").locale, "ro-md");
    EXPECT_EQ(variants->choose("ro").locale, "en");
    EXPECT_EQ(variants->choose("").locale, "en");
    EXPECT_EQ(variants->choose("tr--TR; drop").locale, "en");
    EXPECT_FALSE(Variants::compile({{"tr", "a"}}, "en"));
    EXPECT_FALSE(Variants::compile({{"en", "a"}, {"EN", "b"}}, "en"));
    EXPECT_EQ(Variants::compile({{"en", "{{"}}, "en").error().message,
              "en: template: line 1, column 1: output is not closed: end it with }}");
}

}  // namespace
}  // namespace throughline::tmpl
