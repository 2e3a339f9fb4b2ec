// Values as text and as numbers.
//
// A number is written as JavaScript does: the shortest digits that read back, `1e+21` from there
// on. Two ways to text exist, because JavaScript has them: what a template prints (nil is nothing,
// a list its items one after the other) and String(x), which filters such as `join` use.
//
// Layer 2. Pure.
#pragma once

#include "template/work.h"

namespace throughline::tmpl {

/// Writes a number into `buffer`, and returns the text there.
using NumberBuffer = char[40];
std::string_view number_text(double number, NumberBuffer& buffer);

/// What a template prints for a value.
void append_printed(TextBuilder& out, Value value, int depth = 0);
/// The same as a text; a view of the input where it is one already. Whoever asks reads it all, so
/// it costs a step for every kTextBytesAStep bytes.
inline constexpr size_t kTextBytesAStep = 64;
std::string_view printed(Work& work, Value value);

/// String(x) of JavaScript: null and undefined by name, the items of a list with commas.
void append_as_string(TextBuilder& out, Value value, int depth = 0);
std::string_view as_string(Work& work, Value value);

/// Number(x) of JavaScript; NaN for what is none.
double as_number(Work& work, Value value);
/// The same with 0 for NaN, as filters of arithmetic take it.
double as_operand(Work& work, Value value);

/// JSON.stringify: compact, or with `indent` before each level. A missing value appends nothing.
void append_json_value(TextBuilder& out, Value value, std::string_view indent);

}  // namespace throughline::tmpl
