// What people have said about the use of their data and about topics, kept by identity.
//
// A statement gives or withdraws a purpose (Subject::Purpose) or a topic (Subject::Topic), for all
// channels or for one, with its proof: basis, version of the notice, where, when, by whom,
// evidence. A book holds the statements of one identity, in order; a person is the books of her
// identities (standing.h), so a merge moves nothing and a split gives everything back.
//
// Of each (subject, key, channel) a book keeps the latest kStatementsMax. Withdrawals are never
// lost by it: whatever was said before kStatementsMax later statements decides nothing any more,
// and what was withdrawn expressly stays while those are what a banner said.
//
//   version u8 · count varint · per statement: subject, flags, means, basis u8 · slot varint ·
//   source varint · at, stamp signed varint · position varint · key, only, notice, channel, actor,
//   evidence: size varint, text · identities it speaks for: count varint, differences varint
//
// Layer 3. Pure. Cost: decoding 0.2 us a statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/event.h"

namespace throughline::privacy {

using IdentityId = uint32_t;

inline constexpr size_t kStatementsMax = 32;  // Kept of each (subject, key, only).
inline constexpr size_t kSubjectsMax = 200;   // Different (subject, key, only) in a book.
inline constexpr size_t kKeyBytesMax = 100;   // Longer keys name nothing that can be defined.
inline constexpr size_t kTextBytesMax = 200;  // Of notice, channel and actor; longer ones are cut.
inline constexpr size_t kEvidenceBytesMax = 1000;
inline constexpr std::string_view kEverything = "*";  // The key of a withdrawal from all there is.

/// What a statement is about. Stored: never renumber.
enum class Subject : uint8_t { Purpose = 1, Topic = 2 };

/// How it came to be said. Stored: never renumber.
enum class Means : uint8_t {
    Event = 1,       // An event that says just this: `Consent Given`, `Topic Unsubscribed` ...
    Preference = 2,  // What a browser's banner is set to, sent along with every event.
    Decision = 3,    // Written down by somebody of the company, through the API.
};

/// On what ground data may be used (GDPR article 6). Stored: never renumber.
enum class Basis : uint8_t {
    Unsaid = 0,
    Consent = 1,
    Contract = 2,
    LegalObligation = 3,
    VitalInterest = 4,
    PublicTask = 5,
    LegitimateInterest = 6,
};

std::string_view subject_name(Subject subject);
std::string_view means_name(Means means);
std::string_view basis_name(Basis basis);  // Empty for Unsaid.
std::optional<Basis> basis_named(std::string_view name);

struct Statement {
    Subject subject = Subject::Purpose;
    bool is_given = false;  // Given or subscribed; else withdrawn or unsubscribed.
    Means means = Means::Event;
    Basis basis = Basis::Unsaid;
    bool is_late = false;          // History: speaks for its own identity only.
    std::string key;               // Of the purpose or topic, or a category of a consent banner.
    std::string only;              // The one channel it is about; empty: all.
    Micros at = 0;                 // When it was said.
    Micros stamp = 0;              // When it was taken.
    model::Position position = 0;  // The record that brought it,
    uint32_t slot = 0;             // and which one in that record.
    model::SourceId source = 0;    // 0: none, a decision.
    std::string notice;            // Version of the text that was shown.
    std::string channel;           // Where it was said: web, store, phone ...
    std::string actor;             // Who wrote it down; empty: the person herself.
    std::string evidence;          // Where the proof is: a link, the number of a form.
    std::vector<IdentityId> speaks_for;  // Other identities of the person then; ascending.

    bool speaks_for_identity(IdentityId identity) const;
    bool operator==(const Statement&) const = default;
};

struct Book {
    std::vector<Statement> statements;  // By subject, key, only, at, position, slot.

    /// Errors: Corrupt.
    static Result<Book> decode(std::string_view bytes);
    std::string encode() const;

    /// Takes a statement in. Returns whether it was kept: a preference that repeats what the banner
    /// said before says nothing. `gone` takes those that had to go for it.
    bool take(Statement statement, std::vector<Statement>& gone);
    const Statement* find(model::Position position, uint32_t slot) const;
};

/// At most `bytes_max` bytes of a text, cut between characters. Requires: UTF-8.
std::string_view cut_between_characters(std::string_view text, size_t bytes_max);

}  // namespace throughline::privacy
