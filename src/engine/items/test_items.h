// Records of items for tests: the type `order` as it ships, and seeded updates of some orders of
// some people, late, twice, out of order, with due times that move.
//
// Layer 6, tests only.
#pragma once

#include <string>

#include "base/random.h"
#include "catalog/shipped.h"
#include "engine/test_fold.h"

namespace throughline::engine::testing {

inline std::string catalog_record(const std::string& key) {
    return definition_record("catalogs", key, std::string(catalog::shipped_type(key)));
}

/// `fields` as JSON, without brackets; `more`: further fields of the record, each with its comma
/// behind it.
inline std::string item_record(const std::string& id, const std::string& fields,
                               const std::string& more = "") {
    return decision_record(R"({"action":"item","actor":"t","catalog":"order",)" + more +
                           R"("id":")" + id + R"(","fields":{)" + fields + "}}");
}

inline std::string random_item_record(SeededRandom& random, Micros now) {
    constexpr std::string_view kStates[] = {"placed", "picking", "ready", "handed_over", "lost"};
    const auto near = [&](Micros step) {
        return now + (static_cast<Micros>(random.below(41)) - 20) * step;
    };
    const std::string id = "o" + std::to_string(random.below(30));
    std::string fields = R"("state":")" + std::string(kStates[random.below(5)]) + "\"";
    if (random.chance(0.7)) {
        const std::string user = random.chance(0.05) ? "null" : std::to_string(random.below(40));
        fields += R"(,"customer_id":"u)" + user + "\"";
    }
    if (random.chance(0.6)) {
        fields += R"(,"ready_by":")" + format_instant_exact(near(10 * kSecond)) + "\"";
    }
    if (random.chance(0.2)) fields += R"(,"note":"n)" + std::to_string(random.below(9)) + "\"";
    std::string more;
    if (random.chance(0.5)) {
        more += R"("updated_at":)" +
                std::to_string(near(random.chance(0.1) ? kDay : 10 * kSecond)) + ",";
    }
    if (random.chance(0.1)) more += R"("history":true,)";
    if (random.chance(0.2)) {
        more += R"("if_state":")" + std::string(kStates[random.below(5)]) + "\",";
    }
    if (random.chance(0.05)) more += R"("remove":true,)";
    if (random.chance(0.2)) more += R"("whole":true,)";
    return item_record(id, fields, more);
}

}  // namespace throughline::engine::testing
