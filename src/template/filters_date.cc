// Filters of dates. What is no date stays as it is.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/civil.h"
#include "template/characters.h"
#include "template/date_text.h"
#include "template/filters.h"
#include "template/template.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

constexpr std::string_view kUsualFormat = "%A, %B %-e, %Y at %-l:%M %P %z";
constexpr double kUnixMsMax = 8.64e15;  // 100 million days, as in JavaScript.

std::optional<int64_t> milliseconds(double number) {
    if (!(std::abs(number) <= kUnixMsMax)) return {};
    return static_cast<int64_t>(number);
}

// Seconds since 1970 as a number or digits, `now`, `today`, or a written date.
std::optional<int64_t> instant_of(FilterContext& context, Value value) {
    if (value.is_number()) return milliseconds(value.number() * 1000);
    if (!value.is_text()) return {};
    const std::string_view text = value.text();
    if (text == "now" || text == "today") return floor_div(context.input.now, 1000);
    const bool is_number = !text.empty() && std::ranges::all_of(text, is_digit);
    return is_number ? milliseconds(number_of_text(text) * 1000) : read_date(text);
}

// The clock that a moment is shown on: the zone asked for, or that of the render. A number counts
// the minutes that it is behind UTC.
std::optional<Moment> moment_of(FilterContext& context, Value value, Value zone) {
    const auto at = instant_of(context, value);
    if (!at) return {};
    Moment moment{*at, 0, {}, context.input.locale};
    if (zone.is_number()) {
        const double minutes = std::clamp(zone.number(), -24.0 * 60, 24.0 * 60);
        moment.offset_minutes = -static_cast<int>(minutes);
        return moment;
    }
    moment.zone = context.input.zone.empty() ? "UTC" : context.input.zone;
    if (!zone.is_nil()) moment.zone = printed(context.work, zone);
    const auto clock = moment.zone.empty() ? TimeZone() : TimeZone::find(moment.zone);
    if (!clock) {
        context.work.fail(Code::InvalidArgument, "date: no time zone " +
                                                     std::string(moment.zone.substr(0, 64)) +
                                                     ", such as Europe/Istanbul");
        return {};
    }
    // Beyond the calendar of zones the offset matters little, but must not overflow.
    const int64_t bounded = std::clamp<int64_t>(*at, -int64_t{1} << 52, int64_t{1} << 52) * 1000;
    moment.offset_minutes = static_cast<int>(clock->stretch_at(bounded).offset / kMinute);
    return moment;
}

Value formatted(FilterContext& context, const Moment& moment, std::string_view format) {
    TextBuilder out(context.work);
    append_date(out, moment, format);
    return out.value();
}

Value date(FilterContext& context, Value value, FilterArguments arguments) {
    const auto moment = moment_of(context, value, argument(arguments, 1));
    if (!moment) return value;
    const Value format = argument(arguments, 0);
    return formatted(context, *moment,
                     format.is_nil() ? kUsualFormat : printed(context.work, format));
}

Value date_to_xmlschema(FilterContext& context, Value value, FilterArguments) {
    const auto moment = moment_of(context, value, Value());
    return moment ? formatted(context, *moment, "%Y-%m-%dT%H:%M:%S%:z") : value;
}

// For machines, so in English.
Value date_to_rfc822(FilterContext& context, Value value, FilterArguments) {
    auto moment = moment_of(context, value, Value());
    if (!moment) return value;
    moment->language = {};
    return formatted(context, *moment, "%a, %d %b %Y %H:%M:%S %z");
}

// `07 Nov 2008`, or with "ordinal" `7th Nov 2008`, and with "US" `Nov 7th, 2008`.
Value written_out(FilterContext& context, Value value, FilterArguments arguments,
                  std::string_view month) {
    const auto moment = moment_of(context, value, Value());
    if (!moment) return value;
    const std::string name(month);
    const Value kind = argument(arguments, 0);
    if (!kind.is_text() || kind.text() != "ordinal") {
        return formatted(context, *moment, "%d " + name + " %Y");
    }
    const Value style = argument(arguments, 1);
    const bool is_american = style.is_text() && style.text() == "US";
    return formatted(context, *moment, is_american ? name + " %-d%q, %Y" : "%-d%q " + name + " %Y");
}

Value date_to_string(FilterContext& context, Value value, FilterArguments arguments) {
    return written_out(context, value, arguments, "%b");
}

Value date_to_long_string(FilterContext& context, Value value, FilterArguments arguments) {
    return written_out(context, value, arguments, "%B");
}

}  // namespace

std::span<const Filter> date_filters() {
    static constexpr std::array<Filter, 5> kFilters{
        {{"date", date, 0, 2},
         {"date_to_long_string", date_to_long_string, 0, 2},
         {"date_to_rfc822", date_to_rfc822, 0, 0},
         {"date_to_string", date_to_string, 0, 2},
         {"date_to_xmlschema", date_to_xmlschema, 0, 0}}};
    return kFilters;
}

}  // namespace throughline::tmpl
