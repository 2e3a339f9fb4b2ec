#include "query/durations.h"

#include <algorithm>
#include <array>

#include "base/json_text.h"
#include "query/quantile.h"

namespace throughline::query {

namespace {

constexpr Micros kBinEdges[] = {
    0,        10 * kSecond, 30 * kSecond, kMinute,    5 * kMinute, 15 * kMinute, 30 * kMinute,
    kHour,    3 * kHour,    6 * kHour,    12 * kHour, kDay,        2 * kDay,     3 * kDay,
    7 * kDay, 14 * kDay,    30 * kDay,    60 * kDay,  90 * kDay,   180 * kDay,   366 * kDay};

void append_seconds(std::string& out, std::optional<double> seconds) {
    if (seconds) {
        append_json_number(out, *seconds);
    } else {
        out += "null";
    }
}

}  // namespace

std::optional<double> Durations::quantile(double share) {
    const auto micros = quantile_of(all_, share);
    if (!micros) return std::nullopt;
    return *micros / static_cast<double>(kSecond);
}

void Durations::append_to(std::string& out) {
    out += "\"median_seconds\":";
    append_seconds(out, quantile(0.5));
    out += ",\"p90_seconds\":";
    append_seconds(out, quantile(0.9));
}

void Durations::append_bins_to(std::string& out, Micros most) const {
    constexpr size_t kBins = std::size(kBinEdges) - 1;
    const auto end =
        std::find_if(kBinEdges + 1, kBinEdges + kBins, [&](Micros edge) { return edge >= most; });
    const auto bins = static_cast<size_t>(end - kBinEdges);
    std::array<uint64_t, kBins> counts{};
    for (const Micros duration : all_) {
        const auto above = std::upper_bound(kBinEdges + 1, end, duration);
        ++counts[static_cast<size_t>(above - kBinEdges) - 1];
    }
    out += '[';
    for (size_t bin = 0; bin < bins; ++bin) {
        if (bin > 0) out += ',';
        out += "{\"from_seconds\":" + std::to_string(kBinEdges[bin] / kSecond) +
               ",\"to_seconds\":" + std::to_string(kBinEdges[bin + 1] / kSecond) +
               ",\"count\":" + std::to_string(counts[bin]) + '}';
    }
    out += ']';
}

}  // namespace throughline::query
