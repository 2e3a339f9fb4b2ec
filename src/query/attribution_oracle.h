// The definitions behind attribution, written so that they are obviously right, not fast.
//
// Layer 4, tests only.
#pragma once

#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include "query/credit.h"
#include "query/session.h"

namespace throughline::query::oracle {

struct Row {
    Micros at = 0;
    TouchMark mark;
};

/// A session: its first row, and the row that gave it its touch.
struct Found {
    size_t first = 0;
    std::optional<size_t> touch;
    bool operator==(const Found&) const = default;
};

/// The definition: each session is looked for from its first row on.
inline std::vector<Found> sessions_by_definition(const std::vector<Row>& rows) {
    std::vector<Found> sessions;
    size_t first = 0;
    while (first < rows.size()) {
        Found session{first, {}};
        std::optional<uint32_t> campaign;
        size_t row = first;
        for (; row < rows.size(); ++row) {
            const TouchMark mark = rows[row].mark;
            const bool has_campaign = mark.kind == Arrival::Kind::Campaign;
            if (row > first) {
                if (rows[row].at - rows[row - 1].at >= 30 * kMinute) break;
                const bool is_young = rows[row].at - rows[first].at <= kMinute && !session.touch;
                if (has_campaign && campaign != mark.campaign && !is_young) break;
            }
            if (mark.kind != Arrival::Kind::None && !session.touch) session.touch = row;
            if (has_campaign) campaign = mark.campaign;
        }
        sessions.push_back(session);
        first = row;
    }
    return sessions;
}

/// The share of each touch, straight from what the header says.
inline std::vector<double> shares_by_definition(Model model,
                                                const std::vector<CreditTouch>& touches,
                                                Micros conversion, Micros half_life) {
    const size_t n = touches.size();
    std::vector<double> shares(n, 0);
    if (model == Model::First) shares[0] = 1;
    if (model == Model::Last) shares[n - 1] = 1;
    if (model == Model::LastNonDirect) {
        size_t chosen = n - 1;
        for (size_t i = 0; i < n; ++i) {
            if (!touches[i].is_direct) chosen = i;
        }
        shares[chosen] = 1;
    }
    for (size_t i = 0; i < n; ++i) {
        const double nth = 1.0 / static_cast<double>(n);
        if (model == Model::Linear) shares[i] = nth;
        if (model == Model::Position && n < 3) shares[i] = nth;
        if (model == Model::Position && n >= 3) {
            shares[i] = i == 0 || i == n - 1 ? 0.4 : 0.2 / static_cast<double>(n - 2);
        }
        const double age = static_cast<double>(conversion - touches[i].at);
        if (model == Model::TimeDecay) shares[i] = std::exp2(-age / static_cast<double>(half_life));
    }
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (double& share : shares) share /= sum;
    return shares;
}

}  // namespace throughline::query::oracle
