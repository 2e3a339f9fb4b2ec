#include "segment/segment.h"

#include <algorithm>

#include "model/normalise.h"

namespace throughline::segment {

using model::DocView;
using query::Leaf;
using query::Subject;

namespace {

constexpr uint64_t kNoMost = ~uint64_t{0};

// To know whether it was done at most n times takes n + 1 of them.
size_t kept_for(const query::Did& did) {
    const uint64_t most = did.most == kNoMost ? 0 : did.most + 1;
    return static_cast<size_t>(std::max({did.least, most, uint64_t{1}}));
}

// Somebody of whom nothing is known.
class Stranger final : public Facts {
public:
    std::span<const Micros> times(const Deed&) override { return {}; }
    const query::ProfileFacts& profile() override { return none_; }
    bool is_in(std::string_view) override { return false; }

private:
    query::ProfileFacts none_;
};

bool items_hold(const query::AskedItems& asked, Facts& facts) {
    const auto fitting = std::ranges::count_if(facts.items(asked), [&](const std::string& item) {
        return asked.where.fits(DocView(item));
    });
    const auto count = static_cast<uint64_t>(fitting);
    return count >= asked.least && count <= asked.most;
}

}  // namespace

bool Deed::matches(const model::EventView& view, DocView source) const {
    if (type && view.type() != *type) return false;
    if (event && view.name() != *event) return false;
    return where.holds([&](size_t part) {
        const Leaf& leaf = *where.leaf(part);
        return leaf.criterion.holds(leaf.subject == Subject::Source ? source
                                                                    : leaf.property.value_in(view));
    });
}

Result<Segment> Segment::compile(DocView conditions, const model::Namespaces& namespaces,
                                 const std::string& field, query::Leaves leaves) {
    TL_ASSERT(leaves == query::Leaves::OfPeople || leaves == query::Leaves::OfRuns);
    Segment segment;
    TL_TRY_ASSIGN(segment.conditions_, query::Predicate::compile(conditions, field, leaves));
    for (size_t part = 0; part < segment.conditions_.parts(); ++part) {
        const Leaf* const leaf = segment.conditions_.leaf(part);
        if (leaf == nullptr) {
            segment.parts_.emplace_back();
        } else {
            TL_TRY(segment.add_part(*leaf, namespaces, field));
        }
    }
    return segment;
}

Status Segment::add_part(const Leaf& leaf, const model::Namespaces& namespaces,
                         const std::string& field) {
    Part& part = parts_.emplace_back();
    part.criterion = leaf.criterion;
    if (leaf.subject == Subject::Did) return add_deed(*leaf.did, part, field);
    if (leaf.subject == Subject::Identifier) return bind_identifier(leaf, namespaces, part, field);
    if (leaf.subject == Subject::Item) return Status::ok();
    leaf.subject == Subject::Segment ? want_segment(leaf.name) : want_trait(leaf.name);
    return Status::ok();
}

Status Segment::add_deed(const query::Did& did, Part& part, const std::string& field) {
    Deed deed{.event = did.event,
              .type = did.type,
              .where = did.where,
              .kept = kept_for(did),
              .number = static_cast<uint32_t>(deeds_.size())};
    const auto same =
        std::ranges::find_if(deeds_, [&](const Deed& one) { return one.asks_same(deed); });
    part.counting = Counting{.deed = static_cast<size_t>(same - deeds_.begin()),
                             .least = did.least,
                             .most = did.most,
                             .within = did.within};
    has_windows_ = has_windows_ || did.within > 0;
    if (same != deeds_.end()) {
        same->kept = std::max(same->kept, deed.kept);
        return Status::ok();
    }
    if (deeds_.size() == kDeedsMax) {
        return Error::invalid(field + ": did asks for more than " + std::to_string(kDeedsMax) +
                              " different things");
    }
    deeds_.push_back(std::move(deed));
    return Status::ok();
}

// Identifiers are compared in the form in which they are kept.
Status Segment::bind_identifier(const Leaf& leaf, const model::Namespaces& namespaces, Part& part,
                                const std::string& field) {
    const model::Namespace* const space = namespaces.find(leaf.name);
    if (space == nullptr) {
        return Error::invalid(field + ": identifier: there is no namespace " + leaf.name);
    }
    std::vector<std::string> texts = leaf.criterion.equal_texts();
    for (std::string& text : texts) {
        if (auto kept = model::normalise(space->normaliser, text, "")) text = *std::move(kept);
    }
    if (!texts.empty()) part.criterion = leaf.criterion.with_equal_texts(texts);
    if (std::ranges::find(wants_.namespaces, leaf.name) == wants_.namespaces.end()) {
        wants_.namespaces.push_back(leaf.name);
    }
    return Status::ok();
}

// A trait's name may itself hold dots: what it is called whole is wanted, and what it begins with.
void Segment::want_trait(const std::string& path) {
    for (const std::string& name : {path, path.substr(0, path.find('.'))}) {
        if (std::ranges::find(wants_.traits, name) == wants_.traits.end()) {
            wants_.traits.push_back(name);
        }
    }
}

void Segment::want_segment(const std::string& key) {
    if (std::ranges::find(segments_, key) == segments_.end()) segments_.push_back(key);
}

void Segment::bind_deed(size_t place, uint32_t number, size_t kept) {
    TL_ASSERT(kept >= deeds_[place].kept);
    deeds_[place].number = number;
    deeds_[place].kept = kept;
}

bool Segment::part_holds(size_t index, Facts& facts, Micros at) const {
    const Part& part = parts_[index];
    if (part.counting) {
        const std::span<const Micros> times = facts.times(deeds_[part.counting->deed]);
        TL_ASSERT(times.empty() || times.back() <= at);
        return part.counting->holds(times, at);
    }
    const Leaf& leaf = *conditions_.leaf(index);
    if (leaf.subject == Subject::Segment) return facts.is_in(leaf.name);
    if (leaf.subject == Subject::Item) return items_hold(*leaf.items, facts);
    const query::ProfileFacts& profile = facts.profile();
    if (leaf.subject == Subject::Trait) {
        return part.criterion.holds(query::value_at(DocView(profile.traits), leaf.name));
    }
    return part.criterion.holds_for_some(DocView(profile.identifiers).find(leaf.name));
}

bool Segment::holds(Facts& facts, Micros at) const {
    return conditions_.holds([&](size_t part) { return part_holds(part, facts, at); });
}

// A count within a window falls when a time leaves it, and what it is asked for changes only where
// it falls below the least or down to the most. In between nothing changes.
std::optional<Micros> Counting::next_change(std::span<const Micros> times, Micros at) const {
    std::optional<Micros> first;
    if (within == 0) return first;
    const auto look_at = [&](uint64_t nth_latest) {
        if (nth_latest == 0 || nth_latest > times.size()) return;
        const Micros leaves = times[times.size() - nth_latest] + within + 1;
        if (leaves > at && (!first || leaves < *first)) first = leaves;
    };
    look_at(least);
    if (most != kNoMost) look_at(most + 1);
    return first;
}

std::vector<Counting> Segment::countings() const {
    std::vector<Counting> all;
    for (const Part& part : parts_) {
        if (part.counting) all.push_back(*part.counting);
    }
    return all;
}

std::vector<const query::AskedItems*> Segment::items() const {
    std::vector<const query::AskedItems*> all;
    for (size_t part = 0; part < conditions_.parts(); ++part) {
        const Leaf* const leaf = conditions_.leaf(part);
        if (leaf != nullptr && leaf->items) all.push_back(leaf->items.get());
    }
    return all;
}

std::optional<Micros> Segment::next_look(Facts& facts, Micros at) const {
    std::optional<Micros> first;
    if (!has_windows_) return first;
    for (const Part& part : parts_) {
        if (!part.counting) continue;
        const auto moment =
            part.counting->next_change(facts.times(deeds_[part.counting->deed]), at);
        if (moment && (!first || *moment < *first)) first = moment;
    }
    return first;
}

// Between two moments at which some `did` changes nothing does.
std::optional<Micros> Segment::next_change(Facts& facts, Micros at) const {
    const bool is_in = holds(facts, at);
    auto moment = next_look(facts, at);
    while (moment && holds(facts, *moment) == is_in) moment = next_look(facts, *moment);
    return moment;
}

bool Segment::holds_for_strangers() const {
    Stranger stranger;
    return holds(stranger, 0);
}

}  // namespace throughline::segment
