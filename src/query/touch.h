// A touch: what one event says about where the person came from.
//
// Read from the event alone, in this order:
//   channel   context.channel; for events that a channel rule names, properties.channel
//   campaign  context.campaign {source, medium, name, content, term}, else utm_... of the page's
//             address (context.page.search, context.page.url, properties.search, properties.url);
//             properties.campaign of `Install Attributed` and `Deep Link Opened`
//   click     the click ids in the page's address, by name (gclid); their values are of one click
//   referrer  the host of context.page.referrer, context.referrer or properties.referrer, unless
//             the campaign names its source, and unless it is a site of the page's own domain
//   event, sender   of events that a rule names; where rules name senders
// Source and medium are lower case. An event that says none of this is no touch.
//
// A touch is kept as a key: a packed object of the fields above in that order, so equal touches
// have equal keys, and channel rules run once for each distinct key of a question, not once a row.
//
// Layer 4. Immutable: any number of threads.
// Cost: 100 to 300 ns an event; allocates only for a touch with a campaign.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "sequence/derived_text.h"

namespace throughline::query {

/// What channel rules look at beyond what every touch has.
struct TouchNeeds {
    std::vector<std::string> events = {};  // Names of events, folded (unicode_folded).
    bool sender = false;                   // The Throughline source that sent the event.
};

class TouchReader {
public:
    explicit TouchReader(TouchNeeds needs) : needs_(std::move(needs)) {}

    /// The fields that a key depends on, besides name and source of the event.
    static std::vector<std::string> fields();
    /// Appends the key of an event's touch; nothing when it has none.
    void append_key(const model::EventView& event, std::string& out) const;
    /// Appends the same key made of the one without needs, which may be empty.
    /// Requires: !is_named(name of the event).
    void append_key_of(std::string_view plain_key, model::SourceId source, std::string& out) const;
    /// Whether a rule names the event.
    bool is_named(std::string_view event) const;
    const TouchNeeds& needs() const { return needs_; }

private:
    TouchNeeds needs_;
};

/// The keys that history keeps: those without needs, which rules cannot change.
class KeptTouch final : public sequence::DerivedText {
public:
    /// Another number whenever a key of some event changes.
    static constexpr uint32_t kVersion = 1;

    uint32_t version() const override { return kVersion; }
    std::optional<std::string_view> of(const model::EventView& event,
                                       std::string& scratch) const override;

private:
    TouchReader reader_{{}};
};

}  // namespace throughline::query
