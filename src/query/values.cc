#include "query/values.h"

#include "base/assert.h"

namespace throughline::query {

ValueCode Values::code(std::string_view text) {
    const std::lock_guard lock(*mutex_);
    const auto known = codes_.find(text);
    if (known != codes_.end()) return known->second;
    if (text.size() > kValueBytesMax || texts_.size() >= kValuesMax) {
        is_limited_ = true;
        return kOtherValue;
    }
    const auto next = static_cast<ValueCode>(kFirstValue + texts_.size());
    codes_.emplace(texts_.emplace_back(text), next);
    return next;
}

std::string_view Values::text(ValueCode code) const {
    const std::lock_guard lock(*mutex_);
    TL_ASSERT(code >= kFirstValue && code - kFirstValue < texts_.size());
    return texts_[code - kFirstValue];
}

}  // namespace throughline::query
