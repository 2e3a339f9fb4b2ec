#include "server/view_knowledge.h"

#include "engine/consents.h"
#include "identity/node.h"

namespace throughline::server {

Status ViewKnowledge::read(uint32_t identity, backtest::IdentityFacts& out) const {
    out = {};
    const engine::View view = engine_.view();
    const Key128 key = identity::identity_key(identity::IdentityId{identity});
    TL_TRY_ASSIGN(const auto bytes, view.tables.identities.read(key, view.pin));
    if (!bytes) return Status::ok();
    const identity::NodeView node(*bytes);
    if (node.has(identity::kNodeErased)) return Status::ok();
    out.space = node.space();
    out.value = node.value();
    out.last_seen = node.last_seen();
    out.is_generic = node.has(identity::kNodeGeneric);
    TL_TRY_ASSIGN(const auto book, view.tables.consents.read(key, view.pin));
    if (book) {
        TL_TRY_ASSIGN(out.book, privacy::Book::decode(*book));
    }
    TL_TRY_ASSIGN(auto suppressed,
                  engine::find_suppression(
                      view, privacy::suppression_key(view.secret, out.space, out.value)));
    out.suppressed = std::move(suppressed.reasons);
    return Status::ok();
}

}  // namespace throughline::server
