// Each filter by itself: a template and what it gives. tests/liquid compares more of them.
#include <gtest/gtest.h>

#include <set>

#include "template/filters.h"
#include "template/test_render.h"

namespace throughline::tmpl {
namespace {

constexpr std::string_view kData =
    R"({"s":"Hello World","pad":"  a b  ","lines":"a\nb\r\nc","html":"<b>x</b>","n":7,"f":-2.5,)"
    R"("l":[3,1,2],"tags":["b","A","b"],"items":[{"t":"B","p":10,"ok":true},{"t":"a","p":2.5},)"
    R"({"t":"C","p":10}],"at":"2024-03-10T02:30:05.007Z"})";

struct Case {
    const char* value;
    const char* wanted;
};

void expect_all(std::initializer_list<Case> cases) {
    for (const auto& [value, wanted] : cases) {
        EXPECT_EQ(text_of("{{ " + std::string(value) + " }}", kData), wanted) << value;
    }
}

TEST(Filters, OfTexts) {
    expect_all({{"s | append: '!'", "Hello World!"},
                {"s | prepend: 'a '", "a Hello World"},
                {"'hELLO' | capitalize", "Hello"},
                {"'ŞİŞ' | downcase", "şi̇ş"},
                {"'straße' | upcase", "STRASSE"},
                {"'ΟΔΟΣ' | downcase", "οδος"},
                {"pad | strip | size", "3"},
                {"pad | lstrip", "a b  "},
                {"pad | rstrip", "  a b"},
                {"'xxaxx' | strip: 'x'", "a"},
                {"s | split: ' ' | last", "World"},
                {"'a,b,,' | split: ',' | size", "2"},
                {"'ab' | split: '' | join: '-'", "a-b"},
                {"gone | split: ',' | size", "0"},
                {"s | replace: 'l', 'L'", "HeLLo WorLd"},
                {"s | replace_first: 'l', 'L'", "HeLlo World"},
                {"s | replace_last: 'l', 'L'", "Hello WorLd"},
                {"s | remove: 'l'", "Heo Word"},
                {"s | remove_first: 'l'", "Helo World"},
                {"s | remove_last: 'l'", "Hello Word"},
                {"s | truncate: 8", "Hello..."},
                {"s | truncate: 8, ''", "Hello Wo"},
                {"'🎉🎉🎉🎉' | truncate: 3, '…'", "🎉🎉…"},
                {"s | truncatewords: 1", "Hello..."},
                {"lines | strip_newlines", "abc"},
                {"' a \n b ' | squish", "a b"},
                {"' a \n b ' | normalize_whitespace", " a b "},
                {"'日本 go' | number_of_words: 'cjk'", "3"},
                {"l | array_to_sentence_string: 'or'", "3, 1, or 2"},
                {"s | slice: -5, 3", "Wor"}});
}

TEST(Filters, OfHtmlAndAddresses) {
    expect_all({{"html | escape", "&lt;b&gt;x&lt;/b&gt;"},
                {"'&lt;&' | escape_once", "&lt;&amp;"},
                {"html | xml_escape", "&lt;b&gt;x&lt;/b&gt;"},
                {"html | strip_html", "x"},
                {"'a<script>b</script>c<!-- d --><p' | strip_html", "ac<p"},
                {"lines | newline_to_br", "a<br />\nb<br />\nc"},
                {"'a b&ü' | url_encode", "a+b%26%C3%BC"},
                {"'a+b%C3%BC%zz' | url_decode", "a bü%zz"},
                {"\"a b'\" | cgi_escape", "a+b%27"},
                {"'a b/?[ü]' | uri_escape", "a%20b/?[%C3%BC]"},
                {"'Çok Güzel! Ürün' | slugify", "çok-güzel-ürün"},
                {"'Çok Güzel! Ürün' | slugify: 'ascii'", "ok-g-zel-r-n"},
                {"'crème brûlée' | slugify: 'latin'", "creme-brulee"},
                {"'a' | base64_encode", "YQ=="},
                {"'w7w=' | base64_decode", "ü"},
                {"'' | sha256 | truncate: 8, ''", "e3b0c442"},
                {"'a' | hmac_sha256: 'k' | truncate: 8, ''", "78da9151"}});
}

TEST(Filters, OfNumbers) {
    expect_all({{"n | plus: 1.5", "8.5"},
                {"n | minus: '10'", "-3"},
                {"0.1 | times: 3", "0.30000000000000004"},
                {"n | divided_by: 2", "3.5"},
                {"n | divided_by: 2, true", "3"},
                {"n | divided_by: 0", "Infinity"},
                {"-7 | modulo: 3", "2"},
                {"f | abs", "2.5"},
                {"f | ceil", "-2"},
                {"f | floor", "-3"},
                {"1.005 | round: 2", "1.01"},
                {"-2.5 | round", "-3"},
                {"n | at_least: 10", "10"},
                {"n | at_most: 3", "3"},
                {"'12.0' | to_integer", "12"},
                {"'x' | plus: 1", "1"},
                {"10000000000 | times: 100000000000", "1e+21"},
                {"0.0000015 | divided_by: 10", "1.5e-7"}});
}

TEST(Filters, OfLists) {
    expect_all({{"l | join", "3 1 2"},
                {"l | first", "3"},
                {"l | last", "2"},
                {"l | reverse | join: ','", "2,1,3"},
                {"l | sort | join: ','", "1,2,3"},
                {"items | sort: 'p' | map: 't' | join", "a B C"},
                {"tags | sort_natural | join", "A b b"},
                {"l | size", "3"},
                {"items | map: 'p' | sum", "22.5"},
                {"items | sum: 'p'", "22.5"},
                {"items | map: 'ok' | compact | size", "1"},
                {"l | concat: tags | size", "6"},
                {"l | push: 9 | last", "9"},
                {"l | unshift: 9 | first", "9"},
                {"l | pop | size", "2"},
                {"l | shift | first", "1"},
                {"l | slice: 1, 5 | join", "1 2"},
                {"tags | uniq | join", "b A"},
                {"items | where: 'p', 10 | map: 't' | join", "B C"},
                {"items | where: 'ok' | size", "1"},
                {"items | reject: 'ok' | size", "2"},
                {"items | has: 'p', 2.5", "true"},
                {"items | find: 'p', 10 | json", R"({"t":"B","p":10,"ok":true})"},
                {"items | find_index: 't', 'C'", "2"},
                {"items | group_by: 'p' | map: 'name' | join", "10 2.5"},
                {"items | where_exp: 'i', 'i.p > 5' | size", "2"},
                {"items | reject_exp: 'i', 'i.p > 5' | size", "1"},
                {"items | has_exp: 'i', 'i.p > n'", "true"},
                {"items | find_exp: 'i', 'i.p < n' | map: 't'", "a"},
                {"items | find_index_exp: 'i', 'i.p < n'", "1"},
                {"items | group_by_exp: 'i', 'i.t | downcase' | map: 'name' | join", "b a c"},
                {"l | sample: 3 | sort | join", "1 2 3"},
                {"'a' | join", "a"},
                {"gone | reverse | size", "0"}});
}

TEST(Filters, OfDates) {
    expect_all(
        {{"at | date: '%Y-%m-%d %H:%M:%S.%L'", "2024-03-10 02:30:05.007"},
         {"at | date: '%e|%-d|%05d|%^b|%j|%U|%W|%q|%P'", "10|10|00010|MAR|070|10|10|th|am"},
         {"at | date: '%H:%M %:z', 'Europe/Istanbul'", "05:30 +03:00"},
         {"at | date: '%H:%M %z', 300", "21:30 -0500"},
         {"at | date", "Sunday, March 10, 2024 at 2:30 am +0000"},
         {"1700000000 | date: '%s %N'", "1700000000 000000000"},
         {"'March 14, 2016' | date: '%b %d, %y'", "Mar 14, 16"},
         {"'14 Mar 2016 10:30 PM +0200' | date: '%F %H:%M'", "%F 20:30"},
         {"'3/14/2016' | date: '%d.%m.%Y'", "14.03.2016"},
         {"'now' | date: '%Y'", "2026"},
         {"'no date' | date: '%Y'", "no date"},
         {"gone | date: '%Y'", ""},
         {"at | date_to_xmlschema", "2024-03-10T02:30:05+00:00"},
         {"at | date_to_rfc822", "Sun, 10 Mar 2024 02:30:05 +0000"},
         {"at | date_to_string: 'ordinal', 'US'", "Mar 10th, 2024"},
         {"at | date_to_long_string", "10 March 2024"},
         {"at | date: '%Y', 'Mars/Base'",
          "template: line 1, column 9: date: no time zone Mars/Base, such as Europe/Istanbul"}});
}

TEST(Filters, OfAnything) {
    expect_all({{"gone | default: 'x'", "x"},
                {"'' | default: 'x'", "x"},
                {"0 | default: 'x'", "0"},
                {"false | default: 'x'", "x"},
                {"false | default: 'x', allow_false: true", "false"},
                {"items[1] | json", R"({"t":"a","p":2.5})"},
                {"l | json: 1", "[\n 3,\n 1,\n 2\n]"},
                {"s | jsonify", R"("Hello World")"},
                {"s | inspect", R"("Hello World")"},
                {"html | raw", "<b>x</b>"},
                {"'***' | base64_decode",
                 "template: line 1, column 12: base64_decode: not base64 of a text"}});
}

TEST(Filters, AreAllInThisFile) {
    std::set<std::string_view> names;
    for (const auto& filters :
         {array_filters(), coding_filters(), date_filters(), expression_filters(), html_filters(),
          math_filters(), string_filters(), url_filters()}) {
        for (const Filter& filter : filters) EXPECT_TRUE(names.insert(filter.name).second);
    }
    EXPECT_EQ(names.size(), 88u);
    EXPECT_EQ(find_filter("strftime"), nullptr);
    EXPECT_EQ(filter_spelled_like("capitalise"), "capitalize");
}

}  // namespace
}  // namespace throughline::tmpl
