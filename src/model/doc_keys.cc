#include "model/doc_keys.h"

#include "model/doc_key_table.h"

namespace throughline::model {

int well_known_key(std::string_view key) {
    return kWellKnownKeyTable.find(key);
}

std::string_view well_known_key_at(size_t place) {
    return place < std::size(kWellKnownKeys) ? kWellKnownKeys[place] : std::string_view{};
}

}  // namespace throughline::model
