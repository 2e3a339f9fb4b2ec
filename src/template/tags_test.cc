// Each tag by itself. That all of them together do what liquidjs does is tested in tests/liquid.
#include <gtest/gtest.h>

#include "template/test_render.h"

namespace throughline::tmpl {
namespace {

constexpr std::string_view kCart = R"({"items":[{"sku":"A","price":10,"on_sale":true},)"
                                   R"({"sku":"B","price":2.5},{"sku":"C","price":30}]})";

TEST(Tags, TextAndValuesAreWrittenAsTheyStand) {
    EXPECT_EQ(text_of(""), "");
    EXPECT_EQ(text_of("plain { text } %}"), "plain { text } %}");
    EXPECT_EQ(text_of("Hi {{ name }}!", R"({"name":"Ayşe"})"), "Hi Ayşe!");
    EXPECT_EQ(text_of("{{ a.b[0].c }}{{ a['b'].last.c }}", R"({"a":{"b":[{"c":1},{"c":2}]}})"),
              "12");
    EXPECT_EQ(text_of("{{ 'a' }}{{ 1.50 }}{{ true }}{{ nil }}{{ (1..3) }}"), "a1.5true123");
    EXPECT_EQ(text_of(R"({{ "tab\tquote\" \u00fc" }})"), "tab\tquote\" ü");
    EXPECT_EQ(text_of("{{ [key] }}{{ ['first name'] }}", R"({"key":"k","k":1,"first name":2})"),
              "12");
}

TEST(Tags, HyphensTakeTheBlanksAroundThem) {
    EXPECT_EQ(text_of("a \n {{- 1 -}} \t b"), "a1b");
    EXPECT_EQ(text_of("a {% if true -%} b {%- endif %} c"), "a b c");
    EXPECT_EQ(text_of("a {%- raw -%} b {% endraw -%} c"), "a b c");
}

TEST(Tags, IfTakesTheFirstBranchThatIsTrue) {
    constexpr std::string_view kText =
        "{% if n > 2 %}many{% elsif n == 2 %}two{% else %}few{% endif %}";
    EXPECT_EQ(text_of(kText, R"({"n":3})"), "many");
    EXPECT_EQ(text_of(kText, R"({"n":2})"), "two");
    EXPECT_EQ(text_of(kText, R"({"n":1})"), "few");
    EXPECT_EQ(text_of("{% unless vip %}a{% else %}b{% endunless %}"), "a");
}

TEST(Tags, OnlyFalseAndNilAreFalse) {
    for (const char* truth : {"0", "''", "empty", "(1..0)", "true"}) {
        EXPECT_EQ(text_of("{% if " + std::string(truth) + " %}yes{% endif %}"), "yes") << truth;
    }
    for (const char* lie : {"false", "nil", "gone", "gone.deeper"}) {
        EXPECT_EQ(text_of("{% if " + std::string(lie) + " %}yes{% endif %}"), "") << lie;
    }
}

TEST(Tags, OperatorsGroupFromTheRightAndNotBindsClosest) {
    EXPECT_EQ(text_of("{{ true or false and false }}"), "true");
    EXPECT_EQ(text_of("{{ false and false or true }}"), "false");
    EXPECT_EQ(text_of("{{ not false and true }}"), "true");
    EXPECT_EQ(text_of("{{ 'abc' contains 'b' }}{{ (1..3) contains 4 }}"), "truefalse");
    EXPECT_EQ(text_of("{{ 1 == '1' }}{{ 2 < '10' }}{{ '2' < '10' }}"), "falsetruefalse");
    EXPECT_EQ(text_of("{{ '' == empty }}{{ ' ' == blank }}{{ gone == nil }}{{ 0 == blank }}"),
              "truetruetruefalse");
}

TEST(Tags, CaseShowsEveryBranchThatIsEqual) {
    constexpr std::string_view kText =
        "{% case n %}{% when 1, 2 %}a{% when 2 or 3 %}b{% else %}c{% endcase %}";
    EXPECT_EQ(text_of(kText, R"({"n":1})"), "a");
    EXPECT_EQ(text_of(kText, R"({"n":2})"), "ab");
    EXPECT_EQ(text_of(kText, R"({"n":4})"), "c");
}

TEST(Tags, ForGoesOverListsRangesAndObjects) {
    EXPECT_EQ(text_of("{% for i in items %}{{ i.sku }}{{ forloop.index }} {% endfor %}", kCart),
              "A1 B2 C3 ");
    EXPECT_EQ(text_of("{% for i in (2..4) reversed %}{{ i }}{% endfor %}"), "432");
    EXPECT_EQ(
        text_of("{% for p in o %}{{ p[0] }}={{ p[1] }};{% endfor %}", R"({"o":{"a":1,"b":2}})"),
        "a=1;b=2;");
    EXPECT_EQ(text_of("{% for i in none %}x{% else %}none{% endfor %}"), "none");
    EXPECT_EQ(text_of("{% for i in (1..9) limit: 2 offset: 3 %}{{ i }}{% endfor %}"), "45");
    EXPECT_EQ(text_of("{% for i in (1..4) limit: 2 %}{{ i }}{% endfor %}"
                      "|{% for i in (1..4) offset: continue %}{{ i }}{% endfor %}"),
              "12|34");
    EXPECT_EQ(text_of("{% for i in (1..9) %}{% if i == 2 %}{% continue %}{% endif %}"
                      "{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}"),
              "13");
    EXPECT_EQ(text_of("{% for i in (1..2) %}{% for j in (1..2) %}{{ i }}{{ j }}"
                      "{{ forloop.last }} {% endfor %}{{ forloop.rindex }} {% endfor %}"),
              "11false 12true 2 21false 22true 1 ");
    EXPECT_EQ(text_of("{% for i in (1..2) %}{% assign i = 9 %}{{ i }}{% endfor %}{{ i }}"), "129");
}

TEST(Tags, TablerowMakesRowsAndCells) {
    EXPECT_EQ(text_of("{% tablerow i in (1..3) cols: 2 %}{{ i }}{{ tablerowloop.col_last }}{% "
                      "endtablerow %}"),
              "<tr class=\"row1\"><td class=\"col1\">1false</td><td class=\"col2\">2true</td></tr>"
              "<tr class=\"row2\"><td class=\"col1\">3false</td></tr>");
}

TEST(Tags, AssignAndCaptureKeepValues) {
    EXPECT_EQ(text_of("{% assign x = 'a' | append: 'b' %}{{ x }}"), "ab");
    EXPECT_EQ(text_of("{% capture x %}[{{ 1 }}]{% endcapture %}{{ x }}{{ x | size }}"), "[1]3");
    EXPECT_EQ(text_of("{% capture 'my name' %}a{% endcapture %}{{ ['my name'] }}"), "a");
}

TEST(Tags, CountersCountByThemselvesOrFromAGivenNumber) {
    EXPECT_EQ(text_of("{% increment a %}{% increment a %}{{ a }}{% decrement b %}"), "012-1");
    EXPECT_EQ(text_of("{% increment n %}{{ n }}", R"({"n":10})"), "1011");
    EXPECT_EQ(text_of("{% assign a = 5 %}{% increment a %}{{ a }}"), "05");
}

TEST(Tags, CycleTakesTurnsByGroup) {
    EXPECT_EQ(
        text_of("{% for i in (1..3) %}{% cycle 'a', 'b' %}{% cycle 'g': 'x', 'y' %}{% endfor %}"),
        "axbyax");
    EXPECT_EQ(text_of("{% cycle 0, 1 %}{% cycle 0, 1 %}"), "01");
}

TEST(Tags, CommentsAndRawTextAreNotRead) {
    EXPECT_EQ(text_of("a{% comment %}{% nothing %}{{ x | no }}{% endcomment %}b{% # note %}c"),
              "abc");
    EXPECT_EQ(text_of("{% raw %}{{ a }} {% b %} {{{% endraw %}"), "{{ a }} {% b %} {{");
}

TEST(Tags, LiquidIsOneTagALine) {
    EXPECT_EQ(
        text_of("{% liquid\n assign x = 2\n # note\n if x == 2\n echo x | times: 3\n endif %}"),
        "6");
    EXPECT_EQ(text_of("{% echo 'a' | upcase %}{% echo %}"), "A");
}

TEST(Tags, PartialsAreReadWhenTheTemplateIsCompiled) {
    RenderOptions options;
    options.compile.partials = [](std::string_view name) -> std::optional<std::string> {
        if (name == "line") return "<{{ sku }}{{ seen }}>{% assign seen = 1 %}";
        if (name == "self") return "{% include 'self' %}";
        if (name == "bad") return "a\n{{ x | nope }}";
        return {};
    };
    EXPECT_EQ(text_of("{% include 'line', sku: 'A' %}{% include 'line', sku: 'B' %}{{ seen }}",
                      "{}", options),
              "<A><B1>1");
    EXPECT_EQ(text_of("{% render 'line', sku: 'A' %}{% render 'line', sku: 'B' %}{{ seen }}", "{}",
                      options),
              "<A><B>");
    EXPECT_EQ(text_of("{% render 'line' for items as item %}", kCart, options), "<><1><1>");
    EXPECT_EQ(text_of("{% include 'self' %}", "{}", options),
              "partial self: template: line 1, column 1: partial self holds itself");
    EXPECT_EQ(text_of("{% include 'bad' %}", "{}", options),
              "partial bad: template: line 2, column 8: no filter nope");
    EXPECT_EQ(text_of("{% include 'gone' %}", "{}", options),
              "template: line 1, column 1: no partial gone");
}

TEST(Tags, ErrorsSayWhereAndWhatToDo) {
    const auto error = [](std::string_view text) { return text_of(text); };
    EXPECT_EQ(error("a\n {% if x %}"),
              "template: line 2, column 2: if is not closed: end it with {% endif %}");
    EXPECT_EQ(error("{{ x"), "template: line 1, column 1: output is not closed: end it with }}");
    EXPECT_EQ(error("ü{{ x | upcas }}"),
              "template: line 1, column 9: no filter upcas; did you mean upcase");
    EXPECT_EQ(error("{{ x | append }}"),
              "template: line 1, column 8: append takes 1 arguments, not 0");
    EXPECT_EQ(error("{{ a b }}"),
              "template: line 1, column 6: `b` is not understood here: expected an operator or | "
              "before a filter");
    EXPECT_EQ(error("{% foo %}"), "template: line 1, column 1: no tag foo");
    EXPECT_EQ(error("{% endif %}"),
              "template: line 1, column 1: endif has no tag that it belongs to");
    EXPECT_EQ(error("{{ }}"), "template: line 1, column 1: an output is empty: name a value");
    EXPECT_EQ(error("{% if a %}{% else %}{% else %}{% endif %}"),
              "template: line 1, column 21: else comes last, and once");
    EXPECT_EQ(error("{% for x of y %}{% endfor %}"),
              "template: line 1, column 1: for reads: {% for item in list %}");
    EXPECT_EQ(error("{% layout 'x' %}"),
              "template: line 1, column 1: no tag layout: use include or render with partials "
              "instead of layouts");
    EXPECT_EQ(error("\xff"), "template: not UTF-8");
}

}  // namespace
}  // namespace throughline::tmpl
