#include "segment/acts.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::segment {

namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

Status Acts::decode(std::string_view bytes) {
    alarm_ = kNoTime;
    standings_.clear();
    deeds_.clear();
    times_.clear();
    if (bytes.empty()) return Status::ok();
    ByteReader in(bytes);
    const bool is_known = in.u8() == kVersion;
    bool rises = true;
    alarm_ = in.fixed<int64_t>();
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        Standing standing;
        standing.segment = static_cast<uint32_t>(in.varint());
        standing.is_listed = in.u8() != 0;
        standing.since = in.signed_varint();
        rises = rises && (standings_.empty() || standing.segment > standings_.back().segment);
        standings_.push_back(standing);
    }
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        DeedTimes deed;
        deed.deed = static_cast<uint32_t>(in.varint());
        deed.count = static_cast<uint32_t>(in.varint());
        rises = rises && deed.count > 0 && (deeds_.empty() || deed.deed > deeds_.back().deed);
        deeds_.push_back(deed);
        Micros time = in.signed_varint();
        for (uint32_t i = 0; i < deed.count && in.ok(); ++i) {
            if (i > 0) {
                const Micros before = time;
                time = static_cast<Micros>(static_cast<uint64_t>(before) + in.varint());
                rises = rises && time >= before;  // Or it went past the last there is.
            }
            times_.push_back(time);
        }
    }
    if (!is_known || !rises || !in.ok() || !in.at_end()) {
        return Error::corrupt("segment: acts: damaged");
    }
    return Status::ok();
}

void Acts::encode(std::string& bytes) const {
    bytes.clear();
    ByteWriter out(bytes);
    out.u8(kVersion);
    out.fixed(alarm_);
    out.varint(standings_.size());
    for (const Standing& standing : standings_) {
        out.varint(standing.segment);
        out.u8(standing.is_listed ? 1 : 0);
        out.signed_varint(standing.since);
    }
    out.varint(deeds_.size());
    const Micros* time = times_.data();
    for (const DeedTimes& deed : deeds_) {
        out.varint(deed.deed);
        out.varint(deed.count);
        out.signed_varint(*time);
        for (uint32_t i = 1; i < deed.count; ++i) {
            out.varint(static_cast<uint64_t>(time[i]) - static_cast<uint64_t>(time[i - 1]));
        }
        time += deed.count;
    }
}

bool Acts::add_time(uint32_t deed, Micros time, size_t kept) {
    TL_ASSERT(kept > 0);
    auto list = times_.begin();
    auto place = deeds_.begin();
    for (; place != deeds_.end() && place->deed < deed; ++place) list += place->count;
    if (place == deeds_.end() || place->deed != deed) {
        deeds_.insert(place, {.deed = deed, .count = 1});
        times_.insert(list, time);
        return true;
    }
    const auto end = list + place->count;
    const bool is_full = place->count >= kept;
    if (is_full && time <= *list) return false;
    const auto at = std::upper_bound(list, end, time);
    if (is_full) {
        std::move(list + 1, at, list);
        *(at - 1) = time;
    } else {
        times_.insert(at, time);
        ++place->count;
    }
    return true;
}

std::span<const Micros> Acts::times(uint32_t deed) const {
    size_t begin = 0;
    for (const DeedTimes& one : deeds_) {
        if (one.deed == deed) return std::span(times_).subspan(begin, one.count);
        begin += one.count;
    }
    return {};
}

void Acts::remove_deed(size_t index) {
    auto begin = times_.begin();
    for (size_t i = 0; i < index; ++i) begin += deeds_[i].count;
    times_.erase(begin, begin + deeds_[index].count);
    deeds_.erase(deeds_.begin() + static_cast<ptrdiff_t>(index));
}

const Standing* Acts::standing(uint32_t segment) const {
    const auto found = std::ranges::lower_bound(standings_, segment, {}, &Standing::segment);
    return found != standings_.end() && found->segment == segment ? &*found : nullptr;
}

void Acts::stand(const Standing& standing) {
    const auto at = std::ranges::lower_bound(standings_, standing.segment, {}, &Standing::segment);
    if (at != standings_.end() && at->segment == standing.segment) {
        *at = standing;
    } else {
        standings_.insert(at, standing);
    }
}

void Acts::leave(uint32_t segment) {
    std::erase_if(standings_, [&](const Standing& one) { return one.segment == segment; });
}

void merge_times(std::span<const std::span<const Micros>> lists, size_t kept,
                 std::vector<Micros>& out) {
    out.clear();
    for (const std::span<const Micros> list : lists) {
        out.insert(out.end(), list.begin(), list.end());
    }
    std::ranges::sort(out);
    if (out.size() > kept) out.erase(out.begin(), out.end() - static_cast<ptrdiff_t>(kept));
}

}  // namespace throughline::segment
