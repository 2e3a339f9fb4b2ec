#include "privacy/statement.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace throughline::privacy {
namespace {

Statement said(bool is_given, Micros at, Means means = Means::Event) {
    Statement statement;
    statement.is_given = is_given;
    statement.means = means;
    statement.key = "marketing";
    statement.at = at;
    statement.position = static_cast<model::Position>(at);
    return statement;
}

Book book_of(const std::vector<Statement>& statements) {
    Book book;
    std::vector<Statement> gone;
    for (const Statement& statement : statements) book.take(statement, gone);
    return book;
}

std::vector<Micros> times(const Book& book) {
    std::vector<Micros> at;
    for (const Statement& statement : book.statements) at.push_back(statement.at);
    return at;
}

TEST(Book, ReadsWhatItWrote) {
    Statement full = said(true, -5, Means::Decision);
    full.subject = Subject::Topic;
    full.basis = Basis::LegitimateInterest;
    full.is_late = true;
    full.only = "sms";
    full.stamp = 1'700'000'000 * kSecond;
    full.slot = 7;
    full.source = 3;
    full.notice = "2026-01";
    full.channel = "store";
    full.actor = "token:till";
    full.evidence = "form 17";
    full.speaks_for = {2, 900, 4'000'000'000};
    const Book book = book_of({said(false, 3), full, said(true, 9)});
    const auto read = Book::decode(book.encode());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->statements, book.statements);
    EXPECT_EQ(Book::decode("")->statements.size(), 0u);
}

TEST(Book, DamagedBytesAreRefusedOrReadable) {
    const std::string bytes = book_of({said(false, 3), said(true, 9)}).encode();
    for (size_t size = 1; size < bytes.size(); ++size) {
        EXPECT_FALSE(Book::decode(bytes.substr(0, size)));
    }
    SeededRandom random(5);
    for (int i = 0; i < 20'000; ++i) {
        std::string damaged = bytes;
        damaged[random.below(damaged.size())] = static_cast<char>(random.next());
        const auto book = Book::decode(damaged);
        EXPECT_TRUE(!book || book->statements.size() <= 2);
    }
}

TEST(Book, KeepsTheLatestOfEachSubjectInAnyOrderOfArrival) {
    std::vector<Statement> all;
    for (Micros at = 1; at <= 60; ++at) all.push_back(said(at % 2 == 0, at));
    const Book in_order = book_of(all);
    EXPECT_EQ(in_order.statements.size(), kStatementsMax);
    EXPECT_EQ(in_order.statements.front().at, 29);
    SeededRandom random(1);
    for (int round = 0; round < 50; ++round) {
        for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
        EXPECT_EQ(book_of(all).statements, in_order.statements);
    }
}

TEST(Book, SaysWhichStatementsHadToGo) {
    Book book;
    std::vector<Statement> gone;
    for (Micros at = 2; at <= 33; ++at) EXPECT_TRUE(book.take(said(true, at), gone));
    EXPECT_TRUE(gone.empty());
    EXPECT_TRUE(book.take(said(true, 40), gone));
    ASSERT_EQ(gone.size(), 1u);
    EXPECT_EQ(gone[0].at, 2);
    EXPECT_FALSE(book.take(said(true, 1), gone));  // Older than all that is kept.
    EXPECT_EQ(gone.size(), 1u);
    EXPECT_EQ(book.statements.size(), kStatementsMax);
}

TEST(Book, ABannerSaysSomethingOnlyWhenItChanges) {
    const auto banner = [](bool given, Micros at) { return said(given, at, Means::Preference); };
    Book book = book_of({banner(true, 1), banner(true, 2), banner(false, 5), banner(false, 6)});
    EXPECT_EQ(times(book), (std::vector<Micros>{1, 5}));
    // It was given earlier than known: the earlier moment counts.
    std::vector<Statement> gone;
    book = book_of({banner(true, 5)});
    EXPECT_TRUE(book.take(banner(true, 3), gone));
    EXPECT_EQ(times(book), (std::vector<Micros>{3}));
    EXPECT_EQ(gone.size(), 1u);
}

TEST(Book, ABannerThatStaysAsItWasDoesNotLiftWhatWasWithdrawnElsewhere) {
    const auto banner = [](bool given, Micros at) { return said(given, at, Means::Preference); };
    // The withdrawal came by a link in a mail; the shop's cookie still says yes.
    const Book book = book_of({banner(true, 1), said(false, 4), banner(true, 9)});
    EXPECT_EQ(times(book), (std::vector<Micros>{1, 4}));
    EXPECT_FALSE(book.statements.back().is_given);
}

TEST(Book, ABannerThatFlapsDoesNotPushOutWhatWasWithdrawnExpressly) {
    Book book = book_of({said(false, 1)});
    std::vector<Statement> gone;
    for (Micros at = 2; at <= 100; ++at) book.take(said(at % 2 == 0, at, Means::Preference), gone);
    EXPECT_EQ(book.statements.size(), kStatementsMax);
    EXPECT_EQ(book.statements.front(), said(false, 1));
    EXPECT_EQ(book.statements.back().at, 100);
    EXPECT_EQ(gone.size(), 100 - kStatementsMax);
}

TEST(Book, TooManySubjectsTurnAWithdrawalIntoOneOfEverything) {
    Book book;
    std::vector<Statement> gone;
    for (size_t i = 0; i < kSubjectsMax; ++i) {
        Statement one = said(true, 1);
        one.key = "k" + std::to_string(i);
        EXPECT_TRUE(book.take(one, gone));
    }
    Statement more = said(true, 2);
    more.key = "more";
    EXPECT_FALSE(book.take(more, gone));
    more.is_given = false;
    EXPECT_TRUE(book.take(more, gone));
    EXPECT_EQ(book.statements.front().key, kEverything);
}

TEST(Book, CutsTextBetweenCharacters) {
    EXPECT_EQ(cut_between_characters("Iași", 3), "Ia");
    EXPECT_EQ(cut_between_characters("Iași", 4), "Iaș");
    EXPECT_EQ(cut_between_characters("Iași", 9), "Iași");
    EXPECT_EQ(cut_between_characters("ș", 1), "");
}

}  // namespace
}  // namespace throughline::privacy
