// What the files of history tell of events without being read: how many there are of each name,
// which properties they carry, and how many different values these have.
//
// Rows of erased people count until their file is written anew.
//
// Layer 7. Pure over a set of files. Cost: a millisecond for 100 kB of statistics.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "sequence/snapshot.h"

namespace throughline::server {

/// What the values of a property mostly are.
enum class ValueKind : uint8_t { Text, Number, Bool, List };

/// Nothing: null, missing or an object.
std::optional<ValueKind> value_kind(model::DocView value);

/// Calls visit for each field of an event that can be a choice: its properties (traits of an
/// identify or group call), then its context; by path as questions name it. Lists are values.
using VisitField = std::function<void(const std::string& path, model::DocView value)>;
void for_each_choice(model::EventType type, model::DocView doc, const VisitField& visit);

class CountedFiles {
public:
    /// Reads the statistics of the files that have some. Errors: Corrupt.
    static Result<CountedFiles> read(const sequence::FileSet& files);

    /// Files whose rows must be looked at instead.
    const sequence::FileSet& others() const { return others_; }
    /// Rows that limits have put aside.
    const sequence::RowOverflow& overflow() const { return overflow_; }

    using VisitName = std::function<void(std::string_view name, bool has_number,
                                         model::EventType type, uint64_t rows)>;
    void for_each_name(const VisitName& visit) const;

    struct Property {
        std::array<uint64_t, 4> rows = {};  // By ValueKind.
        // Of all events, whatever their names. Nothing: not counted of instants and the like.
        std::optional<sequence::DistinctCount> distinct = sequence::DistinctCount();
    };
    struct Properties {
        std::map<std::string, Property> by_path;
        uint64_t rows = 0;       // That match.
        uint64_t uncounted = 0;  // Of these: what they carry is not known.
    };
    /// Nothing for name or type: any.
    Properties properties(std::optional<std::string_view> name,
                          std::optional<model::EventType> type) const;

private:
    struct File {
        std::shared_ptr<const sequence::HistoryFile> file;
        sequence::FileStatistics statistics;
    };
    class ShapeCounter;

    std::vector<File> files_;
    sequence::FileSet others_;
    sequence::RowOverflow overflow_;
};

}  // namespace throughline::server
