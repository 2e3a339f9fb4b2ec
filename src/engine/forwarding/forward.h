// A forward: which events go on, and to whom. A definition of kind `forwards`.
//
//   {"name":"Warehouse","url":"https://loader.example/v1/batch","write_key":"…","enabled":true,
//    "types":["track"],"where":{"source":["web"]},"include_history":false,
//    "batch_events":100,"allows_private":false}
//
// The write key is written and never shown. What does not stand in the definition but in the fold's
// state: how far it is (forward_rows.h).
//
// Layer 6. Immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/forwarding/forward_rows.h"
#include "engine/settings.h"
#include "query/predicate.h"

namespace throughline::engine {

inline constexpr std::string_view kForwardKind = "forwards";
inline constexpr size_t kForwardsMax = 20;  // Each has a thread, and a connection.

class Forward {
public:
    static constexpr int64_t kBatchEventsUsual = 100;
    static constexpr int64_t kBatchEventsMax = 2'000;

    /// Errors: InvalidArgument, naming the field: `forward: url: ...`.
    static Result<Forward> make(model::DocView value);

    const std::string& url() const { return url_; }
    const std::string& write_key() const { return write_key_; }  // May be empty.
    bool is_enabled() const { return is_enabled_; }
    bool allows_private() const { return allows_private_; }
    size_t batch_events() const { return batch_events_; }

    /// Whether an accepted event goes on. Cost: of its conditions; allocates only where they ask
    /// for the source.
    bool wants(const model::EventView& event, const Settings& settings) const;

private:
    std::string url_;
    std::string write_key_;
    bool is_enabled_ = true;
    bool allows_private_ = false;
    bool includes_history_ = false;  // What comes from files.
    size_t batch_events_ = kBatchEventsUsual;
    uint8_t types_ = 0xff;  // A bit for each model::EventType.
    query::Predicate where_;
};

/// The lowest position of a forward that is enabled: what stands there it has still to read.
/// Nothing if none is enabled.
std::optional<model::Position> slowest_forward(const Settings& settings,
                                               const store::OrderedTable& forwarding);

/// The write key that stands, where a new value names none and goes to the same address; missing
/// else: a key goes to nobody but him for whom it was written.
model::DocView kept_write_key(model::DocView value, model::DocView standing);

}  // namespace throughline::engine
