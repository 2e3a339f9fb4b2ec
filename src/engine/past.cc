#include "engine/past.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/bytes.h"
#include "engine/roots.h"
#include "engine/tables.h"

namespace throughline::engine {

namespace {

constexpr size_t kPage = 10'000;

std::string minute_key(int64_t minute) {
    return 'm' + ordered_key(static_cast<uint64_t>(minute));
}
std::string change_key(model::Position position) {
    return 'r' + ordered_key(position);
}

/// How a minute began.
struct Minute {
    int64_t minute = 0;
    model::Position position = 0;
    uint32_t next_identity = 0;
};

Result<Minute> minute_of(std::string_view key, std::string_view value) {
    ByteReader in(value);
    Minute minute{.minute = static_cast<int64_t>(number_of_key(key.substr(1)))};
    minute.position = in.fixed<uint64_t>();
    minute.next_identity = in.fixed<uint32_t>();
    if (!in.ok() || !in.at_end()) return Error::corrupt("engine: past: a minute is damaged");
    return minute;
}

Result<std::optional<Minute>> first_minute(const store::OrderedTable& past, int64_t from) {
    const store::KeyRange range{minute_key(from), "n"};
    TL_TRY_ASSIGN(const auto rows, past.scan(range, 1));
    if (rows.empty()) return std::optional<Minute>();
    TL_TRY_ASSIGN(const Minute minute, minute_of(rows.front().first, rows.front().second));
    return std::optional(minute);
}

/// Calls `visit` with each row of a range, in order.
template <typename Visit>
Status for_each_row(const store::OrderedTable& past, store::KeyRange range, const Visit& visit) {
    while (true) {
        TL_TRY_ASSIGN(const auto rows, past.scan(range, kPage));
        for (const auto& [key, row] : rows) TL_TRY(visit(key, row));
        if (rows.size() < kPage) return Status::ok();
        range.from = rows.back().first + '\0';
    }
}

/// Where the log stood at the beginning of a minute.
Result<Minute> standing_at(const store::OrderedTable& past, const FoldState& state,
                           int64_t minute) {
    TL_TRY_ASSIGN(const auto first, first_minute(past, 0));
    if (!first && state.next_position > 0) {
        return Error::invalid("query: as_known_at: nothing is kept of earlier moments yet");
    }
    if (first && first->position > 0 && minute < first->minute) {
        return Error::invalid("query: as_known_at: what was known is kept from " +
                              format_instant(first->minute * kMinute) + " on");
    }
    TL_TRY_ASSIGN(const auto begun, first_minute(past, std::max<int64_t>(minute, 0)));
    // The table may know of records that the view does not.
    if (begun && begun->position < state.next_position) return *begun;
    return Minute{minute, state.next_position, state.next_identity};
}

/// {identity, its root before the record} of each change of a row.
using Changes = std::vector<std::pair<uint32_t, uint32_t>>;

Result<Changes> read_changes(std::string_view row) {
    Changes changes;
    ByteReader in(row);
    while (in.ok() && !in.at_end()) {
        const auto identity = static_cast<uint32_t>(in.varint());
        changes.emplace_back(identity, static_cast<uint32_t>(in.varint()));
    }
    if (!in.ok()) return Error::corrupt("engine: past: a change is damaged");
    return changes;
}

// Takes back what the record of a row changed.
Status take_back(std::string_view row, std::vector<uint32_t>& words) {
    TL_TRY_ASSIGN(const Changes changes, read_changes(row));
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        const auto& [identity, root] = *change;
        if (identity >= words.size() || root_of_word(words[identity]) == kErasedRoot) continue;
        words[identity] = root_word(root, is_person_word(words[identity]));
    }
    return Status::ok();
}

// A person whose oldest identity was erased since is called by the oldest that is left.
void rename_erased(std::vector<uint32_t>& words) {
    std::unordered_map<uint32_t, uint32_t> names;
    for (uint32_t identity = 1; identity < words.size(); ++identity) {
        const uint32_t root = root_of_word(words[identity]);
        if (root == 0 || root == kErasedRoot || root == identity) continue;
        if (root_of_word(words[root]) != kErasedRoot) continue;
        const uint32_t name = names.try_emplace(root, identity).first->second;
        words[identity] = root_word(name, is_person_word(words[identity]));
    }
}

uint64_t count_changed(const std::vector<uint32_t>& then, const store::Dense32::Snapshot& now) {
    std::unordered_set<uint32_t> changed;
    for (uint32_t identity = 1; identity < then.size(); ++identity) {
        const uint32_t root = root_of_word(then[identity]);
        const uint32_t root_now = root_of_word(now[identity]);
        if (root == 0 || root == kErasedRoot || root == root_now) continue;
        changed.insert(root);
        // Who took her in is another person, too.
        const uint32_t other = root_of_word(then[root_now]);
        if (other != 0 && other != kErasedRoot) changed.insert(other);
    }
    return changed.size();
}

}  // namespace

void note_minute(store::OrderedTable& past, Micros stamp, model::Position position,
                 uint32_t next_identity) {
    std::string row;
    ByteWriter out(row);
    out.fixed(uint64_t{position});
    out.fixed(next_identity);
    past.put(minute_key(floor_div(stamp, kMinute)), row);
}

void note_root_changes(store::OrderedTable& past, model::Position position,
                       const std::vector<identity::RootChange>& changes,
                       const store::Dense32& roots) {
    std::string row;
    ByteWriter out(row);
    for (const identity::RootChange& change : changes) {
        if (change.identity >= roots.size()) continue;  // Created: nobody before.
        const uint32_t before = root_of_word(roots.get(change.identity));
        if (before == 0 || before == change.root) continue;
        out.varint(change.identity);
        out.varint(before);
    }
    if (!row.empty()) past.put(change_key(position), row);
}

Result<std::vector<PastChange>> changes_since(const store::OrderedTable& past, Micros at) {
    std::vector<Minute> minutes;
    const store::KeyRange later{minute_key(std::max<int64_t>(floor_div(at, kMinute), 0)), "n"};
    TL_TRY(for_each_row(past, later, [&](std::string_view key, std::string_view row) -> Status {
        TL_TRY_ASSIGN(const Minute minute, minute_of(key, row));
        minutes.push_back(minute);
        return Status::ok();
    }));
    std::vector<PastChange> changes;
    if (minutes.empty()) return changes;
    size_t now = 0;
    const store::KeyRange rows{change_key(minutes.front().position), "s"};
    TL_TRY(for_each_row(past, rows, [&](std::string_view key, std::string_view row) -> Status {
        const model::Position position = number_of_key(key.substr(1));
        while (now + 1 < minutes.size() && minutes[now + 1].position <= position) ++now;
        TL_TRY_ASSIGN(const Changes found, read_changes(row));
        for (const auto& [identity, before] : found) {
            changes.push_back({position, minutes[now].minute * kMinute, identity, before});
        }
        return Status::ok();
    }));
    return changes;
}

Result<PastRoots> past_roots(const store::OrderedTable& past, const store::Dense32::Snapshot& roots,
                             const FoldState& state, Micros at) {
    const int64_t minute = floor_div(at, kMinute);
    TL_TRY_ASSIGN(const Minute begun, standing_at(past, state, minute));
    PastRoots then{.at = minute * kMinute, .end = begun.position};
    then.words.reserve(roots.size());
    for (size_t span = 0; span < roots.spans(); ++span) {
        const auto words = roots.span_of(span);
        then.words.insert(then.words.end(), words.begin(), words.end());
    }
    store::KeyRange range{change_key(begun.position), change_key(state.next_position)};
    while (true) {
        TL_TRY_ASSIGN(const auto rows, past.scan(range, kPage, store::ScanOrder::Descending));
        for (const auto& [key, row] : rows) TL_TRY(take_back(row, then.words));
        if (rows.size() < kPage) break;
        range.to = rows.back().first;
    }
    for (size_t i = begun.next_identity; i < then.words.size(); ++i) then.words[i] = 0;
    rename_erased(then.words);
    then.changed = count_changed(then.words, roots);
    return then;
}

}  // namespace throughline::engine
