// Tables: what comes in, and the one form that it is brought to. An empty result means: no value.
#include "model/normalise.h"

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "base/random.h"

namespace throughline::model {
namespace {

struct Case {
    std::string_view in;
    std::string_view out;
    std::string_view region{};
};

void expect_all(Normaliser how, std::initializer_list<Case> cases) {
    for (const Case& c : cases) {
        const std::string got = normalise(how, c.in, c.region).value_or("");
        EXPECT_EQ(got, c.out) << "from `" << c.in << "` in " << c.region;
        if (got.empty()) continue;
        EXPECT_EQ(normalise(how, got, c.region), got) << "not stable: `" << c.in << "`";
    }
}

TEST(Normalise, EmailsAreTrimmedAndLowered) {
    expect_all(Normaliser::Email, {
                                      {" Ana.Pop@Example.RO ", "ana.pop@example.ro"},
                                      {"ANA+shop@x.co.uk", "ana+shop@x.co.uk"},
                                      {"o'neil@x.ie", "o'neil@x.ie"},
                                      {"a@x.ro.", "a@x.ro"},
                                      {"\xef\xbb\xbf"
                                       "ana@x.ro\r\n",
                                       "ana@x.ro"},
                                      {"\xc2\xa0"
                                       "ana@x.ro\xe2\x80\x8b",
                                       "ana@x.ro"},
                                      {"ana..pop@docomo.ne.jp", "ana..pop@docomo.ne.jp"},
                                  });
}

TEST(Normalise, EmailDomainsBecomeAsciiWhateverTheirScript) {
    expect_all(Normaliser::Email, {
                                      {"Ana@Bücher.example", "ana@xn--bcher-kva.example"},
                                      {"ana@BÜCHER.example", "ana@xn--bcher-kva.example"},
                                      {"ana@XN--BCHER-KVA.example", "ana@xn--bcher-kva.example"},
                                      {"ana@straße.de", "ana@xn--strae-oqa.de"},
                                      {"ana@例え.jp", "ana@xn--r8jz45g.jp"},
                                  });
}

TEST(Normalise, TurkishCapitalsInEmailsMatchWhatPeopleType) {
    // `İ`.toLowerCase() gives i and U+0307 in JavaScript: the same address twice.
    expect_all(Normaliser::Email, {
                                      {"INFO@SIRKET.COM.TR", "info@sirket.com.tr"},
                                      {"İnfo@sirket.com.tr", "info@sirket.com.tr"},
                                      {"i\xcc\x87nfo@sirket.com.tr", "info@sirket.com.tr"},
                                      {"ışık@sirket.com.tr", "ışık@sirket.com.tr"},
                                  });
}

TEST(Normalise, WhatIsNoEmailGivesNothing) {
    expect_all(Normaliser::Email,
               {
                   {"", ""},
                   {"ana", ""},
                   {"@x.ro", ""},
                   {"ana@", ""},
                   {"ana@localhost", ""},
                   {"ana@x..ro", ""},
                   {"ana@-x.ro", ""},
                   {"ana@x-.ro", ""},
                   {"ana@127.0.0.1", ""},
                   {"ana@[127.0.0.1]", ""},
                   {"Ana Pop <ana@x.ro>", ""},
                   {"ana pop@x.ro", ""},
                   {"ana@x y.ro", ""},
                   {"ana@x_y.ro", ""},
                   {"a@b@x.ro", ""},
                   {"ana@\xff\xfe.ro", ""},
                   {"\xff@x.ro", ""},
                   {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x.ro", ""},
               });
}

TEST(Normalise, PhonesOfEachCountryBecomeE164) {
    expect_all(Normaliser::Phone, {
                                      {"0532 123 45 67", "+905321234567", "TR"},
                                      {"(0532) 123-45-67", "+905321234567", "TR"},
                                      {"5321234567", "+905321234567", "TR"},
                                      {"905321234567", "+905321234567", "TR"},
                                      {"+90 (0) 532 123 45 67", "+905321234567", "DE"},
                                      {"0722.123.456", "+40722123456", "RO"},
                                      {"722 123 456", "+40722123456", "RO"},
                                      {"+40 0722 123 456", "+40722123456", ""},
                                      {"0040722123456", "+40722123456", "RO"},
                                      {"021 312 34 56", "+40213123456", "RO"},
                                      {"(415) 555-2671", "+14155552671", "US"},
                                      {"1-415-555-2671", "+14155552671", "US"},
                                      {"011 40 722 123 456", "+40722123456", "US"},
                                      {"514 555 2671 x12", "+15145552671", "CA"},
                                      {"020 7946 0018", "+442079460018", "GB"},
                                      {"+44 (0)20 7946 0018", "+442079460018", ""},
                                      {"07700 900123", "+447700900123", "GB"},
                                      {"030/901820", "+4930901820", "DE"},
                                      {"0151 23456789", "+4915123456789", "DE"},
                                      {"01 23 45 67 89", "+33123456789", "FR"},
                                      {"06 698 12345",
                                       "+3906698"
                                       "12345",
                                       "IT"},
                                      {"347 123 4567", "+393471234567", "IT"},
                                      {"612 34 56 78", "+34612345678", "ES"},
                                      {"06-12345678", "+31612345678", "NL"},
                                      {"8 (912) 345-67-89", "+79123456789", "RU"},
                                      {"06 20 123 4567", "+36201234567", "HU"},
                                  });
}

TEST(Normalise, InternationalNumbersNeedNoRegion) {
    expect_all(Normaliser::Phone, {
                                      {"+40 722 123 456", "+40722123456"},
                                      {"00 90 532 123 45 67", "+905321234567"},
                                      {"tel:+1-415-555-2671", "+14155552671"},
                                      {"+852 2345 6789", "+85223456789"},
                                      {"+44\xc2\xa0"
                                       "20\xe2\x80\x91"
                                       "7946\xe2\x80\x93"
                                       "0018;ext=5",
                                       "+442079460018"},
                                  });
}

TEST(Normalise, WhatIsNoPhoneGivesNothing) {
    expect_all(Normaliser::Phone, {
                                      {"0532 123 45 67", "", ""},
                                      {"0532 123 45 67", "", "XX"},
                                      {"532 123", "", "TR"},
                                      {"1532 123 45 67 89", "", "TR"},
                                      {"+99", ""},
                                      {"+0722123456", ""},
                                      {"+2812345678", ""},
                                      {"+40 722 123 4567 89", ""},
                                      {"+1 415 155 2671", ""},
                                      {"call me", "", "US"},
                                      {"0722+123456", "", "RO"},
                                      {"++40722123456", ""},
                                      {"ext 12", "", "US"},
                                  });
}

TEST(Normalise, TextIdsAreTrimmedAndRidOfControlCharacters) {
    expect_all(Normaliser::Text, {
                                     {"  A 1 ", "A 1"},
                                     {"a\tb\x01\x7f\xc2\x85"
                                      "c",
                                      "abc"},
                                     {"İd", "İd"},
                                     {" \r\n\t ", ""},
                                 });
    EXPECT_FALSE(normalise(Normaliser::Text, std::string(3000, 'x'), ""));
}

TEST(Normalise, CaseFoldedIdsMatchInAnyCase) {
    expect_all(Normaliser::CaseFolded, {
                                           {"ABC-İ1", "abc-i1"},
                                           {"Straße", "strasse"},
                                           {"ΣΊΣΥΦΟΣ", "σίσυφοσ"},
                                           {"e\xcc\x81", "é"},
                                           {"\xff", ""},
                                       });
}

TEST(Normalise, NamesMatchAcrossKeyboards) {
    for (const Case& c : std::initializer_list<Case>{
             {"Işık Öztürk", "isik ozturk"},
             {"IŞIK ÖZTÜRK", "isik ozturk"},
             {"İSİK", "isik"},
             {"ısık", "isik"},
             {"i\xcc\x87sik", "isik"},
             {"Çağlar Ünsoy", "caglar unsoy"},
             {"Ștefan Țepeș", "stefan tepes"},  // Comma below.
             {"Ştefan Ţepeş", "stefan tepes"},  // Cedilla.
             {"S\xcc\xa6tefan", "stefan"},      // S and a combining comma.
             {"Ioana  Mălăescu-Brâncoveanu ", "ioana malaescu-brancoveanu"},
             {"Łukasz Đặng Bjørn Groß", "lukasz dang bjorn gross"},
             {"Ａｎａ", "ana"},
             {"\xff", ""},
         }) {
        EXPECT_EQ(name_match_form(c.in), c.out) << c.in;
        EXPECT_EQ(name_match_form(c.out), c.out);
    }
}

TEST(Normalise, NamesAreShownAsSentButComposed) {
    EXPECT_EQ(name_display_form("Işık"), "Işık");
    EXPECT_EQ(name_display_form("e\xcc\x81"), "é");
    EXPECT_EQ(name_display_form("Ştefan"), "Ştefan");  // The cedilla stays.
    EXPECT_EQ(name_display_form("\xff"), "\xff");
}

TEST(Normalise, ValuesThatNameNobodyAreGeneric) {
    for (const auto value : {"", "0", "0000", "-", "0-0", "-1", "null", "NULL", "undefined", "None",
                             "NaN", "anonymous", "Guest", "true", "false", "[object Object]", "{}",
                             "(not set)", "00000000-0000-0000-0000-000000000000"}) {
        EXPECT_TRUE(is_generic(kAnonymousId, value)) << value;
        EXPECT_TRUE(is_generic(kUserId, value)) << value;
    }
    for (const auto value : {"1", "42", "17850", "ana", "nullable", "guest-17", "00001",
                             "507f191e-810c-4197-29de-860ea0000000"}) {
        EXPECT_FALSE(is_generic(kUserId, value)) << value;
    }
    for (const auto value : {"test@test.com", "test@shop.ro", "user@example.com", "noreply@shop.ro",
                             "a@b.invalid", "null@null.ro"}) {
        EXPECT_TRUE(is_generic(kEmail, value)) << value;
    }
    EXPECT_FALSE(is_generic(kEmail, "ana@example.com"));
    EXPECT_FALSE(is_generic(kEmail, "ana@shop.ro"));
    EXPECT_FALSE(is_generic(kEmail, "tester@shop.ro"));
    for (const auto value : {"+400000000", "+14155555555", "+40123456789"}) {
        EXPECT_TRUE(is_generic(kPhone, value)) << value;
    }
    EXPECT_FALSE(is_generic(kPhone, "+40722123456"));
}

TEST(Normalise, IsStableOnRandomText) {
    SeededRandom random(7);
    constexpr std::string_view kPieces[] = {"a",   "I",  "İ", "ı",  "@",    ".", "ß",  "+",
                                            "0",   "40", "7", " ",  "\xff", "ş", "-",  "(",
                                            "(0)", "é",  "x", "\t", "ro",   "ΐ", "00", "90"};
    for (int round = 0; round < 50'000; ++round) {
        std::string text;
        for (uint64_t left = random.below(14); left > 0; --left) {
            text += kPieces[random.below(std::size(kPieces))];
        }
        for (const auto how :
             {Normaliser::Text, Normaliser::Email, Normaliser::Phone, Normaliser::CaseFolded}) {
            const auto once = normalise(how, text, "RO");
            if (!once) continue;
            EXPECT_FALSE(once->empty());
            EXPECT_EQ(normalise(how, *once, "RO"), once) << text;
        }
        const std::string match = name_match_form(text);
        EXPECT_EQ(name_match_form(match), match) << text;
    }
}

}  // namespace
}  // namespace throughline::model
