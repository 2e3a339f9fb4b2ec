// What segments keep of one identity: the latest times of what it did, and which segments it is in.
//
// A person is the combination of the acts of her identities. Times are kept by deed (segment.h),
// the latest so many of each, in the order of time whatever the order of arrival; those of two
// identities merge into one list. So a merge of people moves nothing and a split gives all back.
// Standings are written at the identity that is the root, and stay where they were written.
//
//   version u8 · alarm i64 · standings varint {segment varint, listed u8, since svarint}
//   deeds varint {deed varint, times varint, first svarint, differences varint...}
//
// Layer 5. Pure. Cost: linear in what is kept; a scratch object allocates nothing once warm.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace throughline::segment {

/// That an identity is in a segment.
struct Standing {
    uint32_t segment = 0;
    bool is_listed = false;  // It is the root: the list of members names it.
    Micros since = 0;
    bool operator==(const Standing&) const = default;
};

class Acts {
public:
    /// Errors: Corrupt. No bytes are nobody's acts.
    Status decode(std::string_view bytes);
    void encode(std::string& out) const;

    /// Takes a time of a deed at its place; at most the latest `kept` stay. Returns whether the
    /// list has changed.
    bool add_time(uint32_t deed, Micros time, size_t kept);
    /// Ascending; empty: it never did.
    std::span<const Micros> times(uint32_t deed) const;
    /// Forgets the times of deeds that `is_wanted` refuses.
    template <typename IsWanted>
    void keep_deeds(IsWanted&& is_wanted) {
        for (size_t i = deeds_.size(); i-- > 0;) {
            if (!is_wanted(deeds_[i].deed)) remove_deed(i);
        }
    }

    /// Null: it is not in it.
    const Standing* standing(uint32_t segment) const;
    void stand(const Standing& standing);
    void leave(uint32_t segment);
    /// Leaves every segment that `is_gone` names. Returns whether there was one.
    template <typename IsGone>
    bool leave_if(IsGone&& is_gone) {
        return std::erase_if(standings_,
                             [&](const Standing& one) { return is_gone(one.segment); }) > 0;
    }
    const std::vector<Standing>& standings() const { return standings_; }

    /// When time alone may change something for whom this is the root; kNoTime: never.
    Micros alarm() const { return alarm_; }
    void set_alarm(Micros at) { alarm_ = at; }

    bool is_empty() const { return alarm_ == kNoTime && standings_.empty() && deeds_.empty(); }

private:
    struct DeedTimes {
        uint32_t deed = 0;
        uint32_t count = 0;  // Of times, which stand behind those of the deeds before.
    };

    void remove_deed(size_t index);

    Micros alarm_ = kNoTime;
    std::vector<Standing> standings_;  // Ascending by segment.
    std::vector<DeedTimes> deeds_;     // Ascending by deed.
    std::vector<Micros> times_;
};

/// Joins ascending lists into one: its latest `kept`, ascending.
void merge_times(std::span<const std::span<const Micros>> lists, size_t kept,
                 std::vector<Micros>& out);

}  // namespace throughline::segment
