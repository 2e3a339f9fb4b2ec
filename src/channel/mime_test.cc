#include "channel/mime.h"

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "base/random.h"

namespace throughline::channel {
namespace {

constexpr Micros kNow = 1'769'850'900 * kSecond;  // 2026-01-31T09:15:00Z, a Saturday.

Message message(Email email) {
    return {.key = {0x1f, 0x2e}, .to = "ana.pop@example.org", .content = std::move(email)};
}

Email email() {
    return {.from = "shop@shop.example",
            .from_name = "The \"Shop\"",
            .subject = "Your cart",
            .text = "Hi",
            .html = "<p>Hi",
            .unsubscribe = "https://news.shop.example/l/abc"};
}

Result<std::string> composed(const Email& email) {
    return compose(message(email), email, kNow);
}

/// The definition of decoding (RFC 2045 6.7).
std::string quoted_printable_decoded(std::string_view text) {
    std::string out;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '=') {
            out += text[at];
        } else if (text.substr(at + 1, 2) == "\r\n") {
            at += 2;
        } else {
            out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
            at += 2;
        }
    }
    return out;
}

void expect_short_lines(std::string_view text) {
    size_t from = 0;
    while (from < text.size()) {
        const size_t end = std::min(text.find("\r\n", from), text.size());
        EXPECT_LE(end - from, 76u);
        EXPECT_EQ(text.substr(from, end - from).find_first_of("\r\n"), text.npos);
        from = end + 2;
    }
}

TEST(Mime, OfTheWorkedExample) {
    EXPECT_EQ(composed(email()).value(),
              "Date: Sat, 31 Jan 2026 09:15:00 +0000\r\n"
              "From: \"The \\\"Shop\\\"\" <shop@shop.example>\r\n"
              "To: <ana.pop@example.org>\r\n"
              "Subject: Your cart\r\n"
              "Message-ID: <000000000000001f000000000000002e@shop.example>\r\n"
              "List-Unsubscribe: <https://news.shop.example/l/abc>\r\n"
              "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: multipart/alternative; "
              "boundary=\"=_000000000000001f000000000000002e\"\r\n\r\n"
              "--=_000000000000001f000000000000002e\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n\r\nHi\r\n"
              "--=_000000000000001f000000000000002e\r\n"
              "Content-Type: text/html; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Hi\r\n"
              "--=_000000000000001f000000000000002e--\r\n");
}

TEST(Mime, HasOnePartWhereThereIsOneText) {
    Email only_text = email();
    only_text.html.clear();
    const std::string text = composed(only_text).value();
    EXPECT_EQ(text.find("multipart"), text.npos);
    EXPECT_TRUE(text.ends_with("quoted-printable\r\n\r\nHi\r\n"));
}

TEST(Mime, NoValueCanAddAHeader) {
    const std::string evil = "a\r\nBcc: all@example.org";
    for (const std::string& value : {evil, std::string("a\nb"), std::string("a\rb"),
                                     std::string("a\0b", 3), std::string("a\x7f")}) {
        for (std::string Email::*field : {&Email::from, &Email::from_name, &Email::reply_to,
                                          &Email::subject, &Email::unsubscribe}) {
            Email changed = email();
            changed.*field = value;
            EXPECT_EQ(composed(changed).error().code, Code::InvalidArgument) << value;
        }
        Message changed = message(email());
        changed.to = value;
        EXPECT_FALSE(compose(changed, email(), kNow));
    }
}

TEST(Mime, RefusesWhatNobodyCouldReadOrSend) {
    Email none = email();
    none.text.clear();
    none.html.clear();
    EXPECT_EQ(composed(none).error().message, "email: text: neither text nor HTML");
    Email broken = email();
    broken.html = "\xff";
    EXPECT_FALSE(composed(broken));
    Email large = email();
    large.html.assign(kBodyMax, 'x');
    EXPECT_EQ(composed(large).error().code, Code::ResourceExhausted);
    Email plain = email();
    plain.unsubscribe = "http://news.shop.example/";
    EXPECT_FALSE(composed(plain));
}

TEST(MailAddress, IsADotAtomAtAHost) {
    for (const char* good :
         {"a@b", "ana.pop+shop@mail.example.org", "o'neil@xn--bcher-kva.example"}) {
        EXPECT_TRUE(is_mail_address(good)) << good;
    }
    for (const char* bad :
         {"", "@", "a@", "@b", "a b@c", "a@b@c d", ".a@b", "a.@b", "a..b@c", "a@.b", "<a@b>",
          "a@b>", "a@b\r\nDATA", "\"a\"@b", "a@[127.0.0.1]", "ă@b"}) {
        EXPECT_FALSE(is_mail_address(bad)) << bad;
    }
    EXPECT_FALSE(is_mail_address(std::string(65, 'a') + "@b"));
}

TEST(QuotedPrintable, OfLinesBlanksAndDots) {
    const auto encoded = [](std::string_view text) {
        std::string out;
        append_quoted_printable(out, text);
        return out;
    };
    EXPECT_EQ(encoded("a\nb\r\nc\rd"), "a\r\nb\r\nc\r\nd");
    EXPECT_EQ(encoded("a \nb\t"), "a=20\r\nb=09");
    EXPECT_EQ(encoded(".\n..x"), "=2E\r\n=2E.x");
    EXPECT_EQ(encoded("1=1 ğ"), "1=3D1 =C4=9F");
    EXPECT_EQ(encoded(std::string(80, 'x')), std::string(75, 'x') + "=\r\nxxxxx");
}

TEST(QuotedPrintable, GivesBackAnyTextInShortLines) {
    SeededRandom random(7);
    for (int round = 0; round < 3'000; ++round) {
        std::string text;
        const uint64_t size = random.below(400);
        while (text.size() < size) {
            static constexpr const char* kPieces[] = {"a",    " ", "\t", "=", ".",
                                                      "\r\n", "ş", "€",  "😀", "\x01"};
            text += random.chance(0.5) ? "word" : kPieces[random.below(10)];
        }
        std::string out;
        append_quoted_printable(out, text);
        ASSERT_EQ(quoted_printable_decoded(out), text);
        expect_short_lines(out);
        EXPECT_TRUE(out.empty() || (out.back() != ' ' && out.back() != '\t'));
        EXPECT_EQ(out.find(" \r"), out.npos);
    }
}

TEST(TextHeader, IsPlainWhereItCanBe) {
    const auto header = [](std::string_view value) {
        std::string out;
        append_text_header(out, "Subject", value);
        return out;
    };
    EXPECT_EQ(header("20% off, today!"), "Subject: 20% off, today!\r\n");
    EXPECT_EQ(header("Sepetiniz sizi bekliyor, Işıl"),
              "Subject: =?UTF-8?Q?Sepetiniz_sizi_bekliyor=2C_I=C5=9F=C4=B1l?=\r\n");
    EXPECT_EQ(header("ğüşıöç"), "Subject: =?UTF-8?B?xJ/DvMWfxLHDtsOn?=\r\n");
    EXPECT_EQ(header("A very long subject that goes on and on without ending, well past a line é"),
              "Subject: =?UTF-8?Q?A_very_long_subject_that_goes_on_and_on_without_ending?=\r\n"
              " =?UTF-8?Q?=2C_well_past_a_line_=C3=A9?=\r\n");
    EXPECT_EQ(header("=?UTF-8?Q?not_ours?="),
              "Subject: =?UTF-8?B?PT9VVEYtOD9RP25vdF9vdXJzPz0=?=\r\n");
}

TEST(TextHeader, KeepsWordsShortAndWholeForAnyText) {
    SeededRandom random(3);
    for (int round = 0; round < 3'000; ++round) {
        std::string value;
        const uint64_t size = random.below(300);
        while (value.size() < size) {
            static constexpr const char* kPieces[] = {"a", "B", " ", "_", "?",
                                                      "=", "ğ", "ț", "€", "😀"};
            value += kPieces[random.below(10)];
        }
        std::string out;
        append_text_header(out, "Subject", value);
        ASSERT_TRUE(out.ends_with("\r\n"));
        expect_short_lines(out);
    }
}

}  // namespace
}  // namespace throughline::channel
