#include "template/date_text.h"

#include <algorithm>
#include <array>
#include <string>

#include "model/unicode.h"
#include "template/characters.h"

namespace throughline::tmpl {

namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int kWidthMax = 1000;

struct Names {
    std::string_view language;
    std::array<std::string_view, 12> months;
    std::array<std::string_view, 12> short_months;
    std::array<std::string_view, 7> days;  // From Sunday.
    std::array<std::string_view, 7> short_days;
};

// The words of Unicode's CLDR, which browsers use too. Any other language is shown in English.
constexpr std::array<Names, 3> kNames{
    {{"en",
      {"January", "February", "March", "April", "May", "June", "July", "August", "September",
       "October", "November", "December"},
      {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
      {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
      {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}},
     {"tr",
      {"Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim",
       "Kasım", "Aralık"},
      {"Oca", "Şub", "Mar", "Nis", "May", "Haz", "Tem", "Ağu", "Eyl", "Eki", "Kas", "Ara"},
      {"Pazar", "Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi"},
      {"Paz", "Pzt", "Sal", "Çar", "Per", "Cum", "Cmt"}},
     {"ro",
      {"ianuarie", "februarie", "martie", "aprilie", "mai", "iunie", "iulie", "august",
       "septembrie", "octombrie", "noiembrie", "decembrie"},
      {"ian.", "feb.", "mar.", "apr.", "mai", "iun.", "iul.", "aug.", "sept.", "oct.", "nov.",
       "dec."},
      {"duminică", "luni", "marți", "miercuri", "joi", "vineri", "sâmbătă"},
      {"dum.", "lun.", "mar.", "mie.", "joi", "vin.", "sâm."}}}};

const Names& names_of(std::string_view language) {
    const auto found = std::ranges::find(kNames, language.substr(0, 2), &Names::language);
    return found == kNames.end() ? kNames[0] : *found;
}

// The fields of a clock on the wall.
struct Clock {
    CivilDate date;
    int hour, minute, second, ms;
    int weekday;      // From Sunday.
    int day_of_year;  // From 1.
};

Clock clock_of(const Moment& moment) {
    const int64_t local = moment.unix_ms + int64_t{moment.offset_minutes} * 60'000;
    const int64_t days = floor_div(local, kDayMs);
    const auto rest = static_cast<int>(local - days * kDayMs);
    const CivilDate date = civil_from_days(days);
    return {date,
            rest / 3'600'000,
            rest / 60'000 % 60,
            rest / 1000 % 60,
            rest % 1000,
            static_cast<int>(((days + 4) % 7 + 7) % 7),  // 1970-01-01 was a Thursday.
            static_cast<int>(days - days_from_civil(date.year, 1, 1)) + 1};
}

int hour_of_12(int hour) {
    return hour % 12 == 0 ? 12 : hour % 12;
}

std::string two_digits(int number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string offset_text(const Moment& moment, bool has_colon) {
    const int minutes = std::abs(moment.offset_minutes);
    return (moment.offset_minutes < 0 ? "-" : "+") + two_digits(minutes / 60) +
           (has_colon ? ":" : "") + two_digits(minutes % 60);
}

std::string_view ordinal(unsigned day) {
    if (day >= 11 && day <= 13) return "th";
    constexpr std::array<std::string_view, 4> kEnds{"th", "st", "nd", "rd"};
    return day % 10 < kEnds.size() ? kEnds[day % 10] : "th";
}

// The week of the year when weeks begin on a day; days before the first are week 0.
int week_of_year(const Clock& clock, int first_day) {
    const int since = (clock.weekday - first_day + 7) % 7;
    return (clock.day_of_year - 1 - since + 7) / 7;
}

// One conversion: %-5d has the flag -, the width 5 and the letter d.
struct Conversion {
    std::string flags;
    int width = 0;
    char letter = 0;
    bool has(char flag) const { return flags.find(flag) != std::string::npos; }
};

std::string day_and_clock(const Clock& clock, const Moment& moment, char letter) {
    const auto& [year, month, day] = clock.date;
    const bool is_english = names_of(moment.language).language == "en";
    const std::string date =
        is_english ? std::to_string(month) + "/" + std::to_string(day) + "/" + std::to_string(year)
                   : two_digits(static_cast<int>(day)) + "." + two_digits(static_cast<int>(month)) +
                         "." + std::to_string(year);
    const std::string minutes = ":" + two_digits(clock.minute) + ":" + two_digits(clock.second);
    const std::string time = is_english ? std::to_string(hour_of_12(clock.hour)) + minutes +
                                              (clock.hour < 12 ? " AM" : " PM")
                                        : two_digits(clock.hour) + minutes;
    if (letter == 'x') return date;
    return letter == 'X' ? time : date + (is_english ? ", " : " ") + time;
}

std::string nanoseconds(int ms, int width) {
    std::string digits = std::to_string(1000 + ms).substr(1);
    digits.resize(width == 0 ? 9 : static_cast<size_t>(std::min(width, kWidthMax)), '0');
    return digits;
}

// The hours and what is smaller. Nothing for a letter that stands for nothing.
std::optional<std::string> converted_time(const Clock& clock, const Moment& moment,
                                          const Conversion& conversion) {
    switch (conversion.letter) {
        case 'H':
        case 'k':
            return std::to_string(clock.hour);
        case 'I':
        case 'l':
            return std::to_string(hour_of_12(clock.hour));
        case 'L':
            return std::to_string(clock.ms);
        case 'M':
            return std::to_string(clock.minute);
        case 'N':
            return nanoseconds(clock.ms, conversion.width);
        case 'p':
            return clock.hour < 12 ? "AM" : "PM";
        case 'P':
            return clock.hour < 12 ? "am" : "pm";
        case 's':
            return std::to_string(floor_div(moment.unix_ms, 1000));
        case 'S':
            return std::to_string(clock.second);
        case 'Z':
            if (!moment.zone.empty()) return std::string(moment.zone);
            [[fallthrough]];
        case 'z':
            return offset_text(moment, conversion.has(':'));
        case 't':
            return "\t";
        case 'n':
            return "\n";
        case '%':
            return "%";
        default:
            return {};
    }
}

// What a letter stands for, before it is padded.
std::optional<std::string> converted(const Clock& clock, const Moment& moment,
                                     const Conversion& conversion) {
    const Names& names = names_of(moment.language);
    const auto number = [](int64_t value) { return std::to_string(value); };
    switch (conversion.letter) {
        case 'a':
            return std::string(names.short_days[static_cast<size_t>(clock.weekday)]);
        case 'A':
            return std::string(names.days[static_cast<size_t>(clock.weekday)]);
        case 'b':
        case 'h':
            return std::string(names.short_months[clock.date.month - 1]);
        case 'B':
            return std::string(names.months[clock.date.month - 1]);
        case 'c':
        case 'x':
        case 'X':
            return day_and_clock(clock, moment, conversion.letter);
        case 'C':
            return number(floor_div(clock.date.year, 100));
        case 'd':
        case 'e':
            return number(clock.date.day);
        case 'j':
            return number(clock.day_of_year);
        case 'm':
            return number(clock.date.month);
        case 'q':
            return std::string(ordinal(clock.date.day));
        case 'u':
            return number(clock.weekday == 0 ? 7 : clock.weekday);
        case 'U':
            return number(week_of_year(clock, 0));
        case 'w':
            return number(clock.weekday);
        case 'W':
            return number(week_of_year(clock, 1));
        case 'y':
            return number((clock.date.year % 100 + 100) % 100);
        case 'Y':
            return number(clock.date.year);
        default:
            return converted_time(clock, moment, conversion);
    }
}

int usual_width(char letter) {
    if (letter == 'j' || letter == 'L') return 3;
    if (letter == 'Y') return 4;
    constexpr std::string_view kTwo = "CdeHIklmMSUWy";
    return kTwo.find(letter) == kTwo.npos ? 0 : 2;
}

void append_padded(TextBuilder& out, std::string text, const Conversion& conversion) {
    constexpr std::string_view kWords = "aAbBceklpP";  // Padded with blanks.
    char pad = kWords.find(conversion.letter) == kWords.npos ? '0' : ' ';
    int width = conversion.width > 0 ? conversion.width : usual_width(conversion.letter);
    if (conversion.has('^')) {
        text = model::upper_case(text, model::Casing::Common);
    } else if (conversion.has('#')) {
        const bool has_small =
            std::ranges::any_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
        text = has_small ? model::upper_case(text, model::Casing::Common)
                         : model::lower_case(text, model::Casing::Common);
    }
    if (conversion.has('_')) {
        pad = ' ';
    } else if (conversion.has('0')) {
        pad = '0';
    }
    if (conversion.has('-')) width = 0;
    // Zeros come after a minus.
    const bool is_negative = pad == '0' && text.starts_with('-');
    if (is_negative) out.add('-');
    const auto size = static_cast<int>(character_count(text));
    for (int i = size; i < std::min(width, kWidthMax); ++i) out.add(pad);
    out.add(std::string_view(text).substr(is_negative ? 1 : 0));
}

// Reads what follows a `%`; nothing if it is no conversion.
std::optional<Conversion> take_conversion(std::string_view& text) {
    Conversion conversion;
    std::string_view rest = text.substr(1);
    while (!rest.empty() && std::string_view("-_0^#:").find(rest[0]) != std::string_view::npos) {
        conversion.flags += rest[0];
        rest.remove_prefix(1);
    }
    for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1)) {
        conversion.width = std::min(conversion.width * 10 + (rest[0] - '0'), kWidthMax);
    }
    if (!rest.empty() && (rest[0] == 'E' || rest[0] == 'O') && rest.size() > 1) {
        rest.remove_prefix(1);
    }
    if (rest.empty() || rest[0] == '\n') return {};
    conversion.letter = rest[0];
    text = rest.substr(first_character(rest).size);
    return conversion;
}

}  // namespace

void append_date(TextBuilder& out, const Moment& moment, std::string_view format) {
    const Clock clock = clock_of(moment);
    for (size_t at = format.find('%'); at != format.npos; at = format.find('%')) {
        out.add(format.substr(0, at));
        format.remove_prefix(at);
        const std::string_view whole = format;
        const auto conversion = take_conversion(format);
        if (!conversion) {
            out.add('%');
            format.remove_prefix(1);
            continue;
        }
        auto text = converted(clock, moment, *conversion);
        if (text) {
            append_padded(out, *std::move(text), *conversion);
        } else {
            out.add(whole.substr(0, whole.size() - format.size()));
        }
        out.work().step();
        if (out.work().failed()) return;
    }
    out.add(format);
}

}  // namespace throughline::tmpl
