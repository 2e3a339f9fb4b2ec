#include "privacy/statement.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/bytes.h"

namespace throughline::privacy {

namespace {

constexpr uint8_t kBookVersion = 1;

enum StatementFlag : uint8_t { kGiven = 1, kLate = 2 };

constexpr std::array<std::string_view, 7> kBases = {"",
                                                    "consent",
                                                    "contract",
                                                    "legal_obligation",
                                                    "vital_interest",
                                                    "public_task",
                                                    "legitimate_interest"};

auto subject_of(const Statement& statement) {
    return std::tuple(statement.subject, std::string_view(statement.key),
                      std::string_view(statement.only));
}

auto moment_of(const Statement& statement) {
    return std::tuple(statement.at, statement.position, statement.slot);
}

bool comes_before(const Statement& a, const Statement& b) {
    return std::tuple(subject_of(a), moment_of(a)) < std::tuple(subject_of(b), moment_of(b));
}

void write(ByteWriter& out, const Statement& statement) {
    out.u8(static_cast<uint8_t>(statement.subject));
    out.u8(
        static_cast<uint8_t>((statement.is_given ? kGiven : 0) | (statement.is_late ? kLate : 0)));
    out.u8(static_cast<uint8_t>(statement.means));
    out.u8(static_cast<uint8_t>(statement.basis));
    out.varint(statement.slot);
    out.varint(statement.source);
    out.signed_varint(statement.at);
    out.signed_varint(statement.stamp);
    out.varint(statement.position);
    for (const std::string* text : {&statement.key, &statement.only, &statement.notice,
                                    &statement.channel, &statement.actor, &statement.evidence}) {
        out.string(*text);
    }
    out.varint(statement.speaks_for.size());
    IdentityId before = 0;
    for (const IdentityId identity : statement.speaks_for) {
        out.varint(identity - before);
        before = identity;
    }
}

Statement read(ByteReader& in) {
    Statement statement;
    statement.subject = static_cast<Subject>(in.u8());
    const uint8_t flags = in.u8();
    statement.is_given = (flags & kGiven) != 0;
    statement.is_late = (flags & kLate) != 0;
    statement.means = static_cast<Means>(in.u8());
    statement.basis = static_cast<Basis>(in.u8());
    statement.slot = static_cast<uint32_t>(in.varint());
    statement.source = static_cast<model::SourceId>(in.varint());
    statement.at = in.signed_varint();
    statement.stamp = in.signed_varint();
    statement.position = in.varint();
    for (std::string* text : {&statement.key, &statement.only, &statement.notice,
                              &statement.channel, &statement.actor, &statement.evidence}) {
        *text = in.string();
    }
    IdentityId before = 0;
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        before += static_cast<IdentityId>(in.varint());
        statement.speaks_for.push_back(before);
    }
    return statement;
}

bool is_whole(const Statement& statement) {
    const bool has_subject =
        statement.subject == Subject::Purpose || statement.subject == Subject::Topic;
    const bool has_means = statement.means >= Means::Event && statement.means <= Means::Decision;
    return has_subject && has_means && statement.basis <= Basis::LegitimateInterest;
}

using Place = std::vector<Statement>::iterator;

// Of the statements of one subject, by time, the one to go when they are too many: the oldest. But
// what was withdrawn expressly outlives what a banner said since, except the last of that.
Place least_needed(Place oldest, Place end) {
    const auto is_banner = [](const Statement& one) { return one.means == Means::Preference; };
    if (oldest->is_given || is_banner(*oldest)) return oldest;
    const Place banner = std::find_if(oldest, end, is_banner);
    if (banner == end || std::find_if(banner + 1, end, is_banner) == end) return oldest;
    return banner;
}

}  // namespace

std::string_view subject_name(Subject subject) {
    return subject == Subject::Purpose ? "purpose" : "topic";
}

std::string_view means_name(Means means) {
    switch (means) {
        case Means::Event:
            return "event";
        case Means::Preference:
            return "preference";
        case Means::Decision:
            return "decision";
    }
    return "";
}

std::string_view basis_name(Basis basis) {
    return kBases[static_cast<size_t>(basis)];
}

std::optional<Basis> basis_named(std::string_view name) {
    const auto found = std::ranges::find(kBases, name);
    if (found == kBases.end() || name.empty()) return {};
    return static_cast<Basis>(found - kBases.begin());
}

bool Statement::speaks_for_identity(IdentityId identity) const {
    return std::ranges::binary_search(speaks_for, identity);
}

Result<Book> Book::decode(std::string_view bytes) {
    Book book;
    if (bytes.empty()) return book;
    ByteReader in(bytes);
    if (in.u8() != kBookVersion) return Error::corrupt("privacy: book: unknown version");
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        Statement statement = read(in);
        if (in.ok() && !is_whole(statement)) return Error::corrupt("privacy: book: damaged");
        book.statements.push_back(std::move(statement));
    }
    if (!in.ok() || !in.at_end()) return Error::corrupt("privacy: book: wrong length");
    return book;
}

std::string Book::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(kBookVersion);
    out.varint(statements.size());
    for (const Statement& statement : statements) write(out, statement);
    return bytes;
}

bool Book::take(Statement statement, std::vector<Statement>& gone) {
    size_t subjects = 0;
    for (size_t i = 0; i < statements.size(); ++i) {
        subjects += i == 0 || subject_of(statements[i - 1]) != subject_of(statements[i]);
    }
    const auto same_subject = [&](const Statement& other) {
        return subject_of(other) == subject_of(statement);
    };
    if (subjects >= kSubjectsMax && std::ranges::none_of(statements, same_subject)) {
        if (statement.is_given) return false;
        statement.key = kEverything;  // What is withdrawn is never lost: rather more than less.
        statement.only.clear();
    }
    const auto at = std::ranges::lower_bound(statements, statement, comes_before);
    if (statement.means == Means::Preference) {
        const auto is_banner = [&](const Statement& other) {
            return same_subject(other) && other.means == Means::Preference;
        };
        const auto before =
            std::find_if(std::make_reverse_iterator(at), statements.rend(), is_banner);
        if (before != statements.rend() && before->is_given == statement.is_given) return false;
        // It was given earlier than we knew, so a withdrawal in between stands. A withdrawal stays
        // with the one after it: what the banner said in between may have come and been a repeat.
        const auto after = std::find_if(at, statements.end(), is_banner);
        if (after != statements.end() && after->is_given && statement.is_given) {
            gone.push_back(std::move(*after));
            *after = std::move(statement);
            std::ranges::sort(statements, comes_before);
            return true;
        }
    }
    const auto place = statements.insert(at, std::move(statement));
    const auto range = std::equal_range(
        statements.begin(), statements.end(), *place,
        [](const Statement& a, const Statement& b) { return subject_of(a) < subject_of(b); });
    if (range.second - range.first <= static_cast<ptrdiff_t>(kStatementsMax)) return true;
    const auto least = least_needed(range.first, range.second);
    const bool is_kept = least != place;
    if (is_kept) gone.push_back(std::move(*least));
    statements.erase(least);
    return is_kept;
}

const Statement* Book::find(model::Position position, uint32_t slot) const {
    const auto found = std::ranges::find_if(statements, [&](const Statement& statement) {
        return statement.position == position && statement.slot == slot;
    });
    return found != statements.end() ? &*found : nullptr;
}

std::string_view cut_between_characters(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end);
}

}  // namespace throughline::privacy
