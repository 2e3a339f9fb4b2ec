#include "ingest/time_format.h"

#include <array>

#include "ingest/clock_rule.h"

namespace throughline::ingest {

namespace {

constexpr std::string_view kDirectives = "YymdebBHIMSpfzsQ%";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Reads one text by one format; fields that the format lacks keep their defaults.
class TimeText {
public:
    explicit TimeText(std::string_view text) : rest_(text) {}

    bool fits(std::string_view format) {
        for (size_t i = 0; i < format.size(); ++i) {
            if (format[i] == ' ') {
                while (rest_.starts_with(' ')) rest_.remove_prefix(1);
            } else if (format[i] != '%') {
                if (!skip(format[i])) return false;
            } else if (!directive(format[++i])) {
                return false;
            }
        }
        while (rest_.starts_with(' ')) rest_.remove_prefix(1);
        return rest_.empty() && finish();
    }

    Micros local() const { return local_; }
    bool is_utc() const { return is_utc_; }

private:
    bool skip(char wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool number(size_t digits_max, int64_t& value) {
        size_t count = 0;
        value = 0;
        while (count < digits_max && count < rest_.size() && is_digit(rest_[count])) {
            value = value * 10 + (rest_[count++] - '0');
        }
        rest_.remove_prefix(count);
        return count > 0;
    }

    bool directive(char which) {
        switch (which) {
            case 'Y':
                return number(4, year_);
            case 'y':
                // POSIX: 69 to 99 are of the twentieth century.
                return number(2, year_) && (year_ += year_ < 69 ? 2000 : 1900, true);
            case 'm':
                return number(2, month_);
            case 'd':
            case 'e':
                return number(2, day_);
            case 'b':
            case 'B':
                return month_name();
            case 'H':
            case 'I':
                return number(2, hour_);
            case 'M':
                return number(2, minute_);
            case 'S':
                return number(2, second_);
            case 'p':
                return half_day();
            case 'f':
                return fraction();
            case 'z':
                return offset();
            case 's':
                return epoch(kSecond);
            case 'Q':
                return epoch(1000);
            default:
                return skip(which);
        }
    }

    bool month_name() {
        static constexpr std::array<std::string_view, 12> kMonths = {
            "january", "february", "march",     "april",   "may",      "june",
            "july",    "august",   "september", "october", "november", "december"};
        for (size_t month = 0; month < kMonths.size(); ++month) {
            size_t count = 0;
            while (count < kMonths[month].size() && count < rest_.size() &&
                   lower(rest_[count]) == kMonths[month][count]) {
                ++count;
            }
            if (count < 3) continue;
            rest_.remove_prefix(count == kMonths[month].size() ? count : 3);
            month_ = static_cast<int64_t>(month) + 1;
            return true;
        }
        return false;
    }

    bool half_day() {
        if (rest_.size() < 2 || lower(rest_[1]) != 'm') return false;
        const char half = lower(rest_[0]);
        if (half != 'a' && half != 'p') return false;
        half_ = half;
        rest_.remove_prefix(2);
        return true;
    }

    bool fraction() {
        if (!skip('.') && !skip(',')) return true;  // Whole seconds are often written without.
        int64_t scale = kSecond / 10;
        if (rest_.empty() || !is_digit(rest_[0])) return false;
        for (; !rest_.empty() && is_digit(rest_[0]); rest_.remove_prefix(1), scale /= 10) {
            micros_ += scale * (rest_[0] - '0');
        }
        return true;
    }

    bool offset() {
        is_utc_ = true;
        if (skip('Z') || skip('z')) return true;
        const bool is_west = skip('-');
        int64_t hours = 0;
        int64_t minutes = 0;
        if ((!is_west && !skip('+')) || !number(2, hours)) return false;
        if (skip(':') || !rest_.empty()) {
            if (!number(2, minutes)) return false;
        }
        offset_ = (is_west ? -1 : 1) * (hours * kHour + minutes * kMinute);
        return hours < 24 && minutes < 60;
    }

    bool epoch(Micros unit) {
        const bool is_before = skip('-');
        int64_t count = 0;
        if (!number(14, count)) return false;
        // Up to the year 9999; checked before it is multiplied.
        if (count >= 253'402'300'800 * (unit == kSecond ? 1 : 1000)) return false;
        epoch_ = (is_before ? -count : count) * (unit == kSecond ? unit : 1000);
        is_utc_ = true;
        return true;
    }

    bool finish() {
        if (epoch_) {
            local_ = *epoch_ + micros_;
            return true;
        }
        if (half_ != 0) {
            if (hour_ < 1 || hour_ > 12) return false;
            hour_ = hour_ % 12 + (half_ == 'p' ? 12 : 0);
        }
        if (!is_date(year_, static_cast<unsigned>(month_), static_cast<unsigned>(day_)) ||
            hour_ > 23 || minute_ > 59 || second_ > 60) {
            return false;
        }
        const int64_t days =
            days_from_civil(year_, static_cast<unsigned>(month_), static_cast<unsigned>(day_));
        local_ =
            days * kDay + hour_ * kHour + minute_ * kMinute + second_ * kSecond + micros_ - offset_;
        return true;
    }

    std::string_view rest_;
    int64_t year_ = 1970, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0, micros_ = 0;
    Micros offset_ = 0;
    std::optional<Micros> epoch_;
    char half_ = 0;
    bool is_utc_ = false;
    Micros local_ = 0;
};

}  // namespace

Result<Zone> Zone::named(std::string_view name) {
    Zone zone;
    if (name.empty() || name == "UTC" || name == "Z") return zone;
    if (name[0] == '+' || name[0] == '-') {
        const std::string whole = std::string("1970-01-01 00:00") + std::string(name);
        TimeText offset(whole);
        if (!offset.fits("%Y-%m-%d %H:%M%z")) {
            return Error::invalid("zone: " + std::string(name) + " is no offset such as +03:00");
        }
        zone.offset_ = -offset.local();
        return zone;
    }
    const auto rules = TimeZone::find(name);
    if (!rules) {
        return Error::invalid("zone: " + std::string(name) +
                              " is unknown; need UTC, an offset or a name such as Europe/London");
    }
    zone.rules_ = *rules;
    return zone;
}

Result<TimeFormat> TimeFormat::make(std::vector<std::string> formats, Zone zone) {
    TimeFormat made;
    for (const std::string& format : formats) {
        for (size_t i = 0; i < format.size(); ++i) {
            if (format[i] != '%') continue;
            if (++i == format.size() || kDirectives.find(format[i]) == std::string_view::npos) {
                return Error::invalid("format: " + format + ": need % and one of " +
                                      std::string(kDirectives));
            }
        }
    }
    made.formats_ = std::move(formats);
    made.zone_ = zone;
    return made;
}

std::optional<Micros> TimeFormat::parse(std::string_view text) const {
    if (formats_.empty()) {
        std::string packed;
        model::DocWriter(packed).string(text);
        const auto at = read_instant(model::DocView(packed));
        // A text that ends in a digit and has a date names no zone of its own, unless by offset.
        const bool has_zone = text.find_first_of("Zz+") != std::string_view::npos ||
                              (text.size() > 10 && text.rfind('-') > 10) ||
                              text.find('-') == std::string_view::npos;
        return at && !has_zone ? zone_.to_utc(*at) : at;
    }
    for (const std::string& format : formats_) {
        TimeText reading(text);
        if (!reading.fits(format)) continue;
        return reading.is_utc() ? reading.local() : zone_.to_utc(reading.local());
    }
    return {};
}

}  // namespace throughline::ingest
