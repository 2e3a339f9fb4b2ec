#include "journey/test_telling.h"

#include <algorithm>

namespace throughline::journey::testing {

std::string row_line(Micros at, RowKind kind, size_t run, int step, int visit, int detail) {
    return format_instant(at) + ' ' + std::string(row_name(kind)) + " run " + std::to_string(run) +
           " step " + std::to_string(step) + " visit " + std::to_string(visit) + " detail " +
           std::to_string(detail);
}

std::string intent_line(IntentKind kind, size_t run, int step, int visit, Micros until) {
    return (kind == IntentKind::Task ? "task run " : "message run ") + std::to_string(run) +
           " step " + std::to_string(step) + " visit " + std::to_string(visit) + " until " +
           (until == kNoTime ? "never" : format_instant(until));
}

std::string refused_line(int journey, Refusal why) {
    return "journey " + std::to_string(journey) + " why " + std::to_string(static_cast<int>(why));
}

void merge(People& people, int a, int b) {
    const int from = people[static_cast<size_t>(a)];
    const int to = people[static_cast<size_t>(b)];
    for (int& person : people) {
        if (person == from || person == to) person = std::min(from, to);
    }
}

// A person's number is her lowest identity.
void split_off(People& people, int identity) {
    const auto place = static_cast<size_t>(identity);
    const int from = people[place];
    people[place] = -1;
    const auto rest = std::ranges::find(people, from);
    const auto lowest = static_cast<int>(rest - people.begin());
    if (rest != people.end()) std::ranges::replace(people, from, lowest);
    people[place] = identity;
}

Key128 person_key(int person) {
    return {0, static_cast<uint64_t>(person) + 1};
}

}  // namespace throughline::journey::testing
