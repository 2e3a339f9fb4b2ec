// What the engine must hold, computed the simple way: every record of the log folded once, in
// order, by one thread, in memory, without checkpoints, files or recovery.
//
// Layer: test.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "store/memory_files.h"

namespace throughline::sim {

using model::Position;

inline constexpr SecretKey kSecret{7, 7, 7, 7, 1};

inline constexpr std::string_view kCannotRead = "cannot read: ";

struct LoggedRecord {
    std::string payload;
    Micros stamp = 0;
};

/// One row of history as far as it is the same wherever it lies.
struct HistoryRow {
    uint32_t identity = 0;
    Micros time = 0;
    std::string name;
    std::string message_id;
    bool operator==(const HistoryRow&) const = default;
};
/// By position and message id: what followed from a record has its position.
using HistoryRows = std::map<std::pair<Position, std::string>, HistoryRow>;

class Reference {
public:
    Reference();

    /// Folds one more record.
    Status apply(const LoggedRecord& record);
    Position next_position() const { return fold_->state().next_position; }

    /// Says what differs between an engine at rest and this; empty: nothing. It begins with
    /// kCannotRead where the engine gave an error and no answer.
    std::string difference(engine::Engine& engine);
    /// The same for the cold store of an engine that has stopped: no row too many or too few.
    std::string cold_difference(const store::StateStore& cold);

private:
    using Rows = std::map<std::string, std::string>;
    std::map<std::string, Rows> rows();

    store::MemoryFiles disk_;
    std::shared_ptr<store::StateStore> cold_;  // Empty, and shared by all references.
    std::unique_ptr<engine::Tables> tables_;
    std::unique_ptr<store::DuplicateSet> live_;
    std::unique_ptr<store::DuplicateSet> imported_;
    store::Dense32 roots_;
    std::unique_ptr<sequence::History> history_;
    std::unique_ptr<engine::Fold> fold_;
};

/// All rows of people who are not erased. Errors: of the scan; Corrupt when one comes twice.
Result<HistoryRows> history_rows(const sequence::HistorySnapshot& history,
                                 const sequence::Dictionary& names,
                                 const store::Dense32::Snapshot& roots);

}  // namespace throughline::sim
