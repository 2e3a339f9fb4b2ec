#include "channel/tracking.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "channel/link.h"

namespace throughline::channel {
namespace {

// What was asked for goes into brackets, so that it can be seen in the result.
std::string replaced(std::string_view html) {
    return replace_links(html, [](std::string_view address) -> std::optional<std::string> {
        if (address.starts_with("https://ours.example/")) return {};
        return "[" + std::string(address) + "]";
    });
}

TEST(Tracking, ReplacesTheAddressesOfLinksAndNothingElse) {
    EXPECT_EQ(replaced(R"(<p>x <a class="b" href="https://s.example/?a=1&amp;b=2#c">go</a> y</p>)"),
              R"(<p>x <a class="b" href="[https://s.example/?a=1&b=2#c]">go</a> y</p>)");
    EXPECT_EQ(replaced("<A HREF = 'HTTP://s.example/a'>x</A><area href=http://s.example/b>"),
              "<A HREF = \"[HTTP://s.example/a]\">x</A><area href=\"[http://s.example/b]\">");
    EXPECT_EQ(replaced("<a\nhref=\" https://s.example/ \n\">x</a>"),
              "<a\nhref=\"[https://s.example/]\">x</a>");
}

TEST(Tracking, LeavesAloneWhatIsNoLinkOfTheWeb) {
    for (const char* html :
         {R"(<a href="mailto:a@b.example">x</a>)", R"(<a href="tel:+40721">x</a>)",
          R"(<a href="#top">x</a>)", R"(<a href="/cart">x</a>)", R"(<a href="">x</a>)", "<a href",
          R"(<a href="https://ours.example/u/abc">x</a>)", R"(<img src="https://s.example/a.png">)",
          R"(<link href="https://s.example/a.css">)", R"(<abbr href="https://s.example/">x)",
          R"(<!--[if mso]><a href="https://s.example/">x</a><![endif]-->)",
          R"(<style>a{} <a href="https://s.example/"></style>)",
          R"(<script>"<a href='https://s.example/'>"</script>)",
          R"(<a data-href="https://s.example/">x</a>)",
          R"(<p title="<a href='https://s.example/'>">)", R"(<a href="https://s.example/)",
          "a < b > c", R"(text https://s.example/ text)"}) {
        EXPECT_EQ(replaced(html), html);
    }
}

TEST(Tracking, SendsLettersOutsideAsciiAsBrowsersDo) {
    EXPECT_EQ(replaced(R"(<a href="https://s.example/ürün?a=ş b">x</a>)"),
              R"(<a href="[https://s.example/%C3%BCr%C3%BCn?a=%C5%9F%20b]">x</a>)");
}

TEST(Tracking, ReadsEntitiesAsTheyAreMeant) {
    EXPECT_EQ(replaced("<a href='https://s.example/?a=&#x27;&#39;&quot;&copy;&amp&#0;&#xd800;'>"),
              "<a href=\"[https://s.example/?a=''\"&copy;&amp&#0;&#xd800;]\">");
}

// Pieces of markup in any order: every byte that is no replaced address stays, and every address
// that was replaced can be read back.
TEST(Tracking, EveryLinkSurvivesWhateverStandsAroundIt) {
    constexpr std::string_view kSecret = "a secret of the installation";
    const Links links = Links::make("https://news.example/", std::string(kSecret)).value();
    const std::vector<std::string> pieces = {"<p>",
                                             "</p>",
                                             "text & more ",
                                             "<!-- <a href='https://no.example/'> -->",
                                             "<br/>",
                                             "a < b",
                                             "<img src=\"https://s.example/i.png\">",
                                             "<a href=\"mailto:a@b.example\">m</a>"};
    SeededRandom random(7);
    for (int round = 0; round < 2'000; ++round) {
        std::string html;
        std::string expected;
        std::vector<std::string> targets;
        for (uint64_t i = random.below(20); i > 0; --i) {
            const std::string& piece = pieces[random.below(pieces.size())];
            html += piece;
            expected += piece;
            if (!random.chance(0.4)) continue;
            targets.push_back("https://s.example/?n=" + std::to_string(random.below(1000)));
            html += "<a href=\"" + targets.back() + "\">x</a>";
            expected += "<a href=\"@\">x</a>";
        }
        size_t count = 0;
        std::string out = replace_links(html, [&](std::string_view address) {
            const std::string link = links.click({1, 2}, {}, address).value();
            EXPECT_EQ(read_token(kSecret, link.substr(link.rfind('/') + 1))->target,
                      targets.at(count++));
            return std::optional<std::string>("@");
        });
        EXPECT_EQ(out, expected);
        EXPECT_EQ(count, targets.size());
    }
}

TEST(Tracking, PutsThePictureAtTheEndOfTheBody) {
    const std::string pixel = R"(<img src="https://o/" width="1" height="1" alt="">)";
    EXPECT_EQ(with_pixel("<body>x</BODY></html>", "https://o/"),
              "<body>x" + pixel + "</BODY></html>");
    EXPECT_EQ(with_pixel("<p>x</p>", "https://o/"), "<p>x</p>" + pixel);
    EXPECT_EQ(with_pixel("<!-- </body> -->x</body>", "https://o/"),
              "<!-- </body> -->x" + pixel + "</body>");
}

}  // namespace
}  // namespace throughline::channel
