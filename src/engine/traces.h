// Whether quarantined input is about somebody: whether it names one of her identifiers.
//
// A reject holds what somebody typed, so it is searched as people type. Case does not count. A
// phone number is found by its last nine digits, whatever stands between them. A value below five
// bytes (`42`) stands in much that is about others: it counts only as the value of a user id or an
// anonymous id.
//
// Layer 6. Pure. Cost: a few ns a byte and value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace throughline::engine {

class Traces {
public:
    /// `value` is normalised, as identities keep it.
    void add(std::string_view value);

    bool is_empty() const { return texts_.empty() && ids_.empty(); }
    /// Whether a stored reject names her.
    bool are_in(std::string_view reject) const;

private:
    std::vector<std::string> texts_;
    std::vector<std::string> ids_;     // Short values.
    std::vector<std::string> phones_;  // Last digits.
};

}  // namespace throughline::engine
