// What comes of a story, as an interpreter tells it that keeps all happenings and decides
// everything anew from the first of them.
//
// Layer 5, tests only.
#pragma once

#include <string>
#include <vector>

#include "journey/test_story.h"

namespace throughline::journey::testing {

/// Lines in the order in which they came about; runs have numbers in the order of their starts.
struct Telling {
    std::vector<std::string> rows;     // `12:30 reached run 0 step 1 visit 2 detail 0`
    std::vector<std::string> intents;  // `task run 0 step 1 visit 2 until 13:30`
    std::vector<std::string> refused;  // `journey 1 why 0`
    bool operator==(const Telling&) const = default;
};

std::string row_line(Micros at, RowKind kind, size_t run, int step, int visit, int detail);
std::string intent_line(IntentKind kind, size_t run, int step, int visit, Micros until);
std::string refused_line(int journey, Refusal why);

/// Which identities are one person: equal numbers. Each on its own at first.
using People = std::vector<int>;
void merge(People& people, int a, int b);
void split_off(People& people, int identity);
/// What a split hashes of a person: as the engine has it, whose identities begin with 1.
Key128 person_key(int person);

/// What there is after the first `count` happenings and what was due before the last of them.
Telling tell_anew(const Story& story, size_t count);

}  // namespace throughline::journey::testing
