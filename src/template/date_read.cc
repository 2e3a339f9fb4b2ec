// Reading dates that are not ISO 8601.
#include <array>
#include <vector>

#include "template/characters.h"
#include "template/date_text.h"

namespace throughline::tmpl {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr int64_t kDayMs = 86'400'000;

template <size_t kCount>
std::optional<unsigned> place_of_name(const std::array<std::string_view, kCount>& names,
                                      std::string_view word) {
    for (size_t i = 0; i < names.size(); ++i) {
        if (word.starts_with(names[i])) return static_cast<unsigned>(i);
    }
    return {};
}

// Takes a date apart from its front.
class WrittenDate {
public:
    explicit WrittenDate(std::string_view text) : text_(text) {}

    std::optional<int64_t> read() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (is_digit(c)) {
                if (!number()) return {};
            } else if (is_alphanumeric(c)) {
                if (!word()) return {};
            } else if ((c == '+' || c == '-') && has_time_) {
                if (!offset(c == '-' ? -1 : 1)) return {};
            } else if (c == ' ' || c == ',' || c == '/' || c == '-' || c == '.') {
                ++at_;
            } else {
                return {};
            }
        }
        return instant();
    }

private:
    int64_t digits() {
        int64_t value = 0;
        for (int i = 0; i < 9 && at_ < text_.size() && is_digit(text_[at_]); ++i) {
            value = value * 10 + (text_[at_++] - '0');
        }
        return value;
    }
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool number() {
        const int64_t value = digits();
        if (has_time_ || !take(':')) {
            numbers_.push_back(value);
            return numbers_.size() <= 3;
        }
        has_time_ = true;
        hour_ = value;
        minute_ = digits();
        if (take(':')) second_ = digits();
        if (take('.')) milliseconds();
        return hour_ < 25 && minute_ < 60 && second_ < 60;
    }
    void milliseconds() {
        int64_t scale = 100;
        for (; at_ < text_.size() && is_digit(text_[at_]); ++at_, scale /= 10) {
            ms_ += scale * (text_[at_] - '0');
        }
    }
    bool word() {
        std::string word;
        for (; at_ < text_.size() && is_alphanumeric(text_[at_]) && !is_digit(text_[at_]); ++at_) {
            word += static_cast<char>(text_[at_] | 0x20);
        }
        if (word == "am" || word == "pm") {
            if (!has_time_ || hour_ > 12 || hour_ == 0) return false;
            hour_ = hour_ % 12 + (word == "pm" ? 12 : 0);
            return true;
        }
        if (word == "z" || word == "utc" || word == "gmt" || word == "ut") return has_time_;
        if (const auto month = place_of_name(kMonths, word)) {
            month_ = *month + 1;
            return true;
        }
        return place_of_name(kDays, word).has_value();
    }
    // +0300, +03:00, +03
    bool offset(int sign) {
        ++at_;
        const size_t start = at_;
        int64_t value = digits();
        const size_t count = at_ - start;
        if (count == 0) return false;
        int64_t minutes = value * 60;
        if (count > 2) minutes = value / 100 * 60 + value % 100;
        if (take(':')) minutes += digits();
        offset_minutes_ = sign * minutes;
        return minutes < 24 * 60;
    }
    std::optional<int64_t> instant() {
        int64_t day = 1;
        int64_t year = 0;
        if (month_ != 0) {
            if (numbers_.empty() || numbers_.size() > 2) return {};
            year = numbers_.back();
            if (numbers_.size() == 2) day = numbers_[0];
            if (day > 31) std::swap(day, year);
            if (numbers_.size() == 1 && year < 32) return {};
        } else {
            if (numbers_.size() != 3) return {};
            const bool is_year_first = numbers_[0] > 31;
            year = numbers_[is_year_first ? 0 : 2];
            month_ = static_cast<unsigned>(numbers_[is_year_first ? 1 : 0]);
            day = numbers_[is_year_first ? 2 : 1];
        }
        if (year < 50) year += 2000;
        if (year < 100) year += 1900;
        if (!is_date(year, month_, static_cast<unsigned>(day)) || year > 9999) return {};
        const int64_t days = days_from_civil(year, month_, static_cast<unsigned>(day));
        const int64_t minutes = hour_ * 60 + minute_ - offset_minutes_;
        return days * kDayMs + minutes * 60'000 + second_ * 1000 + ms_;
    }

    std::string_view text_;
    size_t at_ = 0;
    std::vector<int64_t> numbers_;
    unsigned month_ = 0;
    bool has_time_ = false;
    int64_t hour_ = 0;
    int64_t minute_ = 0;
    int64_t second_ = 0;
    int64_t ms_ = 0;
    int64_t offset_minutes_ = 0;
};

}  // namespace

std::optional<int64_t> read_date(std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text.size() > 64) return {};
    if (const auto at = parse_instant(text)) return floor_div(*at, 1000);
    return WrittenDate(text).read();
}

}  // namespace throughline::tmpl
