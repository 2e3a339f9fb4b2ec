#include "template/filters.h"

#include <algorithm>
#include <array>
#include <vector>

namespace throughline::tmpl {

namespace {

// Nearly so: at most so many letters added, left out or changed.
size_t spelling_distance_max(std::string_view name) {
    return name.size() > 5 ? 2 : 1;
}

std::array<std::span<const Filter>, 8> all_filters() {
    return {array_filters(), coding_filters(), date_filters(),   expression_filters(),
            html_filters(),  math_filters(),   string_filters(), url_filters()};
}

// Levenshtein's distance.
size_t letters_apart(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i);
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

const Filter* find_filter(std::string_view name) {
    for (const auto& filters : all_filters()) {
        const auto found = std::ranges::find(filters, name, &Filter::name);
        if (found != filters.end()) return &*found;
    }
    return nullptr;
}

std::string_view filter_spelled_like(std::string_view name) {
    std::string_view closest;
    size_t distance = spelling_distance_max(name) + 1;
    if (name.size() > 64) return closest;
    for (const auto& filters : all_filters()) {
        for (const Filter& filter : filters) {
            const size_t apart = letters_apart(name, filter.name);
            if (apart < distance) distance = apart, closest = filter.name;
        }
    }
    return closest;
}

// Evaluated by the evaluator, which alone can run an expression.
std::span<const Filter> expression_filters() {
    static constexpr std::array<Filter, 6> kFilters{
        {{"where_exp", nullptr, 2, 2, ItemTest::Where},
         {"reject_exp", nullptr, 2, 2, ItemTest::Reject},
         {"has_exp", nullptr, 2, 2, ItemTest::Has},
         {"find_exp", nullptr, 2, 2, ItemTest::Find},
         {"find_index_exp", nullptr, 2, 2, ItemTest::FindAt},
         {"group_by_exp", nullptr, 2, 2, ItemTest::GroupBy}}};
    return kFilters;
}

}  // namespace throughline::tmpl
