#include "engine/people_count.h"

#include "engine/roots.h"

namespace throughline::engine {

KnownPeople::KnownPeople(const store::Dense32::Snapshot& roots) : is_known_(roots.size()) {
    uint64_t people = 0;
    uint32_t identity = 0;
    for (size_t span = 0; span < roots.spans(); ++span) {
        for (const uint32_t word : roots.span_of(span)) {
            const uint32_t root = root_of_word(word);
            const bool exists = root != 0 && root != kErasedRoot;  // 0: the identity never was.
            people += exists && root == identity;
            erased_ += root == kErasedRoot;
            if (exists && is_person_word(word) && !is_known_[root]) {
                is_known_[root] = true;
                ++count_.known;
            }
            ++identity;
        }
    }
    count_.unknown = people - count_.known;
}

}  // namespace throughline::engine
