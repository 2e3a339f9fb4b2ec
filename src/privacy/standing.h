// What stands for a person, out of all that was said under her identities.
//
// A withdrawal stands unless a later statement gives anew *for the identity that withdrew*. A
// giving speaks for its own identity, and, if it was said live and expressly, for all identities
// that were one person when it was taken. So after a merge a withdrawal on any side stands until
// the person, as one, gives anew; a split leaves each side with its own; merged again, what she
// had said as one holds again. Nothing of it depends on the order of merges: it is a function of
// the books and of who belongs together now.
//
// Only what was said at or before the moment asked about counts; of two statements of one instant
// the withdrawal stands.
//
// Layer 3. Pure. Cost: statements of the subject squared, of which there are a few.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "privacy/statement.h"

namespace throughline::privacy {

/// One identity of a person and what it has said.
struct Held {
    IdentityId identity = 0;
    const Book* book = nullptr;
};

/// By what names a purpose or topic goes: its key, and for a purpose the categories of banners.
struct Names {
    Subject subject = Subject::Purpose;
    std::string key;
    std::vector<std::string> others;

    bool has(std::string_view name) const;
};

enum class Stand : uint8_t { Unsaid, Given, Withdrawn };

struct Standing {
    Stand stand = Stand::Unsaid;
    const Statement* by =
        nullptr;               // That decides: the latest that gives, or that withdrew and holds.
    IdentityId identity = 0;   // Who said it.
    bool is_conflict = false;  // Withdrawn on one side, given later on another: ask her again.
};

/// Returns what stands at `at` for a channel; an empty channel: for those that nothing was said of
/// by name. The answer points into the books.
Standing standing(std::span<const Held> held, const Names& names, std::string_view channel,
                  Micros at);

}  // namespace throughline::privacy
