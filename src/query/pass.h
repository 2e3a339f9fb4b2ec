// One pass over history that serves many folds: what they need of each row is said once, looked
// up once, and handed to each, person by person.
//
//   Pass pass{.from = ..., .to = ...};
//   const size_t cart = pass.add(Condition{.event = "Cart Viewed"});   the same condition is one
//   const size_t plan = pass.add(Dimension{.property = path}, match_of(cart));
//   const auto result = run_pass(pass, environment, folds);            folds see PersonRows
//   result->values.text(code)                                          what a code stands for
//
// Layer 4. run_pass: any thread, any number at once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "query/environment.h"
#include "query/person_rows.h"
#include "query/predicate.h"
#include "query/values.h"

namespace throughline::query {

/// Which rows a step, a cohort or a conversion means. All that is said must hold.
struct Condition {
    std::optional<std::string> event = {};      // Name; none: every name.
    std::optional<model::EventType> type = {};  // None: every type that is sent.
    Predicate where = {};

    bool operator==(const Condition&) const = default;
};

/// A text worked out from an event by the asker: a channel, a campaign. Immutable.
class RowText {
public:
    virtual ~RowText() = default;
    /// All that of() reads of an event besides its type, source and name: dotted paths from the top
    /// of the document, those with a common beginning one after another.
    virtual std::vector<std::string> fields() const = 0;
    /// Returns the text, which may stand in `scratch`; nothing if the event has none.
    virtual std::optional<std::string_view> of(const model::EventView& event,
                                               std::string& scratch) const = 0;

    /// Of the texts that files keep (sequence/derived_text.h), those that of_kept() makes this one
    /// from. 0: none.
    virtual uint32_t kept_version() const { return 0; }
    /// Whether for events of a name only of() will do.
    virtual bool needs_event(std::string_view) const { return true; }
    /// As of(), from what is kept of the event, and its source.
    virtual std::optional<std::string_view> of_kept(std::optional<std::string_view> kept,
                                                    model::SourceId, std::string&) const {
        return kept;
    }
    /// Whether a text of it means no more than none does.
    virtual bool says_nothing(std::string_view) const { return false; }
};

/// A value of each row that folds group, compare or hold constant.
struct Dimension {
    enum class Kind : uint8_t {
        Property,  // The value at a path; texts as they are, all else as JSON.
        Currency,  // The `currency` beside the value at a path.
        Source,    // The key of the row's source.
        Event,     // Its name.
        Type,      // `track`, `page`...
        Trait,     // A trait of the person, as of now; written as a property is.
        Computed   // What `computed` says.
    };
    /// What the codes are good for.
    enum class Use : uint8_t {
        Name,    // Each has a text in the pass's Values. Bounded: past the limit, kOtherValue.
        Compare  // Equal or not, within one person only. Without a limit.
    };
    Kind kind = Kind::Property;
    Use use = Use::Name;
    PropertyPath property = {};         // Of Property and Currency.
    const RowText* computed = nullptr;  // Of Computed; must outlive the pass.
    std::string trait = {};             // Of Trait: its path.

    bool operator==(const Dimension&) const = default;
};

/// Rows that say nothing but that the person is there: of these, one may stand for those that
/// follow it closely (PersonRows::until), and those that are no activity may be left out.
struct Quiet {
    Match of = 0;        // Rows for which other conditions hold are not quiet.
    Match activity = 0;  // Among `of`.
    size_t touch = 0;    // Dimension: an activity that has a value of it is not quiet, unless the
                         // value says nothing;
    Micros silence = 0;  // nor one that comes so long after the activity before it.
};

struct Pass {
    /// What is read of rows for which one of `of` holds; other rows have none.
    struct DimensionOf {
        Dimension dimension;
        Match of = 0;
    };
    struct NumberOf {
        PropertyPath property;
        Match of = 0;
    };

    Micros from = 0;
    Micros to = 0;
    bool known_only = false;
    std::vector<std::string> values = {};  // Texts known beforehand: values[i] is kFirstValue + i.
    std::vector<Condition> conditions = {};
    std::vector<DimensionOf> dimensions = {};
    std::vector<NumberOf> numbers = {};
    std::optional<Quiet> quiet = {};  // None: every row is shown.

    /// Returns the number of a condition, a dimension, a number: the old one when it is there
    /// already. Requires: at most kConditionsMax different conditions.
    size_t add(Condition condition);
    size_t add(const Dimension& dimension, Match of);
    size_t add_number(const PropertyPath& property, Match of);
};

struct PassResult {
    uint64_t rows = 0;          // Looked at: in the range, of anybody who still exists.
    uint64_t people = 0;        // Whose rows these were.
    uint64_t people_known = 0;  // Known ones among them.
    /// The earlier moment that was asked about: when, and how many people are other people since.
    std::optional<std::pair<Micros, uint64_t>> known_at = {};
    Values values;
};

/// Shows each person who has rows that match to every fold.
///
/// A row is in the range [from, to) by its event time. Errors: Corrupt; Cancelled;
/// DeadlineExceeded; ResourceExhausted when the folds together, or one person, take more than the
/// limit. Cost: 6 to 12 ns a row of the range where names decide, 200 to 400 ns more when its event
/// must be unpacked; 32 bytes for each row that matches and stands in the tail or under another
/// home than its person's. When those pass Environment::pass_bytes_max, history is walked in parts.
Result<PassResult> run_pass(const Pass& pass, const Environment& environment,
                            std::span<Fold* const> folds);

}  // namespace throughline::query
