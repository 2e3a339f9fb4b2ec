#include "sequence/ints.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace throughline::sequence {

namespace {

enum Form : uint8_t { kConstant, kPacked, kRuns };

/// What packing some values takes.
struct Packing {
    int64_t base = 0;
    uint64_t unit = 1;
    unsigned width = 0;

    uint64_t bytes(size_t count) const { return (count * width + 7) / 8; }
};

// Unsigned, because the distance of two int64 may not fit one.
uint64_t distance(int64_t from, int64_t to) {
    return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
}

Packing packing_of(std::span<const int64_t> values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    Packing packing{.base = *low};
    for (const uint64_t unit : {uint64_t{1'000'000}, uint64_t{1'000}}) {
        const auto fits = [&](int64_t value) { return distance(*low, value) % unit == 0; };
        if (distance(*low, *high) < unit || !std::all_of(values.begin(), values.end(), fits)) {
            continue;
        }
        packing.unit = unit;
        break;
    }
    packing.width = static_cast<unsigned>(std::bit_width(distance(*low, *high) / packing.unit));
    return packing;
}

size_t count_runs(std::span<const int64_t> values) {
    size_t runs = 1;
    for (size_t i = 1; i < values.size(); ++i) runs += values[i] != values[i - 1];
    return runs;
}

void append_packed(std::span<const int64_t> values, const Packing& packing, std::string& out) {
    ByteWriter writer(out);
    if (packing.width == 0) {
        writer.u8(kConstant);
        writer.signed_varint(packing.base);
        return;
    }
    writer.u8(kPacked);
    writer.signed_varint(packing.base);
    writer.varint(packing.unit);
    writer.u8(static_cast<uint8_t>(packing.width));
    const size_t start = out.size();
    const auto size = static_cast<size_t>(packing.bytes(values.size()));
    out.resize(start + size + kIntsSlack);
    char* to = out.data() + start;
    uint64_t bit = 0;
    for (const int64_t value : values) {
        const uint64_t raw = distance(packing.base, value) / packing.unit;
        char* at = to + bit / 8;
        const auto shift = static_cast<unsigned>(bit % 8);
        const uint64_t word = load<uint64_t>(at) | raw << shift;
        std::memcpy(at, &word, sizeof word);
        if (shift + packing.width > 64) at[8] = static_cast<char>(raw >> (64 - shift));
        bit += packing.width;
    }
    out.resize(start + size);
}

void append_runs(std::span<const int64_t> values, size_t runs, std::string& out) {
    std::vector<int64_t> lengths;
    std::vector<int64_t> of_runs;
    lengths.reserve(runs);
    of_runs.reserve(runs);
    for (size_t i = 0; i < values.size(); ++i) {
        if (i == 0 || values[i] != values[i - 1]) {
            of_runs.push_back(values[i]);
            lengths.push_back(0);
        }
        ++lengths.back();
    }
    std::string packed_lengths;
    append_packed(lengths, packing_of(lengths), packed_lengths);
    ByteWriter writer(out);
    writer.u8(kRuns);
    writer.varint(runs);
    writer.string(packed_lengths);
    append_packed(of_runs, packing_of(of_runs), out);
}

}  // namespace

void encode_ints(std::span<const int64_t> values, std::string& out) {
    TL_ASSERT(!values.empty());
    const Packing packing = packing_of(values);
    const size_t runs = packing.width == 0 ? 1 : count_runs(values);
    if (runs > 1 && runs * 4 < values.size()) {
        std::string as_runs;
        append_runs(values, runs, as_runs);
        if (as_runs.size() < packing.bytes(values.size())) {
            out += as_runs;
            return;
        }
    }
    append_packed(values, packing, out);
}

std::optional<IntView> IntView::parse(std::string_view bytes, uint32_t count) {
    ByteReader in(bytes);
    IntView view;
    view.count_ = count;
    const uint8_t form = in.u8();
    bool is_good = form <= kRuns && count > 0;
    if (form == kConstant) view.base_ = in.signed_varint();
    if (form == kPacked) is_good = is_good && view.parse_packed(in);
    if (form == kRuns) is_good = is_good && view.parse_runs(in);
    if (!is_good || !in.ok() || !in.at_end()) return std::nullopt;
    return view;
}

bool IntView::parse_packed(ByteReader& in) {
    base_ = in.signed_varint();
    unit_ = in.varint();
    width_ = in.u8();
    if (!in.ok() || width_ < 1 || width_ > 64) return false;
    mask_ = ~uint64_t{0} >> (64 - width_);
    bits_ = in.raw((uint64_t{count_} * width_ + 7) / 8).data();
    return in.ok();
}

bool IntView::parse_runs(ByteReader& in) {
    const uint64_t runs = in.varint();
    const std::string_view packed_lengths = in.string();
    if (!in.ok() || runs < 2 || runs > count_) return false;
    const auto rest = in.raw(in.left());
    const auto lengths = parse(packed_lengths, static_cast<uint32_t>(runs));
    const auto values = parse(rest, static_cast<uint32_t>(runs));
    if (!lengths || !values || !lengths->run_ends_.empty() || !values->run_ends_.empty()) {
        return false;
    }
    uint64_t end = 0;
    for (uint32_t run = 0; run < runs; ++run) {
        const int64_t length = lengths->at(run);
        if (length < 1 || static_cast<uint64_t>(length) > count_ - end) return false;
        end += static_cast<uint64_t>(length);
        run_ends_.push_back(static_cast<uint32_t>(end));
    }
    values->decode(run_values_);
    return end == count_;
}

size_t IntView::run_of(uint32_t row) const {
    const auto begins = [&](size_t run) { return run == 0 ? 0 : run_ends_[run - 1]; };
    if (row < begins(run_) || row >= run_ends_[run_]) {
        const bool is_next =
            run_ + 1 < run_ends_.size() && row == run_ends_[run_] && row < run_ends_[run_ + 1];
        run_ = is_next
                   ? run_ + 1
                   : static_cast<size_t>(std::upper_bound(run_ends_.begin(), run_ends_.end(), row) -
                                         run_ends_.begin());
    }
    return run_;
}

}  // namespace throughline::sequence
