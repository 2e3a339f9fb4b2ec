#include "query/person_conditions.h"

#include <algorithm>

namespace throughline::query {

using model::DocView;

namespace {

/// Counts how often people did what some leaves ask.
class DeedsFold final : public Fold {
public:
    struct Deed {
        Match match = 0;
        Micros from = 0;
        const Did* did = nullptr;
    };

    explicit DeedsFold(std::vector<Deed> deeds)
        : deeds_(std::move(deeds)), changed_(deeds_.size()) {}

    static bool holds(const Did& did, uint64_t times) {
        return times >= did.least && times <= did.most;
    }
    void add(const PersonRows& rows) override {
        for (size_t i = 0; i < deeds_.size(); ++i) {
            const Deed& deed = deeds_[i];
            uint64_t times = 0;
            for (size_t row = 0; row < rows.size(); ++row) {
                times += (rows.match[row] & deed.match) != 0 && rows.time[row] >= deed.from;
            }
            if (holds(*deed.did, times) != holds(*deed.did, 0)) changed_[i].set(rows.root);
        }
    }
    std::unique_ptr<Fold> fork() const override { return std::make_unique<DeedsFold>(deeds_); }
    void join(Fold& other) override {
        const auto& from = static_cast<DeedsFold&>(other);
        for (size_t i = 0; i < changed_.size(); ++i) changed_[i].add_all(from.changed_[i]);
    }
    size_t bytes() const override {
        size_t bytes = 0;
        for (const PersonBits& bits : changed_) bytes += bits.bytes();
        return bytes;
    }
    PersonBits& changed(size_t deed) { return changed_[deed]; }

private:
    const std::vector<Deed> deeds_;
    std::vector<PersonBits> changed_;
};

Error as_of_now(const std::string& what) {
    return Error::invalid("query: where: " + what + " are as of now, and cannot be asked here");
}

}  // namespace

void PersonBits::set(uint32_t root) {
    if (root / 64 >= words_.size()) {
        words_.resize(std::max<size_t>(root / 64 + 1, 2 * words_.size()));
    }
    words_[root / 64] |= uint64_t{1} << (root % 64);
}

void PersonBits::add_all(const PersonBits& other) {
    if (other.words_.size() > words_.size()) words_.resize(other.words_.size());
    for (size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
}

Result<PersonConditions> PersonConditions::make(const Pass& pass, const Environment& environment) {
    PersonConditions made;
    for (const Condition& condition : pass.conditions) {
        for (size_t part = 0; part < condition.where.parts(); ++part) {
            const Leaf* const leaf = condition.where.leaf(part);
            if (leaf != nullptr && is_of_person(leaf->subject)) made.add(*leaf);
        }
    }
    for (const auto& [dimension, of] : pass.dimensions) {
        if (dimension.kind == Dimension::Kind::Trait) made.want_trait(dimension.trait);
    }
    if (made.reads_profiles()) TL_TRY(made.bind(environment));
    TL_TRY(made.look_up_segments(environment));
    TL_TRY(made.count_deeds(environment));
    return made;
}

size_t PersonConditions::slot(const Leaf& leaf) const {
    const auto found = std::ranges::find(slots_, leaf, &Slot::leaf);
    TL_ASSERT(found != slots_.end());
    return static_cast<size_t>(found - slots_.begin());
}

void PersonConditions::add(const Leaf& leaf) {
    if (std::ranges::find(slots_, leaf, &Slot::leaf) != slots_.end()) return;
    slots_.push_back({.leaf = leaf, .criterion = leaf.criterion});
    if (leaf.subject == Subject::Trait) want_trait(leaf.name);
    const bool is_new = std::ranges::find(wants_.namespaces, leaf.name) == wants_.namespaces.end();
    if (leaf.subject == Subject::Identifier && is_new) wants_.namespaces.push_back(leaf.name);
}

// A trait's name may itself hold dots: what it is called whole is wanted, and what it begins with.
void PersonConditions::want_trait(const std::string& path) {
    for (const std::string& name : {path, path.substr(0, path.find('.'))}) {
        if (std::ranges::find(wants_.traits, name) == wants_.traits.end()) {
            wants_.traits.push_back(name);
        }
    }
}

// Identifiers are compared in the form in which they are kept.
Status PersonConditions::bind(const Environment& environment) {
    if (environment.profiles == nullptr) return as_of_now("traits and identifiers");
    for (Slot& slot : slots_) {
        if (slot.leaf.subject != Subject::Identifier) continue;
        // Also where nothing is compared: a misspelt namespace must not answer for everybody.
        TL_TRY(environment.profiles->normalised(slot.leaf.name, ""));
        std::vector<std::string> texts = slot.leaf.criterion.equal_texts();
        if (texts.empty()) continue;
        for (std::string& text : texts) {
            TL_TRY_ASSIGN(const auto kept, environment.profiles->normalised(slot.leaf.name, text));
            text = kept.value_or(text);
        }
        slot.criterion = slot.leaf.criterion.with_equal_texts(texts);
    }
    return Status::ok();
}

Status PersonConditions::look_up_segments(const Environment& environment) {
    for (Slot& slot : slots_) {
        if (slot.leaf.subject != Subject::Segment) continue;
        if (environment.profiles == nullptr) return as_of_now("segments");
        TL_TRY(environment.profiles->members(slot.leaf.name,
                                             [&](uint32_t root) { slot.changed.set(root); }));
    }
    return Status::ok();
}

Status PersonConditions::count_deeds(const Environment& environment) {
    const Micros now = environment.clock.now();
    Pass pass{.from = now, .to = now + 1};
    std::vector<DeedsFold::Deed> deeds;
    std::vector<size_t> slots;
    for (size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].leaf.subject != Subject::Did) continue;
        const Did& did = *slots_[i].leaf.did;
        const Condition condition{did.event, did.type, did.where};
        const bool fits = pass.conditions.size() < kConditionsMax ||
                          std::ranges::find(pass.conditions, condition) != pass.conditions.end();
        if (!fits) {
            return Error::invalid("query: where: did asks for more than " +
                                  std::to_string(kConditionsMax) + " different things");
        }
        const Micros from = did.within == 0 ? kNoTime + 1 : now - did.within;
        pass.from = std::min(pass.from, from);
        deeds.push_back({match_of(pass.add(condition)), from, &did});
        slots.push_back(i);
    }
    if (deeds.empty()) return Status::ok();
    DeedsFold fold(std::move(deeds));
    Fold* const folds[] = {&fold};
    Environment alone = environment;
    alone.progress = nullptr;  // The rows of the question itself are told.
    TL_TRY(run_pass(pass, alone, folds));
    for (size_t i = 0; i < slots.size(); ++i) {
        Slot& slot = slots_[slots[i]];
        slot.holds_for_others = DeedsFold::holds(*slot.leaf.did, 0);
        slot.changed = std::move(fold.changed(i));
    }
    return Status::ok();
}

Status PersonReader::read(uint32_t root) {
    if (here_ == root) return Status::ok();
    here_.reset();
    TL_TRY(environment_.profiles->read(root, conditions_.wants_, facts_));
    here_ = root;
    return Status::ok();
}

Result<bool> PersonReader::holds(uint32_t root, size_t slot) {
    const PersonConditions::Slot& asked = conditions_.slots_[slot];
    if (asked.is_worked_out()) {
        return asked.changed.has(root) != asked.holds_for_others;
    }
    if (known_.has(root)) return holding_[slot].has(root);
    TL_TRY(read(root));
    for (size_t i = 0; i < holding_.size(); ++i) {
        const PersonConditions::Slot& one = conditions_.slots_[i];
        if (one.is_worked_out()) continue;
        const bool holds =
            one.leaf.subject == Subject::Trait
                ? one.criterion.holds(value_at(DocView(facts_.traits), one.leaf.name))
                : one.criterion.holds_for_some(DocView(facts_.identifiers).find(one.leaf.name));
        if (holds) holding_[i].set(root);
    }
    known_.set(root);
    return holding_[slot].has(root);
}

Result<DocView> PersonReader::trait(uint32_t root, const std::string& path) {
    TL_TRY(read(root));
    return value_at(DocView(facts_.traits), path);
}

}  // namespace throughline::query
