// Small changes to a packed event without writing it anew.
//
// Containers hold the size of their content in four bytes, so a value can be replaced by copying
// what is around it and mending at most two sizes: the event's and its context's.
//
// Layer 6. Shard-owned; reused from event to event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/doc.h"

namespace throughline::ingest {

class DocPatch {
public:
    /// Begins with an event and its context (missing if it has none). Both are borrowed.
    void begin(model::DocView event, model::DocView context);

    /// Puts `packed` in place of `old`, which is a view into the event. `packed` is copied.
    /// Requires: replacements do not overlap, and lie at the event's top level or its context's.
    void replace(std::string_view old, std::string_view packed);

    bool is_empty() const { return changes_.empty(); }

    /// Appends the event as changed.
    void append_to(std::string& out);

private:
    struct Change {
        size_t begin;
        size_t end;
        size_t text_begin;
        size_t text_size;
    };
    void mend_size(std::string& out, size_t container, int64_t by) const;

    std::string_view event_;
    std::string_view context_;
    std::vector<Change> changes_;
    std::string texts_;
};

}  // namespace throughline::ingest
