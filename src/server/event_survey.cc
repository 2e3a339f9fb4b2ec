#include "server/event_survey.h"

#include <algorithm>
#include <array>
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
constexpr size_t kDepthMost = 4;         // Of objects within objects.
constexpr size_t kValueBytesMost = 200;  // Longer texts are no choices.
constexpr size_t kPathBytesMost = 200;   // Likewise.
constexpr std::string_view kStop = "survey: enough";

struct Stretch {
    Micros from;
    Micros to;
};

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

std::optional<ValueKind> kind_of(DocView value) {
    switch (value.type()) {
        case DocType::String:
            return ValueKind::Text;
        case DocType::Integer:
        case DocType::Decimal:
        case DocType::Double:
        case DocType::NumberText:
            return ValueKind::Number;
        case DocType::Bool:
            return ValueKind::Bool;
        case DocType::Array:
            return ValueKind::List;
        case DocType::Null:
        case DocType::Object:
            return std::nullopt;
    }
    TL_UNREACHABLE();
}

/// Counts the properties of events by their paths.
class PathCounts {
public:
    explicit PathCounts(size_t paths_max) : paths_max_(paths_max) {}

    void add(const EventView& event) {
        const bool has_traits =
            event.type() == model::EventType::Identify || event.type() == model::EventType::Group;
        add_fields(event.doc().find(has_traits ? "traits" : "properties"), "", 1);
        add_fields(event.doc().find("context"), "$.context.", 1);
    }

    std::vector<EventProperties::Property> sorted() const {
        std::vector<EventProperties::Property> all;
        for (const auto& [path, counts] : counts_) {
            const auto most = std::ranges::max_element(counts);
            uint64_t count = 0;
            for (const uint64_t one : counts) count += one;
            all.push_back({path, static_cast<ValueKind>(most - counts.begin()), count});
        }
        const auto is_context = [](const auto& one) { return one.path.starts_with("$."); };
        std::ranges::stable_sort(all, [&](const auto& a, const auto& b) {
            if (is_context(a) != is_context(b)) return is_context(b);
            return a.count > b.count;
        });
        return all;
    }

private:
    void add_fields(DocView object, const std::string& prefix, size_t depth) {
        for (const model::DocField& field : object.fields()) {
            const std::string path = prefix + std::string(field.key);
            if (path.size() > kPathBytesMost || path.find("[]") != path.npos) continue;
            if (field.value.is_object() && depth < kDepthMost) {
                add_fields(field.value, path + ".", depth + 1);
            }
            const auto kind = kind_of(field.value);
            if (!kind) continue;
            auto found = counts_.find(path);
            if (found == counts_.end()) {
                if (counts_.size() == paths_max_) continue;
                found = counts_.try_emplace(path).first;
            }
            ++found->second[static_cast<size_t>(*kind)];
        }
    }

    size_t paths_max_;
    std::map<std::string, std::array<uint64_t, 4>> counts_;  // By ValueKind.
};

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
Result<bool> EventSurvey::read_stretch(Micros from, Micros to, Micros deadline,
                                       const VisitRow& visit) const {
    bool is_stopped = false;
    const Error stop{Code::Cancelled, std::string(kStop)};
    const auto look = [&](const sequence::ScanBlock& rows) -> Status {
        if (clock_.monotonic() > deadline) {
            is_stopped = true;
            return stop;
        }
        for (size_t row = 0; row < rows.size(); ++row) {
            if (rows.time[row] < from || rows.time[row] >= to) continue;
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
    const Status status = view_.history->scan(from, to, {.name = true, .type = true}, look);
    if (!status && !is_stopped) return status.error();
    return !is_stopped;
}

Result<EventNames> EventSurvey::names() const {
    const Micros deadline = clock_.monotonic() + limits_.time;
    std::map<std::pair<uint32_t, uint8_t>, uint64_t> counts;
    EventNames answer;
    for (const Stretch& stretch : stretches(clock_.now())) {
        auto with = counts;
        const auto count = [&](const sequence::ScanBlock& rows, size_t row) {
            ++with[{rows.name[row], rows.type[row]}];
            return Status::ok();
        };
        TL_TRY_ASSIGN(const bool is_whole, read_stretch(stretch.from, stretch.to, deadline, count));
        // Rather the names of a part of the newest stretch than none at all.
        answer.is_partial = !is_whole && counts.empty();
        if (!is_whole && !answer.is_partial) break;
        counts = std::move(with);
        answer.since = stretch.from == kNoTime + 1 ? kNoTime : stretch.from;
        if (!is_whole) break;
    }
    for (const auto& [key, count] : counts) {
        if (key.first == sequence::kOverflowName) continue;  // Names past the limit: not one name.
        answer.names.push_back({std::string(view_.dictionary.name(key.first)),
                                static_cast<model::EventType>(key.second), count});
    }
    std::ranges::sort(answer.names, [](const auto& a, const auto& b) {
        return a.count != b.count ? a.count > b.count
                                  : std::tie(a.name, a.type) < std::tie(b.name, b.type);
    });
    return answer;
}

Result<uint64_t> EventSurvey::sample(const SampleOf& of, const VisitEvent& visit) const {
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
        TL_TRY_ASSIGN(const bool is_whole, read_stretch(stretch.from, stretch.to, deadline, look));
        if (!is_whole) break;
    }
    return events;
}

Result<EventProperties> EventSurvey::properties(const SampleOf& of) const {
    PathCounts counts(limits_.paths);
    EventProperties answer;
    TL_TRY_ASSIGN(answer.events, sample(of, [&](const EventView& event) { counts.add(event); }));
    answer.properties = counts.sorted();
    return answer;
}

Result<PropertyValues> EventSurvey::values(const SampleOf& of, const query::PropertyPath& property,
                                           std::string_view prefix) const {
    std::unordered_map<std::string, uint64_t> counts;
    PropertyValues answer;
    const auto count = [&](const EventView& event) {
        const DocView value = property.value_in(event);
        const auto kind = value.is_missing() ? std::nullopt : kind_of(value);
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
    TL_TRY_ASSIGN(answer.events, sample(of, count));
    for (const auto& [packed, times] : counts) answer.values.push_back({packed, times});
    std::ranges::sort(answer.values, [](const auto& a, const auto& b) {
        return a.count != b.count ? a.count > b.count : a.packed < b.packed;
    });
    return answer;
}

}  // namespace throughline::server
