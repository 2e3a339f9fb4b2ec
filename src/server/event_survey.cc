#include "server/event_survey.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <unordered_map>

#include "engine/roots.h"
#include "model/json.h"

namespace throughline::server {

using model::DocType;
using model::DocView;
using model::EventView;

namespace {

constexpr std::array<int64_t, 4> kStretchDays = {7, 30, 90, 366};
constexpr size_t kValueBytesMost = 200;  // Longer texts are no choices.
constexpr std::string_view kStop = "survey: enough";

/// The stretches of history, newest first.
std::vector<Stretch> stretches(Micros now) {
    std::vector<Stretch> all;
    Micros to = std::numeric_limits<Micros>::max();
    for (const int64_t days : kStretchDays) {
        all.push_back({now - days * kDay, to});
        to = all.back().from;
    }
    all.push_back({kNoTime + 1, to});
    return all;
}

uint64_t hash_of(DocView value) {
    switch (value.type()) {
        case DocType::Integer:
        case DocType::Decimal:
            return sequence::hash_of_number(*value.as_decimal());
        case DocType::Double:
            return sequence::hash_of_real(std::bit_cast<int64_t>(*value.as_double()));
        case DocType::Bool:
            return sequence::hash_of_bool(value.as_bool());
        case DocType::String:
        case DocType::NumberText:
        case DocType::Null:
        case DocType::Array:
        case DocType::Object:
            return sequence::hash_of_text(value.as_text().value_or(""));
    }
    TL_UNREACHABLE();
}

/// Adds an event to what files told.
void add_event(const EventView& event, size_t paths_max, CountedFiles::Properties& counts) {
    for_each_choice(event.type(), event.doc(), [&](const std::string& path, DocView value) {
        const auto kind = value_kind(value);
        if (!kind) return;
        if (counts.by_path.size() >= paths_max && !counts.by_path.contains(path)) return;
        CountedFiles::Property& property = counts.by_path[path];
        ++property.rows[static_cast<size_t>(*kind)];
        if (*kind == ValueKind::List || (value.is_string() && parse_instant(value.as_string()))) {
            property.distinct.reset();
        }
        if (property.distinct) property.distinct->add(hash_of(value));
    });
    ++counts.rows;
}

std::vector<EventProperties::Property> sorted(const CountedFiles::Properties& counts) {
    std::vector<EventProperties::Property> all;
    for (const auto& [path, property] : counts.by_path) {
        const auto most = std::ranges::max_element(property.rows);
        EventProperties::Property one{path, static_cast<ValueKind>(most - property.rows.begin())};
        for (const uint64_t rows : property.rows) one.count += rows;
        if (property.distinct) one.distinct = property.distinct->answer();
        all.push_back(std::move(one));
    }
    const auto is_context = [](const auto& one) { return one.path.starts_with("$."); };
    std::ranges::stable_sort(all, [&](const auto& a, const auto& b) {
        if (is_context(a) != is_context(b)) return is_context(b);
        return a.count > b.count;
    });
    return all;
}

/// The part of history that no statistics tell of.
sequence::HistorySnapshot without_counted(const sequence::HistorySnapshot& history,
                                          const CountedFiles& counted) {
    return {std::make_shared<const sequence::FileSet>(counted.others()), history.tail(),
            history.names()};
}

void sort_names(std::vector<EventNames::Name>& names) {
    std::ranges::sort(names, [](const auto& a, const auto& b) {
        return a.count != b.count ? a.count > b.count
                                  : std::tie(a.name, a.type) < std::tie(b.name, b.type);
    });
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), text.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

std::string_view value_kind_name(ValueKind kind) {
    switch (kind) {
        case ValueKind::Text:
            return "text";
        case ValueKind::Number:
            return "number";
        case ValueKind::Bool:
            return "bool";
        case ValueKind::List:
            return "list";
    }
    TL_UNREACHABLE();
}

// Shows the rows of a stretch until visit says kStop or the time is up; says whether all were
// shown.
Result<bool> EventSurvey::read_stretch(const sequence::HistorySnapshot& history, Stretch stretch,
                                       Micros deadline, const VisitRow& visit) const {
    bool is_stopped = false;
    const Error stop{Code::Cancelled, std::string(kStop)};
    const auto look = [&](const sequence::ScanBlock& rows) -> Status {
        if (clock_.monotonic() > deadline) {
            is_stopped = true;
            return stop;
        }
        for (size_t row = 0; row < rows.size(); ++row) {
            if (rows.time[row] < stretch.from || rows.time[row] >= stretch.to) continue;
            if (engine::root_of_word(view_.roots[rows.identity[row]]) == engine::kErasedRoot) {
                continue;
            }
            Status status = visit(rows, row);
            if (status) continue;
            is_stopped = status.error().message == kStop;
            return status;
        }
        return Status::ok();
    };
    const Status status =
        history.scan(stretch.from, stretch.to, {.name = true, .type = true}, look);
    if (!status && !is_stopped) return status.error();
    return !is_stopped;
}

Result<EventNames> EventSurvey::names() const {
    TL_TRY_ASSIGN(const CountedFiles counted, CountedFiles::read(view_.history->files()));
    TL_TRY_ASSIGN(EventNames answer, read_names(without_counted(*view_.history, counted)));
    // Counts of files are of all their rows: they add up with those of all others only.
    if (answer.since != kNoTime || answer.is_partial) return read_names(*view_.history);
    std::map<std::pair<std::string_view, model::EventType>, uint64_t> counts;
    for (const EventNames::Name& one : answer.names) counts[{one.name, one.type}] += one.count;
    counted.for_each_name(
        [&](std::string_view name, bool has_number, model::EventType type, uint64_t rows) {
            has_number ? counts[{name, type}] += rows : answer.unnamed += rows;
        });
    EventNames all{.names = {}, .unnamed = answer.unnamed};
    for (const auto& [key, count] : counts) {
        all.names.push_back({std::string(key.first), key.second, count});
    }
    sort_names(all.names);
    return all;
}

Result<EventNames> EventSurvey::read_names(const sequence::HistorySnapshot& history) const {
    const Micros deadline = clock_.monotonic() + limits_.time;
    std::map<std::pair<uint32_t, uint8_t>, uint64_t> counts;
    EventNames answer;
    for (const Stretch& stretch : stretches(clock_.now())) {
        auto with = counts;
        const auto count = [&](const sequence::ScanBlock& rows, size_t row) {
            ++with[{rows.name[row], rows.type[row]}];
            return Status::ok();
        };
        TL_TRY_ASSIGN(const bool is_whole, read_stretch(history, stretch, deadline, count));
        // Rather the names of a part of the newest stretch than none at all.
        answer.is_partial = !is_whole && counts.empty();
        if (!is_whole && !answer.is_partial) break;
        counts = std::move(with);
        answer.since = stretch.from == kNoTime + 1 ? kNoTime : stretch.from;
        if (!is_whole) break;
    }
    for (const auto& [key, count] : counts) {
        if (key.first == sequence::kOverflowName) {  // Names past the limit: not one name.
            answer.unnamed += count;
            continue;
        }
        answer.names.push_back({std::string(view_.dictionary.name(key.first)),
                                static_cast<model::EventType>(key.second), count});
    }
    sort_names(answer.names);
    return answer;
}

Result<uint64_t> EventSurvey::sample(const sequence::HistorySnapshot& history, const SampleOf& of,
                                     const VisitEvent& visit) const {
    const Micros deadline = clock_.monotonic() + limits_.time;
    std::optional<uint32_t> name;
    if (of.event) {
        name = view_.dictionary.find(*of.event);
        if (!name) return uint64_t{0};
    }
    uint64_t events = 0;
    const auto look = [&](const sequence::ScanBlock& rows, size_t row) -> Status {
        if (name && rows.name[row] != *name) return Status::ok();
        if (of.type && rows.type[row] != static_cast<uint8_t>(*of.type)) return Status::ok();
        if (events == limits_.events) return Error{Code::Cancelled, std::string(kStop)};
        TL_TRY_ASSIGN(const std::string_view payload, rows.payload(row));
        visit(EventView(payload));
        ++events;
        return Status::ok();
    };
    for (const Stretch& stretch : stretches(clock_.now())) {
        TL_TRY_ASSIGN(const bool is_whole, read_stretch(history, stretch, deadline, look));
        if (!is_whole) break;
    }
    return events;
}

Result<EventProperties> EventSurvey::properties(const SampleOf& of) const {
    TL_TRY_ASSIGN(const CountedFiles counted, CountedFiles::read(view_.history->files()));
    CountedFiles::Properties counts = counted.properties(of.event, of.type);
    const auto add = [&](const EventView& event) { add_event(event, limits_.paths, counts); };
    TL_TRY_ASSIGN(const uint64_t read, sample(without_counted(*view_.history, counted), of, add));
    EventProperties answer{sorted(counts), counts.rows, counts.uncounted};
    if (counted.others().empty() && read < limits_.events) return answer;
    for (EventProperties::Property& one : answer.properties) {
        if (one.distinct) one.distinct->is_exact = false;
    }
    return answer;
}

Result<PropertyValues> EventSurvey::values(const SampleOf& of, const query::PropertyPath& property,
                                           std::string_view prefix) const {
    std::unordered_map<std::string, uint64_t> counts;
    PropertyValues answer;
    const auto count = [&](const EventView& event) {
        const DocView value = property.value_in(event);
        const auto kind = value.is_missing() ? std::nullopt : value_kind(value);
        if (!kind || *kind == ValueKind::List || value.bytes().size() > kValueBytesMost) return;
        const bool is_text = *kind == ValueKind::Text;
        const std::string text = is_text ? std::string(value.as_string()) : model::to_json(value);
        if (!begins_with(text, prefix)) return;
        const auto found = counts.find(std::string(value.bytes()));
        if (found != counts.end()) {
            ++found->second;
        } else if (counts.size() < limits_.values) {
            counts.emplace(value.bytes(), 1);
        }
    };
    TL_TRY_ASSIGN(answer.events, sample(*view_.history, of, count));
    for (const auto& [packed, times] : counts) answer.values.push_back({packed, times});
    std::ranges::sort(answer.values, [](const auto& a, const auto& b) {
        return a.count != b.count ? a.count > b.count : a.packed < b.packed;
    });
    return answer;
}

}  // namespace throughline::server
