#include "profile/survivorship.h"

#include <algorithm>
#include <tuple>

namespace throughline::profile {

namespace {

constexpr std::pair<std::string_view, Strategy> kNames[] = {{"latest", Strategy::Latest},
                                                            {"trusted", Strategy::Trusted},
                                                            {"earliest", Strategy::Earliest},
                                                            {"longest", Strategy::Longest},
                                                            {"union", Strategy::Union}};

Result<Strategy> strategy_named(std::string_view name, std::string_view field) {
    for (const auto& [known, strategy] : kNames) {
        if (known == name) return strategy;
    }
    return Error::invalid("survivorship: " + std::string(field) +
                          ": need latest, trusted, earliest, longest or union");
}

size_t text_size(const Claim& claim) {
    const model::DocView doc(claim.value->doc);
    return doc.is_string() ? doc.as_string().size() : claim.value->doc.size();
}

bool is_later(const Claim& a, const Claim& b) {
    return std::tie(a.value->last, a.value->position, a.value->doc) >
           std::tie(b.value->last, b.value->position, b.value->doc);
}

// Whether `a` stands before `b` under the strategy; a total order, so that no tie is decided by
// the order in which claims came.
bool stands_before(Strategy strategy, const Claim& a, const Claim& b) {
    switch (strategy) {
        case Strategy::Latest:
        case Strategy::Union:
            return is_later(a, b);
        case Strategy::Trusted:
            return a.trust != b.trust ? a.trust < b.trust : is_later(a, b);
        case Strategy::Earliest:
            return std::tie(a.value->first, a.value->doc) < std::tie(b.value->first, b.value->doc);
        case Strategy::Longest:
            return text_size(a) != text_size(b) ? text_size(a) > text_size(b) : is_later(a, b);
    }
    TL_UNREACHABLE();
}

void append_distinct(std::vector<model::DocView>& list, model::DocView value) {
    const bool known = std::ranges::any_of(
        list, [&](model::DocView other) { return other.bytes() == value.bytes(); });
    if (!known) list.push_back(value);
}

std::string union_of(const std::vector<Claim>& latest_first) {
    std::vector<model::DocView> parts;
    for (auto claim = latest_first.rbegin(); claim != latest_first.rend(); ++claim) {
        const model::DocView value(claim->value->doc);
        if (!value.is_array()) append_distinct(parts, value);
        for (const model::DocView item : value.items()) append_distinct(parts, item);
    }
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_array();
    for (const model::DocView part : parts) out.copy(part);
    out.close(mark);
    return doc;
}

}  // namespace

std::string_view strategy_name(Strategy strategy) {
    for (const auto& [name, known] : kNames) {
        if (known == strategy) return name;
    }
    TL_UNREACHABLE();
}

Result<SurvivorshipRules> SurvivorshipRules::from_settings(model::DocView settings) {
    SurvivorshipRules rules;
    if (const auto fallback = settings.find("default"); !fallback.is_missing()) {
        TL_TRY_ASSIGN(rules.fallback, strategy_named(fallback.as_string(), "default"));
    }
    for (const model::DocField& field : settings.find("traits").fields()) {
        TL_TRY_ASSIGN(const Strategy strategy,
                      strategy_named(field.value.as_string(), "traits." + std::string(field.key)));
        rules.by_trait.insert_or_assign(std::string(field.key), strategy);
    }
    for (const model::DocView source : settings.find("trust").items()) {
        rules.trust.emplace_back(source.as_string());
    }
    return rules;
}

Strategy SurvivorshipRules::strategy_of(std::string_view trait) const {
    const auto found = by_trait.find(trait);
    return found == by_trait.end() ? fallback : found->second;
}

Survivor survive(Strategy strategy, std::vector<Claim> claims) {
    Survivor survivor;
    Micros removed = kNoTime;
    for (const Claim& claim : claims) {
        if (model::DocView(claim.value->doc).is_null()) {
            removed = std::max(removed, claim.value->last);
        }
    }
    std::erase_if(claims, [&](const Claim& claim) {
        return claim.source != kPinnedSource && claim.value->last <= removed;
    });
    if (claims.empty()) return survivor;

    std::ranges::sort(claims, [&](const Claim& a, const Claim& b) {
        const bool pinned_a = a.source == kPinnedSource;
        const bool pinned_b = b.source == kPinnedSource;
        return pinned_a != pinned_b ? pinned_a : stands_before(strategy, a, b);
    });
    survivor.exists = true;
    survivor.winner = claims.front();
    survivor.pinned = survivor.winner.source == kPinnedSource;
    const bool is_union = strategy == Strategy::Union && !survivor.pinned;
    survivor.doc = is_union ? union_of(claims) : survivor.winner.value->doc;
    survivor.others.assign(claims.begin() + 1, claims.end());
    std::ranges::sort(survivor.others, is_later);
    return survivor;
}

}  // namespace throughline::profile
