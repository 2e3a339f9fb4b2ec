// What follows from records, written as rows of history: a segment was entered, a step reached, a
// message refused.
//
// A consequence is neither logged nor counted by profiles (model/consequence.h). It is made again
// by a replay, with the same message id: that of its cause, and how-manieth of that cause it is. So
// whoever makes one must make the same ones in the same order however records were cut.
//
// Layer 6. The fold's thread. Cost: 0.4 us a row. Rows lie side by side in rooms that history
// shares.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "engine/happening.h"
#include "identity/node.h"
#include "sequence/history.h"

namespace throughline::engine {

class Consequences {
public:
    /// Borrows the history. Rows of causes before `history_next` are in its files already.
    Consequences(sequence::History& history, model::Position history_next, const SecretKey& secret)
        : history_(history), history_next_(history_next), secret_(secret) {}

    /// Names who keeps the records of the batch in hand alive.
    void begin_batch(std::shared_ptr<const void> owner) { owner_ = std::move(owner); }

    /// Adds a row to an identity. `name` is that of an event (`Segment Entered`); `properties` a
    /// packed object.
    void follow(const Happening& now, identity::IdentityId identity, std::string_view name,
                std::string_view properties);

private:
    /// Room for so many bytes more, at a place that does not move.
    std::string& room_for(size_t bytes);

    sequence::History& history_;
    const model::Position history_next_;
    const SecretKey& secret_;
    std::shared_ptr<const void> owner_;  // Of the batch's records; history shares it,
    std::shared_ptr<std::string> room_;  // as this one of rows.
    std::string id_;                     // Of the last row: its cause and number.
    size_t id_begin_ = 0;                // What stands before the number.
    std::string doc_;                    // Scratch.
    model::Position last_cause_ = ~model::Position{0};
    uint32_t count_ = 0;  // Of that cause so far.
};

}  // namespace throughline::engine
