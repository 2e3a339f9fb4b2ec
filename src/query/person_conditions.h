// The conditions of a pass that ask for the person, and her traits by which rows are grouped.
//
// PersonConditions is made once a pass: what people did is counted in a pass of its own, which
// leaves a bit for each person, and who is in a segment is a bit too. PersonReader answers for one
// thread and remembers what it found, so that a person is read once a thread, however many rows and
// conditions ask.
//
// Layer 4. PersonConditions: Immutable once made. PersonReader: one thread. Cost: a reading
// of the golden record of each person who is in question, and a bit a leaf to remember it; of `did`
// a pass over the time that it looks back at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/pass.h"
#include "query/profiles.h"

namespace throughline::query {

/// A bit for each person.
class PersonBits {
public:
    bool has(uint32_t root) const {
        return root / 64 < words_.size() && (words_[root / 64] >> (root % 64) & 1) != 0;
    }
    void set(uint32_t root);
    void add_all(const PersonBits& other);
    size_t bytes() const { return words_.size() * sizeof(uint64_t); }

private:
    std::vector<uint64_t> words_;
};

class PersonConditions {
public:
    /// Errors: InvalidArgument when profiles cannot be read here, or a namespace does not exist;
    /// of the pass that counts what people did.
    static Result<PersonConditions> make(const Pass& pass, const Environment& environment);

    /// The number of a leaf on people. Requires: some condition of the pass has it.
    size_t slot(const Leaf& leaf) const;

private:
    friend class PersonReader;

    /// A leaf, as it is asked of what was read.
    struct Slot {
        Leaf leaf;
        Criterion criterion = {};  // Values as identifiers are kept.
        // Of Did and Segment, worked out before: for those without a bit, and for whom it is the
        // other way round.
        bool holds_for_others = false;
        PersonBits changed = {};

        bool is_worked_out() const { return leaf.subject <= Subject::Did; }
    };

    PersonConditions() = default;
    void add(const Leaf& leaf);
    void want_trait(const std::string& path);
    Status bind(const Environment& environment);
    Status count_deeds(const Environment& environment);
    Status look_up_segments(const Environment& environment);
    bool reads_profiles() const { return !wants_.traits.empty() || !wants_.namespaces.empty(); }

    std::vector<Slot> slots_;
    ProfileWants wants_;
};

class PersonReader {
public:
    /// Both must outlive this.
    PersonReader(const PersonConditions& conditions, const Environment& environment)
        : conditions_(conditions), environment_(environment), holding_(conditions.slots_.size()) {}

    /// Whether a leaf holds for a person. Errors: of the read.
    Result<bool> holds(uint32_t root, size_t slot);
    /// A trait of a person; holds until the next call. Errors: of the read.
    Result<model::DocView> trait(uint32_t root, const std::string& path);

private:
    Status read(uint32_t root);

    const PersonConditions& conditions_;
    const Environment& environment_;
    PersonBits known_;                 // Whose leaves were worked out;
    std::vector<PersonBits> holding_;  // which of them hold, by slot.
    std::optional<uint32_t> here_;     // Whose facts these are:
    ProfileFacts facts_;
};

}  // namespace throughline::query
