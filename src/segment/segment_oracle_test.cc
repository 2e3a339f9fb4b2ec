// Membership against its slow definition: all events of all identities, counted anew at every
// instant.
#include <gtest/gtest.h>

#include <array>

#include "base/random.h"
#include "segment/test_person.h"

namespace throughline::segment {
namespace {

using testing::compile;
using testing::TestPerson;

/// The numbers of a `did`, as the test itself reads them.
struct Asked {
    size_t deed = 0;  // 0: "a", 1: "b".
    uint64_t least = 1;
    uint64_t most = ~uint64_t{0};
    Micros within = 0;  // 0: ever.

    std::string json() const {
        std::string text = deed == 0 ? R"({"did":"a")" : R"({"did":"b")";
        text += R"(,"count":{"gte":)" + std::to_string(least);
        if (most != ~uint64_t{0}) text += R"(,"lte":)" + std::to_string(most);
        text += "}";
        if (within > 0) text += R"(,"within":")" + std::to_string(within / kSecond) + "s\"";
        return text + "}";
    }
};

/// A whole condition of two: both, either, or the first and not the second.
struct Whole {
    int kind = 0;
    Asked one;
    Asked other;

    std::string json() const {
        const std::string both = one.json() + "," + other.json();
        if (kind == 0) return R"({"and":[)" + both + "]}";
        if (kind == 1) return R"({"or":[)" + both + "]}";
        return R"({"and":[)" + one.json() + R"(,{"not":)" + other.json() + "}]}";
    }
};

struct Happened {
    size_t deed = 0;
    Micros time = 0;
};

// The definition, transcribed.
bool holds_by_definition(const Asked& asked, const std::vector<Happened>& events, Micros at) {
    uint64_t count = 0;
    for (const Happened& event : events) {
        const bool is_within = asked.within == 0 || event.time >= at - asked.within;
        count += event.deed == asked.deed && event.time <= at && is_within;
    }
    return count >= asked.least && count <= asked.most;
}

bool holds_by_definition(const Whole& whole, const std::vector<Happened>& events, Micros at) {
    const bool one = holds_by_definition(whole.one, events, at);
    const bool other = holds_by_definition(whole.other, events, at);
    if (whole.kind == 0) return one && other;
    return whole.kind == 1 ? one || other : one && !other;
}

/// A person of several identities, through acts as they are stored.
void tell(TestPerson& person, const Segment& segment, std::span<const Acts> identities) {
    for (const Deed& deed : segment.deeds()) {
        std::vector<std::span<const Micros>> lists;
        for (const Acts& acts : identities) lists.push_back(acts.times(deed.number));
        std::vector<Micros> merged;
        merge_times(lists, deed.kept, merged);
        person.set_times(deed.number, std::move(merged));
    }
}

size_t deed_of(const Segment& segment, std::string_view name) {
    for (size_t i = 0; i < segment.deeds().size(); ++i) {
        if (segment.deeds()[i].event == name) return i;
    }
    return segment.deeds().size();
}

void take(const Segment& segment, Acts& acts, const Happened& event) {
    const size_t place = deed_of(segment, event.deed == 0 ? "a" : "b");
    if (place == segment.deeds().size()) return;
    const Deed& deed = segment.deeds()[place];
    acts.add_time(deed.number, event.time, deed.kept);
}

// Compares membership at `at`, and the next change after it within `horizon`. Events and windows
// are of whole seconds, so that a change lies on the first microsecond of one, if not on another.
void compare(const Whole& whole, const Segment& segment, TestPerson& person,
             const std::vector<Happened>& events, Micros at, Micros horizon) {
    const bool expected = holds_by_definition(whole, events, at);
    ASSERT_EQ(segment.holds(person, at), expected) << whole.json() << " at " << at;
    std::optional<Micros> change;
    for (Micros second = at; second < at + horizon && !change; second += kSecond) {
        for (const Micros moment : {second + 1, second + kSecond}) {
            if (change || holds_by_definition(whole, events, moment) == expected) continue;
            change = moment;
        }
    }
    ASSERT_EQ(segment.next_change(person, at), change) << whole.json() << " at " << at;
}

std::vector<Asked> small_questions() {
    std::vector<Asked> all;
    for (const size_t deed : {0, 1}) {
        for (const Micros within : {Micros{0}, 2 * kSecond}) {
            all.push_back({deed, 1, ~uint64_t{0}, within});
            all.push_back({deed, 0, 0, within});
            all.push_back({deed, 2, 2, within});
        }
    }
    return all;
}

// One letter a second: who did what. Lower case by one identity, upper case by the other.
TEST(SegmentOracle, AgreesWithTheDefinitionOnEveryShortLine) {
    constexpr std::string_view kAlphabet = "abA.";
    constexpr size_t kLength = 4;
    const std::vector<Asked> questions = small_questions();
    for (const Asked& one : questions) {
        for (const Asked& other : questions) {
            for (int kind = 0; kind < 3; ++kind) {
                const Whole whole{kind, one, other};
                const Segment segment = compile(whole.json()).value();
                for (int code = 0; code < 256; ++code) {
                    std::array<Acts, 2> identities;
                    std::vector<Happened> events;
                    TestPerson person;
                    for (size_t i = 0, rest = static_cast<size_t>(code); i < kLength;
                         ++i, rest /= kAlphabet.size()) {
                        const char letter = kAlphabet[rest % kAlphabet.size()];
                        const Micros at = static_cast<Micros>(i) * kSecond;
                        if (letter != '.') {
                            events.push_back({letter == 'b' ? size_t{1} : size_t{0}, at});
                            take(segment, identities[letter == 'A' ? 1 : 0], events.back());
                        }
                        tell(person, segment, identities);
                        compare(whole, segment, person, events, at, 5 * kSecond);
                        if (HasFatalFailure()) return;
                    }
                }
            }
        }
    }
}

Asked random_question(SeededRandom& random) {
    Asked asked{.deed = random.below(2), .least = random.below(5)};
    if (random.chance(0.6)) asked.most = asked.least + random.below(4);
    if (random.chance(0.7)) asked.within = static_cast<Micros>(1 + random.below(20)) * kSecond;
    if (asked.least == 0 && asked.most == ~uint64_t{0}) asked.least = 1;
    return asked;
}

// Late events, several identities of which more and more are the same person, times that repeat.
TEST(SegmentOracle, AgreesWithTheDefinitionInRandomWorldsWithLateEventsAndMerges) {
    SeededRandom random(2026);
    for (int world = 0; world < 2000; ++world) {
        const Whole whole{static_cast<int>(random.below(3)), random_question(random),
                          random_question(random)};
        const Segment segment = compile(whole.json()).value();
        std::array<Acts, 4> identities;
        std::array<std::vector<Happened>, 4> events;
        for (Micros at = 0; at < 40 * kSecond;
             at += static_cast<Micros>(1 + random.below(4)) * kSecond) {
            const size_t who = random.below(4);
            const Micros late =
                random.chance(0.3) ? static_cast<Micros>(random.below(20)) * kSecond : 0;
            events[who].push_back({random.below(2), at - late});
            take(segment, identities[who], events[who].back());
            const size_t joined = 1 + random.below(4);
            std::vector<Happened> all;
            for (size_t i = 0; i < joined; ++i) {
                all.insert(all.end(), events[i].begin(), events[i].end());
            }
            TestPerson person;
            tell(person, segment, std::span(identities).first(joined));
            compare(whole, segment, person, all, at, 25 * kSecond);
            if (HasFatalFailure()) return;
        }
    }
}

}  // namespace
}  // namespace throughline::segment
