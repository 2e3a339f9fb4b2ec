#include "query/durations.h"

#include <algorithm>

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

void Durations::append_bins_to(std::string& out, Micros most) {
    std::sort(all_.begin(), all_.end());
    out += '[';
    for (size_t bin = 0; bin + 1 < std::size(kBinEdges); ++bin) {
        const bool is_last = kBinEdges[bin + 1] >= most || bin + 2 == std::size(kBinEdges);
        const auto from = std::lower_bound(all_.begin(), all_.end(), kBinEdges[bin]);
        const auto to =
            is_last ? all_.end() : std::lower_bound(all_.begin(), all_.end(), kBinEdges[bin + 1]);
        if (bin > 0) out += ',';
        out += "{\"from_seconds\":" + std::to_string(kBinEdges[bin] / kSecond) +
               ",\"to_seconds\":" + std::to_string(kBinEdges[bin + 1] / kSecond) +
               ",\"count\":" + std::to_string(to - from) + '}';
        if (is_last) break;
    }
    out += ']';
}

}  // namespace throughline::query
