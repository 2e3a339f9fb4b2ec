// Channels and their rules: which channel a touch came through.
//
//   {"key":"paid-search","name":"Paid Search","media":"paid","place":"digital","can_send":false,
//    "order":40,"rules":[[{"property":"site","op":"eq","value":"search"},
//                         {"property":"paid","op":"eq","value":true}]]}
//
// Channels are tried by rising `order` (then key); a touch belongs to the first with a rule that
// holds. `rules` are alternatives; each is a condition of the common grammar over what a touch
// says: source, medium, campaign, content, term, referrer, click (names of click ids), event,
// sender (key of the source that sent it), and what is worked out: site (site_list.h), paid. Text
// is compared without regard to case.
//
// An event that names its channel (touch.h) belongs to the one with this key or name; a name that
// no channel has is shown as it is. A campaign that no rule takes belongs to `other`; what is no
// touch at all, to `direct`. Both always exist. An own definition replaces the default one of its
// key.
//
// Layer 4. Immutable: any number of threads. Rules are applied when a question is asked, so a
// changed rule changes all of history at once.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/predicate.h"
#include "query/touch.h"

namespace throughline::query {

inline constexpr std::string_view kDirectChannel = "direct";
inline constexpr std::string_view kOtherChannel = "other";

struct Channel {
    std::string key;
    std::string name;
    std::string media;      // paid, owned, earned or partner; empty: not stated.
    std::string place;      // digital or physical; empty: not stated.
    bool can_send = false;  // Whether messages go out through it.
    int64_t order = 1000;
    std::vector<Predicate> rules = {};
    TouchNeeds needs = {};  // Of its rules.

    /// Reads and checks a definition.
    /// Errors: InvalidArgument naming the field: `channel: rules[0].op: ...`.
    static Result<Channel> from_doc(std::string_view key, model::DocView definition);
};

/// What one touch means.
struct Arrival {
    enum class Kind : uint8_t {
        None,      // No touch: nothing is said, or what is said means nothing.
        Passing,   // A referrer, sender or event: tells where a session came from.
        Campaign,  // A campaign, click id or named channel: begins a session of its own.
    };
    Kind kind = Kind::None;
    size_t channel = 0;    // Place in all() of the channel;
    std::string unlisted;  // or what the event called it, where no channel is called so.
    std::string source;    // Best known: of the campaign, the click id, the referrer.
    std::string medium;
    std::string campaign;
    std::string content;
    std::string term;
    std::string referrer;
};

/// A definition that replaces or adds a channel.
struct OwnChannel {
    std::string key;
    model::DocView definition;
};

/// A channel of the default set, its definition as JSON.
struct ShippedChannel {
    std::string_view key;
    std::string_view definition;
};

class Channels {
public:
    /// The default set alone.
    Channels() : Channels({}, {}) {}
    /// The default set with an installation's own. Definitions that cannot be read are left out:
    /// they were checked when written. Referrers at or below `own_hosts` are no touch.
    Channels(const std::vector<OwnChannel>& own, std::vector<std::string> own_hosts);

    static std::span<const ShippedChannel> shipped();

    /// By order, then key; `direct` and `other` among them.
    const std::vector<Channel>& all() const { return channels_; }
    size_t direct() const { return direct_; }
    size_t other() const { return other_; }
    const TouchNeeds& needs() const { return needs_; }

    /// Decides over one key of touch.h. An empty key is no touch.
    Arrival decide(std::string_view touch_key,
                   const std::function<std::string(model::SourceId)>& source_name) const;

    /// The channel with this key or name, in whatever case.
    std::optional<size_t> called(std::string_view text) const;

private:
    std::vector<Channel> channels_;
    std::vector<std::string> own_hosts_;
    TouchNeeds needs_;
    size_t direct_ = 0;
    size_t other_ = 0;
};

}  // namespace throughline::query
