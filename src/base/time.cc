#include "base/time.h"

#include <time.h>

#include <chrono>
#include <cstdio>

namespace throughline {

namespace {

class SystemClock final : public Clock {
public:
    Micros now() const override {
        return std::chrono::duration_cast<std::chrono::microseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
    Micros monotonic() const override {
        // What a machine sleeps through has passed, too: CLOCK_MONOTONIC leaves it out.
        timespec at{};
        clock_gettime(CLOCK_BOOTTIME, &at);
        return Micros{at.tv_sec} * kSecond + at.tv_nsec / 1'000;
    }
};

// A cursor over the text of an instant.
class InstantText {
public:
    explicit InstantText(std::string_view text) : text_(text) {}

    // Exactly `count` digits.
    bool digits(int count, int64_t& value) {
        value = 0;
        for (int i = 0; i < count; ++i, ++at_) {
            if (at_ >= text_.size() || text_[at_] < '0' || text_[at_] > '9') return false;
            value = value * 10 + (text_[at_] - '0');
        }
        return true;
    }
    bool skip(char wanted) {
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    bool done() const { return at_ == text_.size(); }

    // `.123`, `,123456789`: digits past the sixth are cut.
    bool fraction(int64_t& micros) {
        micros = 0;
        if (!skip('.') && !skip(',')) return true;
        int count = 0;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, ++count) {
            if (count < 6) micros = micros * 10 + (text_[at_] - '0');
        }
        for (int i = count; i < 6; ++i) micros *= 10;
        return count > 0;
    }

    // `Z`, `+03:00`, `+0300`, `+03`, or nothing (UTC).
    bool offset(int64_t& minutes) {
        minutes = 0;
        skip(' ');
        if (skip('Z') || skip('z') || done()) return true;
        const bool west = skip('-');
        if (!west && !skip('+')) return false;
        int64_t hour = 0;
        int64_t minute = 0;
        if (!digits(2, hour)) return false;
        if (!done() && (skip(':'), !digits(2, minute))) return false;
        if (hour > 23 || minute > 59) return false;
        minutes = (west ? -1 : 1) * (hour * 60 + minute);
        return true;
    }

private:
    std::string_view text_;
    size_t at_ = 0;
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const unsigned day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

CivilDate civil_from_days(int64_t days) {
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const auto day_of_era = static_cast<unsigned>(days - era * 146097);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned month_from_march = (5 * day_of_year + 2) / 153;
    const unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2), month, day};
}

bool is_date(int64_t year, unsigned month, unsigned day) {
    static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

namespace {

// `2026-01-31T09:15:00.123Z`, which nearly every client sends; nothing for any other form and for
// what is no instant.
std::optional<Micros> parse_usual_instant(std::string_view text) {
    if (text.size() != 24 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || text[19] != '.' || text[23] != 'Z') {
        return {};
    }
    bool is_number = true;
    const auto digit = [&](size_t at) {
        const auto value = static_cast<unsigned>(text[at] - '0');
        is_number = is_number && value <= 9;
        return value;
    };
    const auto two_digits = [&](size_t at) { return digit(at) * 10 + digit(at + 1); };
    const int64_t year = two_digits(0) * 100 + two_digits(2);
    const unsigned month = two_digits(5);
    const unsigned day = two_digits(8);
    const unsigned hour = two_digits(11);
    const unsigned minute = two_digits(14);
    const unsigned second = two_digits(17);
    const unsigned millis = two_digits(20) * 10 + digit(22);
    if (!is_number || hour > 23 || minute > 59 || second > 60 || !is_date(year, month, day)) {
        return {};
    }
    const int64_t seconds = hour * 3600 + minute * 60 + second;
    return days_from_civil(year, month, day) * kDay + seconds * kSecond + int64_t{millis} * 1000;
}

}  // namespace

std::optional<Micros> parse_instant(std::string_view text) {
    if (const auto usual = parse_usual_instant(text)) return usual;
    InstantText in(text);
    int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0, offset = 0;
    if (!in.digits(4, year) || !in.skip('-') || !in.digits(2, month) || !in.skip('-') ||
        !in.digits(2, day) ||
        !is_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day))) {
        return {};
    }
    if (!in.done()) {
        if (!in.skip('T') && !in.skip('t') && !in.skip(' ')) return {};
        if (!in.digits(2, hour) || !in.skip(':') || !in.digits(2, minute)) return {};
        if (in.skip(':') && (!in.digits(2, second) || !in.fraction(micros))) return {};
        if (!in.offset(offset) || !in.done()) return {};
        // 60: a leap second counts as the first of the next minute.
        if (hour > 23 || minute > 59 || second > 60) return {};
    }
    const int64_t days =
        days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
    return days * kDay + hour * kHour + (minute - offset) * kMinute + second * kSecond + micros;
}

namespace {

std::string format_seconds(Micros at) {
    const int64_t days = floor_div(at, kDay);
    const CivilDate date = civil_from_days(days);
    const int64_t second = (at - days * kDay) / kSecond;
    char buffer[40];
    const int size = std::snprintf(
        buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year),
        date.month, date.day, static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
        static_cast<int>(second % 60));
    return {buffer, static_cast<size_t>(size)};
}

}  // namespace

std::string format_instant(Micros at) {
    char buffer[8];
    const int64_t micros = at - floor_div(at, kSecond) * kSecond;
    std::snprintf(buffer, sizeof buffer, ".%03dZ", static_cast<int>(micros / 1000));
    return format_seconds(at) + buffer;
}

std::string format_instant_exact(Micros at) {
    std::string text = format_seconds(at);
    const int64_t micros = at - floor_div(at, kSecond) * kSecond;
    if (micros != 0) {
        char buffer[16];
        std::snprintf(buffer, sizeof buffer, ".%06d", static_cast<int>(micros));
        text += buffer;
        while (text.back() == '0') text.pop_back();
    }
    return text + 'Z';
}

}  // namespace throughline
