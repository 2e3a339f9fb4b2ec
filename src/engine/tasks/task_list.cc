#include "engine/tasks/task_list.h"

#include <algorithm>

namespace throughline::engine {

namespace {

constexpr size_t kScannedMax = 5'000;  // Rows looked at for one page: a rare name takes several.
constexpr size_t kStep = 200;

std::vector<std::string> prefixes_of(const TaskFilter& filter) {
    std::vector<std::string> prefixes;
    for (const identity::IdentityId owner : filter.owners) {
        prefixes.push_back(task_owner_prefix(owner));
    }
    if (!prefixes.empty()) return prefixes;
    const bool has_team = !filter.team.empty();
    return {task_list_prefix(filter.list, filter.team, has_team ? filter.store : "")};
}

bool passes(const TaskFilter& filter, const Task& task) {
    return (filter.team.empty() || filter.team == task.team) &&
           (filter.store.empty() || filter.store == task.store) &&
           (!filter.state || *filter.state == task.state) &&
           (!filter.is_overdue || task.overdue_at != kNoTime) &&
           (filter.by.empty() || filter.by == task.by);
}

/// The rows of some prefixes as one list: each row without its prefix is its place.
class Places {
public:
    Places(const View& view, const TaskFilter& filter)
        : lists_(view.tables.task_lists),
          prefixes_(prefixes_of(filter)),
          rises_(filter.owners.empty() && filter.list == TaskList::ToDo) {}

    /// The next ones behind a place; empty: from the start.
    Result<std::vector<std::string>> behind(const std::string& place) const {
        std::vector<std::string> places;
        for (const std::string& prefix : prefixes_) {
            TL_TRY_ASSIGN(const auto rows, lists_.scan(range(prefix, place), kStep,
                                                       rises_ ? store::ScanOrder::Ascending
                                                              : store::ScanOrder::Descending));
            for (const auto& [row, value] : rows) places.push_back(row.substr(prefix.size()));
        }
        if (prefixes_.size() > 1) std::ranges::sort(places, std::greater<>());
        places.resize(std::min(places.size(), kStep));
        return places;
    }

private:
    store::KeyRange range(const std::string& prefix, const std::string& place) const {
        store::KeyRange range = store::KeyRange::prefix(prefix);
        if (place.empty()) return range;
        if (rises_) range.from = prefix + place + '\0';
        if (!rises_) range.to = prefix + place;
        return range;
    }

    const store::OrderedTable& lists_;
    const std::vector<std::string> prefixes_;
    const bool rises_;  // Those of a person never do: several prefixes are sorted downwards.
};

}  // namespace

Result<std::optional<Task>> find_task(const View& view, const Key128& key) {
    TL_TRY_ASSIGN(const auto bytes, view.tables.tasks.read(key, view.pin));
    if (!bytes) return std::optional<Task>();
    TL_TRY_ASSIGN(Task task, Task::decode(*bytes));
    return std::optional<Task>(std::move(task));
}

Result<TaskPage> list_tasks(const View& view, const TaskFilter& filter, std::string_view cursor,
                            size_t limit) {
    std::string last;
    if (!cursor.empty()) {
        TL_TRY_ASSIGN(last, place_of_cursor(cursor));
    }
    const Places places(view, filter);
    TaskPage page;
    for (size_t scanned = 0; scanned < kScannedMax; scanned += kStep) {
        TL_TRY_ASSIGN(const auto next, places.behind(last));
        for (const std::string& place : next) {
            TL_TRY_ASSIGN(auto task, find_task(view, key_of_row(place)));
            const bool is_wanted = task && passes(filter, *task);
            if (is_wanted && page.tasks.size() == limit) {
                page.next = cursor_of_place(last);
                return page;
            }
            if (is_wanted) page.tasks.push_back(*std::move(task));
            last = place;
        }
        if (next.size() < kStep) return page;
    }
    page.next = cursor_of_place(last);
    return page;
}

Result<std::vector<TeamTasks>> count_tasks(const Tables& tables) {
    TL_TRY_ASSIGN(const auto rows, tables.task_lists.scan(store::KeyRange::prefix("c"), SIZE_MAX));
    std::vector<TeamTasks> teams;
    for (const auto& [row, value] : rows) {
        TL_TRY_ASSIGN(const TaskCounts counts, TaskCounts::decode(value));
        teams.push_back({row.substr(1), counts});
    }
    return teams;
}

}  // namespace throughline::engine
