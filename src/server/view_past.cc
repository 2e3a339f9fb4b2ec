#include "server/view_past.h"

#include <utility>
#include <vector>

#include "engine/past.h"
#include "engine/roots.h"

namespace throughline::server {

namespace {

/// Who was who. Immutable.
class PastPeople final : public query::People {
public:
    explicit PastPeople(std::vector<uint32_t> words)
        : words_(std::move(words)), is_known_(words_.size()) {
        for (const uint32_t word : words_) {
            const uint32_t root = engine::root_of_word(word);
            const bool exists = root != 0 && root != engine::kErasedRoot;
            if (exists && engine::is_person_word(word)) is_known_[root] = true;
        }
    }
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        for (size_t i = 0; i < identities.size(); ++i) {
            roots[i] = engine::root_of_word(words_[identities[i]]);
        }
    }
    bool is_known(uint32_t root) const override {
        return root < is_known_.size() && is_known_[root];
    }

private:
    const std::vector<uint32_t> words_;
    std::vector<bool> is_known_;
};

}  // namespace

Result<query::PastMoment> ViewPast::at(Micros moment) const {
    // What is kept of the past has no versions, so nothing stays pinned while it is read.
    const store::OrderedTable& past = engine_.view().tables.past;
    TL_TRY_ASSIGN(engine::PastRoots then,
                  engine::past_roots(past, view_.roots, view_.state, moment));
    return query::PastMoment{.at = then.at,
                             .end = then.end,
                             .changed = then.changed,
                             .people = std::make_shared<PastPeople>(std::move(then.words))};
}

}  // namespace throughline::server
