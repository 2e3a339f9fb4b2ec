#include "store/cold_family.h"

namespace throughline::store {

KeyRange KeyRange::prefix(std::string_view prefix) {
    KeyRange range{std::string(prefix), std::string(prefix)};
    // The end is the prefix with its last byte that can grow, grown; none can: there is no end.
    while (!range.to.empty() && range.to.back() == '\xff') range.to.pop_back();
    if (!range.to.empty()) range.to.back() = static_cast<char>(range.to.back() + 1);
    return range;
}

}  // namespace throughline::store
