// Sessions: stretches of what one person does, each with one touch.
//
// A row begins a session when it is her first, when 30 minutes or more passed since her row before
// it, or when it carries a campaign that is not the one of the session. A campaign within the first
// minute of a session without a touch belongs to that session: an app is opened before the link
// that opened it is told. The session's channel is that of its first touch, else direct; a referrer
// after that first touch changes nothing.
//
// Rows of identify, group and alias calls are none of this: they tell who somebody is.
//
// Layer 4. Pure. Cost: 2 ns a row.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "query/channel.h"

namespace throughline::query {

inline constexpr Micros kSessionSilence = 30 * kMinute;
inline constexpr Micros kSessionSettling = kMinute;

/// What the touch of a row is to sessions.
struct TouchMark {
    Arrival::Kind kind = Arrival::Kind::None;
    uint32_t campaign = 0;  // Of Kind::Campaign: equal numbers, equal campaigns.
};

class SessionWalk {
public:
    enum class Step : uint8_t {
        Continues,  // The row belongs to the session before it.
        Settles,    // So it does, and its touch is the session's.
        Begins,     // The row begins a session, with its touch if it has one.
    };

    /// Takes the next row. It may stand for further ones without a touch, the last of them at
    /// `until`, none of which comes kSessionSilence after the one before. Requires: times never
    /// fall; until >= at.
    Step next(Micros at, TouchMark mark, Micros until) {
        const bool is_silent = !has_session_ || at - last_ >= kSessionSilence;
        const bool is_other =
            mark.kind == Arrival::Kind::Campaign && (!has_campaign_ || mark.campaign != campaign_);
        const bool is_settling = !has_touch_ && at - started_ <= kSessionSettling;
        const bool begins = is_silent || (is_other && !is_settling);
        const bool had_touch = has_touch_ && !begins;
        last_ = has_session_ ? std::max(last_, until) : until;
        if (begins) started_ = at, has_touch_ = has_campaign_ = false, has_session_ = true;
        has_touch_ |= mark.kind != Arrival::Kind::None;
        if (mark.kind == Arrival::Kind::Campaign) has_campaign_ = true, campaign_ = mark.campaign;
        if (begins) return Step::Begins;
        return has_touch_ && !had_touch ? Step::Settles : Step::Continues;
    }
    Step next(Micros at, TouchMark mark) { return next(at, mark, at); }

private:
    Micros last_ = 0;
    Micros started_ = 0;
    uint32_t campaign_ = 0;
    bool has_session_ = false;
    bool has_touch_ = false;
    bool has_campaign_ = false;
};

}  // namespace throughline::query
