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

#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"

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

private:
    bool is_named(std::string_view event) const;

    TouchNeeds needs_;
};

}  // namespace throughline::query
