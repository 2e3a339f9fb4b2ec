#include "profile/golden_record.h"

#include <algorithm>

namespace throughline::profile {

namespace {

void combine_head(GoldenRecord& record, const Leaf& leaf) {
    record.event_count += leaf.event_count;
    for (size_t i = 0; i < record.by_type.size(); ++i) record.by_type[i] += leaf.by_type[i];
    if (leaf.first_seen != kNoTime) {
        record.first_seen = record.first_seen == kNoTime
                                ? leaf.first_seen
                                : std::min(record.first_seen, leaf.first_seen);
        record.last_seen = std::max(record.last_seen, leaf.last_seen);
    }
    record.traits_overflowed |= (leaf.flags & kLeafTraitsOverflowed) != 0;
    for (const Companion& companion : leaf.companions) {
        Micros& last =
            record.companion_last_seen.try_emplace(companion.identity, kNoTime).first->second;
        last = std::max(last, companion.last_seen);
    }
}

void combine_memberships(GoldenRecord& record, const Leaf& leaf) {
    for (const Membership& membership : leaf.memberships) {
        const auto known =
            std::ranges::find(record.memberships, membership.account, &Membership::account);
        if (known == record.memberships.end()) {
            record.memberships.push_back(membership);
        } else {
            known->see(membership.first_seen, membership.last_seen);
        }
    }
}

std::vector<Claim> claims_of(const std::vector<TraitEntry>& entries, const SurvivorshipRules& rules,
                             const SourceNames& sources) {
    std::vector<Claim> claims;
    for (const TraitEntry& entry : entries) {
        const auto facts = sources.find(entry.source);
        const auto place = facts == sources.end()
                               ? rules.trust.end()
                               : std::ranges::find(rules.trust, facts->second.key);
        // Sources that the rules do not name come after those they name, by their own trust.
        const int unnamed = facts == sources.end() ? 101 : 100 - facts->second.trust;
        const int trust = static_cast<int>(place - rules.trust.begin()) +
                          (place == rules.trust.end() ? unnamed : 0);
        for (const TraitValue& value : entry.values)
            claims.push_back({entry.source, trust, &value});
    }
    return claims;
}

// What a person pinned is first-party and of no stated purpose; so is what a source said that has
// since been removed.
void write_provenance(model::DocWriter& out, const Claim& claim, const SourceNames& sources) {
    static const SourceFacts kPinned{"pinned", "first", ""};
    static const SourceFacts kRemoved{"", "first", ""};
    const auto known = sources.find(claim.source);
    const SourceFacts& facts = claim.source == kPinnedSource ? kPinned
                               : known == sources.end()      ? kRemoved
                                                             : known->second;
    out.field("source", facts.key);
    out.field("party", facts.party);
    out.key("purpose");
    if (facts.purpose.empty()) {
        out.null();
    } else {
        out.string(facts.purpose);
    }
    out.field("at", format_instant(claim.value->last));
    out.field("position", model::format_position(claim.value->position));
}

// Why a value won, as the API says it.
std::string_view rule_name(const Survivor& survivor, Strategy strategy) {
    if (survivor.pinned) return "pinned";
    return strategy == Strategy::Trusted ? "most_trusted" : strategy_name(strategy);
}

std::string text_of(const GoldenRecord& record, std::string_view name,
                    const SurvivorshipRules& rules, const SourceNames& sources) {
    const auto doc = trait_doc(record, name, rules, sources);
    return doc ? model::DocView(*doc).as_text().value_or("") : "";
}

}  // namespace

GoldenRecord combine(std::vector<Leaf> leaves) {
    GoldenRecord record;
    std::vector<Span> spans;
    bool overflowed = false;
    for (Leaf& leaf : leaves) {
        combine_head(record, leaf);
        combine_memberships(record, leaf);
        add_spans(spans, leaf.spans);
        overflowed |= (leaf.flags & kLeafSpansOverflowed) != 0;
        for (TraitEntry& entry : leaf.traits) record.traits[entry.name].push_back(std::move(entry));
    }
    if (!overflowed) record.sessions = spans.size();
    std::ranges::sort(record.memberships, [](const Membership& a, const Membership& b) {
        return std::tie(b.last_seen, b.group_id) < std::tie(a.last_seen, a.group_id);
    });
    return record;
}

void write_traits(model::DocWriter& out, const GoldenRecord& record, const SurvivorshipRules& rules,
                  const SourceNames& sources) {
    const size_t mark = out.open_object();
    for (const auto& [name, entries] : record.traits) {
        const Strategy strategy = rules.strategy_of(name);
        const Survivor survivor = survive(strategy, claims_of(entries, rules, sources));
        if (!survivor.exists) continue;
        out.key(name);
        const size_t trait = out.open_object();
        out.key("value");
        out.copy(model::DocView(survivor.doc));
        write_provenance(out, survivor.winner, sources);
        out.field("rule", rule_name(survivor, strategy));
        out.key("others");
        const size_t others = out.open_array();
        for (const Claim& claim : survivor.others) {
            const size_t other = out.open_object();
            out.key("value");
            out.copy(model::DocView(claim.value->doc));
            write_provenance(out, claim, sources);
            out.close(other);
        }
        out.close(others);
        out.close(trait);
    }
    out.close(mark);
}

std::optional<std::string> trait_doc(const GoldenRecord& record, std::string_view name,
                                     const SurvivorshipRules& rules, const SourceNames& sources) {
    const auto entries = record.traits.find(std::string(name));
    if (entries == record.traits.end()) return {};
    Survivor survivor =
        survive(rules.strategy_of(name), claims_of(entries->second, rules, sources));
    if (!survivor.exists) return {};
    return std::move(survivor.doc);
}

std::string display_name(const GoldenRecord& record, const SurvivorshipRules& rules,
                         const SourceNames& sources) {
    const auto text = [&](std::string_view name) { return text_of(record, name, rules, sources); };
    if (std::string name = text("name"); !name.empty()) return name;
    const std::string first = text("firstName");
    const std::string last = text("lastName");
    return first.empty() || last.empty() ? first + last : first + " " + last;
}

}  // namespace throughline::profile
