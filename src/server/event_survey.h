// What events there are, which properties they carry, and which values these have most: what
// whoever writes a question may choose from.
//
// History is read backwards, stretch by stretch: the last 7 days, then 30, 90, 366, then all
// before. A survey ends when it has seen enough or its time is up, and says how far back it looked.
// Names are counted over whole stretches only, so that a count is one over a known range. Files
// that have statistics are not read but for values: they tell names and properties
// (counted_files.h). Else properties are, and values always, those of a sample, the events read.
// Rows of erased people are no part of what is read.
//
// Layer 7. Pure over a view. Cost: 2 to 4 ns a row for names, about 1 us an event of a sample.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/view.h"
#include "model/event.h"
#include "query/pass.h"
#include "server/counted_files.h"

namespace throughline::server {

struct SurveyLimits {
    Micros time = 2 * kSecond / 5;  // Of one survey.
    size_t events = 5'000;          // Of a sample.
    size_t values = 10'000;         // Different ones remembered; further ones are left out.
    size_t paths = 10'000;          // Properties, likewise.
};

struct EventNames {
    struct Name {
        std::string name;
        model::EventType type = model::EventType::Track;
        uint64_t count = 0;
    };
    std::vector<Name> names;  // Most frequent first; of equal ones by name.
    Micros since = kNoTime;   // Where the counts begin; kNoTime: with the first event.
    bool is_partial = false;  // Time was up within the newest stretch: counts are of a part of it.
    uint64_t unnamed = 0;     // Rows of names past the limit: see sequence::kOverflowName.
};

/// Which events a sample is of. Nothing: all.
struct SampleOf {
    std::optional<std::string> event = {};
    std::optional<model::EventType> type = {};
};

std::string_view value_kind_name(ValueKind kind);

struct EventProperties {
    struct Property {
        std::string path;  // As questions name it: `plan`, `$.context.page.path`.
        ValueKind kind = ValueKind::Text;
        uint64_t count = 0;
        // Different values, whatever the event. Nothing: of lists and instants.
        // Not exact where only a sample was read.
        std::optional<sequence::DistinctCount::Answer> distinct = {};
    };
    std::vector<Property> properties;  // Those of the event itself first, most frequent first.
    uint64_t events = 0;               // Those counted.
    uint64_t uncounted = 0;            // More, whose properties are not known.
};

struct PropertyValues {
    struct Value {
        std::string packed;
        uint64_t count = 0;
    };
    std::vector<Value> values;  // Most frequent first; of equal ones by their bytes.
    uint64_t events = 0;        // The sample, with or without the property.
};

struct Stretch {
    Micros from = kNoTime;
    Micros to = kNoTime;  // Not of it any more.
};

class EventSurvey {
public:
    EventSurvey(const engine::QueryView& view, const Clock& clock, SurveyLimits limits = {})
        : view_(view), clock_(clock), limits_(limits) {}

    /// Errors: Corrupt, as of all three.
    Result<EventNames> names() const;
    Result<EventProperties> properties(const SampleOf& of) const;
    /// Texts, numbers and truths that begin with `prefix`, large and small letters (of ASCII)
    /// alike.
    Result<PropertyValues> values(const SampleOf& of, const query::PropertyPath& property,
                                  std::string_view prefix) const;

private:
    using VisitRow = std::function<Status(const sequence::ScanBlock&, size_t row)>;
    using VisitEvent = std::function<void(const model::EventView&)>;

    Result<EventNames> read_names(const sequence::HistorySnapshot& history) const;
    Result<bool> read_stretch(const sequence::HistorySnapshot& history, Stretch stretch,
                              Micros deadline, const VisitRow& visit) const;
    Result<uint64_t> sample(const sequence::HistorySnapshot& history, const SampleOf& of,
                            const VisitEvent& visit) const;

    const engine::QueryView& view_;
    const Clock& clock_;
    SurveyLimits limits_;
};

}  // namespace throughline::server
