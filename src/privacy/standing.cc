#include "privacy/standing.h"

#include <algorithm>
#include <tuple>

namespace throughline::privacy {

namespace {

struct Said {
    IdentityId identity = 0;
    const Statement* statement = nullptr;
};

bool concerns(const Statement& statement, const Names& names, std::string_view channel) {
    if (statement.subject != names.subject) return false;
    if (!statement.only.empty() && statement.only != channel) return false;
    return names.has(statement.key) || (statement.key == kEverything && !statement.is_given);
}

bool gives_anew(const Said& giving, const Said& withdrawal) {
    // What a banner is set to is no answer to what was said expressly.
    const auto is_banner = [](const Said& said) {
        return said.statement->means == Means::Preference;
    };
    if (is_banner(giving) && !is_banner(withdrawal)) return false;
    return giving.statement->at > withdrawal.statement->at &&
           (giving.identity == withdrawal.identity ||
            giving.statement->speaks_for_identity(withdrawal.identity));
}

bool is_later(const Said& a, const Said& b) {
    const auto moment = [](const Said& said) {
        return std::tuple(said.statement->at, said.statement->position, said.statement->slot,
                          said.identity);
    };
    return moment(a) > moment(b);
}

}  // namespace

bool Names::has(std::string_view name) const {
    return name == key || std::ranges::find(others, name) != others.end();
}

Standing standing(std::span<const Held> held, const Names& names, std::string_view channel,
                  Micros at) {
    std::vector<Said> givings;
    std::vector<Said> withdrawals;
    for (const Held& one : held) {
        for (const Statement& statement : one.book->statements) {
            if (statement.at > at || !concerns(statement, names, channel)) continue;
            (statement.is_given ? givings : withdrawals).push_back({one.identity, &statement});
        }
    }
    std::erase_if(withdrawals, [&](const Said& withdrawal) {
        return std::ranges::any_of(
            givings, [&](const Said& giving) { return gives_anew(giving, withdrawal); });
    });
    const auto latest_giving = std::ranges::min_element(givings, is_later);
    if (withdrawals.empty()) {
        if (givings.empty()) return {};
        return {.stand = Stand::Given,
                .by = latest_giving->statement,
                .identity = latest_giving->identity};
    }
    const Said holds = *std::ranges::min_element(withdrawals, is_later);
    return {.stand = Stand::Withdrawn,
            .by = holds.statement,
            .identity = holds.identity,
            .is_conflict = latest_giving != givings.end() &&
                           latest_giving->statement->at > holds.statement->at};
}

}  // namespace throughline::privacy
