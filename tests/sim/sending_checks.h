// What must hold of a world that sends, told from what the providers saw, what people said and what
// the program says became of each message.
//
// Layer: test. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/outbox/message.h"
#include "sim/providers.h"
#include "sim/reference.h"
#include "sim/sending_world.h"
#include "sim/shop.h"

namespace throughline::sim {

/// A world at its end.
struct Ended {
    std::vector<Call> calls;
    std::vector<engine::Message> messages;
    std::vector<OwnRow> rows;
    std::vector<LoggedRecord> records;
    std::map<uint32_t, uint32_t> roots;  // Of identities: who is whom.
    std::set<Key128> uncertain;          // That the program lists as such.
    std::map<Key128, int> again;         // How often somebody may have said: send it again.
};

/// Of one world: nothing was taken twice, nothing left that may not, each message has come to an
/// end, and for every one that was not sent there is a reason that holds. Empty: all of it.
std::string what_is_wrong(const ShopRules& rules, const Ended& ended);

/// How the ends of messages may differ from those of the undisturbed world.
enum class Likeness : uint8_t {
    Uncertain,  // Of what was sent there nobody may know here; else each is the same.
    Reasons,    // Also by reasons that have to do with the time (what_is_wrong sees to those).
};

/// Whether the same runs went the same ways, and the same messages were asked for. `calm`: the
/// world to which the same was said at the same times, undisturbed. Empty: so it is.
std::string what_differs(const Ended& ended, const Ended& calm, Likeness likeness);

}  // namespace throughline::sim
