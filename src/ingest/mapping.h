// Mappings: how a row of a file, or a webhook's body, becomes events.
//
// One JSON document (docs/mappings.md tells the language), checked once into a Mapping that cannot
// be wrong. A row is a line of CSV or a JSON document; the same mapping reads both. The result is
// events in Segment's form, packed, which go the way of all others (event_encoder.h).
//
// The message id of an event is the hash of the columns that `id` names (all of them if it names
// none) and how often that key came before in the file: equal rows are told apart within one file,
// and the same row again in another file is the same event.
//
// Layer 6. Mapping is Immutable; MappingRun is Shard-owned.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "ingest/rows.h"
#include "model/doc.h"
#include "model/identifier.h"

namespace throughline::ingest {

struct MappingPlan;

/// How the file is to be read, as far as the mapping says it; the rest is found out.
struct FileShape {
    std::string kind;    // "csv", "aligned", "jsonl"; empty: by looking.
    char delimiter = 0;  // 0: by looking.
    bool has_header = true;
    std::vector<std::string> columns;  // Names, when there is no header or it lies.
};

class Mapping {
public:
    /// Checks a mapping document. Errors: InvalidArgument naming the field, as in
    /// `mapping: events[0].time.format: …`.
    static Result<Mapping> from_doc(model::DocView doc);
    static Result<Mapping> from_json(std::string_view json);

    /// Returns the mapping that ships under `name`. Errors: NotFound listing the names.
    static Result<Mapping> shipped(std::string_view name);
    static std::vector<std::string_view> shipped_names();
    /// The JSON text of a shipped mapping; empty if there is none.
    static std::string_view shipped_text(std::string_view name);

    /// Returns a namespace that it names and that is none of `spaces`; nothing if there is none.
    std::optional<std::string> namespace_outside(const model::Namespaces& spaces) const;

    /// Checks that each namespace it names is one of `spaces`; identifiers of others would be lost.
    /// Errors: InvalidArgument, beginning with `where`.
    Status check_namespaces(const model::Namespaces& spaces, const std::string& where) const;

    const std::string& name() const;
    const FileShape& shape() const;
    const MappingPlan& plan() const { return *plan_; }

private:
    explicit Mapping(std::shared_ptr<const MappingPlan> plan) : plan_(std::move(plan)) {}
    std::shared_ptr<const MappingPlan> plan_;  // Shared with the runs that use it.
};

/// What a row became.
struct MappedRow {
    std::vector<std::string> events;  // Packed; empty when the row is to be skipped.
    std::string problem;              // Why the row is refused; then there are no events.
};

/// One file (or one webhook call) going through a mapping.
class MappingRun {
public:
    MappingRun(Mapping mapping, const SecretKey& secret);
    ~MappingRun();
    MappingRun(MappingRun&&) noexcept;

    /// Names the columns of the CSV rows to come.
    /// Errors: InvalidArgument naming a column that the mapping needs and the file lacks.
    Status use_columns(std::span<const std::string> columns);

    /// Turns a row into events. Requires: use_columns() succeeded, if it is a row of CSV.
    void apply(const Row& row, MappedRow& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace throughline::ingest
