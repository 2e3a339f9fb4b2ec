// The texts of one pass by number, so that rows and folds carry four bytes in place of a text.
//
// Bounded: texts past kValuesMax, and longer than kValueBytesMax, share kOtherValue, and
// is_limited() says so.
//
// Layer 4. Thread-safe; texts are numbered in the order of first sight, so only by one thread
// alike.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "query/person_rows.h"

namespace throughline::query {

inline constexpr size_t kValuesMax = 50'000;
inline constexpr size_t kValueBytesMax = 1024;  // Longer ones go to `other`.

class Values {
public:
    Values() = default;
    Values(Values&&) = default;
    Values& operator=(Values&&) = default;

    /// Returns the number of a text, giving it the next one at first sight.
    ValueCode code(std::string_view text);
    /// Returns the text of a number. Requires: code() gave it; not kNoValue or kOtherValue.
    std::string_view text(ValueCode code) const;
    /// Whether some text went to kOtherValue.
    bool is_limited() const { return is_limited_; }

private:
    std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();  // So that it can move.
    std::deque<std::string> texts_;                                       // Addresses stay.
    std::unordered_map<std::string_view, ValueCode> codes_;
    bool is_limited_ = false;
};

}  // namespace throughline::query
