// Filters of arithmetic: on doubles, as JavaScript has it; what is no number is 0.
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "template/filters.h"
#include "template/value_text.h"

namespace throughline::tmpl {

namespace {

constexpr double kWholeMax = 9007199254740991;  // 2^53 - 1: from here on numbers have no fraction.

double operand(FilterContext& context, FilterArguments arguments, size_t at) {
    return as_operand(context.work, argument(arguments, at));
}

// A filter of one or two numbers.
template <auto kFunction>
Value unary(FilterContext& context, Value value, FilterArguments) {
    return Value::number(kFunction(as_operand(context.work, value)));
}
template <auto kFunction>
Value binary(FilterContext& context, Value value, FilterArguments arguments) {
    return Value::number(
        kFunction(as_operand(context.work, value), operand(context, arguments, 0)));
}

Value divided_by(FilterContext& context, Value value, FilterArguments arguments) {
    const double quotient = as_operand(context.work, value) / operand(context, arguments, 0);
    const bool is_whole = operand(context, arguments, 1) != 0;
    return Value::number(is_whole ? std::floor(quotient) : quotient);
}

double modulo(double value, double by) {
    // The sign is that of the divisor.
    return std::fmod(std::fmod(value, by) + by, by);
}

double larger(double a, double b) {
    return a > b ? a : b;
}
double smaller(double a, double b) {
    return a < b ? a : b;
}

// Moves the point of the written number, so that 1.005 rounds to 1.01 as people expect.
double with_point_moved(double number, double places) {
    NumberBuffer buffer;
    const std::string_view text = number_text(number, buffer);
    const size_t mark = text.find('e');
    double exponent = places;
    if (mark != text.npos) exponent += number_of_text(text.substr(mark + 1));
    NumberBuffer exponent_buffer;
    return number_of_text(std::string(text.substr(0, mark)) + "e" +
                          std::string(number_text(exponent, exponent_buffer)));
}

double half_up(double number) {
    const double whole = std::floor(number);
    return number - whole >= 0.5 ? whole + 1 : whole;
}

Value rounded(FilterContext& context, Value value, FilterArguments arguments) {
    const double number = as_operand(context.work, value);
    const double places = operand(context, arguments, 0);
    const double scaled = with_point_moved(std::abs(number), places);
    if (!(scaled <= kWholeMax)) return Value::number(number);
    const double result = with_point_moved(half_up(scaled), -places);
    return Value::number(number < 0 ? -result : result);
}

Value to_integer(FilterContext& context, Value value, FilterArguments) {
    return Value::number(as_number(context.work, value));
}

}  // namespace

std::span<const Filter> math_filters() {
    static constexpr std::array<Filter, 12> kFilters{
        {{"abs", unary<[](double a) { return std::abs(a); }>, 0, 0},
         {"at_least", binary<larger>, 1, 1},
         {"at_most", binary<smaller>, 1, 1},
         {"ceil", unary<[](double a) { return std::ceil(a); }>, 0, 0},
         {"divided_by", divided_by, 1, 2},
         {"floor", unary<[](double a) { return std::floor(a); }>, 0, 0},
         {"minus", binary<[](double a, double b) { return a - b; }>, 1, 1},
         {"modulo", binary<modulo>, 1, 1},
         {"plus", binary<[](double a, double b) { return a + b; }>, 1, 1},
         {"round", rounded, 0, 1},
         {"times", binary<[](double a, double b) { return a * b; }>, 1, 1},
         {"to_integer", to_integer, 0, 0}}};
    return kFilters;
}

}  // namespace throughline::tmpl
